"""The lookout: slopes around one common slope, chances that had not seen the creator, a file no byte changes in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import lookout
from screening.engine.lookout import BrokenLookout, Looks, TooFew
from screening.engine.peers import MOST_Z, WATCHED

SIDES = len(WATCHED)
# What the plain sum does not know: two sides tell nearly all, one speaks against a reason, the others say nothing.
TRUTH = np.array([1.6, 0, 0, 0, 1.4, 0, 0, 0, -0.5, 0, 0, 0, 0])


def looks(count, *, seed=0, slopes=TRUTH, each=1):
    """Investigations in a world whose log-odds are -1.5 and these slopes; `each`: of one creator."""
    dice = np.random.default_rng([seed, count])
    z = np.clip(dice.normal(-0.6, 1.6, (SIDES, count)), 0, MOST_Z).astype(np.float32)
    chance = 1 / (1 + np.exp(1.5 - slopes @ z))
    return Looks(z, dice.random(count) < chance, np.arange(count) // each)


@pytest.fixture(scope="module")
def found():
    """What four hundred investigations teach."""
    return lookout.learn(looks(400), grid="g")


def at_hand(**more):
    """A lookout whose figures can be worked out by hand."""
    slopes = np.zeros(SIDES)
    slopes[[0, 4]] = 0.5, 0.25
    flat = np.zeros(101, np.int64)
    seen, reasons = flat.copy(), flat.copy()
    seen[62], reasons[62] = 10, 6
    given = {
        "grid": "g", "level": -1.0, "slopes": slopes, "curve": (0.0, 0.0), "seen": seen, "found": reasons,
        "low": np.full(101, 0.1), "high": np.full(101, 0.9), "order": (0.8, 0.7), "creators": 9,
    }  # fmt: skip
    return lookout.Lookout(**given | more)


class TestOf:
    def test_says_what_is_worked_out_by_hand(self):
        z = np.zeros(SIDES, np.float32)
        z[[0, 4]] = 2.0, 2.0
        told = at_hand().of(z)
        assert told.log_odds == 0.5  # -1 + 0.5 * 2 + 0.25 * 2
        assert told.added[:5] == (1.0, 0, 0, 0, 0.5)
        assert told.p == 0.62  # 1 / (1 + e^-0.5) = 0.6225
        assert (told.low, told.high) == (0.1, 0.9)

    def test_maps_by_the_curve(self):
        z = np.zeros(SIDES, np.float32)
        z[0] = 4.0
        assert at_hand(curve=(1.0, np.log(2))).of(z).p == 0.95  # 1 + 2 * 1 = 3: 0.953

    def test_never_says_surely_or_never(self):
        none, most = np.zeros(SIDES, np.float32), np.full(SIDES, MOST_Z, np.float32)
        assert at_hand(level=-20.0).of(none).p == 0.05
        assert at_hand(slopes=np.ones(SIDES)).of(most).p == 0.95

    def test_counts_what_it_learned_from(self):
        assert (at_hand().looks, at_hand().reasons) == (10, 6)

    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.floats(0, MOST_Z, width=32), min_size=SIDES, max_size=SIDES))
    def test_what_the_sides_add_makes_up_the_log_odds(self, found, z):
        told = found.of(np.array(z, np.float32))
        spread = np.std(found.level + found.slopes @ looks(400).z)
        assert abs(found.level + sum(told.added) - told.log_odds) <= 1e-5 * spread

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.floats(0, MOST_Z, width=32), min_size=SIDES, max_size=SIDES),
        st.integers(0, SIDES - 1), st.floats(0, MOST_Z, width=32),
    )  # fmt: skip
    def test_more_of_a_side_never_lowers_a_chance_where_its_slope_is_not_negative(self, found, z, side, more):
        slopes = np.where(found.slopes < 0, 0, found.slopes)
        z = np.array(z, np.float32)
        grown = z.copy()
        grown[side] = max(z[side], more)
        kept = replace(found, slopes=slopes)
        assert kept.of(grown).p >= kept.of(z).p


class TestLearn:
    @pytest.mark.parametrize(("count", "reasons"), [(199, 100), (200, 29), (200, 171)])
    def test_refuses_under_two_hundred_or_thirty_of_either(self, count, reasons):
        told = replace(looks(count), found=np.arange(count) < reasons)
        with pytest.raises(TooFew, match=f"{count} investigations, {reasons} .*: 200 are needed, 30 of each"):
            lookout.learn(told, grid="g")
        assert not lookout.is_enough(count, reasons)

    @pytest.mark.parametrize("reasons", [30, 170])
    def test_learns_from_two_hundred_with_thirty_of_either(self, reasons):
        told = replace(looks(200), found=np.arange(200) < reasons)
        learned = lookout.learn(told, grid="g")
        assert (learned.looks, learned.reasons, learned.creators) == (200, reasons, 200)

    def test_begins_at_the_plain_sum(self):
        told = looks(400, slopes=np.full(SIDES, 0.4))
        told.z[-2:] = 0  # two sides that nobody who was looked into stood out on
        learned = lookout.learn(told, grid="g")
        assert learned.slopes[-1] == learned.slopes[-2] > 0
        assert learned.slopes == pytest.approx(np.full(SIDES, learned.slopes[-1]), abs=0.2)

    def test_departs_from_the_sum_where_looks_say_so(self, found):
        assert found.slopes[[0, 4]].min() > 0.7
        assert found.slopes[8] < 0.1
        assert np.abs(np.delete(found.slopes, [0, 4, 8])).max() < 0.5

    @pytest.mark.parametrize("seed", range(3))
    def test_orders_creators_it_never_saw_better_than_the_sum(self, seed):
        learned, others = lookout.learn(looks(220, seed=seed), grid="g"), looks(3_000, seed=seed + 90)
        ours = lookout.auc(learned.slopes @ others.z, others.found)
        assert ours > lookout.auc(others.z.sum(axis=0), others.found) + 0.03
        assert ours == pytest.approx(learned.order[0], abs=0.07)

    def test_states_chances_that_come_true(self, found):
        others = looks(4_000, seed=7)
        stated = np.array([found.of(row).p for row in others.z.T])
        for low, high in ((0.05, 0.3), (0.3, 0.6), (0.6, 0.95)):
            here = (stated >= low) & (stated <= high)
            assert others.found[here].mean() == pytest.approx(stated[here].mean(), abs=0.08)
        assert (found.low <= found.high).all()

    def test_never_learns_from_a_creator_whom_it_is_judged_on(self, monkeypatch):
        told, kept = looks(300, each=3), []
        fitted = lookout._fitted
        monkeypatch.setattr(
            lookout, "_fitted", lambda all_of, rows: kept.append((all_of, rows)) or fitted(all_of, rows)
        )
        assert lookout.learn(told, grid="g").creators == 100
        assert len(kept) == 1 + 55
        for all_of, rows in kept:
            assert set(all_of.creators[rows]).isdisjoint(all_of.creators[~rows])

    def test_is_the_same_bytes_in_any_order(self, found):
        told = looks(400)
        mixed = np.random.default_rng(3).permutation(400)
        again = lookout.learn(Looks(told.z[:, mixed], told.found[mixed], told.creators[mixed]), grid="g")
        assert lookout.to_json(again) == lookout.to_json(found)


class TestAuc:
    def test_counts_pairs_and_half_of_ties(self):
        # pairs of (2, 3) against (1, 2): 2>1, 2=2, 3>1, 3>2
        assert lookout.auc(np.array([1.0, 2, 2, 3]), np.array([False, False, True, True])) == 3.5 / 4


class TestTheFile:
    def test_reads_back_what_was_written(self, found):
        again = lookout.from_json(lookout.to_json(found), grid="g")
        assert again.key == found.key
        assert again.of(looks(1).z[:, 0]) == found.of(looks(1).z[:, 0])

    @settings(deadline=None, max_examples=80)
    @given(st.data())
    def test_is_refused_where_a_byte_changed(self, found, data):
        text = lookout.to_json(found)
        place = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda one: one != text[place]))
        with pytest.raises(BrokenLookout):
            lookout.from_json(text[:place] + other + text[place + 1 :], grid="g")

    def test_is_refused_on_another_grid_and_of_other_watched_sides(self, found, monkeypatch):
        text = lookout.to_json(found)
        with pytest.raises(BrokenLookout, match="made on grid g"):
            lookout.from_json(text, grid="other")
        monkeypatch.setattr(lookout, "WATCHED", WATCHED[::-1])
        with pytest.raises(BrokenLookout, match="not those that were written"):
            lookout.from_json(text, grid="g")
