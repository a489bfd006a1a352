"""Quartiles of peers, and where a profile stands among them."""

import numpy as np
import pytest

from screening.engine import bands, features, peers
from screening.engine.features import FEATURES, LOG
from tests.engine.profiles import pool


def crowd(likes, **more):
    """Profiles of one group with these likes of a post; 20,000 followers, a comment for thirty likes."""
    group = {"platform": "tiktok", "market": "us", "followers": 20_000} | more
    return [group | {"likes_avg": float(one), "comments_avg": one / 30} for one in likes]


def told(rows, place=0):
    """What is said of one row, by feature."""
    frozen = pool(rows)
    return {one.feature: one for one in bands.of(bands.tallies(frozen), frozen, place)}


class TestOf:
    def test_gives_the_quartiles_of_known_numbers(self):
        rates = np.linspace(0.01, 0.09, 81)
        found = told(crowd(rates * 20_000 / (1 + 1 / 30)), 40)["engagement_rate"]
        assert found.value == pytest.approx(0.05, rel=1e-4)
        assert (found.low, found.median, found.high) == pytest.approx((0.03, 0.05, 0.07), rel=0.04)
        assert (found.least, found.most) == pytest.approx((0.014, 0.086), rel=0.04)
        assert found.below == pytest.approx(0.5, abs=0.02)
        assert (found.size, found.platform, found.tier) == (81, "tiktok", "micro")
        assert found.is_usual

    def test_calls_what_nine_tenths_leave_out_unusual(self):
        found = told([*crowd([600] * 60), *crowd([9_000])], 60)["engagement_rate"]
        assert not found.is_usual
        assert found.below > 0.98

    def test_says_nothing_under_thirty(self):
        assert told(crowd(range(100, 129))) == {}
        assert "engagement_rate" in told(crowd(range(100, 130)))

    def test_counts_only_whose_figure_is_known(self):
        nobody = [{"platform": "tiktok", "market": "us", "followers": 20_000}] * 40
        assert told([*crowd(range(100, 129)), *nobody]) == {}
        assert told([*nobody, *crowd(range(100, 140))]) == {}

    def test_compares_a_small_group_with_all_sizes_of_its_platform(self):
        found = told([*crowd([50_000], followers=2_000_000), *crowd(range(100, 140))])["engagement_rate"]
        assert (found.tier, found.size) == ("", 41)

    def test_keeps_other_platforms_and_markets_out(self):
        here = crowd(range(500, 540))
        elsewhere = [*crowd([9_000] * 80, market="ru"), *crowd([9_000] * 80, platform="youtube")]
        assert told([*here, *elsewhere]) == told(here)

    def test_depends_on_no_order_of_rows(self):
        rows = [*crowd(range(100, 160)), *crowd(range(300, 340), platform="youtube")]
        assert told(rows, 7) == told(rows[::-1], len(rows) - 8)

    def test_counts_those_whom_flags_count(self):
        rows = crowd(range(100, 160))
        frozen = pool(rows)
        compared = peers.compare(peers.tally(frozen.raw, frozen.codes, bands.POOL_NAMES), frozen.raw.words)
        group = peers.places(compared, frozen.raw)[0]
        found = told(rows)["engagement_rate"]
        assert found.size == compared.size[0, group]
        assert found.median == pytest.approx(compared.median[0, group])

    def test_shows_figures_on_scales_of_ratios_alone(self):
        assert {FEATURES[name].scale for name in bands.SHOWN} == {LOG}
        assert set(bands.SHOWN) <= {one.name for one in features.POOL_FEATURES}
