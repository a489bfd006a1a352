"""Taking a card: claim, renew, release, take over, and the next free one. A claim is a lease of 15 minutes.

One raw statement finds and takes in one step (stack.md section 8): two people never get the same card. Renewals are
telemetry; the rest is recorded.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from review import workflow
from review.models import ReviewTask, Route

LEASE = timedelta(minutes=15)
TAKE = """
UPDATE review_reviewtask SET claimed_by_id = %s, claimed_until = %s,
  claimed_at = CASE WHEN claimed_by_id = %s AND claimed_until > %s THEN claimed_at ELSE %s END,
  first_opened_at = COALESCE(first_opened_at, %s)
WHERE id = {which} RETURNING id"""
THIS = """(SELECT id FROM review_reviewtask WHERE id = %s AND state IN ('open', 'escalated')
  AND (claimed_by_id IS NULL OR claimed_until <= %s OR claimed_by_id = %s){lock})"""
NEXT = """(SELECT t.id FROM review_reviewtask t WHERE t.state = 'open' AND ({where})
  AND (t.claimed_by_id IS NULL OR t.claimed_until <= %s)
  AND NOT EXISTS (SELECT 1 FROM review_overlay o WHERE o.task_id = t.id AND o.by_id = %s AND o.has_interest)
  ORDER BY t.value DESC, t.id DESC LIMIT 1{lock})"""


def claim(task: ReviewTask, *, by: User, now: datetime) -> ReviewTask:
    """Hold a card for 15 minutes; one's own claim is renewed. Raises Refused (who holds it) and NotAllowed."""
    with transaction.atomic():
        task.refresh_from_db()
        workflow.check(task, "claim", by=by, now=now)
        is_new = workflow.Case(task, by, now).holder is None
        if _take(THIS, [task.pk, _moment(now), by.pk], by=by, now=now) is None:
            task.refresh_from_db()  # somebody was faster: say who
            workflow.check(task, "claim", by=by, now=now)
        task.refresh_from_db()
        if is_new:
            _record(task, "claim", by=by)
    return task


def claim_next(*, by: User, now: datetime) -> ReviewTask | None:
    """Hold the free card that is worth most among those the person may decide; None when nothing waits."""
    where, values = _reach(by)
    with transaction.atomic():
        found = _take(NEXT.replace("{where}", where), [*values, _moment(now), by.pk], by=by, now=now)
        if found is None:
            return None
        task = ReviewTask.objects.get(pk=found)
        _record(task, "next", by=by)
    return task


def renew(task: ReviewTask, *, by: User, now: datetime) -> bool:
    """Hold one's card for another 15 minutes; False when it is no longer one's own."""
    own = ReviewTask.objects.filter(pk=task.pk, claimed_by=by, claimed_until__gt=now, state__in=workflow.WAITING)
    return bool(own.update(claimed_until=now + LEASE))


def release(task: ReviewTask, *, by: User, now: datetime) -> ReviewTask:
    """Let a card go. Raises Refused when it is not held."""
    with transaction.atomic():
        task, by = workflow.lock(task, "release", by=by)
        workflow.check(task, "release", by=by, now=now)
        let_go(task)
        _record(task, "release", by=by)
    return task


def take_over(task: ReviewTask, *, by: User, now: datetime) -> ReviewTask:
    """Take a card that somebody else holds, as a manager; the log names both."""
    with transaction.atomic():
        task, by = workflow.lock(task, "take_over", by=by)
        workflow.check(task, "take_over", by=by, now=now)
        before = task.claimed_by_id
        ReviewTask.objects.filter(pk=task.pk).update(claimed_by=by, claimed_at=now, claimed_until=now + LEASE)
        task.refresh_from_db()
        _record(task, "take_over", by=by, before=f"user:{before}")
    return task


def let_go(task: ReviewTask) -> None:
    """End whatever claim there is, inside the caller's transaction."""
    ReviewTask.objects.filter(pk=task.pk).update(claimed_by=None, claimed_at=None, claimed_until=None)
    task.refresh_from_db()


def _take(which: str, values: list[Any], *, by: User, now: datetime) -> int | None:
    lock = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    moment = _moment(now)
    statement = TAKE.format(which=which.format(lock=lock))
    with connection.cursor() as cursor:
        cursor.execute(statement, [by.pk, _moment(now + LEASE), by.pk, moment, moment, moment, *values])
        row = cursor.fetchone()
    return row[0] if row else None


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _reach(by: User) -> tuple[str, list[str]]:
    # The person's memberships as SQL: nothing is fetched to be thrown away.
    parts, values = [], []
    for role, brand, market in sorted(access.scope(by).rights):
        if role not in access.MAY["decide"]:
            continue
        pairs = [("t.brand", brand), ("t.market", market)]
        may = "1 = 1" if role in workflow.KNOWS else f"t.route <> '{Route.EXPERT}'"
        parts.append(" AND ".join([may, *(f"{column} = %s" for column, value in pairs if value)]))
        values += [value for _column, value in pairs if value]
    return " OR ".join(f"({part})" for part in parts) or "1 = 0", values


def _record(task: ReviewTask, what: str, *, by: User, **more: Any) -> None:
    log.record(
        Kind.CLAIM,
        stream=f"task:{task.pk}",
        by=by,
        body={"task": task.pk, "what": what, **more},
        brand=task.brand,
        market=task.market,
    )


def move_on(task: ReviewTask, *, by: User, now: datetime) -> None:
    """Let go of the other cards that the person only opened: a claim that typing never renewed is no work.

    Without this, whoever looks through the list would hold all of it for a quarter of an hour.
    """
    others = ReviewTask.objects.filter(claimed_by=by, claimed_until__gt=now, state__in=workflow.WAITING).exclude(
        pk=task.pk
    )
    for one in others.filter(claimed_until=F("claimed_at") + LEASE):
        release(one, by=by, now=now)
