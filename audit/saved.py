"""Exports that are kept under a name, and those that the clock has written every week or month.

A scheduled one holds what was written in the week or month before, whatever dates the filter had when it was kept.
"""

import datetime as dt
import zoneinfo

from django.db import transaction

from accounts import access
from accounts.models import User
from audit import log, queries, tasks
from audit.models import Kind, Period, SavedExport
from jobs import ticks
from jobs.models import Job

MOST = 20  # a person
EARLY = dt.timedelta(hours=6)  # after midnight of the person's own day
FORMS = ("csv", "jsonl", "parquet")


class NotKept(ValueError):
    """Raised when an export cannot be kept: it has no name, or there are as many as there may be."""


def keep(
    person: User, *, name: str, wanted: queries.Filter, form: str, delimiter: str, every: str, now: dt.datetime
) -> SavedExport:
    """Keep an export under a name; the same name again replaces it. Raises NotKept."""
    name = " ".join(name.split())[:60]
    has_sense = name and form in FORMS and every in Period.values
    if not has_sense or SavedExport.objects.filter(user=person).exclude(name=name).count() >= MOST:
        raise NotKept
    made = {
        "filter": wanted.as_dict(), "form": form, "delimiter": delimiter, "every": every,
        "due_at": _bounds(every, person, now)[2] + EARLY if every else None,
    }  # fmt: skip
    with transaction.atomic():
        saved, _is_new = SavedExport.objects.update_or_create(user=person, name=name, defaults=made)
        if every:
            _note(saved, "scheduled")
    return saved


def drop(saved: SavedExport) -> None:
    """Forget a kept export."""
    with transaction.atomic():
        if saved.every:
            _note(saved, "unscheduled")
        saved.delete()


def start(saved: SavedExport, *, key: str, now: dt.datetime) -> Job:
    """Queue an export as it was kept, with what was written until now."""
    return _start(saved, queries.from_dict(saved.filter), key=f"saved-export:{saved.pk}:{key}", now=now)


@ticks.every(300, "saved-exports")
def run_due(now: dt.datetime) -> None:
    """Queue what is due, each once, for whoever may still read the log; of what was missed only the last is written."""
    for saved in SavedExport.objects.filter(due_at__lte=now).select_related("user"):
        before, this, after = _bounds(saved.every, saved.user, now)
        wanted = queries.from_dict({**saved.filter, "since": before.isoformat(), "until": this.isoformat()})
        with transaction.atomic():
            same = SavedExport.objects.filter(pk=saved.pk, due_at=saved.due_at)
            # Of two clocks one writes it.
            if same.update(due_at=after + EARLY) and access.may(saved.user, "audit"):
                _start(saved, wanted, key=f"saved-export:{saved.pk}:{this.isoformat()}", now=now)


def _start(saved: SavedExport, wanted: queries.Filter, *, key: str, now: dt.datetime) -> Job:
    return tasks.start(by=saved.user, wanted=wanted, form=saved.form, delimiter=saved.delimiter, key=key, now=now)


def _bounds(every: str, person: User, now: dt.datetime) -> tuple[dt.datetime, dt.datetime, dt.datetime]:
    """Return when the last week or month of a person began, the present one, and the next: midnights of their own."""
    zone = zoneinfo.ZoneInfo(person.time_zone)
    today = now.astimezone(zone).date()
    if every == Period.WEEK:
        this = today - dt.timedelta(days=today.weekday())
        days = (this - dt.timedelta(days=7), this, this + dt.timedelta(days=7))
    else:
        this = today.replace(day=1)
        days = ((this - dt.timedelta(days=1)).replace(day=1), this, (this + dt.timedelta(days=31)).replace(day=1))
    before, here, after = (dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) for day in days)
    return before, here, after


def _note(saved: SavedExport, step: str) -> None:
    body = {"step": step, "every": saved.every, "format": saved.form, "filter": saved.filter}
    brand, market = queries.place(saved.user, queries.from_dict(saved.filter))
    log.record(Kind.EXPORT, stream="log", by=saved.user, body=body, brand=brand, market=market)
