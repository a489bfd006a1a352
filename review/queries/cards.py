"""The card with its desk and the case’s history. A card outside the person’s brands and markets is not found."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts import access
from accounts.at_once import at_once
from accounts.models import Membership, Role, User
from audit.models import AuditEntry, Kind
from review import deadlines, decisions, listing, people, policies, seals, together, workflow
from review.approvals import Conditions, tied_to
from review.deadlines import Up
from review.models import (
    Absence,
    Approval,
    ApprovalChoice,
    Choice,
    Decision,
    Draft,
    Overlay,
    ReviewTask,
    Stakes,
    TaskState,
)
from review.overlays import SCALES, words_of
from review.queries import precedents
from review.queries.precedents import Precedent
from screening import gates
from screening.models import Creator, GateAnswer, MarketGate, Metrics, Recommendation

MOST_PAST = 20  # earlier decisions and results with a creator
WHOLE = (
    "recommendation__profile", "recommendation__creator", "recommendation__run", "campaign__brand", "campaign__market",
    "policy__owner", "policy__deputy", "claimed_by", "escalated_to",
)  # fmt: skip


def visible(user: User) -> QuerySet[ReviewTask]:
    """Return the cards of the person's brands and markets."""
    return ReviewTask.objects.filter(access.scope(user).query("brand", "market"))


def find(task_id: int, *, user: User) -> ReviewTask:
    """Return a card with all that its page shows. Raises ReviewTask.DoesNotExist for what the person may not see."""
    whole = visible(user).select_related(*WHOLE, "recommendation__run__model", "recommendation__run__brief")
    known = Metrics.objects.visible().filter(profile=OuterRef("recommendation__profile"), followers__isnull=False)
    newest = Subquery(known.order_by("-taken_at", "-pk").values("followers")[:1])
    given = GateAnswer.objects.filter(profile=OuterRef("recommendation__profile"), gate__market=OuterRef("market"))
    drafted = Draft.objects.filter(task=OuterRef("pk"), by=user)
    declared = Overlay.objects.filter(task=OuterRef("pk"), by=user, has_interest=True)
    return (
        deadlines.annotated(together.annotated(seals.with_seal(whole, user)))
        .annotate(
            newest_followers=newest,
            sealed_above=seals.above(user),
            has_answers=Exists(given),
            has_interest=Exists(declared),
            has_draft=Exists(drafted),
        )
        .defer("recommendation__run__model__document")
        .get(pk=task_id)
    )


def case_of(task: ReviewTask, *, user: User, now: datetime) -> workflow.Case:
    """Return the case of a card that `find` gave this person, with what came with it."""
    case = workflow.Case(task, user, now)
    if hasattr(task, "has_interest"):
        case.has_interest = task.has_interest
    return case


@dataclass(frozen=True)
class Event:
    """One step of a case. numbers: the entry's body; words: what people wrote, empty once erased."""

    at: datetime
    kind: str
    by: User | None
    numbers: dict[str, Any]
    words: dict[str, str] = field(default_factory=dict)
    to: User | None = None  # whom the clock or a manager passed it to
    uid: UUID | None = None  # of its audit entry
    gate: MarketGate | None = None  # that was answered


@dataclass(frozen=True)
class Button:
    """What Approve or Reject is on this card. to: the manager it is sent to, where it is."""

    is_override: bool
    needs_reason: bool
    to: User | None


@dataclass(frozen=True)
class View:
    """A person's latest overlay with its words."""

    overlay: Overlay
    words: dict[str, str]


@dataclass(frozen=True)
class Past:
    """Earlier work with a creator: a decision of another campaign, or an outcome."""

    at: date
    campaign: str
    decision: Decision | None = None
    outcome: Precedent | None = None


@dataclass(frozen=True)
class Card:
    """Everything the card and the desk show."""

    task: ReviewTask
    answer: Recommendation
    allowed: set[str]
    refusal: str  # why the desk is closed to this person
    holder: User | None
    seconds_left: int  # of the holder's claim
    buttons: dict[str, Button]
    own: View | None
    views: list[View]  # of the others, one a person, newest first
    question: Event | None  # what the manager asks
    history: list[Event]
    past: list[Past]
    precedents: list[Precedent]  # results of the market that this card is measured against
    gates: list[gates.GateResult]
    followers: int | None  # newest known
    held: list[Membership]  # of the people of the brand and market
    away: dict[int, Absence]  # who of them is away now, for those who may ask them
    here: list[User]  # the other people of the brand and market, by name
    decision: Decision | None
    undo_seconds: int
    approval: Approval | None
    tied: Conditions | None  # what the approval that stands is tied to
    asked_next: User | None  # whom the clock asks, where it asks anybody
    up: Up | None  # why it goes to the manager at the deadline, where the clock does not decide


