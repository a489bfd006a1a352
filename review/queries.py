"""What the pages of this room show: the card with its desk, approvals, decision records. Reads only.

A card outside the person's brands and markets is not found, like one that does not exist.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts import access
from accounts.models import User
from audit.models import AuditEntry, AuditPayload, Kind
from jobs.models import Tick
from review import approvals, deadlines, decisions, listing, policies, workflow
from review.deadlines import Up
from review.models import Approval, ApprovalChoice, Choice, Decision, Overlay, Policy, ReviewTask, Stakes, TaskState
from review.overlays import words_of
from screening import gates
from screening.models import Brand, Creator, Market, MarketGate, Metrics, Outcome, Recommendation

WHOLE = (
    "recommendation__profile", "recommendation__creator", "recommendation__run", "campaign__brand", "campaign__market",
    "policy__owner", "policy__deputy", "claimed_by", "escalated_to",
)  # fmt: skip
HEARTBEAT = "deadlines"


def visible(user: User) -> QuerySet[ReviewTask]:
    """Return the cards of the person's brands and markets."""
    return ReviewTask.objects.filter(access.scope(user).query("brand", "market"))


def find(task_id: int, *, user: User) -> ReviewTask:
    """Return a card with all that its page shows. Raises ReviewTask.DoesNotExist for what the person may not see."""
    whole = visible(user).select_related(*WHOLE, "recommendation__run__model", "recommendation__run__brief")
    return whole.defer("recommendation__run__model__document").get(pk=task_id)


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
    outcome: Outcome | None = None


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
    gates: list[gates.GateResult]
    figures: Metrics | None
    decision: Decision | None
    undo_seconds: int
    approval: Approval | None
    up: Up | None  # why it goes to the manager at the deadline, where the clock does not decide


def card(task: ReviewTask, *, user: User, now: datetime) -> Card:
    """Return the whole card of a task that `find` gave. About fifteen queries, whatever the size of the data."""
    case = workflow.Case(task, user, now)
    steps = history(task)
    views = _views(task, {step.uid: step.words for step in steps})
    case.has_interest = any(view.overlay.has_interest for view in views if view.overlay.by_id == user.pk)
    last = case.decision
    told = workflow.gates_of(task, now=now)
    case.open_gates = [one for one in told if one.is_open]
    return Card(
        task=task,
        answer=task.recommendation,
        allowed=workflow.allowed(task, by=user, now=now, case=case),
        refusal=str(workflow.refusal(workflow.MOVES["overlay"], case) or ""),
        holder=case.holder,
        seconds_left=int((task.claimed_until - now).total_seconds()) if case.holder and task.claimed_until else 0,
        buttons=buttons_of(task, user=user),
        own=next((view for view in views if view.overlay.by_id == user.pk), None),
        views=[view for view in views if view.overlay.by_id != user.pk],
        question=_question(steps),
        history=steps,
        past=past_of(task.recommendation.creator, user=user, but=task),
        gates=told,
        figures=task.recommendation.profile.metrics.visible().order_by("-taken_at", "-pk").first(),
        decision=last,
        undo_seconds=decisions.undo_seconds_left(last, now=now)
        if last and "undo" in MOVABLE[TaskState(task.state)]
        else 0,
        approval=case.approval,
        up=deadlines.why_up(task, now=now, open_gates=case.open_gates) if task.state == TaskState.OPEN else None,
    )


MOVABLE = {state: {move.verb for move in workflow.MOVES.values() if state in move.sources} for state in TaskState}


def buttons_of(task: ReviewTask, *, user: User) -> dict[str, Button]:
    """Return what each decision is on this card, before it is made: with or against the AI, and to whom it goes."""
    verdict, is_high = task.recommendation.verdict, task.stakes == Stakes.HIGH
    manager = policies.manager_for(task, but={user.pk}) if is_high else None
    return {
        choice: Button(
            is_override=decisions.is_override(choice, verdict),
            needs_reason=is_high and choice != Choice.HOLD,
            to=manager if choice == Choice.APPROVE else None,
        )
        for choice in (Choice.APPROVE, Choice.REJECT, Choice.HOLD)
    }


def history(task: ReviewTask) -> list[Event]:
    """Return all steps of a case, oldest first: the run's answer, every entry of the card, its profile's gates."""
    asked = {one.audit_id: one.gate for one in gates.answers_of(task.recommendation.profile, task.market)}
    stands = Q(stream=f"task:{task.pk}") | Q(pk__in=[task.recommendation.audit_id, *asked])
    return _events(AuditEntry.objects.filter(stands).order_by("uid"), asked)


