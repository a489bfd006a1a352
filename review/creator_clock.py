"""The creator's own time: another offer until Friday, withdrawn, taken, free again. It says nothing about the person.

An offer moves the card to the front of the queue by a fixed step on top of the worth of asking, the same for every
card, so the order gives nothing of a sealed card away; and the card is due no later than the offer.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import decisions, order, policies, workflow
from review.models import ClockSays, CreatorClock, ReviewTask, TaskState

VERBS = {
    ClockSays.OFFER: "offer", ClockSays.WITHDRAWN: "withdrawn", ClockSays.TAKEN: "taken", ClockSays.BACK: "back",
}  # fmt: skip
GONE = (TaskState.WITHDRAWN, TaskState.TAKEN)


class NotATime(ValueError):
    """Raised when an offer has no end that lies ahead."""


def say(
    task: ReviewTask, *, says: str, by: User, now: datetime, version: int, key: str, until: datetime | None = None
) -> CreatorClock:
    """Record what the creator's clock says. Withdrawn and taken close the card without a decision; back undoes them.

    until: the end of another offer. The same key and words again return the row while it is the last word. Raises
    NotATime, TaskMoved, KeyReused, workflow.Refused and NotAllowed.
    """
    says = ClockSays(says)
    until = until if says == ClockSays.OFFER else None
    if says == ClockSays.OFFER and (until is None or until <= now):
        raise NotATime(_("Another offer needs an end that lies ahead."))
    with transaction.atomic():
        workflow.lock_campaign(task.campaign_id)
        task, by = workflow.lock(task, VERBS[says], by=by)
        if known := _known(key, task, says, until, by):
            return known
        decisions.require_version(task, version)
        workflow.check(task, VERBS[says], by=by, now=now)
        last = task.creator_clock.order_by("-id").first()
        made = CreatorClock(
            task=task, says=says, until=until, state_before=task.state, due_before=_own_due(task, last), by=by, at=now,
            idempotency_key=key,
        )  # fmt: skip
        _act(task, made, last, now=now)
        made.audit = _record(task, made)
        made.save(force_insert=True)
    return made


def _known(key: str, task: ReviewTask, says: ClockSays, until: datetime | None, by: User) -> CreatorClock | None:
    decisions.require_key(key)
    found = CreatorClock.objects.filter(idempotency_key=key).first()
    if found is None:
        return None
    if (found.task_id, found.says, found.until, found.by_id) != (task.pk, says, until, by.pk):
        raise decisions.KeyReused(_("This key was used for another answer. Load the page again."))
    if task.creator_clock.filter(pk__gt=found.pk).exists():
        raise decisions.TaskMoved(decisions.gone(task))
    return found


def _own_due(task: ReviewTask, last: CreatorClock | None) -> datetime | None:
    # A second offer replaces the first: what is kept is when the card was due without any.
    return last.due_before if last and task.offer_until is not None else task.due_at


def _act(task: ReviewTask, made: CreatorClock, last: CreatorClock | None, *, now: datetime) -> None:
    if made.says == ClockSays.OFFER:
        assert made.until is not None
        # The time without the offer may be over since a question stood or the card came back: it is never due at once.
        due = min(max(made.due_before or made.until, now + decisions.GRACE), made.until)
        _change(task, offer_until=made.until, due_at=due)
    elif made.says == ClockSays.BACK:
        _back(task, last, now=now)
    else:
        _drop_offer(task)
        if not workflow.go(task, TaskState(made.says), now=now, due_at=None):
            raise decisions.TaskMoved(_("This card changed while it was open."))


def _back(task: ReviewTask, last: CreatorClock | None, *, now: datetime) -> None:
    due = _due_again(task, last, now=now)
    _drop_offer(task)
    if task.state not in GONE:
        _change(task, due_at=due)
        return
    assert last is not None
    escalated = {"escalated_at": task.escalated_at, "escalated_to": task.escalated_to}
    workflow.go(task, TaskState(last.state_before), now=now, due_at=due, **escalated)


def _due_again(task: ReviewTask, last: CreatorClock | None, *, now: datetime) -> datetime:
    is_same = last is not None and (task.state in GONE or task.state == last.state_before)
    own = last.due_before if last is not None and is_same else None
    return max(own or policies.due(task.policy, task.stakes, now=now), now + decisions.GRACE)


def _drop_offer(task: ReviewTask) -> None:
    if task.offer_until is not None:
        _change(task, offer_until=None)


def _change(task: ReviewTask, **values: Any) -> None:
    ReviewTask.objects.filter(pk=task.pk).update(**values, **order.moved(task, values))
    task.refresh_from_db()


def _record(task: ReviewTask, made: CreatorClock) -> AuditEntry:
    until = made.until.isoformat(timespec="minutes") if made.until else None
    body = {"task": task.pk, "what": str(made.says), "until": until, "from": made.state_before}
    return log.record(
        Kind.CREATOR_CLOCK, stream=f"task:{task.pk}", by=made.by, body=body, brand=task.brand, market=task.market
    )
