"""Taking a card: claim, renew, release, take over, and the next free one. A claim is a lease of 15 minutes.

One raw statement finds and takes in one step (stack.md section 8): two people never get the same card. Renewals are
telemetry; the rest is recorded.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from review import handoffs, notices, workflow
from review.models import About, HandoffWhy, Notice, ReviewTask, Route

LEASE = timedelta(minutes=15)
TAKE = """
UPDATE review_reviewtask SET claimed_by_id = %s, claimed_until = %s,
  claimed_at = CASE WHEN claimed_by_id = %s AND claimed_until > %s THEN claimed_at ELSE %s END,
  first_opened_at = COALESCE(first_opened_at, %s)
WHERE id = {which} RETURNING id"""
# Opening a card in one step: it is taken if it can be, and then its person lets go of those that they only opened.
OPEN = """
WITH this AS {this}, others AS ({others}), gone AS (SELECT id FROM others WHERE EXISTS (SELECT 1 FROM this))
UPDATE review_reviewtask SET
  claimed_by_id = CASE WHEN id = %s THEN %s ELSE NULL END, claimed_until = CASE WHEN id = %s THEN %s ELSE NULL END,
  claimed_at = CASE WHEN id = %s THEN %s ELSE NULL END,
  first_opened_at = CASE WHEN id = %s THEN COALESCE(first_opened_at, %s) ELSE first_opened_at END
WHERE id IN (SELECT id FROM this UNION ALL SELECT id FROM gone) RETURNING id, brand, market"""
# A person opens one card after the other, in however many tabs: two at once would each miss what the other takes. It
# goes before OPEN in one round trip, as a statement of its own: OPEN has to see what was committed while it waited.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('review.claims.open'), %s); "
THIS = """(SELECT id FROM review_reviewtask WHERE id = %s AND state IN ('open', 'escalated')
  AND (claimed_by_id IS NULL OR claimed_until <= %s OR claimed_by_id = %s){lock})"""
# The worthiest free card of each right, found on an index of free cards alone: what others hold is not walked over.
NEXT = "(SELECT id FROM ({walks}) AS walks ORDER BY value DESC, id DESC LIMIT 1)"
WALK = """SELECT * FROM (SELECT t.id, t.value FROM review_reviewtask t WHERE t.state = 'open' AND {free} AND {where}
  AND NOT EXISTS (SELECT 1 FROM review_overlay o WHERE o.task_id = t.id AND o.by_id = %s AND o.has_interest)
  ORDER BY t.value DESC, t.id DESC LIMIT 1{lock}) AS walk"""
FREE = ("t.claimed_by_id IS NULL", "t.claimed_by_id IS NOT NULL AND t.claimed_until <= %s")
LAPSED = timedelta(hours=1)  # after its end a claim still tells how long the person was at the card


def claim(task: ReviewTask, *, by: User, now: datetime) -> ReviewTask:
    """Hold a card for 15 minutes; one's own claim is renewed. Raises Refused (who holds it) and NotAllowed."""
    with transaction.atomic():
        task.refresh_from_db()
        workflow.check(task, "claim", by=by, now=now)
        is_new = workflow.Case(task, by, now).holder is None
        if _take(THIS, [task.pk, _moment(now), by.pk], by=by, now=now) is None:
            task.refresh_from_db()  # somebody was faster: say who
            workflow.check(task, "claim", by=by, now=now)
        if is_new:
            _record(task, "claim", by=by)
        task.refresh_from_db()
    return task


def open_card(task: ReviewTask, *, by: User, now: datetime, case: workflow.Case | None = None) -> None:
    """Claim a free card that was read this moment, keep what was read with it, and let go of what was only opened.

    A claim that typing never renewed is no work: without this, whoever looks through the list would hold all of it for
    a quarter of an hour. case: what is known of the card. Raises Refused (who holds it) and NotAllowed.
    """
    with transaction.atomic():
        workflow.check(task, "claim", by=by, now=now, case=case)
        found = _open(task, by=by, now=now)
        if task.pk not in found:
            task.refresh_from_db()  # somebody was faster: say who
            workflow.check(task, "claim", by=by, now=now)
        task.claimed_by, task.claimed_at, task.claimed_until = by, now, now + LEASE
        task.first_opened_at = task.first_opened_at or now
        what = {pk: "claim" if pk == task.pk else "release" for pk in sorted(found, key=lambda pk: (pk != task.pk, pk))}
        log.record_all([_said(pk, *found[pk], one) for pk, one in what.items()], by=by)


def _open(task: ReviewTask, *, by: User, now: datetime) -> dict[int, tuple[str, str]]:
    # Brand and market of each card that was claimed or let go, by its id.
    held = ReviewTask.objects.filter(claimed_by=by, claimed_until__gt=now, state__in=workflow.WAITING)
    opened = held.filter(claimed_until=F("claimed_at") + LEASE).exclude(pk=task.pk).order_by().values("id")
    others, those = opened.query.sql_with_params()
    lock, moment, until = _lock(), _moment(now), _moment(now + LEASE)
    statement = OPEN.format(this=THIS.format(lock=lock), others=f"{others}{lock}")
    values = [task.pk, moment, by.pk, *those, task.pk, by.pk, task.pk, until, task.pk, moment, task.pk, moment]
    if connection.vendor == "postgresql":
        statement, values = ALONE + statement, [by.pk, *values]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {pk: (brand, market) for pk, brand, market in cursor.fetchall()}