def _events(entries: Iterable[AuditEntry], asked: Mapping[UUID, MarketGate]) -> list[Event]:
    rows = list(entries)
    words = {one.pk: json.loads(one.payload) for one in AuditPayload.objects.filter(pk__in=[row.pk for row in rows])}
    bodies = {row.pk: json.loads(row.body) for row in rows}
    named = {name for row in rows for name in (row.actor, bodies[row.pk].get("to")) if name}
    people = {f"user:{one.pk}": one for one in User.objects.filter(pk__in=[name.split(":")[1] for name in named])}
    return [
        Event(
            row.at, row.kind, people.get(row.actor), bodies[row.pk], words.get(row.pk, {}),
            people.get(bodies[row.pk].get("to", "")), row.pk, asked.get(row.pk),
        )
        for row in rows
    ]  # fmt: skip


def _question(steps: list[Event]) -> Event | None:
    # It stands on the card until the next decision answers it.
    last = next((step for step in reversed(steps) if step.kind in {Kind.APPROVAL, Kind.DECISION}), None)
    is_asked = last is not None and last.kind == Kind.APPROVAL and last.numbers.get("choice") == ApprovalChoice.ASK
    return last if is_asked else None


def _views(task: ReviewTask, words: dict[UUID | None, dict[str, str]]) -> list[View]:
    latest: dict[int, Overlay] = {}
    for overlay in task.overlays.select_related("by").order_by("-version"):
        latest.setdefault(overlay.by_id, overlay)
    return [View(one, words.get(one.audit_id, {})) for one in latest.values()]


