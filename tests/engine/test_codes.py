"""One byte a value, on a grid that depends on nothing."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.engine import codes
from screening.engine.features import FEATURES, POOL_FEATURES

GRID = "1-3011c305e5b3fe7cbc"
LATER = {2: "000ff6e825e8b841", 3: "4124faf610061573"}  # generation of features -> of its cut points


def code(name, *values):
    out = np.zeros(len(values), np.uint8)
    codes.encode_column(np.array(values, np.float32), name, out=out)
    return out.tolist()


class TestCuts:
    @pytest.mark.parametrize("name", FEATURES)
    def test_lie_on_the_bfloat16_grid_and_fit_a_byte(self, name):
        cuts = codes.cuts(name)
        assert len(cuts) <= codes.CUTS
        assert (np.diff(cuts) > 0).all()
        assert (cuts.view(np.uint32) & 0xFFFF == 0).all()


class TestEncode:
    def test_makes_zero_of_the_unknown_and_ends_of_the_far(self):
        assert code("followers", np.nan, 0, 1, 1e12, np.inf) == [0, 1, 1, 254, 254]

    @given(st.lists(st.floats(0, 1e9, width=32), min_size=1, max_size=50))
    def test_agrees_with_a_search_among_the_cuts(self, values):
        expected = 1 + np.searchsorted(codes.cuts("followers"), np.array(values, np.float32), "right")
        assert code("followers", *values) == expected.tolist()

    @given(st.floats(-1, 1, width=32), st.floats(-1, 1, width=32))
    def test_never_turns_the_order_round(self, one, other):
        low, high = code("engagement_trend", min(one, other), max(one, other))
        assert low <= high

    def test_gives_every_value_back_within_its_bin(self):
        values = np.geomspace(200, 9e8, 1000).astype(np.float32)
        back = codes.middles("followers")[np.array(code("followers", *values))]
        assert np.abs(np.log10(back / values)).max() < 7 / codes.CUTS

    def test_numbers_choices_from_one(self):
        assert code("platform", np.nan, 1, 2, 20) == [0, 1, 2, 20]

    def test_makes_a_row_a_name_and_unknowns_of_absent_names(self):
        found = codes.encode({"posts": np.array([10.0], np.float32)}, ("followers", "posts"))
        assert found.shape == (2, 1)
        assert found[0, 0] == 0 < found[1, 0]

    def test_does_not_depend_on_the_block(self, monkeypatch):
        values = np.geomspace(1, 1e9, 999)
        whole = code("followers", *values)
        monkeypatch.setattr(codes, "BLOCK", 7)
        assert code("followers", *values) == whole


class TestGridKey:
    def test_covers_by_pins_the_cut_points_of_what_came_later(self):
        # Another value here makes stored pools and models say something else: that takes a new GRID_VERSION.
        found = {feature.since: hashlib.sha256() for feature in FEATURES.values() if feature.since > 1}
        for name, feature in FEATURES.items():
            if feature.since > 1:
                found[feature.since].update(codes.cuts(name).astype("<f4").tobytes())
        assert {since: digest.hexdigest()[:16] for since, digest in found.items()} == LATER

    def test_is_the_one_that_stored_pools_were_made_on(self):
        assert codes.grid_key().startswith(GRID)
        assert len(POOL_FEATURES) == len(codes.POOL_NAMES)
