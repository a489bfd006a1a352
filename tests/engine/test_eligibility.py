"""Hard criteria: who goes, by which one, and who would come back without it."""

import numpy as np
import pytest

from screening.engine import eligibility
from screening.engine.types import Criteria, Criterion
from tests.engine.profiles import TODAY, raw_table

ROWS = [
    {"platform": "instagram", "language": "ru", "followers": 50_000, "categories": ["beauty"]},
    {"platform": "tiktok", "language": "ru", "followers": 50_000, "categories": ["beauty"]},
    {"platform": "tiktok", "language": "en", "followers": 900, "categories": ["beauty", "gambling"]},
    {"platform": "instagram", "followers": 60_000},
    {"platform": "instagram", "language": "ru", "bio": "Ставки на спорт каждый день"},
]


def passing(**criteria):
    """1-based ids of the profiles that pass."""
    asked = Criteria(**criteria)
    gone = eligibility.removed_by(eligibility.checks(raw_table(ROWS), asked), len(ROWS))
    return (np.flatnonzero(gone == 0) + 1).tolist()


class TestChecks:
    @pytest.mark.parametrize(
        ("criteria", "expected"),
        [
            ({}, [1, 2, 3, 4, 5]),
            ({"platforms": ("Instagram",)}, [1, 4, 5]),
            ({"languages": ("ru",)}, [1, 2, 4, 5]),  # 4: not known, kept
            ({"languages": ("ru",), "keep_unknown": frozenset()}, [1, 2, 5]),
            ({"followers_min": 1000}, [1, 2, 4]),  # 5: not known, and size is never taken on trust
            ({"followers_min": 0, "followers_max": 50_000}, [1, 2, 3]),
            ({"categories": ("beauty",)}, [1, 2, 3, 4, 5]),
            ({"excluded_categories": ("gambling",)}, [1, 2, 4, 5]),
            ({"excluded_words": ("ставк",)}, [1, 2, 3, 4]),
            ({"excluded_words": ("порт",)}, [1, 2, 3, 4, 5]),  # inside "спорт", not at a word's start
            ({"excluded_words": ("gambling",)}, [1, 2, 4, 5]),
            ({"excluded_ids": (4,)}, [1, 2, 3, 5]),
            ({"markets": ("us",)}, []),
        ],
    )
    def test_leaves_those_that_meet_the_criterion(self, criteria, expected):
        assert passing(**criteria) == expected

    def test_compares_fees_and_the_age_of_figures(self):
        raw = raw_table([{"fee": 100}, {"fee": 300}, {"history": [(TODAY - 90, {"followers": 5})]}])
        fee = eligibility.removed_by(eligibility.checks(raw, Criteria(fee_max=200)), 3)
        age = eligibility.removed_by(eligibility.checks(raw, Criteria(figures_max_days=60)), 3)
        assert fee.astype(bool).tolist() == [False, True, False]
        assert age.astype(bool).tolist() == [False, False, True]


class TestCount:
    def test_counts_in_sequence_alone_and_without(self):
        counts = eligibility.count(raw_table(ROWS), Criteria(platforms=("tiktok",), followers_min=1000))
        platform, followers = counts.steps
        assert (counts.total, counts.passed) == (5, 1)
        assert (platform.criterion, platform.removed, platform.left, platform.alone) == (Criterion.PLATFORM, 3, 2, 3)
        assert (followers.removed, followers.left, followers.alone, followers.unknown) == (1, 1, 2, 1)
        assert (platform.without, followers.without) == (2, 1)  # 1 and 4 come back; 3 comes back

    def test_names_what_to_loosen_first_when_nobody_is_left(self):
        counts = eligibility.count(raw_table(ROWS), Criteria(markets=("us",), followers_min=1000))
        assert counts.passed == 0
        assert eligibility.loosest_first(counts)[0] == Criterion.MARKET

    def test_names_no_criterion_that_brings_nobody_back(self):
        counts = eligibility.count(raw_table(ROWS), Criteria(platforms=("tiktok",), followers_min=1000, fee_max=1))
        assert [step.criterion for step in counts.steps if not step.without] == [Criterion.FEE]
        assert Criterion.FEE not in eligibility.loosest_first(counts)

    def test_asks_nothing_when_nothing_is_asked(self):
        assert eligibility.count(raw_table(ROWS), Criteria()).steps == ()