def card(task: ReviewTask, *, user: User, now: datetime) -> Card:
    """Return the whole card of a task that `find` gave. At most twelve queries on a page of its own, whatever
    the size of the data.
    """
    case = workflow.Case(task, user, now)
    followers = _followers(task)
    given, held = answers_of(task), people.memberships(task.brand, task.market)
    results, before = precedents.of_card(task), decided_on(task.recommendation.creator, user=user, but=task)
    made = task.decided()
    at_once(given, held, results, before, made)
    case.decisions = list(made)
    told = workflow.gates_of(task, now=now, given=given)
    steps = history(task, held, given)
    views = _views(steps)
    case.has_interest = any(view.overlay.has_interest for view in views if view.overlay.by_id == user.pk)
    away = people.away({one.user for one in held}, now=now) if case.may("decide") else {}
    buttons = buttons_of(task, user=user, managers=_managers(held), out=_interested(steps), gone=away)
    last, told_before = case.decision, precedents.newest(results)
    case.open_gates = [one for one in told if one.is_open]
    up = deadlines.why_up(task, now=now, open_gates=case.open_gates) if task.state == TaskState.OPEN else None
    # Whoever may not answer themselves sends it to the manager whom the clock asks too.
    known = None if case.may("approve") else buttons[Choice.APPROVE].to
    return Card(
        task=task,
        answer=task.recommendation,
        allowed=workflow.allowed(task, by=user, now=now, case=case),
        refusal=str(workflow.refusal(workflow.MOVES["overlay"], case) or ""),
        holder=case.holder,
        seconds_left=int((task.claimed_until - now).total_seconds()) if case.holder and task.claimed_until else 0,
        buttons=buttons,
        own=next((view for view in views if view.overlay.by_id == user.pk), None),
        views=[view for view in views if view.overlay.by_id != user.pk],
        question=question_of(steps),
        history=steps,
        past=past_of(task.recommendation.creator, user=user, told=told_before, made=before),
        precedents=told_before,
        gates=told,
        followers=followers,
        held=list(held),
        away=away,
        here=[one for one in {row.user_id: row.user for row in held}.values() if one.pk != user.pk],
        decision=last,
        undo_seconds=decisions.undo_seconds_left(last, now=now)
        if last and "undo" in MOVABLE[TaskState(task.state)]
        else 0,
        approval=case.approval,
        tied=_tied(case.approval, steps),
        asked_next=_asked_next(task, up, known, last, steps, now=now),
        up=up,
    )


def _followers(task: ReviewTask) -> int | None:
    if hasattr(task, "newest_followers"):
        return cast("int | None", task.newest_followers)
    known = task.recommendation.profile.metrics.visible().filter(followers__isnull=False)
    return known.order_by("-taken_at", "-pk").values_list("followers", flat=True).first()


def answers_of(task: ReviewTask) -> QuerySet[GateAnswer]:
    """Return what people found out about the card's profile at the gates of its market."""
    is_asked = getattr(task, "has_answers", True)
    return gates.answers_of(task.recommendation.profile, task.market) if is_asked else GateAnswer.objects.none()


MOVABLE = {state: {move.verb for move in workflow.MOVES.values() if state in move.sources} for state in TaskState}


def _asked_next(
    task: ReviewTask, up: Up | None, known: User | None, last: Decision | None, steps: list[Event], *, now: datetime
) -> User | None:
    if up is None and task.state not in {TaskState.AWAITING, TaskState.ESCALATED}:
        return None
    if known and task.state == TaskState.OPEN:
        return known
    decider = last.decided_by_id if last else None
    return deadlines.next_asked(task, now=now, decider=decider, interested=_interested(steps))


def _managers(held: Iterable[Membership]) -> list[User]:
    return list({one.user_id: one.user for one in held if one.role == Role.MANAGER}.values())


def _interested(steps: Iterable[Event]) -> set[int]:
    return {one.overlay.by_id for one in filter(None, map(version_of, steps)) if one.overlay.has_interest}


def buttons_of(
    task: ReviewTask, *, user: User, managers: Sequence[User] | None = None, out: set[int] | None = None,
    gone: Collection[int] | None = None,
) -> dict[str, Button]:  # fmt: skip
    """Return what each decision is on this card, before it is made: with or against the AI, and to whom it goes.

    managers, out, gone: who is here, who declared an interest, and who is away, where they were read already.
    """
    verdict, is_high = task.recommendation.verdict, task.stakes == Stakes.HIGH
    asks = workflow.needs_manager(task)
    manager = policies.manager_for(task, but={user.pk}, managers=managers, out=out, gone=gone) if asks else None
    return {
        choice: Button(
            is_override=decisions.is_override(choice, verdict),
            needs_reason=is_high and choice != Choice.HOLD,
            to=manager if choice == Choice.APPROVE else None,
        )
        for choice in (Choice.APPROVE, Choice.REJECT, Choice.HOLD)
    }


