"""What asking a person is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.judgement import value
from review.judgement.value import Reviewer


class TestAfterVote:
    def test_gives_the_hand_computed_chances(self):
        # logit .5 = 0; .6 ln(.65/.35) = .3714: sig = .5918; the mean is .5 already, so nothing is shifted.
        yes, up, down = value.after_vote(np.array([0.5]), Reviewer())
        assert (yes[0], up[0], down[0]) == pytest.approx((0.5, 0.59181, 0.40819), abs=1e-4)

    @given(st.floats(0.001, 0.999), st.floats(0.51, 0.97), st.floats(0.03, 0.49), st.floats(0, 1))
    def test_changes_nothing_on_average(self, p, good, bad, weight):
        yes, up, down = value.after_vote(np.array([p]), Reviewer(good, bad, weight))
        assert yes * up + (1 - yes) * down == pytest.approx(p, abs=1e-9)


class TestOfSelection:
    def test_is_highest_next_to_the_cut(self):
        p = np.linspace(0.69, 0.31, 50)
        worth = value.of_selection(p, np.ones(50), wanted=20)
        assert sorted(np.argsort(-worth, kind="stable")[:4].tolist()) == [18, 19, 20, 21]

    def test_is_nothing_at_the_top_of_the_list(self):
        p = np.array([0.95, 0.9, 0.55, 0.5, 0.45, 0.1])
        assert value.of_selection(p, np.ones(6), wanted=3)[0] == 0

    def test_gives_the_hand_computed_worth(self):
        # Out at .45 against the last one in at .55: a yes (.485) lifts it to .5441, under the cut: worth nothing.
        # Out at .50: a yes lifts it to .5918: .5 * (.5918 - .55) = .0209.
        worth = value.of_selection(np.array([0.55, 0.50, 0.45]), np.ones(3), wanted=1)
        assert worth[1:] == pytest.approx([0.0209, 0.0], abs=1e-4)

    def test_grows_with_the_stake(self):
        p = np.array([0.56, 0.54, 0.52, 0.5])
        worth = value.of_selection(p, np.array([1.0, 1.0, 3.0, 1.0]), wanted=2)
        assert worth[2] == pytest.approx(3 * value.of_selection(p, np.ones(4), wanted=2)[2])

    def test_is_nothing_when_reviewers_add_no_information(self):
        p = np.random.default_rng(1).uniform(0.3, 0.7, 200)
        assert not value.of_selection(p, np.ones(200), wanted=50, reviewer=Reviewer(weight=0)).any()

    def test_is_nothing_when_everybody_goes_forward(self):
        assert not value.of_selection(np.array([0.5, 0.6]), np.ones(2), wanted=2).any()

    def test_refuses_to_select_nobody(self):
        with pytest.raises(ValueError, match="1 at least"):
            value.of_selection(np.array([0.5]), np.ones(1), wanted=0)

    @given(st.lists(st.floats(0.02, 0.98), min_size=2, max_size=40), st.integers(1, 39))
    def test_is_never_negative(self, chances, wanted):
        assert (value.of_selection(np.array(chances), np.ones(len(chances)), wanted=wanted) >= 0).all()

    def test_beats_reading_the_top_of_the_list(self):
        """Science.md 2: choosing 25 of 50, 10 looks near the cut give 60 % of what 50 give; the top 10 nothing."""
        rng, gains = np.random.default_rng(7), {"cut": 0.0, "top": 0.0, "all": 0.0}
        for _ in range(400):
            p = np.sort(1 / (1 + np.exp(-rng.normal(0, 3.5, 50))))[::-1]
            good = rng.random(50) < p
            votes = np.where(rng.random(50) < 0.96, good, ~good)
            sharp = Reviewer(0.96, 0.04, 0.85)
            _yes, up, down = value.after_vote(p, sharp)
            told = np.where(votes, up, down)
            near = np.argsort(-value.of_selection(p, np.ones(50), wanted=25, reviewer=sharp), kind="stable")[:10]
            for name, looked in (("cut", near), ("top", np.arange(10)), ("all", np.arange(50))):
                q = p.copy()
                q[looked] = told[looked]
                gains[name] += good[np.argsort(-q, kind="stable")[:25]].mean() - good[:25].mean()
        assert gains["cut"] >= 0.6 * gains["all"]
        assert gains["cut"] - gains["top"] >= 400 * 0.02


class TestAboveCost:
    def test_leaves_what_is_worth_more_than_it_costs_and_nothing_else(self):
        worth = value.above_cost(np.array([0.3, 0.2, 0.1, 0.0]), cost=0.2)
        assert worth.tolist() == [0.3, 0.0, 0.0, 0.0]

    def test_costs_nothing_where_nobody_said_what_a_minute_costs(self):
        worth = np.array([0.3, 1e-9, 0.0])
        assert value.above_cost(worth, cost=0.0).tolist() == worth.tolist()

    def test_leaves_nobody_to_be_chosen_but_the_sure_and_the_random_ones(self):
        worth = value.above_cost(np.full(20, 0.1), cost=1.0)
        draw = value.choose(worth, np.arange(20) < 3, budget=10, random_share=0.1, seed=1)
        assert (draw.nearest.size, draw.drawn.size) == (0, 1)


class TestChoose:
    def test_keeps_the_budget(self):
        sure = np.arange(100) < 5
        draw = value.choose(np.linspace(1, 0.1, 100), sure, budget=15, random_share=0.1, seed=1)
        assert (len(draw.nearest), len(draw.drawn)) == (8, 2)

    def test_draws_from_everybody_else_with_the_chance_it_names(self):
        sure = np.arange(1000) < 5
        draw = value.choose(np.linspace(1, 0.1, 1000), sure, budget=15, random_share=0.1, seed=1)
        assert draw.probability[0] == 1
        assert set(draw.probability[draw.nearest]) == {1.0}
        assert set(draw.probability[draw.drawn]) == {2 / 987}

    def test_draws_everybody_equally_often(self):
        hits = np.zeros(20)
        for seed in range(4000):
            draw = value.choose(np.zeros(20), np.zeros(20, bool), budget=10, random_share=0.1, seed=seed)
            hits[draw.drawn] += 1
        assert hits / 4000 == pytest.approx(np.full(20, 1 / 20), abs=0.015)

    def test_draws_the_same_for_the_same_seed(self):
        args = (np.zeros(500), np.zeros(500, bool))
        first, again = (value.choose(*args, budget=50, random_share=0.1, seed=9) for _ in range(2))
        other = value.choose(*args, budget=50, random_share=0.1, seed=10)
        assert first.drawn.tolist() == again.drawn.tolist() != other.drawn.tolist()

    def test_leaves_out_what_is_worth_nothing(self):
        draw = value.choose(np.zeros(50), np.arange(50) < 3, budget=15, random_share=0.1, seed=1)
        assert len(draw.nearest) == 0

    def test_still_draws_when_the_sure_ones_fill_the_budget(self):
        draw = value.choose(np.ones(50), np.arange(50) < 20, budget=15, random_share=0.1, seed=1)
        assert (len(draw.nearest), len(draw.drawn)) == (0, 2)

    def test_never_draws_more_than_there_are(self):
        draw = value.choose(np.ones(3), np.ones(3, bool), budget=15, random_share=0.1, seed=1)
        assert (len(draw.nearest), len(draw.drawn)) == (0, 0)


class TestSpotChecks:
    def test_hit_about_the_share(self):
        assert value.spot_checks(20_000, share=0.05, seed=3).mean() == pytest.approx(0.05, abs=0.006)