def past_of(creator: Creator, *, user: User, but: ReviewTask | None = None, most: int = 20) -> list[Past]:
    """Return earlier decisions and outcomes with a creator that the person may see, newest first."""
    scope = access.scope(user)
    made = Decision.objects.filter(
        scope.query("task__brand", "task__market"), task__recommendation__creator=creator, superseded_by__isnull=True
    ).exclude(choice=Choice.UNDO)
    done = Outcome.objects.filter(
        scope.query("campaign__brand", "campaign__market"), profile__creator=creator, replaced_by__isnull=True
    )
    if but is not None:
        made = made.exclude(task=but)
    found = [
        Past(one.at.date(), one.task.campaign.name, decision=one)
        for one in made.select_related("task__campaign", "decided_by", "owner").order_by("-id")[:most]
    ]
    found += [
        Past(one.as_of_date, one.campaign.name, outcome=one)
        for one in done.select_related("campaign__brand").order_by("-as_of_date")[:most]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


@dataclass(frozen=True)
class ApprovalPage:
    """What a manager sees on high stakes: money, both sides, what follows. budget_*: minor units of the currency."""

    card: Card
    decision: Decision | None
    rationale: str
    budget_minor: int
    committed_minor: int  # approved in this campaign before this one
    after_minor: int  # left of the budget if this is approved
    undo_seconds: int


def approval_page(task: ReviewTask, *, user: User, now: datetime) -> ApprovalPage:
    """Return the approval page of a task that `find` gave."""
    shown = card(task, user=user, now=now)
    spent = committed_minor(task)
    left = approvals.undo_seconds_left(shown.approval, now=now) if shown.approval else 0
    return ApprovalPage(
        card=shown,
        decision=shown.decision,
        rationale=words_of(shown.decision).get("rationale", "") if shown.decision else "",
        budget_minor=task.campaign.budget_minor,
        committed_minor=spent,
        after_minor=task.campaign.budget_minor - spent - task.fee_minor,
        undo_seconds=left if "undo_approval" in shown.allowed else 0,
    )


def committed_minor(task: ReviewTask) -> int:
    """Return what the campaign's other approved cards cost, in minor units of the brand's currency."""
    others = task.campaign.tasks.filter(state=TaskState.APPROVED).exclude(pk=task.pk)
    return sum(others.values_list("fee_minor", flat=True))


def approvals_of(user: User) -> list[ReviewTask]:
    """Return what waits for the person as a manager: cards to approve, and escalated ones, soonest due first."""
    here = ReviewTask.objects.filter(
        access.scope(user).query("brand", "market", access.MAY["approve"]),
        state__in=[TaskState.AWAITING, TaskState.ESCALATED],
    )
    rows = here.select_related(*WHOLE).order_by("due_at", "pk")[:200]
    return sorted(rows, key=lambda task: task.escalated_to_id != user.pk)  # what is asked of this person comes first


@dataclass(frozen=True)
class Record:
    """A decision with everything it ties together, reachable from its audit entry and back."""

    decision: Decision
    task: ReviewTask
    answer: Recommendation
    rationale: str
    is_erased: bool  # there was a rationale, and its words went
    approvals: list[Approval]
    chain: list[Decision]  # all decisions of the task, oldest first


def record(decision_id: int, *, user: User) -> Record:
    """Return a decision record. Raises Decision.DoesNotExist for what the person may not see."""
    seen = Decision.objects.filter(access.scope(user).query("task__brand", "task__market"))
    whole = ("decided_by", "owner", "policy", "audit", "overlay", *(f"task__{name}" for name in WHOLE))
    found = seen.select_related(*whole).get(pk=decision_id)
    words = words_of(found)
    return Record(
        decision=found,
        task=found.task,
        answer=found.task.recommendation,
        rationale=words.get("rationale", ""),
        is_erased=found.rationale_length > 0 and not words,
        approvals=list(found.approvals.select_related("by", "audit").order_by("pk")),
        chain=list(found.task.decisions.select_related("decided_by", "owner").order_by("pk")),
    )


def record_of_entry(uid: UUID, *, user: User) -> Record | None:
    """Return the decision record that an audit entry wrote, if it wrote one that the person may see."""
    found = Decision.objects.filter(audit=uid).values_list("pk", flat=True).first()
    try:
        return record(found, user=user) if found else None
    except Decision.DoesNotExist:
        return None


def last_sweep() -> datetime | None:
    """Return when the clock last looked at the deadlines: the heartbeat of the sweeper."""
    return Tick.objects.filter(name=HEARTBEAT).order_by("-slot").values_list("at", flat=True).first()


def decided(user: User, *, now: datetime, most: int) -> list[Decision]:
    """Return the person's newest decisions of today with what a list shows of them."""
    whole = ("task__policy", "task__recommendation__creator", "task__recommendation__profile", "policy")
    return list(listing.decided_today(user, now=now).select_related(*whole)[:most])


def own_view(task: ReviewTask, *, user: User) -> View | None:
    """Return the person's latest overlay on a card with its words."""
    overlay = task.overlays.filter(by=user).order_by("-version").first()
    return View(overlay, words_of(overlay)) if overlay else None


POLICY = ("brand", "market", "owner", "deputy", "proposed_by", "approved_by", "audit")


def policies_of(user: User) -> list[Policy]:
    """Return the policies in force, and the drafts, of the person's brands and markets."""
    seen = Policy.objects.filter(access.scope(user).query("brand", "market"), state__in=["active", "draft"])
    return list(seen.select_related(*POLICY).order_by("brand__name", "market", "-version"))


def policy(policy_id: int, *, user: User) -> Policy | None:
    """Return one version of the rules that the person may see."""
    seen = Policy.objects.filter(access.scope(user).query("brand", "market"), pk=policy_id)
    return seen.select_related(*POLICY).first()


def without_rules(user: User) -> list[tuple[Brand, Market]]:
    """Return the pairs of brand and market without rules or a draft, where the person may write some."""
    ruled = set(Policy.objects.filter(state__in=["active", "draft"]).values_list("brand", "market"))
    scope = access.scope(user)
    brands = Brand.objects.filter(scope.query("pk")).order_by("name")
    markets = list(Market.objects.filter(scope.query(market="pk")).order_by("code"))
    pairs = ((brand, market) for brand in brands for market in markets if (brand.pk, market.pk) not in ruled)
    return [(b, m) for b, m in pairs if access.may(user, "policy", brand=b.pk, market=m.pk)]


def rules_to_start_from(brand: str, market: str, *, user: User) -> Policy | None:
    """Return the last rules of a brand and market, unsaved ones where there never were any; None: not theirs to see."""
    if not access.scope(user).reaches(brand, market):
        return None
    who, where = Brand.objects.filter(pk=brand).first(), Market.objects.filter(pk=market).first()
    if who is None or where is None:
        return None
    last = Policy.objects.filter(brand=who, market=where).select_related(*POLICY).order_by("-version").first()
    return last or Policy(brand=who, market=where, owner=user)


def versions_of(policy: Policy) -> list[Policy]:
    """Return all versions of the rules of a brand and market, newest first."""
    return list(Policy.objects.filter(brand=policy.brand_id, market=policy.market_id).order_by("-version"))
