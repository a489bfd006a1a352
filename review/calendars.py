"""A market's working hours and holidays: read for deadlines, changed by an admin or a manager of the market."""

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from review.judgement.hours import Calendar
from review.models import Holiday, WorkingHours
from screening.models import Market


class NotAWorkingDay(ValueError):
    """Raised when hours or a holiday cannot be as asked; the sentence says why."""


def of(market: Market) -> Calendar:
    """Return when a market works: Monday to Friday, 9:00 to 18:00 of its own time unless it says otherwise."""
    said = WorkingHours.objects.filter(market=market).first()
    off = frozenset(Holiday.objects.filter(market=market, ended_at__isnull=True).values_list("day", flat=True))
    zone = ZoneInfo(market.time_zone)
    if said is None:
        return Calendar(zone, holidays=off)
    return Calendar(zone, frozenset(map(int, said.days)), said.opens, said.closes, off)


def may_change(market: Market, user: User) -> bool:
    """Tell whether a person sets this market's hours: an admin, or a manager of the market."""
    return access.may(user, "places") or access.may(user, "policy", market=market.pk)


def set_hours(market: Market, *, days: Collection[int], opens: time, closes: time, by: User, now: datetime) -> None:
    """Keep a market's days and hours; deadlines that are set from now on follow them. Raises NotAWorkingDay."""
    _require(market, by)
    if not set(days) or not set(days) <= set(range(7)) or opens >= closes:
        raise NotAWorkingDay(_("A market works on one day of the week at least, and opens before it closes."))
    kept = "".join(map(str, sorted(set(days))))
    with transaction.atomic():
        WorkingHours.objects.update_or_create(
            market=market, defaults={"days": kept, "opens": opens, "closes": closes}
        )  # fmt: skip
        _record(market, by, what="hours", days=kept, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")


def add_holiday(market: Market, *, day: date, name: str, by: User, now: datetime) -> Holiday:
    """Enter a day on which a market does not work. Raises NotAWorkingDay where it is known already."""
    _require(market, by)
    if not name.strip():
        raise NotAWorkingDay(_("Give the holiday its name."))
    try:
        with transaction.atomic():
            made = Holiday.objects.create(market=market, day=day, name=name.strip()[:80], by=by, at=now)
            _record(market, by, what="holiday", day=day.isoformat(), name=made.name)
    except IntegrityError as known:
        raise NotAWorkingDay(_("This day is a holiday already.")) from known
    return made


def end_holiday(holiday: Holiday, *, by: User, now: datetime) -> None:
    """Take a holiday that was entered wrongly out of the calendar."""
    _require(holiday.market, by)
    with transaction.atomic():
        if Holiday.objects.filter(pk=holiday.pk, ended_at__isnull=True).update(ended_at=now):
            _record(holiday.market, by, what="no_holiday", day=holiday.day.isoformat(), name=holiday.name)


def _require(market: Market, by: User) -> None:
    if not may_change(market, User.objects.get(pk=by.pk)):
        access.require(by, "policy", market=market.pk)


def _record(market: Market, by: User, **body: str) -> None:
    log.record(Kind.BRAND, stream=f"market:{market.pk}", by=by, body=body, market=market.pk)
