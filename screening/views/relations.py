"""Relations of a creator in words, seen from their side, whichever way they were written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from screening.models import Creator, Relation, RelationKind

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
    """One relation. other: id of the other creator, None for a person."""

    name: str
    other: int | None
    words: str
    brand: str
    since_date: date | None
    source: str


def of(creator: Creator, found: Sequence[Relation], brands: Mapping[str, str]) -> list[Line]:
    """Return the relations of a creator, people first; what is written both ways is one line.

    brands: names by slug.
    """
    people = [_person(one, brands) for one in found if one.person]
    return people + _creators(creator, [one for one in found if not one.person], brands)


def _person(one: Relation, brands: Mapping[str, str]) -> Line:
    name = one.person.name if one.person else ""
    return Line(name, None, str(PERSON[one.kind]), brands.get(one.brand, ""), one.since_date, one.source)


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
