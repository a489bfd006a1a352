"""What the clock does to tasks that are due. Never said first here: the card states it from the start.

Every effect is one transaction that compares and swaps the task's version, so two sweepers at once do one effect.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.models import Kind
from review import calendars, decisions, notices, order, people, policies, seals, stops, workflow
from review.judgement import hours
from review.models import About, Choice, OnExpiry, Origin, Policy, PolicyState, ReviewTask, Stakes, TaskState
from review.routing import Reason
from screening.gates import GateResult
from screening.models import Verdict

logger = logging.getLogger(__name__)
SWEPT = (TaskState.OPEN, TaskState.ESCALATED, TaskState.HELD, TaskState.AWAITING)
BATCH = 500  # tasks of one sweep; the next one, 10 s later, goes on


class Up(StrEnum):
    """Why the clock passes a card to the manager instead of deciding it."""

    HIGH = "high"
    GUARDED = "guarded"
    NO_POLICY = "no_policy"
    SHADOW = "shadow"
    OWNER_GONE = "owner_gone"
    GATE = "gate"
    STOPPED = "stopped"
    TAKEN_BACK = "taken_back"
    RULE = "rule"


class SweepFailed(Exception):
    """Raised after a sweep in which some tasks failed, so that its heartbeat does not say all is well."""


def sweep(now: datetime) -> Counter[str]:
    """Act on every task whose time has come; return how many of each effect. Raises SweepFailed at its end."""
    done: Counter[str] = Counter()
    for task in _due(now)[:BATCH]:
        try:
            with transaction.atomic():
                done[act(task, now=now)] += 1
        except Exception:
            logger.exception("The deadline of task %s could not be acted on", task.pk)
            done["failed"] += 1
    if done["failed"]:
        raise SweepFailed(f"{done['failed']} of {done.total()} due tasks could not be acted on.")
    return done


def _due(now: datetime) -> QuerySet[ReviewTask]:
    ticking = ReviewTask.objects.filter(state__in=SWEPT, due_at__lte=now, paused_at__isnull=True)
    found = ticking.order_by("due_at", "pk")
    return found.select_related(
        "policy__owner", "recommendation__run__model", "recommendation__creator", "recommendation__profile",
        "campaign__market",
    )  # fmt: skip


def pause(task: ReviewTask, *, now: datetime) -> None:
    """Stop the clock of a card inside the caller's transaction, because somebody is asked; a stopped one stays so."""
    ReviewTask.objects.filter(pk=task.pk, paused_at__isnull=True).update(paused_at=now)
    task.refresh_from_db()


def go_on(task: ReviewTask, *, now: datetime) -> None:
    """Let the clock of a card go on: it is due as much later as it stood. A clock that runs is left alone."""
    if task.paused_at is None:
        return
    due = task.due_at + (now - task.paused_at) if task.due_at else None
    if due and task.due_at and task.policy.has_business_hours:  # what was left of the working time is left again
        calendar = calendars.of(task.campaign.market)
        due = hours.add(now, hours.between(task.paused_at, task.due_at, calendar), calendar)
    if due and task.offer_until and task.offer_until > now:  # the creator does not wait longer
        due = min(due, task.offer_until)
    changes = {"paused_at": None, "due_at": due}
    changes |= order.moved(task, changes)
    ReviewTask.objects.filter(pk=task.pk, paused_at=task.paused_at).update(**changes)
    task.refresh_from_db()


def act(task: ReviewTask, *, now: datetime) -> str:
    """Do what is due for one task and return the effect's name; "missed" when somebody was faster."""
    workflow.lock_campaign(task.campaign_id)  # whoever stops the AI waits for this, or this sees the stop
    effect = _effect(task, now)
    return effect.__name__.strip("_") if effect(task, now) else "missed"


def _effect(task: ReviewTask, now: datetime) -> Callable[[ReviewTask, datetime], bool]:
    if task.state == TaskState.HELD:
        return _reopen
    if task.state in {TaskState.ESCALATED, TaskState.AWAITING}:
        return _pass_on
    if why_up(task, now=now):
        return _escalate
    if task.is_spot_check and _is_decided_by_ai(task):
        return _stand
    is_held = task.on_expiry == OnExpiry.HOLDS or task.recommendation.verdict == Verdict.UNSURE
    return _hold if is_held else _go_ahead


