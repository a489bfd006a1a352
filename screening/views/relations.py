"""Relations of a creator in words, seen from their side, whichever way they were written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.wording import number
from screening import relations
from screening.models import Campaign, Relation, RelationKind
from screening.pairs import Match
from screening.registry import Dossier
from screening.relation_forms import PairForm, RelationForm

OWN: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("knows"),
    RelationKind.WORKED: _("worked with"),
    RelationKind.REFERRED: _("was referred by"),
    RelationKind.MENTIONS: _("mentions"),
    RelationKind.POSTED: _("posted together"),
}
BACK: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("is known by"),
    RelationKind.WORKED: _("worked with"),
    RelationKind.REFERRED: _("referred"),
    RelationKind.MENTIONS: _("is mentioned by"),
    RelationKind.POSTED: _("posted together"),
}
BOTH: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("know each other"),
    RelationKind.WORKED: _("worked together"),
    RelationKind.REFERRED: _("referred each other"),
    RelationKind.MENTIONS: _("mention each other"),
    RelationKind.POSTED: _("posted together"),
}
PERSON: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("knows this creator"),
    RelationKind.WORKED: _("worked with this creator"),
    RelationKind.REFERRED: _("referred this creator"),
    RelationKind.MENTIONS: _("mentions this creator"),
}


@dataclass(frozen=True)
class Line:
    """One relation. other: id of the other creator, None for a person; by: who said so where it is somebody else.

    own: the row, where it is the reader's to take back.
    """

    name: str
    other: int | None
    words: str
    brand: str
    since_date: date | None
    source: str
    said_at: datetime | None = None
    by: str = ""
    own: Relation | None = None
    trust: int | None = None  # of the person, 1 to 5
    pair: str = ""  # what the AI says of the two together
    suits: Campaign | None = None  # that the other creator suits, as `pair` tells


def of(found: Dossier, user: User, matches: Mapping[int, Match]) -> list[Line]:
    """Return the relations of a creator, people first; what is written both ways is one line.

    matches: what `pairs.of` gave for the other creators.
    """
    people = [_person(one, found, user) for one in found.relations if one.person]
    return people + _creators(found, user, matches)


def others(found: Dossier) -> set[int]:
    """Return the ids of the creators to whom this one stands somehow."""
    ids = {pk for one in found.relations for pk in (one.creator_id, one.other_id) if pk}
    return ids - {found.creator.pk}


def pair_form_of(found: Dossier, user: User, data: Any = None) -> PairForm | None:
    """Return the form that adds a relation to another creator, None for whoever may say none."""
    brands = {slug: name for slug, name in found.brands.items() if relations.may_say(user, slug, found.markets)}
    return PairForm(data, brands=brands) if brands else None


def form_of(found: Dossier, user: User, data: Any = None) -> RelationForm | None:
    """Return the form that adds a relation to a creator, None for whoever may say none."""
    brands = {slug: name for slug, name in found.brands.items() if relations.may_say(user, slug, found.markets)}
    people = relations.colleagues(found.held, brands, found.markets, user)
    return RelationForm(data, brands=brands, people=people) if brands else None


def _person(one: Relation, found: Dossier, user: User) -> Line:
    assert one.person is not None
    is_own = bool(one.brand) and relations.is_own(one, user) and relations.may_say(user, one.brand, found.markets)
    return Line(
        one.person.name, None, str(PERSON[one.kind]), found.brands.get(one.brand, ""), one.since_date, one.source,
        one.created_at, one.by.name if one.by and one.by != one.person else "", one if is_own else None,
        one.trust,
    )  # fmt: skip


def _creators(found: Dossier, user: User, matches: Mapping[int, Match]) -> list[Line]:
    rows = [one for one in found.relations if not one.person]
    own = {(one.other_id, one.kind) for one in rows if one.creator_id == found.creator.pk}
    back = {(one.creator_id, one.kind) for one in rows if one.other_id == found.creator.pk}
    lines: dict[tuple[int, str, str], Line] = {}
    for one in rows:
        is_ours = one.creator_id == found.creator.pk
        other = one.other if is_ours else one.creator
        assert other is not None
        is_both = (other.pk, one.kind) in own & back
        words = BOTH if is_both else OWN if is_ours else BACK
        pair, suits = _pair(matches[other.pk], one.kind, is_both) if other.pk in matches else ("", None)
        may = bool(one.brand) and relations.may_say(user, one.brand, found.markets)
        line = Line(
            other.name, other.pk, str(words[one.kind]) + _often(one.times), found.brands.get(one.brand, ""),
            one.since_date, one.source, one.created_at, one.by.name if one.by else "",
            one if may and relations.is_own(one, user) else None,
            pair=pair, suits=suits,
        )  # fmt: skip
        lines.setdefault((other.pk, one.kind, one.brand), line)
    return list(lines.values())


def _often(times: int | None) -> str:
    if times is None:
        return ""
    return ", " + ngettext("%(n)s time", "%(n)s times", times) % {"n": number(times)}


def _pair(match: Match, kind: str, is_both: bool) -> tuple[str, Campaign | None]:
    """Return what the AI says of two creators, and which campaign it says that the other one suits.

    A pair are those who did something together, or mention each other.
    """
    is_pair = is_both or kind in {RelationKind.POSTED, RelationKind.WORKED}
    if match.both:
        first = match.both[0]
        both = (
            gettext("both suit %(campaign)s, they could work as a pair")
            if is_pair
            else gettext("both suit %(campaign)s")
        )
        return both % {"campaign": first.name}, first
    if match.apart is None or not is_pair:
        return "", None
    own, other = match.apart
    told = {"first": f"{own.name}, {own.market_id}", "second": f"{other.name}, {other.market_id}"}
    return gettext("they could work as a pair across markets: %(first)s and %(second)s") % told, other
