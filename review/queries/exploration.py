"""Exploration picks of a session: what the tests cost beside the policy's share, and how earlier ones turned out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from review.models import Policy, ReviewTask, TaskState
from screening.models import Campaign, Outcome

MILLION = 1_000_000


@dataclass(frozen=True)
class Exploration:
    """Approved exploration picks. spent, budget: minor units of the brand's currency; share_u6: the policy's.

    made, known, right: approved ones of the brand and market, those of them with a result, those that worked out.
    """

    spent: int
    budget: int
    share_u6: int
    made: int
    known: int
    right: int

    @property
    def used(self) -> float:
        """How much of the budget the tests take, 1 at most."""
        return min(1.0, self.spent / self.budget) if self.budget else float(self.spent > 0)


def spent_at(campaign: Campaign) -> QuerySet[ReviewTask, Any]:
    """Return what the approved picks of a campaign cost, and those that wait for a manager's approval."""
    taken = ReviewTask.objects.filter(
        campaign=campaign, is_exploration=True, state__in=(TaskState.APPROVED, TaskState.AWAITING)
    )
    return taken.order_by().values("campaign").annotate(spent=Sum("fee_minor")).values_list("spent", flat=True)


def tried_at(campaign: Campaign) -> QuerySet[ReviewTask, Any]:
    """Return how often approved picks of the campaign's brand and market worked out: (None where unknown, how many)."""
    tried = ReviewTask.objects.filter(
        brand=campaign.brand_id, market=campaign.market_id, is_exploration=True, state=TaskState.APPROVED
    )
    results = Outcome.objects.filter(
        campaign=OuterRef("campaign"), profile=OuterRef("recommendation__profile"), replaced_by__isnull=True
    )
    newest = results.order_by("-as_of_date", "-pk").values("is_success")[:1]
    ways = tried.order_by().annotate(worked=Subquery(newest)).values("worked")
    return ways.annotate(n=Count("pk")).values_list("worked", "n")


def exploration(
    campaign: Campaign, policy: Policy, *, spent: Sequence[int], tried: Sequence[tuple[bool | None, int]]
) -> Exploration:
    """Return the exploration of a campaign under a policy, from what the two queries above gave."""
    known = {worked: n for worked, n in tried if worked is not None}
    return Exploration(
        spent=sum(spent),
        budget=campaign.budget_minor * policy.random_share_u6 // MILLION,
        share_u6=policy.random_share_u6,
        made=sum(n for _worked, n in tried),
        known=sum(known.values()),
        right=known.get(True, 0),
    )
