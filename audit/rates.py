"""How many files one person takes out in an hour, counted by the log: by all processes alike, and without a cache."""

import functools
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from audit import tasks
from audit.models import AuditEntry, Kind
from jobs import lease
from jobs.models import Job

HOUR = timedelta(hours=1)
SLACK = timedelta(minutes=5)  # by which the clock of a host, of which an entry's id is made, may be off the database's
KINDS = (tasks.KIND, tasks.BUNDLE)  # jobs that write a file: they count when they are asked for
# Files that are sent at once, as their entries say. What is quoted in a body cannot read so: its quotes are escaped.
SENT = Q(body__contains='"step":"begun"')
for _what in ("ranking", "subject", "people"):
    SENT |= Q(body__contains=f'"what":"{_what}"')


class TooOften(Exception):
    """Raised when somebody did something as often in this hour as is allowed. most: how often; wait: how long."""

    def __init__(self, most: int, wait: timedelta) -> None:
        super().__init__(f"{most} times an hour at most; again in {wait}")
        self.most, self.wait = most, wait


def bound(times: Iterable[datetime], *, most: int, now: datetime) -> None:
    """Refuse where something was done so often within the hour. times: when. Raises TooOften."""
    within = sorted(one for one in times if one > now - HOUR)
    if len(within) >= most:
        raise TooOften(most, within[-most] + HOUR - now if most else HOUR)


def exports(by: User) -> None:
    """Refuse another file to somebody who took or asked for as many as are allowed. Raises TooOften. One query."""
    since = lease.nearly_now() - HOUR - SLACK  # the exact hour is told by the database's clock, which comes with rows
    first = uuid.UUID(int=int((since - SLACK).timestamp() * 1000) << 80)  # ids begin with their time: no long walk
    sent = AuditEntry.objects.filter(SENT, actor=f"user:{by.pk}", uid__gt=first, kind=Kind.EXPORT).order_by()
    asked = Job.objects.filter(by=by, kind__in=KINDS, created_at__gt=since).order_by()
    rows = sent.annotate(read_at=lease.clock()).values_list("at", "read_at")
    others = asked.annotate(read_at=lease.clock()).values_list("created_at", "read_at")
    times = list(rows.union(others, all=True))
    now = max((read_at for _at, read_at in times), default=lease.nearly_now())
    bound((at for at, _read_at in times), most=settings.EXPORTS_AN_HOUR, now=now)


def bounded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 429 instead of a file to whoever took too many; for views of people who are signed in."""

    @functools.wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        assert isinstance(request.user, User)
        exports(request.user)
        return view(request, *args, **kwargs)

    return inner
