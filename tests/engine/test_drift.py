"""Population stability by feature, what chance alone does to it, and how far results stray from chances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.engine import drift
from screening.engine.codes import POOL_NAMES, encode
from screening.engine.drift import Level

CELLS = st.lists(st.integers(0, 254), min_size=1, max_size=120)


def counted(values):
    return np.bincount(np.array(values, np.uint8), minlength=256).astype(np.int64)


def of(name, *pools):
    """Counts (1, 256) of pools of plain values of one feature."""
    columns = [encode({name: np.array(values, np.float32)}, (name,)) for values in pools]
    return [drift.counts(codes) for codes in columns]


class TestCounts:
    def test_count_each_code_of_each_feature(self):
        found = drift.counts(np.array([[0, 0, 254], [3, 3, 3]], np.uint8))
        assert (found[0, 0], found[0, 254], found[1, 3], found.sum()) == (2, 1, 3, 6)

    @given(CELLS, st.randoms())
    def test_do_not_depend_on_the_order_of_rows(self, cells, dice):
        other = list(cells)
        dice.shuffle(other)
        assert (drift.counts(np.array([cells], np.uint8)) == drift.counts(np.array([other], np.uint8))).all()


class TestBinned:
    def test_ends_the_bins_at_the_deciles_of_the_older_pool(self):
        before = np.zeros(256, np.int64)
        before[1:101] = 3
        old, new = drift.binned("followers", before, before * 2)
        assert old.tolist() == [30] * 10
        assert new.tolist() == [60] * 10

    def test_holds_missing_data_apart_where_there_is_more_of_it(self):
        old, new = drift.binned("followers", counted([0, 9, 9]), counted([0, 0, 9]))
        assert (old.tolist(), new.tolist()) == ([1, 2], [2, 1])

    def test_compares_known_values_alone_where_more_is_known(self):
        old, new = drift.binned("followers", counted([0, 0, 9, 9]), counted([0, 9, 9, 9]))
        assert (old.tolist(), new.tolist()) == ([2], [3])

    def test_makes_a_bin_of_each_category(self):
        old, new = drift.binned("platform", counted([1, 1, 2, 5]), counted([1, 3, 3, 3]))
        assert (old.tolist(), new.tolist()) == ([2, 1, 0, 1], [1, 0, 3, 0])

    @given(st.sampled_from(POOL_NAMES), CELLS, CELLS)
    def test_loses_nobody(self, name, before, now):
        old, new = drift.binned(name, counted(before), counted(now))
        is_known_better = now.count(0) * len(before) < before.count(0) * len(now)
        left_out = [one.count(0) if is_known_better else 0 for one in (before, now)]
        assert [old.sum(), new.sum()] == [len(before) - left_out[0], len(now) - left_out[1]]


class TestPsi:
    def test_of_two_bins_by_hand(self):
        by_hand = 20 / 101 * (math.log(30.5 / 10.5) + math.log(90.5 / 70.5))
        assert drift.psi(np.array([10, 90]), np.array([30, 70])) == pytest.approx(by_hand)
        assert by_hand == pytest.approx(0.2606, abs=1e-4)

    @given(st.sampled_from(POOL_NAMES), CELLS)
    def test_of_a_pool_and_itself_is_nothing(self, name, cells):
        assert drift.psi(*drift.binned(name, counted(cells), counted(cells))) == 0

    @given(st.sampled_from(POOL_NAMES), CELLS, CELLS)
    def test_is_never_negative(self, name, before, now):
        assert drift.psi(*drift.binned(name, counted(before), counted(now))) >= 0

    def test_has_the_mean_and_the_bound_of_chance_where_nothing_has_changed(self):
        dice = np.random.default_rng(7)
        share = np.full(11, 1 / 11)
        found = [drift.psi(dice.multinomial(800, share), dice.multinomial(1_600, share)) for _ in range(3_000)]
        assert np.mean(found) == pytest.approx(drift.expected(11, 800, 1_600), rel=0.03)
        assert np.mean(np.array(found) <= drift.bound(11, 800, 1_600)) == pytest.approx(0.95, abs=0.01)


class TestBound:
    @pytest.mark.parametrize(("free", "quantile"), [(2, 5.991), (5, 11.070), (10, 18.307), (20, 31.410)])
    def test_is_the_quantile_of_chi_square_over_the_sizes(self, free, quantile):
        assert drift.bound(free + 1, 1_000, 500) == pytest.approx(quantile * 0.003, rel=0.01)

    def test_widens_with_the_number_of_features_looked_at(self):
        assert drift.bound(11, 1_000, 1_000, features=30) > drift.bound(11, 1_000, 1_000)

    def test_of_one_bin_is_nothing(self):
        assert drift.bound(1, 10, 10) == 0


class TestCompare:
    def test_calls_a_feature_over_the_limit_and_says_what_it_was(self):
        dice = np.random.default_rng(1)
        small, large = 10 ** dice.normal(4, 0.4, 2_000), 10 ** dice.normal(5, 0.4, 2_000)
        (one,) = drift.compare(["followers"], *of("followers", small, large))
        assert one.level == Level.DRIFT
        assert one.before == pytest.approx(1e4, rel=0.1)
        assert one.now == pytest.approx(1e5, rel=0.1)

    def test_calls_nothing_moved_that_chance_alone_moves(self):
        dice = np.random.default_rng(2)
        pools = of("followers", 10 ** dice.normal(4, 0.4, 30), 10 ** dice.normal(4, 0.4, 30))
        (one,) = drift.compare(["followers"], *pools)
        assert one.psi > drift.WATCH
        assert one.level == Level.STEADY

    def test_tells_missing_data_and_puts_what_moved_most_first(self):
        dice = np.random.default_rng(3)
        likes = 10 ** dice.normal(-2, 0.3, 1_000)
        lost = np.where(np.arange(1_000) < 400, np.nan, likes)
        rate, posts = of("like_rate", likes, lost), of("posts", np.full(1_000, 40.0), np.full(1_000, 40.0))
        pools = [np.concatenate([posts[place], rate[place]]) for place in (0, 1)]
        first, second = drift.compare(["posts", "like_rate"], *pools)
        assert (first.feature, first.level, second.psi) == ("like_rate", Level.DRIFT, 0)
        assert (first.missing_before, first.missing_now) == (0, 0.4)

    def test_calls_nothing_moved_that_was_not_known_before(self):
        dice = np.random.default_rng(5)
        (one,) = drift.compare(["posts"], *of("posts", np.full(1_000, np.nan), 10 ** dice.normal(2, 1, 1_000)))
        assert (one.missing_before, one.missing_now, one.psi, one.level) == (1, 0, 0, Level.STEADY)

    def test_names_the_commonest_category(self):
        (one,) = drift.compare(["platform"], *of("platform", [1, 1, 3], [3, 3, 1]))
        assert (one.before, one.now) == (1, 3)

    def test_knows_no_usual_value_where_none_is_known(self):
        (one,) = drift.compare(["posts"], *of("posts", [np.nan], [np.nan]))
        assert (one.before, one.now, one.level) == (None, None, Level.STEADY)


class TestGap:
    def test_by_hand(self):
        found = drift.gap(np.full(30, 0.5), np.arange(30) < 20, np.arange(30))
        spread = math.sqrt(30 / 29 * (0.25 - (1 / 6) ** 2)) / math.sqrt(30)
        assert found.mean == pytest.approx(1 / 6)
        assert (found.low, found.high) == pytest.approx((1 / 6 - 1.644854 * spread, 1 / 6 + 1.644854 * spread))
        assert found.loss == pytest.approx(math.log(2))
        assert found.is_drift

    def test_says_nothing_of_fewer_than_thirty_creators(self):
        found = drift.gap(np.full(60, 0.5), np.ones(60, bool), np.arange(60) % 29)
        assert (found.results, found.creators, found.mean, found.is_drift) == (60, 29, None, False)

    def test_counts_a_creator_once(self):
        worked = np.arange(30) < 15
        once = drift.gap(np.full(30, 0.5), worked, np.arange(30))
        often = drift.gap(np.full(70, 0.5), np.r_[worked, np.ones(40, bool)], np.r_[np.arange(30), np.zeros(40, int)])
        assert (often.mean, often.low, often.results) == (pytest.approx(once.mean), pytest.approx(once.low), 70)
        assert not once.is_drift

    @given(st.integers(0, 2**32 - 1))
    def test_does_not_depend_on_the_order_of_results(self, seed):
        dice = np.random.default_rng(seed)
        p, worked, creators = dice.random(80), dice.random(80) < 0.5, dice.integers(0, 40, 80)
        order = dice.permutation(80)
        one, other = drift.gap(p, worked, creators), drift.gap(p[order], worked[order], creators[order])
        assert (one.mean, one.low, one.loss) == pytest.approx((other.mean, other.low, other.loss))
