"""Reads of the log: the filter, who may see which entries, one page of them, and what there is to filter by."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from accounts import access
from accounts.models import Membership, User
from audit import faces
from audit.models import AuditEntry, Kind

PAGE = 50
COUNTED = 10_000  # entries are counted up to here; beyond it a page says "10,000+"
# Canonical JSON has no spaces and quotes inside texts are escaped, so this finds the key itself and nothing else.
OVERRIDE = '"override":true'
# Left out unless asked for: each look at this page would otherwise push what people came for off the first screen.
QUIET = [Kind.LOG_READ, Kind.HEARTBEAT]


# What an address may ask for: an id that a row can have, and days around which there is room in the calendar.
PERSON = re.compile(r"[0-9]{1,15}")
NO_KEY = re.compile(r"\w*:\d{19,}")
YEARS = range(1970, 9999)


@dataclass(frozen=True)
class Filter:
    """What of the log is wanted. Empty fields filter nothing; `until` is exclusive."""

    kind: str = ""
    person: int = 0
    brand: str = ""
    market: str = ""
    stream: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    override: str = ""  # yes, no
    reads: str = ""  # yes: with the log's own readings

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def as_dict(self) -> dict[str, Any]:
        """Return the filter as plain values for params and entries."""
        values = {name: value for name, value in asdict(self).items() if value}
        return {k: v.isoformat() if isinstance(v, dt.datetime) else v for k, v in values.items()}

    def query(self) -> Q:
        """Return the filter as a condition over entries."""
        found = Q(kind=self.kind) if self.kind else Q() if self.reads else ~Q(kind__in=QUIET)
        plain = {"brand": self.brand, "market": self.market}
        plain["actor"] = f"user:{self.person}" if self.person else ""
        found &= Q(**{name: value for name, value in plain.items() if value})
        if self.stream:
            found &= faces.streams_of(self.stream)
        if self.since:
            # The identifier begins with the writer's clock: with a day of grace it narrows the index to the range.
            found &= Q(at__gte=self.since, uid__gte=_first_uid(self.since - dt.timedelta(days=1)))
        if self.until:
            found &= Q(at__lt=self.until)
        if self.override:
            against = Q(body__contains=OVERRIDE)
            found &= Q(kind=Kind.DECISION) & (against if self.override == "yes" else ~against)
        return found


def _first_uid(moment: dt.datetime) -> uuid.UUID:
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def from_page(asked: Mapping[str, str]) -> Filter:
    """Read the filter from a page's address; what cannot be read filters nothing. Days are the reader's."""
    person, override, kind = (asked.get(name, "") for name in ("person", "override", "kind"))
    stream = _text(asked, "stream")
    since, until = _day(asked.get("from", "")), _day(asked.get("to", ""))
    return Filter(
        kind=kind if kind in Kind.values else "",
        person=int(person) if PERSON.fullmatch(person) else 0,
        brand=_text(asked, "brand"),
        market=_text(asked, "market"),
        stream="" if NO_KEY.fullmatch(stream) else stream,
        since=since,
        until=until + dt.timedelta(days=1) if until else None,
        override=override if override in {"yes", "no"} else "",
        reads="yes" if asked.get("reads") == "yes" else "",
    )


def _text(asked: Mapping[str, str], column: str) -> str:
    """Return what is asked of a column, or nothing where no row can hold it."""
    text, longest = asked.get(column, ""), getattr(AuditEntry._meta.get_field(column), "max_length", 0)
    return text if len(text) <= longest and text.isprintable() else ""


def from_dict(kept: Mapping[str, Any]) -> Filter:
    """Read a filter that `as_dict` wrote."""
    known = {field.name for field in fields(Filter)}
    values = {name: value for name, value in kept.items() if name in known}
    moments = {name: parse_datetime(values[name]) for name in ("since", "until") if values.get(name)}
    return Filter(**{**values, **moments})


def _day(text: str) -> dt.datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time())) if day and day.year in YEARS else None


# What of the log is kept from a reader for a while (sealed cards). They lie floors up, so the frame tells.
_kept: list[Callable[[User], Q | None]] = []


def tell(reader: Callable[[User], Q | None]) -> None:
    """Say where it is read which entries are kept from a reader, None for none; the last one told is asked."""
    _kept.append(reader)


def is_kept_from(user: User) -> Q | None:
    """Return the condition of the entries that are kept from a reader until a view is committed, None for none."""
    return _kept[-1](user) if _kept else None


def open_to(entries: QuerySet[AuditEntry], kept: Q | None) -> QuerySet[AuditEntry]:
    """Leave out what is kept from a reader, as `is_kept_from` tells it."""
    return entries if kept is None else entries.exclude(kept)


def visible(user: User) -> QuerySet[AuditEntry]:
    """Return the entries of the brands and markets whose log the user may read, without what is sealed for them."""
    return open_to(within(user), is_kept_from(user))


def within(user: User) -> QuerySet[AuditEntry]:
    """Return all entries of the brands and markets whose log the user may read; what is sealed is for `open_to`."""
    return AuditEntry.objects.filter(access.scope(user).query("brand", "market", access.MAY["audit"]))


def sees_whole(user: User, of: Q | None) -> bool:
    """Tell whether a reader may see every entry of these streams (None: of the log): a bundle leaves none out."""
    if of is None:
        return access.scope(user).covers([access.Place()], access.MAY["audit"]) and is_kept_from(user) is None
    seen = visible(user).filter(of).values("pk")
    return not AuditEntry.objects.filter(of).exclude(pk__in=seen).exists()


def place(user: User, wanted: Filter) -> access.Place:
    """Return the brand and market that a reading is written down under: those asked for, within the reader's reach."""
    has_right = access.may(user, "audit", brand=wanted.brand, market=wanted.market)
    return access.Place(wanted.brand, wanted.market) if has_right else access.Place()


