"""The card with its desk and the case’s history. A card outside the person’s brands and markets is not found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts import access
from accounts.at_once import at_once
from accounts.models import Membership, Role, User
from audit.models import AuditEntry
from jobs import lease
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
from review.overlays import words_of
from review.queries import events, precedents
from review.queries.beside import Beside, beside
from review.queries.events import Event, View, answers_of, question_of
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
    """Return a card with all that its page shows, and when it was read: `read_at`.

    Raises ReviewTask.DoesNotExist for what the person may not see.
    """
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
            read_at=lease.clock(),
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
class Button:
    """What Approve or Reject is on this card. to: the manager it is sent to, where it is."""

    is_override: bool
    needs_reason: bool
    to: User | None


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
    beside: Beside


class Read(NamedTuple):
    """The rows that a card is made of."""

    given: QuerySet[GateAnswer]
    held_gates: QuerySet[MarketGate]
    held: QuerySet[Membership]
    entries: QuerySet[AuditEntry]
    results: precedents.Rows
    before: QuerySet[Decision]
    made: QuerySet[Decision]


def _read(task: ReviewTask, *, user: User, now: datetime) -> Read:
    return Read(
        answers_of(task),
        held_gates(task, now=now),
        people.memberships(task.brand, task.market),
        events.entries_of(task),
        precedents.of_card(task),
        decided_on(task.recommendation.creator, user=user, but=task),
        task.decided(),
    )


def held_gates(task: ReviewTask, *, now: datetime) -> QuerySet[MarketGate]:
    """Return the gates of the card’s market that hold on its day, for `workflow.gates_of`."""
    market = task.campaign.market
    return gates.holding([market.code], on=policies.today(market, now=now))


def card(task: ReviewTask, *, user: User, now: datetime, also: Iterable[QuerySet[Any, Any]] = ()) -> Card:
    """Return the whole card of a task that `find` gave. Two queries; at most twelve on a page of its own, whatever
    the size of the data. also: what the page shows besides, read in the same statement.
    """
    case, read, followers = workflow.Case(task, user, now), _read(task, user=user, now=now), _followers(task)
    at_once(*read, *also)
    here = {one.user_id: one.user for one in read.held}
    told, case.decisions = events.told(read.entries), list(read.made)
    rest = beside(case, told, here)
    known = here | {one.pk: one for one in rest.gone}
    steps, results = events.events(told, known, read.given), precedents.newest(read.results)
    views, last, case.approval = events.views(steps), case.decision, next(iter(rest.answers), None)
    case.has_interest = any(view.overlay.has_interest for view in views if view.overlay.by_id == user.pk)
    at_gates = workflow.gates_of(task, now=now, given=read.given, held=read.held_gates)
    case.open_gates = [one for one in at_gates if one.is_open]
    asked = policies.Here(managers(read.held), events.interested(steps), rest.absences)
    # Who is away is told to those alone who may ask them.
    absences = rest.absences if case.may("decide") else ()
    away = people.away(here.values(), now=now, known=absences)
    buttons = buttons_of(task, user=user, now=now, here=replace(asked, absences=absences))
    up = deadlines.why_up(task, now=now, open_gates=case.open_gates) if task.state == TaskState.OPEN else None
    # Whoever may not answer themselves sends it to the manager whom the clock asks too.
    sent_to = None if case.may("approve") else buttons[Choice.APPROVE].to
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
        past=past_of(task.recommendation.creator, user=user, told=results, made=read.before),
        precedents=results,
        gates=at_gates,
        followers=followers,
        held=list(read.held),
        away=away,
        here=[one for one in here.values() if one.pk != user.pk],
        decision=last,
        undo_seconds=decisions.undo_seconds_left(last, now=now)
        if last and "undo" in MOVABLE[TaskState(task.state)]
        else 0,
        approval=case.approval,
        tied=_tied(case.approval, steps),
        asked_next=_asked_next(case, up, sent_to, asked, known),
        up=up,
        beside=rest,
    )


def _followers(task: ReviewTask) -> int | None:
    if hasattr(task, "newest_followers"):
        return cast("int | None", task.newest_followers)
    known = task.recommendation.profile.metrics.visible().filter(followers__isnull=False)
    return known.order_by("-taken_at", "-pk").values_list("followers", flat=True).first()


MOVABLE = {state: {move.verb for move in workflow.MOVES.values() if state in move.sources} for state in TaskState}


def _asked_next(
    case: workflow.Case, up: Up | None, sent_to: User | None, here: policies.Here, known: Mapping[int, User]
) -> User | None:
    if up is None and case.task.state not in {TaskState.AWAITING, TaskState.ESCALATED}:
        return None
    if sent_to and case.task.state == TaskState.OPEN:
        return sent_to
    decider = case.decision.decided_by_id if case.decision else None
    return deadlines.next_asked(case.task, now=case.now, decider=decider, here=here, known=known)


def managers(held: Iterable[Membership]) -> list[User]:
    """Return who of these memberships' people is a manager, each once."""
    return list({one.user_id: one.user for one in held if one.role == Role.MANAGER}.values())


def buttons_of(
    task: ReviewTask, *, user: User, now: datetime | None = None, here: policies.Here | None = None
) -> dict[str, Button]:
    """Return what each decision is on this card, before it is made: with or against the AI, and to whom it goes.

    here: who may be asked, where it was read already. now: None for this moment.
    """
    verdict, is_high = task.recommendation.verdict, task.stakes == Stakes.HIGH
    asks = workflow.needs_manager(task)
    manager = policies.manager_for(task, but={user.pk}, now=now, here=here) if asks else None
    return {
        choice: Button(
            is_override=decisions.is_override(choice, verdict),
            needs_reason=is_high and choice != Choice.HOLD,
            to=manager if choice == Choice.APPROVE else None,
        )
        for choice in (Choice.APPROVE, Choice.REJECT, Choice.HOLD)
    }


def _tied(approval: Approval | None, steps: list[Event]) -> Conditions | None:
    if approval is None or approval.choice != ApprovalChoice.APPROVE:
        return None
    return next((tied_to(step.numbers, step.words) for step in steps if step.uid == approval.audit_id), None)


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
    # Of five tables with ninety columns no more than the line of `Past` is read.
    told = ("choice", "at", "task__state", "task__stakes", "task__route", "task__campaign__name", "decided_by__name")
    return made.select_related("task__campaign", "decided_by").only(*told).order_by("-id")[:MOST_PAST]


def decided(user: User, *, now: datetime, most: int) -> QuerySet[Decision]:
    """Return the person's newest decisions of today with what a list shows of them."""
    whole = ("task__recommendation__creator", "task__recommendation__profile", "policy")
    said = (f"task__recommendation__{name}" for name in ("factors", "flags", "knowledge", "profile__bio"))
    return listing.decided_today(user, now=now).select_related(*whole).defer(*said)[:most]


def own_view(task: ReviewTask, *, user: User) -> View | None:
    """Return the person's latest overlay on a card with its words."""
    overlay = task.overlays.filter(by=user).order_by("-version").first()
    return View(overlay, words_of(overlay)) if overlay else None
