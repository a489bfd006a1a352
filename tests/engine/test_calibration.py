"""Calibrated chances: near the identity, flatter where more is missing, with a band and a record to count."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.engine import calibration
from screening.engine.calibration import Calibration, fit_curve, mapped, percent, tally, venn_abers

NOBODY = np.zeros(101, np.int64)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def drawn(count, spread=1.5, seed=0):
    dice = np.random.default_rng(seed)
    z = dice.normal(0, spread, count)
    return z, dice.random((2, count)) - 0.5, dice


class TestCurve:
    def test_stays_near_the_identity_where_scores_are_calibrated(self):
        z, doubt, dice = drawn(4000)
        curve = fit_curve(z, doubt, dice.random(4000) < logistic(z))
        assert np.abs(curve).max() < 0.15

    def test_flattens_scores_that_claim_too_much(self):
        z, doubt, dice = drawn(2000)
        curve = fit_curve(2.5 * z, doubt, dice.random(2000) < logistic(z))
        assert np.exp(curve[1]) == pytest.approx(1 / 2.5, rel=0.15)

    def test_answers_to_missing_data_with_its_slope(self):
        z, doubt, dice = drawn(6000)
        worked = dice.random(6000) < logistic(z * np.exp(-1.5 * doubt[0]))
        curve = fit_curve(z, doubt, worked)
        assert curve[2] == pytest.approx(-1.5, abs=0.4)
        assert abs(curve[3]) < 0.35
        much, little = (mapped(curve, np.array([1.5]), np.array([[one], [0.0]]))[0] for one in (0.5, -0.5))
        assert 0.5 < much < little

    def test_leaves_five_outcomes_little_to_say(self):
        curve = fit_curve(np.array([1.0, 1, 1, -1, -1]), np.zeros((2, 5)), np.array([0, 0, 0, 1, 1], bool))
        assert -1 < curve[1] < 0

    @given(st.floats(-40, 40), st.floats(-1, 1), st.floats(-1, 1))
    def test_keeps_chances_within_5_and_95_percent(self, z, missing, novel):
        p = mapped(np.array([0.3, 0.5, -1, 1, 1, 1]), np.array([z]), np.array([[missing], [novel]]))[0]
        assert 0.05 <= p <= 0.95


class TestBand:
    def brute(self, seen, worked, place, label):
        """Isotonic regression by its min-max formula, over places with somebody."""
        seen, worked = seen.copy(), worked.copy()
        seen[place] += 1
        worked[place] += label
        there = np.flatnonzero(seen)

        def share(a, b):
            return worked[there[a] : there[b] + 1].sum() / seen[there[a] : there[b] + 1].sum()

        at = int(np.flatnonzero(there == place)[0])
        return max(min(share(a, b) for b in range(at, len(there))) for a in range(at + 1))

    @pytest.mark.parametrize("seed", range(4))
    def test_is_that_of_venn_abers(self, seed):
        dice = np.random.default_rng(seed)
        p = dice.uniform(0.05, 0.95, 40)
        seen, worked = tally(p, dice.random(40) < p)
        low, high = venn_abers(seen, worked)
        for place in range(0, 101, 9):
            own = place / 100
            assert low[place] == pytest.approx(min(own, self.brute(seen, worked, place, 0)))
            assert high[place] == pytest.approx(max(own, self.brute(seen, worked, place, 1)))

    def test_narrows_as_results_come_in(self):
        widths = []
        for count in (60, 200, 2000):
            dice = np.random.default_rng(1)
            p = dice.uniform(0.05, 0.95, count)
            low, high = venn_abers(*tally(p, dice.random(count) < p))
            widths.append(float((high - low)[10:90].mean()))
        assert widths[0] > widths[1] > widths[2]
        assert widths[2] < 0.1

    def test_holds_every_chance_and_everything_where_nothing_is_known(self):
        low, high = venn_abers(NOBODY, NOBODY)
        assert (low == 0).all()
        assert (high == 1).all()


class TestRecord:
    def made(self, seen, worked):
        low, high = venn_abers(seen, worked)
        return Calibration((0.0,) * 6, 0.0, (0.0, 0.0), 1.0, np.ones(1), np.zeros((1, 256)), seen, worked, low, high)

    def test_counts_verdicts_of_both_sides_at_their_own_level(self):
        seen, worked = NOBODY.copy(), NOBODY.copy()
        seen[[72, 84, 85, 20]], worked[[72, 84, 85, 20]] = [5, 5, 9, 10], [4, 3, 9, 1]
        found = self.made(seen, worked)
        yes, no = (found.record(0.70, 0.84, is_yes=side) for side in (True, False))
        assert (yes.count, yes.right) == (10, 7)
        assert (no.count, no.right) == (10, 9)  # a chance of 20 % is a no of 80 %

    def test_gives_the_interval_of_wilson_by_hand(self):
        found = calibration.record_of(214, 133)  # ux.md section 6: 62 % (55-68 %)
        assert (round(found.low, 2), round(found.high, 2)) == (0.55, 0.68)
        assert calibration.record_of(0, 0).high == 1.0

    @given(st.floats(0.05, 0.95))
    def test_rounds_as_the_page_does(self, p):
        assert percent(p) == round(round(p, 2) * 100)


class TestDoubts:
    def test_weigh_missing_cells_where_they_can_exist(self):
        cells = np.array([[0, 3, 0], [5, 0, 0]], np.uint8)
        novelty = np.zeros((2, 256), np.float32)
        novelty[1, 5], novelty[0, 3], novelty[0, 4] = 0.5, 1.0, 0.2
        where = np.array([True, True, False])
        found = calibration.doubts(cells, [where, None], np.array([3.0, 1.0]), novelty)
        assert found[0].tolist() == [0.75, 0.25, 0.25]
        assert found[1].tolist() == [0.125, 0.75, 0.0]
        assert found[2].tolist() == [0.0, 1.0, 0.0]

    def test_put_nobody_beyond_all_for_a_feature_that_no_lesson_knows(self):
        novelty = np.ones((1, 256), np.float32)
        assert calibration.doubts(np.array([[3]], np.uint8), [None], np.ones(1), novelty)[1:].tolist() == [[1.0], [0.0]]

    def test_are_weighed_by_the_square_of_the_brief_s_factor(self):
        asked = TestRecord().made(NOBODY, NOBODY).asked(np.array([0]), np.array([2.0]))
        assert asked.weights.tolist() == [4.0]


def test_pools_violators_by_hand():
    shares = calibration._isotonic(np.array([1, 1, 1, 0, 2]), np.array([1, 0, 0, 0, 2]))
    assert shares == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1 / 3, 1])
    assert list(itertools.pairwise(shares.tolist())) == sorted(itertools.pairwise(shares.tolist()))
