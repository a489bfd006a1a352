"""Closed cases with a known result that a person can practise on, and what a practice card shows of one. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from review.judgement.dealing import LEAST_EACH, Pile
from review.models import (
    Alarm,
    Approval,
    Attention,
    Decision,
    FirstView,
    Friction,
    Overlay,
    Policy,
    PolicyState,
    Practice,
    ReviewTask,
)
from screening import registry
from screening.models import Exposure, Outcome, Recommendation, Verdict
from screening.registry import Figure

MOST = 2_000  # newest results of a person's places that are looked through
SAYS = {Verdict.RECOMMEND: True, Verdict.DECLINE: False}  # Unsure is neither right nor wrong
Pair = tuple[int, int]  # campaign and creator: one case, however often it was screened


@dataclass(frozen=True)
class Case:
    """A verdict of a closed campaign and what became of it."""

    outcome: int
    recommendation: int
    pair: Pair
    place: tuple[str, str]
    ai: bool
    truth: bool
    by: int | None  # who recorded the result

    @property
    def ai_was_right(self) -> bool:
        """Whether the verdict proved right."""
        return self.ai == self.truth


def policies_with(user: User) -> list[Policy]:
    """Return the policies in force that practise, of the places where a person decides. One query."""
    here = access.scope(user).query("brand", "market", access.MAY["decide"])
    return list(Policy.objects.filter(here, state=PolicyState.ACTIVE, practice_share_u6__gt=0).order_by("pk"))


def cases_of(places: Iterable[tuple[str, str]]) -> list[Case]:
    """Return the closed cases of some places with the newest result of each. One query.

    A case is closed with its campaign; a corrected result counts as it was corrected.
    """
    wanted = set(places)
    known = Outcome.objects.filter(
        campaign__closed_at__isnull=False, replaced_by__isnull=True, recommendation__verdict__in=SAYS,
        campaign__brand__in={brand for brand, _market in wanted},
        campaign__market__in={market for _brand, market in wanted},
    )  # fmt: skip
    names = ("pk", "recommendation", "campaign", "recommendation__creator", "campaign__brand", "campaign__market",
             "recommendation__verdict", "is_success", "by")  # fmt: skip
    found: dict[Pair, Case] = {}
    for row in reversed(list(known.order_by("-as_of_date", "-pk").values_list(*names)[:MOST])):
        outcome, answer, campaign, creator, brand, market, verdict, truth, by = row
        if (brand, market) in wanted:
            case = Case(outcome, answer, (campaign, creator), (brand, market), SAYS[Verdict(verdict)], truth, by)
            found[case.pair] = case
    return list(found.values())


def is_enough_for(policy: Policy) -> bool:
    """Tell whether a policy's place has enough closed cases to practise on; not looked up where it is off."""
    place = (policy.brand_id, policy.market_id)
    return bool(policy.practice_share_u6) and is_enough(cases_of([place]))


def is_enough(cases: Iterable[Case]) -> bool:
    """Tell whether a place has enough closed cases of both kinds that nobody recognises them."""
    kinds = [case.ai_was_right for case in cases]
    return min(kinds.count(True), kinds.count(False)) >= LEAST_EACH


def piles(user: User, policies: Iterable[Policy]) -> Iterator[tuple[Policy, Pile, Mapping[int, Case]]]:
    """Yield what a person may be dealt under each policy: nothing that they decided, saw, measured or practised.

    Two queries. The cases are named by their recommendations.
    """
    known = {(one.brand_id, one.market_id): one for one in policies}
    seen, by_place = set(_seen(user)), defaultdict(list)
    for case in cases_of(known):
        by_place[case.place].append(case)
    for place, policy in known.items():
        if not is_enough(by_place[place]):
            continue
        left = [one for one in by_place[place] if one.pair not in seen and one.by != user.pk]
        told = {one.recommendation: one for one in left}
        wrong, right = ([pk for pk, one in sorted(told.items()) if one.ai_was_right is side] for side in (False, True))
        yield policy, Pile(policy.practice_share_u6, wrong, right), told


def _seen(user: User) -> QuerySet[Exposure, Pair]:
    """Return campaign and creator of whatever a person saw, said or decided. One query."""
    of_task = ("task__campaign", "task__recommendation__creator")
    rows = [
        Decision.objects.filter(decided_by=user).values_list(*of_task),
        Approval.objects.filter(by=user).values_list(*(f"decision__{name}" for name in of_task)),
        *(model.objects.filter(by=user).values_list(*of_task) for model in (Overlay, FirstView)),
        *(model.objects.filter(user=user).values_list(*of_task) for model in (Attention, Friction)),
        ReviewTask.objects.filter(claimed_by=user).values_list("campaign", "recommendation__creator"),
        Practice.objects.filter(user=user).values_list("recommendation__run__campaign", "recommendation__creator"),
    ]
    seen = Exposure.objects.filter(user=user).values_list("campaign", "creator")
    return seen.union(*(one.order_by() for one in rows))


WHOLE = (
    "recommendation__run__campaign__brand", "recommendation__run__campaign__market", "recommendation__run__brief",
    "recommendation__profile", "recommendation__creator", "recommendation__task", "outcome", "policy",
)  # fmt: skip


@dataclass(frozen=True)
class PracticeCard:
    """A practice card with plain data of its case: figures as they stood when the AI answered."""

    practice: Practice
    answer: Recommendation
    figures: tuple[Figure, ...]
    fee_minor: int
    stakes: str  # empty where nobody was asked about it


def find(pk: int, *, user: User) -> Practice:
    """Return a person's own practice card. Raises Practice.DoesNotExist for everybody else's."""
    return Practice.objects.select_related(*WHOLE).get(pk=pk, user=user)


def practice_card(row: Practice) -> PracticeCard:
    """Return the card of a row that `find` gave. One query."""
    answer = row.recommendation
    task: ReviewTask | None = getattr(answer, "task", None)
    return PracticeCard(
        practice=row, answer=answer,
        figures=registry.figures(registry.history_of(answer.profile, until=answer.run.created_at.date())),
        fee_minor=task.fee_minor if task else answer.run.campaign.fee_minor,
        stakes=str(task.get_stakes_display()) if task else "",
    )  # fmt: skip


def of_person(user: User) -> list[Practice]:
    """Return the practice cards that a person has ended, the newest first: answered ones and those put off. One query.

    What the case says at length is left out: the list shows what the end of a card shows.
    """
    ended = Practice.objects.filter(user=user).exclude(answered_at=None, skipped_at=None)
    long = [f"recommendation__{name}" for name in ("knowledge", "flags", "factors")]
    return list(ended.select_related("recommendation", "outcome").defer(*long).order_by("-pk"))


def so_far(row: Practice) -> tuple[int, list[Alarm]]:
    """Return how many practice cards the person of an answered one has answered, and the alarms that it raised.

    One query.
    """
    mine = Practice.objects.filter(user=row.user_id, answered_at__isnull=False).order_by()
    answered, raised = mine.values_list("user").annotate(n=Count("pk")), Alarm.objects.filter(last=row)
    at_once(answered, raised)
    return answered[0][1], list(raised)
