"""Telling people inside the product what waits for them. Nothing is ever sent to a creator from here.

Each notice is also a row of the outbox of e-mail: how and when it is sent follows what the person chose (`mail.py`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry
from review.models import About, Notice, NoticeChoice, ReviewTask, TaskState, Way

UNDO = timedelta(seconds=60)  # what can be taken back for so long is mailed after that
MORNING = time(8)  # of the person's own day, when what is told once a day is sent
MARGIN = timedelta(seconds=1)  # the last second of a window still takes back
# What one is asked to do comes at once; what one is only told comes with the morning's mail.
USUAL: dict[str, Way] = {
    **dict.fromkeys(About.values, Way.DAILY),
    About.WORK: Way.NONE,  # whoever waits for it looks at the bell
    **dict.fromkeys(
        (
            About.APPROVAL, About.ESCALATED, About.DUE, About.QUESTION, About.INVESTIGATION, About.HANDOFF, About.STOP,
            About.RULES,
        ),
        Way.NOW,
    ),
}  # fmt: skip
# The states of a card in which what these ask for is still to be done.
ASKED_IN = {About.APPROVAL: {TaskState.AWAITING}, About.ESCALATED: {TaskState.ESCALATED, TaskState.AWAITING},
            About.DUE: {TaskState.OPEN, TaskState.ESCALATED, TaskState.AWAITING}}  # fmt: skip


def receipt(entry: AuditEntry) -> dict[str, str]:
    """Return what a notice carries of an entry, so that whoever is told can show later that it was there."""
    return {"entry": entry.uid.hex, "receipt": log.receipt(entry)}


def tell(
    people: Iterable[User],
    about: About,
    *,
    key: str,
    url: str,
    now: datetime,
    by: User | None = None,
    task: ReviewTask | None = None,
    numbers: Mapping[str, Any] | None = None,
    wait: timedelta = UNDO,
) -> None:
    """Tell people something inside the caller's transaction, each of them once for a `key`, never whoever did it.

    url: a path of this product. numbers: codes and numbers that the words need; nothing that a sealed card hides. wait:
    how long it can be taken back; no mail goes out before.
    """
    mine = {one.pk: one for one in people if one.is_active and (by is None or one.pk != by.pk)}
    if not mine:
        return
    chosen = dict(NoticeChoice.objects.filter(user__in=mine, about=about).values_list("user", "way"))
    ways = {pk: Way(chosen.get(pk, USUAL[about])) for pk in mine}
    Notice.objects.bulk_create(
        [
            Notice(
                user=one, about=about, key=key, url=url, at=now, by=by, task=task, numbers=dict(numbers or {}),
                way=ways[one.pk], mail_after=mail_after(ways[one.pk], now + wait + MARGIN, zone=one.time_zone),
            )
            for one in mine.values()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def mail_after(way: Way, moment: datetime, *, zone: str) -> datetime | None:
    """Return when something may be mailed that stands from `moment` on: at once, the next morning, never."""
    if way != Way.DAILY:
        return moment if way == Way.NOW else None
    here = moment.astimezone(ZoneInfo(zone))
    morning = datetime.combine(here.date(), MORNING, here.tzinfo)
    return morning if morning >= here else datetime.combine(here.date() + timedelta(days=1), MORNING, here.tzinfo)


def withdraw(key: str) -> None:
    """Take back what was told and not mailed yet, inside the transaction that takes the thing itself back."""
    Notice.objects.filter(key=key, mailed_at__isnull=True).delete()


def settle(key: str, *, now: datetime) -> None:
    """Note that somebody did what was asked: for the others it counts as read, and no mail goes out any more."""
    Notice.objects.filter(key=key, read_at__isnull=True).update(read_at=now)


def of(user: User) -> QuerySet[Notice]:
    """Return what a person was told, but for what lies outside their brands and markets by now."""
    within = access.scope(user).query("task__brand", "task__market")
    return Notice.objects.filter(Q(task__isnull=True) | within, user=user)


def is_over(notice: Notice) -> bool:
    """Tell whether what a notice asks for is done, by whomever; of one that asks for nothing it never is."""
    still = ASKED_IN.get(About(notice.about))
    return still is not None and notice.task is not None and notice.task.state not in still


def read(user: User, *, now: datetime, notice_id: int | None = None) -> int:
    """Mark one notice of a person as read, or all of them; return how many were new."""
    fresh = Notice.objects.filter(user=user, read_at__isnull=True)
    return (fresh if notice_id is None else fresh.filter(pk=notice_id)).update(read_at=now)


def choose(user: User, ways: Mapping[str, str], *, now: datetime) -> None:
    """Keep how a person wants to be told of each kind, and follow it for what is not mailed yet."""
    with transaction.atomic():
        for about, way in ways.items():
            NoticeChoice.objects.update_or_create(user=user, about=About(about), defaults={"way": Way(way)})
        for one in Notice.objects.filter(user=user, mailed_at__isnull=True, mail_after__isnull=False):
            way = Way(ways.get(one.about, one.way))
            if way != one.way:
                one.way, one.mail_after = way, mail_after(way, max(now, one.at + UNDO), zone=user.time_zone)
                one.save(update_fields=["way", "mail_after"])


def ways_of(user: User) -> dict[str, Way]:
    """Return how a person is told of each kind."""
    chosen = dict(NoticeChoice.objects.filter(user=user).values_list("about", "way"))
    return {about: Way(chosen.get(about, USUAL[about])) for about in About.values}