def annotated(tasks: QuerySet[ReviewTask]) -> QuerySet[ReviewTask]:
    """Let tasks bring along what `why_up` asks of stops and policies, without queries of their own."""
    stop = stops.holding(OuterRef("brand"), OuterRef("market"), model=OuterRef("recommendation__run__model"))
    here = Policy.objects.filter(brand=OuterRef("brand"), market=OuterRef("market"), state=PolicyState.ACTIVE)
    shadow = Case(When(Q(is_shadow=True) | Q(brand__is_shadow=True), then=True), default=False)
    in_force = here.order_by("pk").annotate(shadow=shadow).values("shadow")[:1]
    return tasks.annotate(stopped_now=Exists(stop), shadow_now=Subquery(in_force))


def is_stopped(task: ReviewTask) -> bool:
    """Tell whether a stop holds for a card; one query unless `annotated` brought it."""
    if hasattr(task, "stopped_now"):
        return bool(task.stopped_now)
    return stops.in_force(task.brand, task.market, model=task.recommendation.run.model_id) is not None


def is_shadow_now(task: ReviewTask) -> bool | None:
    """Tell whether people decide everything by the rules in force, None without any; one query unless `annotated`."""
    if hasattr(task, "shadow_now"):
        return None if task.shadow_now is None else bool(task.shadow_now)
    found = policies.active(task.brand, task.market)
    return None if found is None else policies.is_shadow(found)


def why_up(task: ReviewTask, *, now: datetime, open_gates: Collection[GateResult] | None = None) -> Up | None:
    """Return why an open card goes to the manager when its time is over; None: the clock decides it.

    Asked as things stand now, not as they stood when the card was opened. open_gates: where they were read already.
    """
    if task.on_expiry == OnExpiry.ESCALATES:
        return _as_written(task)
    if is_stopped(task):
        return Up.STOPPED
    shadow = is_shadow_now(task)
    if shadow is None:
        return Up.NO_POLICY
    if shadow:
        return Up.SHADOW
    if not task.policy.owner.is_active:  # nobody owns what a policy decides whose owner has left
        return Up.OWNER_GONE
    # A sealed card goes up whatever the AI says: where it goes would tell the verdict otherwise.
    goes_forward = task.is_spot_check or seals.is_sealed(task) or task.recommendation.verdict == Verdict.RECOMMEND
    if goes_forward and (workflow.open_gates(task, now=now) if open_gates is None else open_gates):
        return Up.GATE
    return None


def _as_written(task: ReviewTask) -> Up:
    if task.stakes == Stakes.HIGH or task.is_guarded:
        return Up.HIGH if task.stakes == Stakes.HIGH else Up.GUARDED
    codes = {code for code, _numbers in task.reasons}
    if Reason.TAKEN_BACK in codes:
        return Up.TAKEN_BACK
    if Reason.STOPPED in codes:
        return Up.STOPPED
    is_ruled = policies.right(task.policy, task.stakes).on_expiry == OnExpiry.ESCALATES
    return Up.RULE if is_ruled and Reason.SHADOW not in codes else Up.SHADOW


def _is_decided_by_ai(task: ReviewTask) -> bool:
    last = task.decisions.order_by("-id").first()
    return last is not None and last.origin == Origin.AUTO


def _go_ahead(task: ReviewTask, now: datetime) -> bool:
    is_partner = task.recommendation.verdict == Verdict.RECOMMEND
    state = TaskState.APPROVED if is_partner else TaskState.NOT_SHOWN
    return _decide(task, Choice.APPROVE if is_partner else Choice.REJECT, state, now)


def _hold(task: ReviewTask, now: datetime) -> bool:
    return _decide(task, Choice.HOLD, TaskState.HELD, now)


