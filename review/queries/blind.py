"""A sealed card as its reader may see it: plain data of the creator and the deal, nothing that the AI says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.at_once import at_once
from accounts.models import Membership, User
from review import deadlines, drafts, handoffs, people, policies, workflow
from review.models import Decision, Draft, Handoff, Overlay, ReviewTask, Stakes, TaskState
from review.queries import precedents
from review.queries.cards import Past, case_of, decided_on, held_gates, managers, past_of
from review.queries.events import answers_of
from screening import gates, registry
from screening.models import GateAnswer, MarketGate, Metrics
from screening.registry import Figure

MOST_PERIODS = 3  # of posts that a sealed card shows


@dataclass(frozen=True)
class BlindCard:
    """What a sealed card shows. refusal: why no view can be committed now, empty where it can."""

    task: ReviewTask
    allowed: set[str]
    refusal: str
    holder: User | None
    seconds_left: int
    figures: tuple[Figure, ...]
    posts: list[Metrics]  # the newest rows that count posts of a period
    gates: list[gates.GateResult]
    past: list[Past]
    manager: User | None  # whom the clock passes it to, on high stakes
    draft: Draft | None  # what its holder typed before
    handoffs: QuerySet[Handoff]  # the newest


def blind_card(task: ReviewTask, *, user: User, now: datetime, also: Iterable[QuerySet[Any, Any]] = ()) -> BlindCard:
    """Return the sealed card of a task that `find` gave. Two queries. also: as for `cards.card`."""
    case, read = case_of(task, user=user, now=now), _read(task, user=user, now=now)
    at_once(*read, *also)
    case.is_sealed, case.open_gates, case.decisions = True, [], list(read.made)
    return BlindCard(
        task=task,
        allowed=workflow.allowed(task, by=user, now=now, case=case),
        refusal=str(workflow.refusal(workflow.MOVES["first_view"], case) or ""),
        holder=case.holder,
        seconds_left=int((task.claimed_until - now).total_seconds()) if case.holder and task.claimed_until else 0,
        figures=registry.figures(read.figures),
        posts=[row for row in read.figures if row.posts_in_period][:MOST_PERIODS],
        gates=workflow.gates_of(task, now=now, given=read.given, held=read.held_gates),
        past=past_of(task.recommendation.creator, user=user, told=precedents.newest(read.results), made=read.before),
        manager=_manager(case, read) if _climbs(task) else None,
        draft=next(iter(read.drafts), None) if case.holder == user else None,
        handoffs=read.handoffs,
    )


class Read(NamedTuple):
    """The rows that a sealed card is made of; of people none, where the clock passes it to nobody."""

    figures: QuerySet[Metrics]
    given: QuerySet[GateAnswer]
    held_gates: QuerySet[MarketGate]
    results: precedents.Rows
    before: QuerySet[Decision]
    made: QuerySet[Decision]
    drafts: QuerySet[Draft]
    handoffs: QuerySet[Handoff]
    held: QuerySet[Membership]
    interests: QuerySet[Overlay, int]


def _read(task: ReviewTask, *, user: User, now: datetime) -> Read:
    creator, profile = task.recommendation.creator, task.recommendation.profile
    asked: tuple[Any, Any] = people.memberships(task.brand, task.market), policies.interests(task)
    return Read(
        registry.history_of(profile),
        answers_of(task),
        held_gates(task, now=now),
        precedents.of_creator(creator.pk),
        decided_on(creator, user=user, but=task),
        task.decided(),
        drafts.of(task, by=user),
        handoffs.newest_of(task),
        *(asked if _climbs(task) else (rows.none() for rows in asked)),
    )


def _climbs(task: ReviewTask) -> bool:
    return task.stakes == Stakes.HIGH or task.state == TaskState.ESCALATED


def _manager(case: workflow.Case, read: Read) -> User | None:
    known = {one.user_id: one.user for one in read.held}
    absences = people.absences_of(known, now=case.now)
    here = policies.Here(managers(read.held), set(read.interests), absences)
    decider = case.decision.decided_by_id if case.decision else None
    return deadlines.next_asked(case.task, now=case.now, decider=decider, here=here, known=known)
