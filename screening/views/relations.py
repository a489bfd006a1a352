"""Relations of a creator in words, seen from their side, whichever way they were written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from screening import relations
from screening.models import Creator, Relation, RelationKind
from screening.registry import Dossier
from screening.relation_forms import RelationForm

OWN: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("knows"),
    RelationKind.WORKED: _("worked with"),
    RelationKind.REFERRED: _("was referred by"),
    RelationKind.MENTIONS: _("mentions"),
}
BACK: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("is known by"),
    RelationKind.WORKED: _("worked with"),
    RelationKind.REFERRED: _("referred"),
    RelationKind.MENTIONS: _("is mentioned by"),
}
BOTH: dict[str, str | Promise] = {
    RelationKind.KNOWS: _("know each other"),
    RelationKind.WORKED: _("worked together"),
    RelationKind.REFERRED: _("referred each other"),
    RelationKind.MENTIONS: _("mention each other"),
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


def of(found: Dossier, user: User) -> list[Line]:
    """Return the relations of a creator, people first; what is written both ways is one line."""
    people = [_person(one, found, user) for one in found.relations if one.person]
    return people + _creators(found.creator, [one for one in found.relations if not one.person], found.brands)


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
    )  # fmt: skip


def _creators(creator: Creator, found: Sequence[Relation], brands: Mapping[str, str]) -> list[Line]:
    own = {(one.other_id, one.kind) for one in found if one.creator_id == creator.pk}
    back = {(one.creator_id, one.kind) for one in found if one.other_id == creator.pk}
    lines: dict[tuple[int, str, str], Line] = {}
    for one in found:
        is_own = one.creator_id == creator.pk
        other = one.other if is_own else one.creator
        assert other is not None
        is_both = (other.pk, one.kind) in own & back
        words = BOTH if is_both else OWN if is_own else BACK
        line = Line(other.name, other.pk, str(words[one.kind]), brands.get(one.brand, ""), one.since_date, one.source)
        lines.setdefault((other.pk, one.kind, one.brand), line)
    return list(lines.values())
