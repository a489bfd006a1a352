"""What picks and rejections say about everybody else."""

import numpy as np
import pytest

from screening.engine import feedback
from screening.engine.feedback import Hint, Population


@pytest.fixture
def people():
    """2,000 candidates with four features; every seventh value of the first is missing."""
    dice = np.random.default_rng(7)
    codes = np.clip(dice.normal(120, 30, (4, 2_000)), 1, 254).astype(np.uint8)
    codes[0, ::7] = 0
    return Population.of(codes)


NOBODY = np.array([], np.int64)


class TestPopulation:
    def test_standard_values_have_mean_0_and_spread_1_and_missing_is_average(self, people):
        x = people.standard(slice(None))
        known = people.codes[0] > 0
        assert np.allclose(x[known, 0].mean(), 0, atol=1e-4)
        assert np.allclose(x[known, 0].std(), 1, atol=1e-3)
        assert not x[~known, 0].any()

    def test_a_feature_in_which_all_are_alike_says_nothing(self):
        alike = Population.of(np.full((2, 50), 9, np.uint8))
        assert not alike.standard(slice(None)).any()
        assert np.isfinite(feedback.learn(alike, np.arange(3), NOBODY)).all()


class TestLearn:
    def test_says_nothing_without_a_pick(self, people):
        assert not feedback.learn(people, NOBODY, np.arange(5)).any()

    def test_by_hand_for_one_feature(self):
        codes = np.array([[100, 110, 120, 130, 140]], np.uint8)  # standard: -1.414, -.707, 0, .707, 1.414
        one = Population.of(codes)
        picked = feedback.learn(one, np.array([4]), np.array([0]))
        # q = 1.4142 + 1.4142 / 2 = 2.1213; Cov = 1; one pick of 1 + 10
        assert picked[0] == pytest.approx(2.12132 / 1.3 / 11, rel=1e-4)

    def test_more_picks_are_believed_more(self, people):
        high = np.argsort(-people.codes[1].astype(int))
        few, many = (feedback.learn(people, high[:n], NOBODY) for n in (3, 30))
        assert 0 < few[1] < many[1]

    def test_a_rejection_counts_half_of_a_pick(self, people):
        high = np.argsort(-people.codes[1].astype(int))
        liked = feedback.learn(people, high[:10], NOBODY)
        both = feedback.learn(people, high[:10], high[:10])
        assert both == pytest.approx(liked / 2)

    def test_a_hint_moves_its_own_feature_its_own_way(self, people):
        up = feedback.learn(people, NOBODY, NOBODY, (Hint(2, 1),))
        down = feedback.learn(people, NOBODY, NOBODY, (Hint(2, -1),))
        assert up == pytest.approx(-down)
        assert np.argmax(np.abs(up)) == 2
        assert up[2] > 0


class TestTaste:
    def test_is_the_sum_of_its_features_and_averages_0(self, people):
        direction = feedback.learn(people, np.arange(40), np.arange(40, 60))
        found = feedback.taste(people, direction)
        assert found == pytest.approx(people.standard(slice(None)) @ direction, abs=1e-4)
        assert abs(found.mean()) < 1e-3

    def test_brings_those_like_the_picks_forward(self, people):
        dice = np.random.default_rng(3)
        ai = dice.normal(50, 10, 2_000)
        liked = people.standard(slice(None))[:, 3] > 1
        picks = np.flatnonzero(liked)[:25]
        new = ai + 10 * feedback.taste(people, feedback.learn(people, picks, NOBODY))
        rest = np.setdiff1d(np.arange(2_000), picks)
        before, after = (liked[rest[np.argsort(-one[rest])[:200]]].mean() for one in (ai, new))
        assert after > before + 0.1

    def test_the_order_of_rows_is_irrelevant(self, people):
        shuffled = np.random.default_rng(1).permutation(2_000)
        back = np.argsort(shuffled)
        direction = feedback.learn(people, np.arange(9), np.arange(9, 12))
        other = Population.of(people.codes[:, shuffled])
        same = feedback.learn(other, back[np.arange(9)], back[np.arange(9, 12)])
        assert same == pytest.approx(direction, abs=1e-5)


class TestOrder:
    def test_ties_go_to_the_lower_id(self):
        assert feedback.order(np.array([1.0, 2.0, 2.0]), np.array([5, 9, 3])).tolist() == [2, 1, 0]


class TestChangedShare:
    def test_counts_who_came_in(self):
        before, after = np.arange(40), np.concatenate([[90, 91, 92, 93, 94], np.arange(40)])
        assert feedback.changed_share(before, after) == 0.25
        assert feedback.changed_share(before, before) == 0
        assert feedback.changed_share(NOBODY, NOBODY) == 0
