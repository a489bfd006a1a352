"""Who names whom, and what a post usually costs, counted by hand."""

import numpy as np

from screening.engine import fees, network
from tests.engine.profiles import raw_table

CREATORS = np.array([1, 1, 2, 3, 4])  # the first two profiles are one person's
READ = np.array([True, False, True, True, False])


class TestNamedBy:
    def test_counts_other_creators_once(self):
        # 0 -> 1 is the same person; 2 and 3 name profile 1, 2 twice; 0 names 4; nobody names 2 and 3
        namer, named = np.array([0, 2, 2, 3, 0]), np.array([1, 1, 1, 1, 4])
        found = network.named_by(namer, named, CREATORS, READ)
        assert np.array_equal(found, [0, 2, 0, 0, 1])

    def test_knows_nothing_of_who_is_named_by_nobody_and_was_not_read(self):
        none = np.zeros(0, np.int64)
        found = network.named_by(none, none, CREATORS, READ)
        assert np.array_equal(found, [0, np.nan, 0, 0, np.nan], equal_nan=True)


class TestSharedAccounts:
    def test_counts_accounts_that_another_creator_names_too(self):
        # account 7 by the creators 1 and 2, 8 by both profiles of creator 1 alone, 9 by 2 and 3
        namer, account = np.array([0, 2, 0, 1, 2, 3]), np.array([7, 7, 8, 8, 9, 9])
        found = network.shared_accounts(namer, account, CREATORS, READ)
        assert np.array_equal(found, [1, np.nan, 2, 1, np.nan], equal_nan=True)

    def test_is_0_where_posts_were_read_and_name_nobody(self):
        none = np.zeros(0, np.int64)
        assert np.array_equal(
            network.shared_accounts(none, none, CREATORS, READ), [0, np.nan, 0, 0, np.nan], equal_nan=True
        )


class TestUsualFee:
    def test_is_the_median_rate_of_platform_and_size_else_of_the_platform_else_of_all(self):
        # five small at 1, 2, 3, 4, 5 per cent, one large at 10 per cent; VK has one price alone
        small = [{"platform": "instagram", "followers": 1000, "fee": fee} for fee in (10, 20, 30, 40, 50)]
        rest = [{"platform": "instagram", "followers": 2e6, "fee": 2e5}, {"platform": "vk", "followers": 100, "fee": 9}]
        raw = raw_table([*small, *rest, {"platform": "instagram"}])
        found = fees.usual_fee(raw.history, raw.code("platform"))
        assert found[:5].tolist() == [30] * 5
        assert found[5] == 2e6 * 0.03  # lower median of 1, 2, 3, 4, 5, 10 per cent
        assert found[6] == 100 * 0.04  # of 1, 2, 3, 4, 5, 9, 10
        assert np.isnan(found[7])

    def test_is_unknown_where_few_are_priced(self):
        raw = raw_table([{"followers": 1000, "fee": 10}] * 4)
        assert np.isnan(fees.usual_fee(raw.history, raw.code("platform"))).all()