def one(user: User, uid: uuid.UUID) -> AuditEntry:
    """Return an entry the user may read, or one that is theirs where they are still a member; Http404 for any other."""
    scope = access.scope(user)
    theirs = scope.query("brand", "market", access.MAY["audit"]) | Q(actor=f"user:{user.pk}")
    entry = open_to(AuditEntry.objects.filter(theirs, uid=uid), is_kept_from(user)).select_related("payload").first()
    if entry is None or not scope.reaches(entry.brand, entry.market):
        raise Http404
    return entry


@dataclass(frozen=True)
class Page:
    """One page of the log, newest first, with the marks of its neighbours (None at the ends)."""

    entries: list[AuditEntry]
    newer: uuid.UUID | None
    older: uuid.UUID | None


def page(entries: QuerySet[AuditEntry], *, before: uuid.UUID | None = None, after: uuid.UUID | None = None) -> Page:
    """Return the page that begins below `before`, or ends above `after`; the newest one without either."""
    if after:
        rows = list(entries.filter(uid__gt=after).order_by("uid")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        if not more:
            return page(entries)
        return Page(rows, rows[0].uid, rows[-1].uid)
    rows = list((entries.filter(uid__lt=before) if before else entries).order_by("-uid")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, rows[0].uid if before and rows else None, rows[-1].uid if more else None)


def count(entries: QuerySet[AuditEntry]) -> int:
    """Return how many entries there are; anything over COUNTED means "more than that"."""
    return entries.order_by()[: COUNTED + 1].count()


def people(user: User) -> dict[int, str]:
    """Return the names of those who act in the user's brands and markets, by id. One query."""
    here = access.scope(user).query("brand", "market", access.MAY["audit"], is_wide=True)
    found = Membership.objects.filter(here).order_by("user__name").values_list("user_id", "user__name")
    return {**dict(found), user.pk: user.name}
