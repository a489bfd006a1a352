"""Who may see and do what: the one place that is asked.

Seeing is by brand and market (everything else answers 404); doing is by role inside them. Things are described by
their `brand` slug and `market` code; an empty one stands for "no particular one" and any membership of the other
matches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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
    "outcome": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "playbook": frozenset({Role.STRATEGIST, Role.MANAGER}),
    "people": frozenset({Role.ADMIN}),
    "places": frozenset({Role.ADMIN}),
}
# Held by a role for all brands and all markets only: who gives roles could else give themselves everything.
EVERYWHERE = frozenset({"people", "places"})


RULE = _("Your role does not allow this here. It takes one of these roles: %(roles)s.")
RULE_EVERYWHERE = _("Your role does not allow this. It takes this role for all brands and all markets: %(roles)s.")


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

    def query(self, brand: str = "", market: str = "", roles: Iterable[str] | None = None) -> Q:
        """Return a filter over rows whose brand slug and market code stand in these lookups ('' = not there)."""
        wanted = None if roles is None else set(roles)
        found = Q(pk__in=[])
        for role, own_brand, own_market in self.rights:
            if wanted is not None and role not in wanted:
                continue
            part = Q()
            if brand and own_brand:
                part &= Q(**{brand: own_brand})
            if market and own_market:
                part &= Q(**{market: own_market})
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
        known = Scope(frozenset(rows))
        user._scope = known  # type: ignore[attr-defined]
    return known


def may(user: User | AnonymousUser, verb: str, *, brand: str = "", market: str = "") -> bool:
    """Tell whether a role of the user allows `verb` for this brand and market."""
    held = scope(user)
    return held.covers([("", "")], MAY[verb]) if verb in EVERYWHERE else held.reaches(brand, market, MAY[verb])


def require(user: User | AnonymousUser, verb: str, *, brand: str = "", market: str = "") -> None:
    """Refuse with a sentence unless the user may do `verb` here."""
    if may(user, verb, brand=brand, market=market):
        return
    roles = ", ".join(str(Role(role).label) for role in sorted(MAY[verb]))
    raise NotAllowed((RULE_EVERYWHERE if verb in EVERYWHERE else RULE) % {"roles": roles})
