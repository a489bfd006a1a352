"""The arithmetic of benchmarks, against small cases worked out by hand and laws that are known."""

import numpy as np
import pytest

from benchmarks.parts import figures


class TestAuc:
    def test_counts_pairs_in_the_right_order_and_halves_ties(self):
        label = np.array([True, True, False, False])
        assert figures.auc(np.array([4.0, 2.0, 3.0, 1.0]), label) == 0.75
        assert figures.auc(np.zeros(4), label) == 0.5

    def test_within_groups_compares_nobody_across_them(self):
        label = np.array([True, False, True, False])
        shifted = np.array([2.0, 1.0, 0.2, 0.1])  # right within each group, wrong across
        assert figures.auc(shifted, label) == 0.75
        assert figures.auc_within(shifted, label, np.array([0, 0, 1, 1])) == 1

    def test_within_groups_leaves_out_a_group_of_one_kind(self):
        label = np.array([True, False, True])
        assert figures.auc_within(np.array([1.0, 2.0, 3.0]), label, np.array([0, 0, 1])) == 0


class TestNdcg:
    def test_is_one_for_the_best_order_and_falls_with_the_place(self):
        gain = np.array([3.0, 2.0, 0.0])
        assert figures.ndcg(np.array([3.0, 2.0, 1.0]), gain, top=2) == 1
        worse = (2 + 3 / np.log2(3)) / (3 + 2 / np.log2(3))
        assert figures.ndcg(np.array([2.0, 3.0, 1.0]), gain, top=2) == pytest.approx(worse)

    def test_looks_at_no_place_beyond_the_top(self):
        assert figures.ndcg(np.array([0.0, 1.0, 2.0]), np.array([5.0, 0.0, 0.0]), top=2) == 0


class TestEce:
    def test_is_the_gap_between_chance_and_share(self):
        label = np.array([True] * 30 + [False] * 70)
        dice = np.random.default_rng(0).permutation(100)
        assert figures.ece(np.full(100, 0.5), label[dice]) >= 0.2 - 1e-9  # bins of ten can only add to it
        exact = np.repeat([0.0, 1.0], 50)
        assert figures.ece(exact, exact > 0) == 0

    def test_reads_the_worst_slice_of_those_that_are_large_enough(self):
        p = np.concatenate([np.full(100, 1.0), np.full(100, 0.0), np.full(5, 0.0)])
        label = np.concatenate([np.ones(100, bool), np.ones(50, bool), np.zeros(50, bool), np.ones(5, bool)])
        slices = [np.arange(205) < 100, (np.arange(205) >= 100) & (np.arange(205) < 200), np.arange(205) >= 200]
        assert figures.worst_ece(p, label, slices) == pytest.approx(0.5)


class TestLogLoss:
    def test_is_what_was_lost_in_nats(self):
        found = figures.log_losses(np.array([0.25, 0.25]), np.array([True, False]))
        assert found == pytest.approx([np.log(4), np.log(4 / 3)])


class TestInterval:
    def test_of_a_mean_is_as_wide_as_theory_says(self):
        values = np.random.default_rng(1).normal(size=400)
        low, high = figures.interval(lambda rows: float(values[rows].mean()), np.arange(400))
        assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)

    def test_of_rows_of_few_owners_is_as_wide_as_of_so_few(self):
        owners = np.repeat(np.arange(20), 50)
        values = np.random.default_rng(2).normal(size=20)[owners]  # the rows of an owner say the same thing fifty times
        low, high = figures.interval(lambda rows: float(values[rows].mean()), owners)
        assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(20), rel=0.2)

    def test_of_a_difference_on_the_same_rows_is_paired(self):
        dice = np.random.default_rng(3)
        hard = dice.normal(size=300)  # what is hard for both counts for neither
        ours, theirs = hard + 0.1, hard
        low, high = figures.interval(lambda rows: float(ours[rows].mean() - theirs[rows].mean()), np.arange(300))
        assert low == pytest.approx(0.1)
        assert high == pytest.approx(0.1)

    def test_draws_whole_owners(self):
        owners = np.array([0, 0, 0, 1, 1])
        sizes = []
        figures.interval(lambda rows: sizes.append(len(rows)) or 0.0, owners, draws=50)
        assert set(sizes) == {4, 5, 6}


class TestCoverageBand:
    def test_holds_a_perfect_method_in_99_of_100_splits(self):
        low, high = figures.coverage_band(0.9, 500, 500)
        dice, inside = np.random.default_rng(4), 0
        for _ in range(2000):
            reach = np.sort(np.abs(dice.normal(size=500)))[int(np.ceil(501 * 0.9)) - 1]
            inside += low <= (np.abs(dice.normal(size=500)) <= reach).mean() <= high
        assert inside / 2000 == pytest.approx(0.99, abs=0.008)

    def test_is_one_where_no_finite_interval_exists(self):
        assert figures.coverage_band(0.9, 5, 100) == (1.0, 1.0)
