"""Who is where: people of a brand and market, who is away today, and who stands in for them. Reads only."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts import access
from accounts.models import Membership, User
from review.models import Absence

EARTH = (-12, 14)  # hours between its latest and its earliest clock, and UTC
MOST_STEPS = 5  # a deputy of a deputy of a deputy ...: rings end here


def of_place(brand: str, market: str, roles: Iterable[str] | None = None) -> QuerySet[User]:
    """Return who is here and holds a role (one of `roles`) for a brand and market, by name."""
    held = Membership.objects.filter(
        Q(brand="") | Q(brand=brand), Q(market="") | Q(market=market), ended_at__isnull=True
    )
    if roles is not None:
        held = held.filter(role__in=list(roles))
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk")


def memberships(brand: str, market: str) -> QuerySet[Membership]:
    """Return the live memberships of those who are here for a brand and market, with the people, by name."""
    place = Q(brand="") | Q(brand=brand), Q(market="") | Q(market=market)
    held = Membership.objects.filter(*place, ended_at__isnull=True, user__is_active=True)
    return held.select_related("user").order_by("user__name", "user_id", "pk")


def deciders(brand: str, market: str) -> QuerySet[User]:
    """Return who may decide on cards of a brand and market."""
    return of_place(brand, market, access.MAY["decide"])


def sharing(brand: str, market: str) -> QuerySet[User]:
    """Return who decides in a place or in a part of it; '' stands for all brands, all markets."""
    held = Membership.objects.filter(role__in=access.MAY["decide"], ended_at__isnull=True)
    if brand:
        held = held.filter(brand__in=["", brand])
    if market:
        held = held.filter(market__in=["", market])
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def today(user: User, *, now: datetime) -> date:
    """Return the date that it is where a person is."""
    return now.astimezone(ZoneInfo(user.time_zone)).date()


def absences(*, now: datetime) -> QuerySet[Absence]:
    """Return the absences that may hold now, somewhere on earth, with the people."""
    first, last = (now.astimezone(UTC) + timedelta(hours=hours) for hours in EARTH)
    found = Absence.objects.filter(ended_at__isnull=True, from_date__lte=last.date(), until_date__gte=first.date())
    return found.select_related("user", "deputy").order_by("pk")


def absences_of(people: Iterable[int], *, now: datetime) -> QuerySet[Absence]:
    """Return those of people, by id, and of everybody who stands in for somebody: what `stands_in` walks along."""
    found = absences(now=now)
    return found.filter(Q(user__in=list(people)) | Q(user__in=found.order_by().values("deputy")))


def away(people: Collection[User], *, now: datetime, known: Iterable[Absence] | None = None) -> dict[int, Absence]:
    """Return the absence that holds today by user id, of those of these people who are away. One query.

    known: what `absences_of` gave; none then.
    """
    days = {one.pk: today(one, now=now) for one in people}
    if not days:
        return {}
    rows = absences(now=now).filter(user__in=list(days)) if known is None else known
    mine = (one for one in rows if one.user_id in days)
    return {one.user_id: one for one in mine if one.from_date <= days[one.user_id] <= one.until_date}


def stands_in(user: User, *, now: datetime, known: Iterable[Absence] | None = None) -> User:
    """Return who does a person's work now: the person, or while they are away their deputy, or that one's deputy.

    Where everybody in turn is away, or has left, the person is returned: nobody stands in. known: as in `away`.
    """
    found, seen = user, {user.pk}
    for _step in range(MOST_STEPS):
        absence = away([found], now=now, known=known).get(found.pk)
        if absence is None:
            return found if found.is_active else user
        found = absence.deputy
        if found.pk in seen:
            break
        seen.add(found.pk)
    return user
