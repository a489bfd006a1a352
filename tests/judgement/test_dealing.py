"""Dealing practice: how often, how balanced, and that the chance that is logged is the chance."""

from collections import Counter

import pytest

from review.judgement import dealing
from review.judgement.dealing import Pile

PILE = Pile(1_000_000, wrong=[1, 2, 3, 4, 5], right=[11, 12, 13, 14, 15, 16, 17, 18, 19, 20])


class TestShare:
    def test_is_one_in_ten_until_ten_errors_were_seen_then_one_in_25(self):
        assert [dealing.share_u6(200_000, errors=n, given=50) for n in (0, 9, 10, 40)] == [100_000] * 2 + [40_000] * 2

    def test_is_capped_by_the_policy(self):
        assert [dealing.share_u6(20_000, errors=n, given=50) for n in (0, 10)] == [20_000, 20_000]

    def test_is_nothing_where_the_policy_says_nothing_even_for_a_newcomer(self):
        assert dealing.share_u6(0, errors=0, given=0) == 0

    def test_is_all_of_a_newcomers_first_three_cards(self):
        assert [dealing.share_u6(10_000, errors=0, given=n) for n in range(4)] == [1_000_000] * 3 + [10_000]


class TestDeal:
    def drawn(self, n, *, errors=0, given=100, piles=(PILE,)):
        found = (dealing.deal(piles, errors=errors, given=given, seed=seed) for seed in range(n))
        return [one for one in found if one]

    @pytest.mark.parametrize(("errors", "share"), [(0, 0.1), (10, 0.04)])
    def test_hits_the_share(self, errors, share):
        assert len(self.drawn(10_000, errors=errors)) / 10_000 == pytest.approx(share, abs=0.01)

    def test_draws_as_many_where_the_ai_was_right_as_where_it_was_wrong_whatever_there_is(self):
        right = [one.ai_was_right for one in self.drawn(2_000, given=0)]
        assert sum(right) / len(right) == pytest.approx(0.5, abs=0.04)

    def test_logs_the_chance_with_which_each_case_comes(self):
        found = self.drawn(40_000)
        counted = Counter((one.case, one.probability_u6) for one in found)
        assert len(counted) == 15  # one chance a case
        for (case, chance_u6), n in counted.items():
            assert chance_u6 == (10_000 if case < 10 else 5_000)
            assert n / 40_000 == pytest.approx(chance_u6 / 1_000_000, abs=0.0025)

    def test_draws_the_same_from_the_same_seed(self):
        assert dealing.deal([PILE], errors=0, given=0, seed=7) == dealing.deal([PILE], errors=0, given=0, seed=7)

    def test_deals_nothing_once_one_kind_is_used_up(self):
        left = [Pile(1_000_000, wrong=[], right=[11]), Pile(0, wrong=[1], right=[2])]
        assert self.drawn(100, given=0, piles=left) == []
