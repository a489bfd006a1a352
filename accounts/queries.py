"""Reads behind the list of people."""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext

from accounts import places, words
from accounts.models import Membership, User


@dataclass(frozen=True)
class Held:
    """A live membership in words: role, and where it holds."""

    membership: Membership
    role: str
    where: str


def people(*, search: str = "", role: str = "", market: str = "") -> QuerySet[User]:
    """Return accounts by name, each with its live memberships in `live`."""
    live = Membership.objects.filter(ended_at__isnull=True).order_by("role", "brand", "market")
    found = User.objects.order_by("-is_active", "name").prefetch_related(Prefetch("memberships", live, to_attr="live"))
    if search:
        found = found.filter(Q(name__icontains=search) | Q(email__icontains=search))
    wanted = Q(ended_at__isnull=True)
    if role:
        wanted &= Q(role=role)
    if market:
        wanted &= Q(market__in=[market, ""])
    if role or market:
        found = found.filter(pk__in=Membership.objects.filter(wanted).values("user"))
    return found


def state(person: User) -> str:
    """Return where an account stands: off, active (it has signed in), invited."""
    return "off" if not person.is_active else "active" if person.last_login else "invited"


def held(person: User, known: places.Places) -> list[Held]:
    """Return a person's memberships in words."""
    return [Held(row, words.titled(row.role), where(row, known)) for row in person.live]  # type: ignore[attr-defined]


def where(membership: Membership, known: places.Places) -> str:
    """Return brand and market of a membership: Northleaf · Russia, all brands · all markets."""
    brand = known.brands.get(membership.brand, membership.brand) or gettext("all brands")
    market = known.markets.get(membership.market, membership.market) or gettext("all markets")
    return f"{brand} · {market}"
