"""Which fields of creators only some roles see: what they cost, and how they are reached. The one place that is asked.

Who reads is set at the edge, as the language is, and holds for the request. Outside of one, in jobs and commands,
nothing is hidden: what goes out from there says itself whom it is for (`by`).
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts import access, wording
from accounts.access import Place
from accounts.models import Role, User

FEE, CONTACT = "fee", "contact"
# An analyst answers for the log, whose entries hold amounts; an admin keeps people and files, and decides on nobody.
SEES: dict[str, frozenset[str]] = {
    FEE: frozenset({Role.STRATEGIST, Role.EXPERT, Role.MANAGER, Role.ANALYST}),
    CONTACT: frozenset({Role.STRATEGIST, Role.EXPERT, Role.MANAGER}),
}
HIDDEN = _("(hidden for your role)")
READER: ContextVar[User | AnonymousUser | None] = ContextVar("reader", default=None)

# Addresses, links, handles and numbers of nine digits and more: what a bio says of how somebody is reached.
REACHED = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)[^\s,;]+|\b(?:[\w-]+\.)+[a-z]{2,}/[^\s,;]+|@[\w.]{2,}|\+?\d(?:[\s().-]*\d){8,}",
    re.IGNORECASE,
)


def sees(field: str, *places: Place, by: User | AnonymousUser | None = None) -> bool:
    """Tell whether a role of whoever reads (or of `by`) needs a field in one of these places.

    Without a place it has to hold wherever they read anything: a figure that does not say where it is from is hidden
    from an admin who is a strategist elsewhere.
    """
    reader = by or READER.get()
    if reader is None:
        return True
    held = access.scope(reader)
    if not places:
        return bool(held.rights) and held.covers([(brand, market) for _role, brand, market in held.rights], SEES[field])
    return any(held.reaches(*place, SEES[field]) for place in places)


def in_markets(field: str, codes: Iterable[str], *, by: User | AnonymousUser | None = None) -> bool:
    """Tell whether a field of a creator who stands in these markets is seen, through any of them."""
    return sees(field, *(Place(market=code) for code in list(codes) or [""]), by=by)


def amount(minor: int, currency: str, thing: Any) -> str:
    """Return what a creator asks, is offered or was paid, in the reader's words. thing: a row with brand and market."""
    return wording.money(minor, currency) if sees(FEE, access.place_of(thing)) else str(HIDDEN)


def reached(text: str, codes: Iterable[str]) -> str:
    """Return what a creator wrote, without ways to reach them where the reader's role needs none."""
    return text if in_markets(CONTACT, codes) else REACHED.sub(str(HIDDEN), text)


def fee(card: Any) -> str:
    """Return the fee of a card, as the reader writes it."""
    return amount(card.fee_minor, card.campaign.brand.currency, card)


def figure(minor: int | None, thing: Any) -> int | None:
    """Return such an amount for a program; None where the reader's role does not need it."""
    return minor if sees(FEE, access.place_of(thing)) else None
