"""Intervals: exact ranks, none under minimum data, coverage within its law, markets pooled, time answered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import baskets, intervals


class TestRank:
    @pytest.mark.parametrize(
        ("n", "miss", "wanted"), [(9, 0.1, 9), (10, 0.1, 10), (19, 0.1, 18), (50, 0.1, 46), (100, 0.1, 91), (4, 0.2, 4),
                                  (50, 0.2, 41), (99, 0.1, 90), (8, 0.1, 9), (3, 0.2, 4)],
    )  # fmt: skip
    def test_is_the_next_whole_number_of_n_plus_one(self, n, miss, wanted):
        assert intervals.rank(n, miss) == wanted

    @given(st.integers(1, 3000), st.sampled_from([5, 10, 20, 25, 50]))
    def test_is_exact_in_whole_numbers(self, n, percent):
        assert intervals.rank(n, percent / 100) == -(-(n + 1) * (100 - percent) // 100)


class TestWidth:
    def test_is_the_error_of_that_rank_by_hand(self):
        errors = np.array([0.3, -0.1, 0.2, -0.9, 0.5, 0.4, -0.6, 0.7, -0.8])
        found = intervals.width(errors, 0.9)
        assert (found.half, found.n, found.rank) == (0.9, 9, 9)
        assert intervals.width(errors, 0.8).half == 0.8

    @given(st.integers(0, 8))
    def test_is_none_at_90_percent_under_nine_rows(self, n):
        assert intervals.width(np.ones(n), 0.9) is None
        assert (intervals.width(np.ones(n), 0.8) is None) == (n < 4)

    def test_takes_no_rank_under_the_least(self):
        errors = np.arange(1.0, 51.0)
        assert intervals.width(errors, 0.8, miss=0.4, least=45).half == 45

    def test_is_none_under_the_minimum_even_where_the_level_was_lowered(self):
        assert intervals.width(np.ones(8), 0.9, miss=0.5) is None
        assert intervals.width(np.ones(50), 0.9, miss=0.005) is None

    @pytest.mark.parametrize("level", [0.8, 0.9])
    @pytest.mark.parametrize("n", [9, 30, 100])
    def test_covers_as_the_beta_law_says(self, n, level):
        dice = np.random.default_rng([n, round(100 * level)])
        covered, repeats = [], 1500
        for _ in range(repeats):
            half = intervals.width(dice.exponential(size=n), level).half
            covered.append(1 - np.exp(-half))
        place = intervals.rank(n, 1 - level)
        mean = place / (n + 1)
        spread = np.sqrt(mean * (1 - mean) / (n + 2))
        assert abs(np.mean(covered) - mean) < 4 * spread / np.sqrt(repeats)
        assert mean >= level
        # What is promised with 90 % confidence is reached nine times of ten.
        share = np.mean(np.array(covered) >= intervals.promised(n, place))
        assert abs(share - 0.9) < 4 * np.sqrt(0.09 / repeats)


class TestPromised:
    @pytest.mark.parametrize(("n", "wanted"), [(50, 0.846), (100, 0.862), (200, 0.873), (500, 0.883), (1000, 0.888)])
    def test_is_what_was_measured_at_90_percent(self, n, wanted):
        assert intervals.promised(n, intervals.rank(n, 0.1)) == pytest.approx(wanted, abs=0.0006)

    @pytest.mark.parametrize(("n", "place"), [(50, 49), (100, 95), (200, 186), (500, 460), (1000, 913)])
    def test_reaches_90_percent_from_the_rank_that_it_takes(self, n, place):
        assert intervals.promised(n, place) >= 0.9 > intervals.promised(n, place - 1)

    def test_of_all_rows_is_a_power(self):
        # All n draws lie under x with chance x^n: that is 10 % at the n-th root of 0.1.
        assert intervals.promised(20, 20) == pytest.approx(0.1 ** (1 / 20), abs=1e-9)


class TestPooled:
    def test_leaves_a_market_with_fifty_rows_alone(self):
        own = np.linspace(-1, 1, 50)
        assert (intervals.pooled(own, [np.full(100, 9.0)]) == np.abs(own)).all()
        assert (intervals.pooled(own[:20], []) == np.abs(own[:20])).all()

    def test_takes_others_at_the_scale_of_the_market_by_hand(self):
        own, other = np.full(10, 1.0), np.full(30, 2.0)
        # Median of all 2; the market's scale (10 x 1 + 30 x 2) / 40 = 1.75, the other's 2: its errors count as 1.75.
        assert intervals.pooled(own, [other]) == pytest.approx([1.0] * 10 + [1.75] * 30)

    def test_covers_unequal_markets_better_than_few_rows_alone_promise(self):
        dice, inside = np.random.default_rng(3), []
        for _ in range(400):
            scales = dice.uniform(0.2, 0.4, 4)
            own, others = dice.normal(0, scales[0], 30), [dice.normal(0, scale, 60) for scale in scales[1:]]
            half = intervals.width(intervals.pooled(own, others), 0.9).half
            inside.append(np.mean(np.abs(dice.normal(0, scales[0], 200)) <= half))
        assert 0.87 < np.mean(inside) < 0.94


class TestAdapt:
    def test_by_hand(self):
        # Thirty errors of 1 on day 0; on day 1 one error of 2 is outside, on day 2 one of 0.5 is inside.
        found = intervals.adapt(np.array([1.0] * 30 + [2.0, 0.5]), np.array([0] * 30 + [1, 2]), 0.9)
        assert (found.counted, found.inside) == (2, 1)
        assert found.miss == pytest.approx(0.1 + 0.02 * (0.1 - 1) + 0.02 * 0.1)

    def test_forecasts_all_of_a_day_before_any_is_known(self):
        days = np.array([0] * 30 + [1] * 5)
        errors = np.array([1.0] * 30 + [2.0] * 5)
        assert intervals.adapt(errors, days, 0.9).inside == 0
        assert intervals.adapt(errors, np.arange(35), 0.9).inside > 0

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.floats(0, 5), max_size=80), st.sampled_from([0.8, 0.9]))
    def test_stays_where_it_may(self, errors, level):
        found = intervals.adapt(np.array(errors), np.arange(len(errors)), level)
        assert intervals.LEAST <= found.miss <= intervals.MOST
        assert found.inside <= found.counted == max(0, len(errors) - intervals.FIRST)

    def test_keeps_its_coverage_when_errors_grow(self):
        dice = np.random.default_rng(8)
        errors = np.concatenate([dice.normal(0, 1, 300), dice.normal(0, 1.8, 500)])
        found = intervals.adapt(errors, np.arange(800), 0.9)
        half = intervals.width(errors[:300], 0.9).half
        assert np.mean(np.abs(errors[300:]) <= half) < 0.75
        assert found.inside / found.counted > 0.87


class TestABasket:
    def test_takes_errors_apart_as_the_analysis_of_variance_does(self):
        # Ten campaigns of two: means m, each +-1 around. Within: 2 a pair / 10 = 2; between: 2 var(m).
        means = np.arange(10.0)
        off = np.repeat(means, 2) + np.tile([1.0, -1.0], 10)
        found = baskets.errors(off, np.repeat(np.arange(10), 2))
        assert found.shared == pytest.approx(np.sqrt((2 * means.var(ddof=1) - 2) / 2))
        assert found.own == pytest.approx(np.tile([np.sqrt(2), -np.sqrt(2)], 10))
        assert found.campaigns == 10

    def test_has_none_under_ten_campaigns_of_two(self):
        off = np.random.default_rng(1).normal(size=40)
        assert baskets.errors(off[:18], np.repeat(np.arange(9), 2)) is None
        assert baskets.errors(off, np.arange(40)) is None

    @pytest.mark.parametrize("shared", [0.0, 0.15, 0.35])
    def test_covers_sums_of_new_campaigns(self, shared):
        dice, inside, repeats = np.random.default_rng(round(100 * shared)), 0, 400
        for _ in range(repeats):
            campaign = np.repeat(np.arange(15), dice.integers(2, 6, 15))
            off = (shared * dice.normal(size=15))[campaign] + dice.normal(0, 0.3, len(campaign))
            places = dice.uniform(3, 5, 6)
            truth = (10 ** (places + shared * dice.normal() + dice.normal(0, 0.3, 6)) - 1).sum()
            found = baskets.total(places, baskets.errors(off, campaign), 0.8)
            inside += found.low <= truth <= found.high
        assert 0.75 < inside / repeats < 0.87

    def test_is_narrower_than_its_creators_unless_they_share_their_error(self):
        places, own = np.full(9, 4.0), np.random.default_rng(0).normal(0, 0.3, 500)
        alone, together = (baskets.total(places, baskets.Errors(shared, own, 20), 0.8) for shared in (0.0, 0.4))
        one = baskets.total(places[:1], baskets.Errors(0.0, own, 20), 0.8)
        assert alone.high / alone.low < one.high / one.low < together.high / together.low

    def test_says_the_same_again(self):
        found = baskets.Errors(0.2, np.array([-0.1, 0.1]), 12)
        assert baskets.total(np.ones(3), found, 0.8) == baskets.total(np.ones(3), found, 0.8)