def claim_next(*, by: User, now: datetime) -> ReviewTask | None:
    """Hold the free card that is worth most among those the person may decide; None when nothing waits."""
    which, values = _walks(by, now)
    with transaction.atomic():
        found = _take(which, values, by=by, now=now) if which else None
        if found is None:
            return None
        task = ReviewTask.objects.get(pk=found)
        _record(task, "next", by=by)
    return task


def renew(task: ReviewTask, *, by: User, now: datetime) -> bool:
    """Hold one's card for another 15 minutes; False when it is no longer one's own."""
    own = ReviewTask.objects.filter(pk=task.pk, claimed_by=by, claimed_until__gt=now, state__in=workflow.WAITING)
    return bool(own.update(claimed_until=Greatest(F("claimed_until"), now + LEASE)))  # a handed card has a day


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
        before = task.claimed_by
        ReviewTask.objects.filter(pk=task.pk).update(claimed_by=by, claimed_at=now, claimed_until=now + LEASE)
        task.refresh_from_db()
        _record(task, "take_over", by=by, before=f"user:{before.pk}" if before else "user:None")
        handoffs.keep(task, why=HandoffWhy.TAKE, before=before if before != by else None, to=by, by=by, now=now)
    return task


def ask_release(task: ReviewTask, *, by: User, now: datetime) -> User:
    """Ask whoever holds a card to let it go, once a claim, and return them. Raises Refused and NotAllowed."""
    with transaction.atomic():
        task, by = workflow.lock(task, "ask_release", by=by)
        workflow.check(task, "ask_release", by=by, now=now)
        holder = task.claimed_by
        assert holder is not None  # the guard has seen them
        key = _asked_key(task, by.pk)
        if not Notice.objects.filter(user=holder, key=key).exists():
            url = reverse("queue-card", args=[task.pk])
            notices.tell([holder], About.RELEASE, key=key, url=url, now=now, by=by, task=task)
            _record(task, "ask_release", by=by, to=f"user:{holder.pk}")
    return holder


def wishes(task: ReviewTask) -> QuerySet[Notice]:
    """Return the last time that the holder was asked to let the card go, during this claim, or no row."""
    if task.claimed_by_id is None:
        return Notice.objects.none()
    told = Notice.objects.filter(user=task.claimed_by_id, task=task, about=About.RELEASE, at__gte=task.claimed_at)
    return told.select_related("by").order_by("-id")[:1]


def asked_by(task: ReviewTask, wished: Iterable[Notice] | None = None) -> User | None:
    """Return who last asked the holder to let the card go. wished: what `wishes` gave, where it was read already."""
    return next((one.by for one in (wishes(task) if wished is None else wished)), None)


def _asked_key(task: ReviewTask, person: int) -> str:
    return f"release:{task.pk}:{task.claimed_at:%Y%m%d%H%M%S%f}:{person}"


def let_go(task: ReviewTask) -> None:
    """End whatever claim there is, inside the caller's transaction."""
    ReviewTask.objects.filter(pk=task.pk).update(claimed_by=None, claimed_at=None, claimed_until=None)
    task.refresh_from_db()


def _take(which: str, values: list[Any], *, by: User, now: datetime) -> int | None:
    moment = _moment(now)
    statement = TAKE.format(which=which.format(lock=_lock()))
    with connection.cursor() as cursor:
        cursor.execute(statement, [by.pk, _moment(now + LEASE), by.pk, moment, moment, moment, *values])
        row = cursor.fetchone()
    return row[0] if row else None


def _lock() -> str:
    return " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _walks(by: User, now: datetime) -> tuple[str, list[Any]]:
    # One walk for each right and kind of free card; each ends at its first row.
    parts: list[str] = []
    values: list[Any] = []
    for role, brand, market in sorted(access.scope(by).rights):
        if role not in access.MAY["decide"]:
            continue
        named = [(column, value) for column, value in (("t.brand", brand), ("t.market", market)) if value]
        may = "1 = 1" if role in workflow.KNOWS else f"t.route <> '{Route.EXPERT}'"
        where = " AND ".join([may, *(f"{column} = %s" for column, _value in named)])
        for free in FREE:
            parts.append(WALK.replace("{free}", free).replace("{where}", where))
            values += [*([_moment(now)] if "%s" in free else []), *(value for _column, value in named), by.pk]
    return NEXT.replace("{walks}", " UNION ALL ".join(parts)) if parts else "", values


def free_lapsed(now: datetime) -> int:
    """Forget claims that ended an hour ago: the card is free since, now it stands on the index of free ones too."""
    lapsed = ReviewTask.objects.filter(state__in=workflow.WAITING, claimed_until__lte=now - LAPSED)
    return lapsed.update(claimed_by=None, claimed_at=None, claimed_until=None)


def _record(task: ReviewTask, what: str, *, by: User, **more: Any) -> None:
    log.record_all([_said(task.pk, task.brand, task.market, what, **more)], by=by)


def _said(task: int, brand: str, market: str, what: str, **more: Any) -> log.Said:
    body = {"task": task, "what": what, **more}
    return log.Said(Kind.CLAIM, f"task:{task}", body, brand=brand, market=market)
