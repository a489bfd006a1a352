"""The Gaussian card: leaving out equals refitting, evidence is the marginal likelihood, the spread covers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import gaussian
from screening.engine.basis import HAT, SLOPE, STEP


def rows(count, *, seed=0, wide=12, noise=0.5):
    """Generated columns with a group each, a card that half explains y, and y."""
    dice = np.random.default_rng(seed)
    columns = dice.normal(size=(count, wide))
    columns[:, -2:] = 1.0, 0.0  # the same for all: nothing can be learned of them
    group = np.array([(SLOPE, HAT, STEP)[k % 3] for k in range(wide)], np.int32)
    card = dice.normal(size=count)
    truth = np.where((group == SLOPE) & columns.std(axis=0).astype(bool), 0.6, 0.0)
    return columns, group, card, 3 + 0.7 * card + columns @ truth + dice.normal(0, noise, count), truth


def refitted(found, kept, columns, group, card, y):
    """Return the fit of the kept rows alone, with everything else as in `found`."""
    given = {"looseness": found.looseness, "measure": (float(y.mean()), float(y.std()))}
    return gaussian.fit(columns[kept], group, card[kept], y[kept], **given)


class TestHeldOut:
    @settings(max_examples=15, deadline=None)
    @given(st.integers(3, 60), st.integers(0, 2**32 - 1))
    def test_equals_refitting_without_the_row(self, count, seed):
        columns, group, card, y, _ = rows(count, seed=seed)
        found = gaussian.fit(columns, group, card, y)
        said = found.held_out(columns, card, y)
        for row in range(0, count, 7):
            kept = np.arange(count) != row
            alone = refitted(found, kept, columns, group, card, y)
            assert said[row] == pytest.approx(y[row] - alone.said(columns, card)[row], rel=1e-6, abs=1e-8)

    def test_equals_refitting_without_all_rows_of_a_creator(self):
        columns, group, card, y, _ = rows(40)
        owner = np.arange(40) // 3 * 7 % 11
        found = gaussian.fit(columns, group, card, y)
        said = found.held_out(columns, card, y, owner)
        for one in np.unique(owner):
            alone = refitted(found, owner != one, columns, group, card, y)
            assert said[owner == one] == pytest.approx((y - alone.said(columns, card))[owner == one], rel=1e-6)
        assert found.held_out(columns, card, y, np.arange(40)) == pytest.approx(found.held_out(columns, card, y))

    def test_is_further_off_than_what_was_fitted(self):
        columns, group, card, y, _ = rows(30)
        found = gaussian.fit(columns, group, card, y)
        assert (np.abs(found.held_out(columns, card, y)) >= np.abs(y - found.said(columns, card))).all()


class TestFit:
    def test_of_two_rows_is_as_computed_by_hand(self):
        # Without columns: t = (-1, 1), card 0 -> a = 0 by symmetry, b stays as believed; noise as given: e^0 = 1.
        found = gaussian.fit(
            np.zeros((2, 0)), np.zeros(0, np.int32), np.zeros(2), np.array([1.0, 3.0]), looseness=np.zeros(4)
        )
        assert (found.level, found.slope, found.noise) == pytest.approx((2.0, 0.5, 1.0))
        # The level has precision 2 + 0.0001: h = 1 / 2.0001, and r / (1 - h) = 2.0001 / 1.0001.
        left_out = found.held_out(np.zeros((2, 0)), np.zeros(2), np.array([1.0, 3.0]))
        assert left_out == pytest.approx([-2.0001 / 1.0001, 2.0001 / 1.0001])
        assert found.error(np.zeros((1, 0)), np.zeros(1)) == pytest.approx([np.sqrt(1 + 1 / 2.0001)])
        assert found.error(np.zeros((1, 0)), np.ones(1)) == pytest.approx([np.sqrt(1 + 1 / 2.0001 + 0.25)])

    def test_finds_the_evidence_of_the_marginal_likelihood(self):
        columns, group, card, y, _ = rows(20)
        design = gaussian._design(columns[:, :-1], card)
        problem = gaussian.Problem(design, (y - y.mean()) / y.std(), group[:-1])
        square, cross, own = design.T @ design, design.T @ problem.target, float((problem.target**2).sum())

        def marginal(place):
            covariance = design / problem.precision(place) @ design.T + np.exp(-place[3]) * np.eye(20)
            fits = problem.target @ np.linalg.solve(covariance, problem.target)
            held = (((place - gaussian.USUAL) / gaussian.WIDTH) ** 2).sum()
            return -(np.linalg.slogdet(covariance)[1] + fits + held) / 2

        here, there = gaussian.USUAL, np.array([0.0, 5.0, 2.0, 1.5])
        ours = [gaussian._evidence(problem, place, square, cross, own) for place in (here, there)]
        assert ours[1] - ours[0] == pytest.approx(marginal(there) - marginal(here), rel=1e-8)

    def test_learns_what_is_there_and_leaves_alone_what_is_not(self):
        columns, group, card, y, truth = rows(800)
        found = gaussian.fit(columns, group, card, y)
        assert np.abs(found.weights - truth).max() < 0.08
        assert found.weights[-1] == 0
        assert abs(found.weights[-2]) < 0.01
        assert found.slope == pytest.approx(0.7, abs=0.08)
        assert found.noise == pytest.approx(0.5, rel=0.08)

    def test_keeps_to_the_card_where_there_is_little(self):
        dice = np.random.default_rng(4)
        card = dice.normal(size=12)
        found = gaussian.fit(dice.normal(size=(12, 30)), np.zeros(30, np.int32), card, card + dice.normal(0, 0.3, 12))
        assert np.abs(found.weights).max() < 0.2
        assert 0.6 < found.slope < 1.2

    def test_survives_results_that_are_all_alike(self):
        columns, group, _, _, _ = rows(20)
        found = gaussian.fit(columns, group, np.zeros(20), np.full(20, 2.5))
        assert found.said(columns, np.zeros(20)) == pytest.approx(np.full(20, 2.5), abs=1e-6)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_does_not_depend_on_the_unit_of_y(self, seed):
        columns, group, card, y, _ = rows(40, seed=seed)
        here, there = gaussian.fit(columns, group, card, y), gaussian.fit(columns, group, card, 100 * y - 7)
        assert there.said(columns, card) == pytest.approx(100 * here.said(columns, card) - 7, rel=1e-5)
        assert there.error(columns, card) == pytest.approx(100 * here.error(columns, card), rel=1e-5)


class TestError:
    def test_covers_new_rows_as_it_says(self):
        inside = []
        for seed in range(30):
            columns, group, card, y, _ = rows(260, seed=seed)
            found = gaussian.fit(columns[:60], group, card[:60], y[:60])
            new = slice(60, None)
            off = np.abs(y[new] - found.said(columns[new], card[new]))
            inside.append(np.mean(off <= 1.644854 * found.error(columns[new], card[new])))
        assert 0.87 < np.mean(inside) < 0.93

    def test_grows_away_from_what_was_seen(self):
        columns, group, card, y, _ = rows(50)
        found = gaussian.fit(columns, group, card, y)
        assert found.error(10 * columns[:5], card[:5]).min() > found.error(columns[:5], card[:5]).max()