def _decide(task: ReviewTask, choice: Choice, state: TaskState, now: datetime) -> bool:
    key = f"expiry:{task.pk}:{task.version}"
    # The swap comes first: it locks the row, and whoever loses it writes nothing.
    changes = {"due_at": None} if state == TaskState.HELD else {}
    if not workflow.go(task, state, now=now, **changes):
        return False
    decisions.write(task, choice, origin=Origin.EXPIRY, by=None, owner=task.policy.owner, now=now, key=key)
    return True


def _stand(task: ReviewTask, now: datetime) -> bool:
    return workflow.go(task, TaskState.APPROVED, now=now) and _record(task, "check_missed")


def next_asked(
    task: ReviewTask,
    *,
    now: datetime | None = None,
    decider: int | None = None,
    here: policies.Here | None = None,
    known: Mapping[int, User] | None = None,
) -> User | None:
    """Return whom the clock passes a card to: a manager first, from there once to the policy's deputy, then nobody.

    Whoever is away is not asked: their deputy is. now: None for this moment. here, decider: who may be asked, and who
    decided last, where the caller has read both already. known: people by id, as in `policies.deputy_of`.
    """
    now = now or timezone.now()
    if task.state not in {TaskState.ESCALATED, TaskState.AWAITING}:
        return policies.manager_for(task, now=now, here=here)
    if here is None:
        last, here = task.decisions.order_by("-id").first(), policies.Here((), policies.interested(task))
        decider = last.decided_by_id if last else None
    named = policies.deputy_of(task, known)
    deputy, out = (
        people.stands_in(named, now=now, known=here.absences) if named else None,
        {task.escalated_to_id, decider if task.state == TaskState.AWAITING else None, *here.interested},
    )
    can_take = deputy is not None and deputy.is_active and deputy.pk not in out
    return deputy if can_take else None


def _escalate(task: ReviewTask, now: datetime) -> bool:
    asked = next_asked(task, now=now)
    due = policies.due(task.policy, task.stakes, now=now)
    moved = workflow.go(task, TaskState.ESCALATED, now=now, due_at=due, escalated_at=now, escalated_to=asked)
    if moved:
        _tell(task, asked, now=now)
    return moved and _record(task, "escalate", to=f"user:{asked.pk}" if asked else "")


def _pass_on(task: ReviewTask, now: datetime) -> bool:
    # Without a deputy who can take it nobody is left: the card waits, overdue, without a clock.
    deputy = next_asked(task, now=now)
    asked, due = (deputy, policies.due(task.policy, task.stakes, now=now)) if deputy else (task.escalated_to, None)
    moved = workflow.go(task, TaskState(task.state), now=now, due_at=due, escalated_to=asked)
    if moved:
        _tell(task, deputy, now=now)
    return moved and _record(task, "pass_on" if deputy else "overdue", to=f"user:{asked.pk}" if asked else "")


def _tell(task: ReviewTask, asked: User | None, *, now: datetime) -> None:
    # Nothing takes back what the clock did, so the letter goes out at once.
    notices.tell([asked] if asked else [], About.ESCALATED, key=f"escalated:{task.pk}:{task.version}",
                 url=address(task), now=now, task=task, numbers={"fee_minor": task.fee_minor},
                 wait=timedelta(0))  # fmt: skip


def address(task: ReviewTask) -> str:
    """Return the page on which a card is answered as it stands."""
    if task.state == TaskState.AWAITING:
        return reverse("approval", args=[task.pk])
    return reverse("queue-card", args=[task.pk]) + ("?state=escalated" if task.state == TaskState.ESCALATED else "")


def _reopen(task: ReviewTask, now: datetime) -> bool:
    due = policies.due(task.policy, task.stakes, now=now)
    return workflow.go(task, TaskState.OPEN, now=now, due_at=due) and _record(task, "reopen")


def _record(task: ReviewTask, what: str, **more: str) -> bool:
    body = {"task": task.pk, "what": what, "verdict": str(task.recommendation.verdict), **more}
    log.record(Kind.EXPIRY, stream=f"task:{task.pk}", by=None, body=body, brand=task.brand, market=task.market)
    return True