def history(
    task: ReviewTask, held: Iterable[Membership] | None = None, given: Iterable[GateAnswer] | None = None
) -> list[Event]:
    """Return all steps of a case, oldest first: the run's answer, every entry of the card, its profile's gates.

    held: the memberships of the place; whoever stands in them is not read again. given: the answers at its gates. One
    query beside these, one more where somebody of the case has left the place.
    """
    held = people.memberships(task.brand, task.market) if held is None else held
    given = answers_of(task) if given is None else given
    asked = {one.audit_id: one.gate for one in given}
    stands = Q(stream=f"task:{task.pk}") | Q(pk__in=[task.recommendation.audit_id, *asked])
    rows = list(AuditEntry.objects.filter(stands).select_related("payload").order_by("uid"))
    bodies = {row.pk: json.loads(row.body) for row in rows}
    named = {name for row in rows for name in (row.actor, *map(bodies[row.pk].get, ("to", "referred_by"))) if name}
    known = {one.user_id: one.user for one in held}
    if gone := {int(name.split(":")[1]) for name in named} - set(known):
        known |= User.objects.in_bulk(gone)
    return _events(rows, bodies, known.values(), asked)


def _events(
    rows: Iterable[AuditEntry], bodies: Mapping[UUID, dict[str, Any]], found: Iterable[User],
    asked: Mapping[UUID, MarketGate],
) -> list[Event]:  # fmt: skip
    people = {f"user:{one.pk}": one for one in found}
    return [
        Event(
            row.at, row.kind, people.get(row.actor), bodies[row.pk],
            json.loads(row.payload.payload) if hasattr(row, "payload") else {},
            people.get(bodies[row.pk].get("to") or bodies[row.pk].get("referred_by", "")), row.pk, asked.get(row.pk),
        )
        for row in rows
    ]  # fmt: skip


def question_of(steps: list[Event]) -> Event | None:
    """Return what a manager asks: it stands on the card until the next decision answers it."""
    last = next((step for step in reversed(steps) if step.kind in {Kind.APPROVAL, Kind.DECISION}), None)
    is_asked = last is not None and last.kind == Kind.APPROVAL and last.numbers.get("choice") == ApprovalChoice.ASK
    return last if is_asked else None


def _tied(approval: Approval | None, steps: list[Event]) -> Conditions | None:
    if approval is None or approval.choice != ApprovalChoice.APPROVE:
        return None
    return next((tied_to(step.numbers, step.words) for step in steps if step.uid == approval.audit_id), None)


def version_of(step: Event) -> View | None:
    """Return the version of somebody’s view that a step kept, as its entry tells it; None for every other step."""
    told = step.numbers
    if step.kind != Kind.OVERLAY or "version" not in told:
        return None
    names = ("version", "relationship", "has_interest", "factor_views", "words", "forecast_percent", *SCALES)
    row = Overlay(by=step.by, at=step.at, **{name: told[name] for name in names if name in told})
    row.referred_by = step.to if told.get("referred_by") else None
    return View(row, step.words)


def _views(steps: Iterable[Event]) -> list[View]:
    """Return each person’s latest view, newest first."""
    latest: dict[int, View] = {}
    for view in filter(None, map(version_of, reversed(list(steps)))):
        latest.setdefault(view.overlay.by_id, view)
    return list(latest.values())


def views_of(task: ReviewTask) -> list[View]:
    """Return the latest overlay of each person on a card, newest first, without its words. One query."""
    latest: dict[int, View] = {}
    for overlay in task.overlays.select_related("by").order_by("-version"):
        latest.setdefault(overlay.by_id, View(overlay, {}))
    return list(latest.values())


def past_of(
    creator: Creator,
    *,
    user: User,
    told: Sequence[Precedent] | None = None,
    made: QuerySet[Decision] | None = None,
    but: ReviewTask | None = None,
) -> list[Past]:
    """Return earlier decisions and results with a creator that the person may see, newest first.

    told: results that were read already. made: what `decided_on` gave. Else they are read here, but for a card's own.
    """
    scope = access.scope(user)
    told = precedents.newest(precedents.of_creator(creator.pk)) if told is None else told
    made = decided_on(creator, user=user, but=but) if made is None else made
    done = [one for one in told if one.creator_id == creator.pk and scope.reaches(one.brand, one.market)]
    found = [Past(one.at.date(), one.task.campaign.name, decision=one) for one in made]
    found += [Past(one.on, one.campaign, outcome=one) for one in done[:MOST_PAST]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_PAST]


def decided_on(creator: Creator, *, user: User, but: ReviewTask | None = None) -> QuerySet[Decision]:
    """Return the decisions about a creator that stand and that the person may see, newest first. but: a card's own."""
    made = Decision.objects.filter(
        access.scope(user).query("task__brand", "task__market"), task__recommendation__creator=creator,
        superseded_by__isnull=True,
    ).exclude(choice=Choice.UNDO)  # fmt: skip
    made = made if but is None else made.exclude(task=but)
    return made.select_related("task__campaign", "decided_by", "owner").order_by("-id")[:MOST_PAST]


def decided(user: User, *, now: datetime, most: int) -> list[Decision]:
    """Return the person's newest decisions of today with what a list shows of them."""
    whole = ("task__policy", "task__recommendation__creator", "task__recommendation__profile", "policy")
    return list(listing.decided_today(user, now=now).select_related(*whole)[:most])


def own_view(task: ReviewTask, *, user: User) -> View | None:
    """Return the person's latest overlay on a card with its words."""
    overlay = task.overlays.filter(by=user).order_by("-version").first()
    return View(overlay, words_of(overlay)) if overlay else None
