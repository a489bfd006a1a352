"""What the clock does to tasks that are due. Never said first here: the card states it from the start.

Every effect is one transaction that compares and swaps the task's version, so two sweepers at once do one effect.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from audit import log
from audit.models import Kind
from review import decisions, policies, workflow
from review.models import Choice, OnExpiry, Origin, ReviewTask, Stakes, TaskState
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
    found = ReviewTask.objects.filter(state__in=SWEPT, due_at__lte=now).order_by("due_at", "pk")
    return found.select_related(
        "policy__owner", "recommendation__run__model", "recommendation__creator", "recommendation__profile",
        "campaign__market",
    )  # fmt: skip


def act(task: ReviewTask, *, now: datetime) -> str:
    """Do what is due for one task and return the effect's name; "missed" when somebody was faster."""
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
    return _hold if task.recommendation.verdict == Verdict.UNSURE else _go_ahead


def why_up(task: ReviewTask, *, now: datetime, open_gates: Collection[GateResult] | None = None) -> Up | None:
    """Return why an open card goes to the manager when its time is over; None: the clock decides it.

    Asked as things stand now, not as they stood when the card was opened. open_gates: where they were read already.
    """
    if task.on_expiry == OnExpiry.ESCALATES:
        return Up.HIGH if task.stakes == Stakes.HIGH else Up.GUARDED if task.is_guarded else Up.SHADOW
    in_force = policies.active(task.brand, task.market)
    if in_force is None:
        return Up.NO_POLICY
    if policies.is_shadow(in_force):
        return Up.SHADOW
    if not task.policy.owner.is_active:  # nobody owns what a policy decides whose owner has left
        return Up.OWNER_GONE
    goes_forward = task.is_spot_check or task.recommendation.verdict == Verdict.RECOMMEND
    if goes_forward and (workflow.open_gates(task, now=now) if open_gates is None else open_gates):
        return Up.GATE
    return None


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


def next_asked(task: ReviewTask) -> User | None:
    """Return whom the clock passes a card to: a manager first, from there once to the policy's deputy, then nobody."""
    if task.state not in {TaskState.ESCALATED, TaskState.AWAITING}:
        return policies.manager_for(task)
    last = task.decisions.order_by("-id").first()
    decider = last.decided_by_id if last and task.state == TaskState.AWAITING else None
    deputy, out = task.policy.deputy, {task.escalated_to_id, decider, *policies.interested(task)}
    can_take = deputy is not None and deputy.is_active and deputy.pk not in out
    return deputy if can_take else None


def _escalate(task: ReviewTask, now: datetime) -> bool:
    asked = next_asked(task)
    due = now + policies.period(task.policy)
    moved = workflow.go(task, TaskState.ESCALATED, now=now, due_at=due, escalated_at=now, escalated_to=asked)
    return moved and _record(task, "escalate", to=f"user:{asked.pk}" if asked else "")


def _pass_on(task: ReviewTask, now: datetime) -> bool:
    # Without a deputy who can take it nobody is left: the card waits, overdue, without a clock.
    deputy = next_asked(task)
    asked, due = (deputy, now + policies.period(task.policy)) if deputy else (task.escalated_to, None)
    moved = workflow.go(task, TaskState(task.state), now=now, due_at=due, escalated_to=asked)
    return moved and _record(task, "pass_on" if deputy else "overdue", to=f"user:{asked.pk}" if asked else "")


def _reopen(task: ReviewTask, now: datetime) -> bool:
    due = now + policies.period(task.policy)
    return workflow.go(task, TaskState.OPEN, now=now, due_at=due) and _record(task, "reopen")


def _record(task: ReviewTask, what: str, **more: str) -> bool:
    body = {"task": task.pk, "what": what, "verdict": str(task.recommendation.verdict), **more}
    log.record(Kind.EXPIRY, stream=f"task:{task.pk}", by=None, body=body, brand=task.brand, market=task.market)
    return True
