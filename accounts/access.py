"""Who may see and do what: the one place that is asked.

Seeing is by brand and market (everything else answers 404); doing is by role inside them. Things are described by
their `brand` slug and `market` code; an empty one stands for "no particular one" and any membership of the other
matches. Each verb is a permission of django-rules as well (`hybridmkt.decide`): `user.has_perm`, `perms` in templates.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rules.permissions import add_perm, has_perm
from rules.predicates import predicate

from accounts.models import Membership, Role, User

# Which roles may do what. Reading needs no verb: a membership is enough.
MAY: dict[str, frozenset[str]] = {
    "import": frozenset({Role.ADMIN, Role.STRATEGIST}),
    "brief": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "run": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "decide": frozenset({Role.STRATEGIST, Role.EXPERT, Role.MANAGER}),
    "approve": frozenset({Role.MANAGER}),
    "policy": frozenset({Role.MANAGER}),
    "audit": frozenset({Role.ANALYST, Role.MANAGER}),
    "norm": frozenset({Role.EXPERT, Role.MANAGER}),
    "outcome": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "playbook": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "people": frozenset({Role.ADMIN}),
    "places": frozenset({Role.ADMIN}),
    "restore": frozenset({Role.ADMIN}),
}
# Held by a role for all brands and all markets only: who gives roles could else give themselves everything.
EVERYWHERE = frozenset({"people", "places", "restore"})


# Every verb asks for it, under its lock: as a plain statement it costs a quarter of what the ORM takes to write it.
RENEWED = """SELECT held.role, held.brand, held.market FROM accounts_membership held
  JOIN accounts_user who ON who.id = held.user_id WHERE held.user_id = %s AND held.ended_at IS NULL AND who.is_active"""

RULE = _("Your role does not allow this here. It takes one of these roles: %(roles)s.")
RULE_EVERYWHERE = _("Your role does not allow this. It takes this role for all brands and all markets: %(roles)s.")


class Place(NamedTuple):
    """A brand by its slug and a market by its code; '' for no particular one."""

    brand: str = ""
    market: str = ""


class NotAllowed(PermissionDenied):
    """Raised when the role does not allow a verb; the sentence names the rule and who may."""


@dataclass(frozen=True)
class Scope:
    """A user's live memberships as plain values, read once a request: (role, brand, market) triples."""

    rights: frozenset[tuple[str, str, str]]

    @property
    def roles(self) -> frozenset[str]:
        """All roles held anywhere."""
        return frozenset(role for role, _brand, _market in self.rights)

    def reaches(self, brand: str = "", market: str = "", roles: Iterable[str] | None = None) -> bool:
        """Tell whether a membership (of one of `roles`) covers this brand and market."""
        wanted = None if roles is None else set(roles)
        return any(
            (wanted is None or role in wanted)
            and (not own_brand or not brand or own_brand == brand)
            and (not own_market or not market or own_market == market)
            for role, own_brand, own_market in self.rights
        )

    def places(self, roles: Iterable[str]) -> list[tuple[str, str]]:
        """Return where one of `roles` is held: pairs of brand and market, '' for all of them."""
        wanted = set(roles)
        return sorted({(brand, market) for role, brand, market in self.rights if role in wanted})

    def covers(self, places: Iterable[Sequence[str]], roles: Iterable[str]) -> bool:
        """Tell whether each of these whole places lies within one where one of `roles` is held."""
        held = self.places(roles)
        return all(any(b in {"", brand} and m in {"", market} for b, m in held) for brand, market in places)

    def query(
        self, brand: str = "", market: str = "", roles: Iterable[str] | None = None, *, is_wide: bool = False
    ) -> Q:
        """Return a filter over rows whose brand slug and market code stand in these lookups ('' = not there).

        is_wide: also over those whose own value is '', which are of all brands or markets, as `reaches` tells.
        """
        wanted = None if roles is None else set(roles)
        found = Q(pk__in=[])
        for role, own_brand, own_market in self.rights:
            if wanted is not None and role not in wanted:
                continue
            part = Q()
            for lookup, own in ((brand, own_brand), (market, own_market)):
                if lookup and own:
                    part &= Q(**{f"{lookup}__in": ["", own]} if is_wide else {lookup: own})
            if not part:
                return ~Q(pk__in=[])  # everything; an empty Q would vanish from `query(...) | Q(...)`
            found |= part
        return found


def scope(user: User | AnonymousUser) -> Scope:
    """Return the user's scope, read from the database once per request (kept on the user object)."""
    if not isinstance(user, User) or not user.is_active:
        return Scope(frozenset())
    known: Scope | None = getattr(user, "_scope", None)
    if known is None:
        rows = Membership.objects.filter(user=user, ended_at__isnull=True).values_list("role", "brand", "market")
        known = _kept_to(user, rows)
        user._scope = known  # type: ignore[attr-defined]
    return known


def renewed(user: User) -> User:
    """Return the person with the rights that they have at this moment; whoever was shut out has none. One query."""
    found = copy(user)
    with connection.cursor() as cursor:
        cursor.execute(RENEWED, [user.pk])
        found._scope = _kept_to(user, cursor.fetchall())  # type: ignore[attr-defined]
    return found


def narrow(user: User, brand: str) -> None:
    """Keep a person to one brand from here on, also where their rights are read anew: a token bears no more."""
    user._brand = brand  # type: ignore[attr-defined]
    user._scope = _kept_to(user, scope(user).rights)  # type: ignore[attr-defined]


def _kept_to(user: User, rights: Iterable[tuple[str, str, str]]) -> Scope:
    only: str = getattr(user, "_brand", "")
    if not only:
        return Scope(frozenset(rights))
    return Scope(frozenset((role, only, market) for role, brand, market in rights if brand in {"", only}))


def know(user: User, held: Iterable[Membership]) -> None:
    """Keep live memberships that were read with the user, so that `scope` reads none."""
    rights = frozenset((one.role, one.brand, one.market) for one in held)
    user._scope = Scope(rights)  # type: ignore[attr-defined]


def place_of(thing: Any) -> Place:
    """Return brand and market of a row, by its columns or its foreign keys. Raises TypeError where it has neither."""
    found = [getattr(thing, f"{name}_id", None) or getattr(thing, name, None) for name in Place._fields]
    if found == [None, None]:
        raise TypeError(f"{type(thing).__name__} lies in no brand and no market.")
    return Place(*(part or "" for part in found))


def _holds(verb: str, user: User | AnonymousUser, thing: Any) -> bool:
    held = scope(user)
    if verb in EVERYWHERE:
        return held.covers([Place()], MAY[verb])
    return held.reaches(*(Place() if thing is None else place_of(thing)), MAY[verb])


RIGHTS = {verb: f"hybridmkt.{verb}" for verb in MAY}
for _verb, _right in RIGHTS.items():
    add_perm(_right, predicate(partial(_holds, _verb)))


def may(user: User | AnonymousUser, verb: str, *, brand: str = "", market: str = "") -> bool:
    """Tell whether a role of the user allows `verb` for this brand and market."""
    return bool(has_perm(RIGHTS[verb], user, Place(brand, market)))


def require(user: User | AnonymousUser, verb: str, *, brand: str = "", market: str = "") -> None:
    """Refuse with a sentence unless the user may do `verb` here."""
    if may(user, verb, brand=brand, market=market):
        return
    roles = ", ".join(str(Role(role).label) for role in sorted(MAY[verb]))
    raise NotAllowed((RULE_EVERYWHERE if verb in EVERYWHERE else RULE) % {"roles": roles})
