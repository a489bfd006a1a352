"""What came of earlier answers of the AI in a market: the record at a level, how flagged cases ended, similar creators.

One query for all of it: the newest thousand results of the market, one a creator and campaign. Counts are of the whole
market, whoever’s brand; cases are named only to those who may see the brand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import F, Q, QuerySet

from accounts import access
from accounts.models import User
from review.models import ReviewTask
from screening import pools, similar
from screening.engine import confidence
from screening.models import Outcome, Pool, Recommendation, Verdict
from screening.store import NotInStore

MOST = 1_000  # results that are looked at, the newest
MOST_SIMILAR = 3
MILLION = 1_000_000
FIELDS = (
    "profile_id", "profile__creator_id", "profile__creator__name", "profile__handle", "campaign_id", "campaign__name",
    "campaign__brand_id", "campaign__market_id", "kpi", "is_success", "actual", "predicted_low", "predicted_high",
    "as_of_date", "recommendation__p_u6", "recommendation__verdict", "recommendation__flags",
)  # fmt: skip


@dataclass(frozen=True)
class Precedent:
    """A result with what the AI had said of it, where it had: p, verdict and flags."""

    profile_id: int
    creator_id: int
    name: str
    handle: str
    campaign_id: int
    campaign: str
    brand: str
    market: str
    kpi: str
    is_success: bool
    actual: float
    low: float | None
    high: float | None
    on: date
    p_u6: int | None
    verdict: str | None
    flags: Sequence[Mapping[str, Any]] | None

    @property
    def confidence(self) -> float | None:
        """Chance that the verdict would prove right; None for Unsure, and where the AI said nothing."""
        if self.p_u6 is None or self.verdict == Verdict.UNSURE:
            return None
        p = self.p_u6 / MILLION
        return p if self.verdict == Verdict.RECOMMEND else 1 - p

    @property
    def proved_right(self) -> bool:
        """Tell whether the verdict fits the result."""
        return self.is_success == (self.verdict == Verdict.RECOMMEND)


@dataclass(frozen=True)
class Count:
    """So many hits of n."""

    hits: int
    n: int


@dataclass(frozen=True)
class Alike:
    """Who is similar among those with results. is_comparable: False where the run’s pool cannot be read."""

    cases: list[Precedent]
    is_comparable: bool


Rows = QuerySet[Outcome, tuple[Any, ...]]  # of FIELDS, newest first


def of_card(task: ReviewTask) -> Rows:
    """Return the newest results of a card’s market, and all of its creator’s, for `newest`."""
    return _rows(Q(campaign__market=task.market) | Q(profile__creator=task.recommendation.creator_id))


def of_creator(creator_id: int) -> Rows:
    """Return the results of one creator in all campaigns, for `newest`."""
    return _rows(Q(profile__creator=creator_id))


def _rows(stands: Q) -> Rows:
    told = Outcome.objects.filter(stands, replaced_by__isnull=True, kpi=F("campaign__objective"))
    return told.order_by("-as_of_date", "-pk").values_list(*FIELDS)[:MOST]


def newest(rows: Rows) -> list[Precedent]:
    """Return the newest result of each creator in each campaign, newest first. At most one query."""
    found: dict[tuple[int, int], Precedent] = {}
    for row in rows:
        one = Precedent(*row)
        found.setdefault((one.campaign_id, one.creator_id), one)
    return list(found.values())


def record(found: Sequence[Precedent], answer: Recommendation, *, market: str) -> Count | None:
    """Return how often the same verdict at the same level of confidence proved right; None for Unsure."""
    if answer.confidence is None:
        return None
    same = [
        one for one in found
        if one.market == market and one.verdict == answer.verdict and one.confidence is not None
    ]  # fmt: skip
    levels = confidence.bands(np.array([answer.confidence, *(one.confidence or 0 for one in same)], np.float32))
    here = [one for one, level in zip(same, levels[1:], strict=True) if level == levels[0]]
    return Count(sum(one.proved_right for one in here), len(here))


def ended(found: Sequence[Precedent], flag: Mapping[str, Any], *, market: str) -> Count:
    """Return how many earlier cases of the market with the same flag met the goal, of those with a result."""
    which = (flag["feature"], flag["side"])
    same = [
        one for one in found
        if one.market == market and any((told["feature"], told["side"]) == which for told in one.flags or ())
    ]  # fmt: skip
    return Count(sum(one.is_success for one in same), len(same))


def alike(found: Sequence[Precedent], task: ReviewTask, *, user: User) -> Alike:
    """Return the nearest other creators with results that the person may see, nearest first, by the run’s own pool."""
    scope, told = access.scope(user), task.recommendation
    others = [one for one in found if one.creator_id != told.creator_id and scope.reaches(one.brand, one.market)]
    if not told.run.pool_id:
        return Alike([], is_comparable=False)
    if not others:
        return Alike([], is_comparable=True)
    try:
        pool = pools.open_pool(Pool(sha256=told.run.pool_id))
    except (NotInStore, OSError):
        return Alike([], is_comparable=False)
    own = pools.row_of(pool, told.profile_id)
    if own is None:
        return Alike([], is_comparable=False)
    rows = similar.rows_of(pool, np.array([one.profile_id for one in others], np.int64))
    there = [(int(row), one) for row, one in zip(rows, others, strict=True) if row >= 0]
    if not there:
        return Alike([], is_comparable=True)
    apart = similar.distances(pool, own, np.array([row for row, _one in there], np.int64))
    nearest = sorted(zip(apart.tolist(), range(len(there)), strict=True))
    bar = similar.bar(pool, own)
    return Alike([there[n][1] for far, n in nearest if far <= bar][:MOST_SIMILAR], is_comparable=True)
