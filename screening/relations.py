"""Relations that people tell on a creator's page: who of a brand knows, worked with or referred the creator.

They are the same rows that the desk of a card writes (`memory.relate`), seen by everybody of the brand. Whoever may
decide on the creator for the brand says one; whoever said it, or whose name it bears, corrects it or takes it back.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership, User
from screening import memory
from screening.memory import RelationRefused
from screening.models import Brand, Creator, Relation, RelationKind

TRUSTS = range(1, 6)  # how far a person trusts a creator, from hardly to fully
MOST_PEOPLE = 500  # that a form names
KINDS = (RelationKind.KNOWS, RelationKind.WORKED, RelationKind.REFERRED)  # of a person to a creator, in this order
OF_TWO = (RelationKind.MENTIONS, RelationKind.POSTED, RelationKind.WORKED)  # of a creator to another
MOST_TIMES = 10_000


def say(
    creator: Creator, brand: Brand, *, kind: str, markets: Sequence[str], by: User, now: datetime,
    referred_by: int | None = None, since_date: date | None = None, words: str = "", trust: int | None = None,
) -> Relation:  # fmt: skip
    """Record that a person, or the colleague who referred a creator, stands to the creator for a brand.

    The same again is the same row; another day or other words correct it. markets: codes of those in which the creator
    stands and the person sees them. referred_by: id of the colleague. trust: 1 to 5, none in
    a referral. Raises NotAllowed and RelationRefused.
    """
    _require(by, brand.slug, markets)
    if kind not in KINDS:
        raise RelationRefused(_("“%(kind)s” is not a relation.") % {"kind": kind}, "kind")
    words = _checked(since_date, words, today=now.date())
    if trust is not None and (kind == RelationKind.REFERRED or trust not in TRUSTS):
        raise RelationRefused(_("Trust is your own, from 1 to 5: a referral has none."), "trust")
    person = _referrer(referred_by, brand, markets, by=by) if kind == RelationKind.REFERRED else by
    with transaction.atomic():
        relation = memory.relate(
            creator, kind=kind, person=person, brand=brand.slug, since_date=since_date, source=words, trust=trust,
            by=by, now=now,
        )  # fmt: skip
        _correct(relation, by=by, since_date=since_date, source=words, trust=trust)
    return relation


def say_of_two(
    creator: Creator, other: Creator, brand: Brand, *, kind: str, markets: Sequence[str], by: User, now: datetime,
    since_date: date | None = None, times: int | None = None, words: str = "",
) -> Relation:  # fmt: skip
    """Record how a creator stands to another one, for a brand: mentions them, posted or worked together.

    The same again is the same row; another day, count or other words correct it. times: how often. Raises NotAllowed
    and RelationRefused.
    """
    _require(by, brand.slug, markets)
    if kind not in OF_TWO:
        raise RelationRefused(_("“%(kind)s” is not a relation.") % {"kind": kind}, "kind")
    if other == creator:
        raise RelationRefused(_("This is the same creator: name another one."), "handle")
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise RelationRefused(_("How often is a whole number from 1 to 10,000."), "times")
    words = _checked(since_date, words, today=now.date())
    with transaction.atomic():
        relation = memory.relate(
            creator, kind=kind, other=other, brand=brand.slug, since_date=since_date, source=words, times=times, by=by,
            now=now,
        )  # fmt: skip
        _correct(relation, by=by, since_date=since_date, source=words, times=times)
    return relation


def take_back(
    creator: Creator, *, kind: str, person: int, brand: str, markets: Sequence[str], by: User
) -> bool:  # fmt: skip
    """Take back what stands of a person; False where nobody says so any more. Raises NotAllowed and RelationRefused."""
    _require(by, brand, markets)
    with transaction.atomic():
        said = Relation.objects.select_for_update(of=("self",)).filter(
            creator=creator, kind=kind, person=person, brand=brand
        )
        return _gone(said.select_related("person", "by").first(), by=by)


def take_back_of_two(relation: Relation, *, markets: Sequence[str], by: User) -> bool:
    """Take back what stands between two creators; False where nobody says so any more.

    Raises NotAllowed and RelationRefused.
    """
    _require(by, relation.brand, markets)
    with transaction.atomic():
        said = Relation.objects.select_for_update(of=("self",)).filter(pk=relation.pk, person__isnull=True)
        return _gone(said.select_related("creator", "other", "by").first(), by=by)


def _gone(relation: Relation | None, *, by: User) -> bool:
    if relation is None:
        return False
    _require_own(relation, by)
    memory.note_relation(relation, "taken_back", by=by)
    relation.delete()
    return True


def may_say(user: User, brand: str, markets: Sequence[str]) -> bool:
    """Tell whether a person decides on a creator of these markets for a brand: then they say how they stand to them."""
    return any(access.may(user, "decide", brand=brand, market=one) for one in markets or [""])


def is_own(relation: Relation, user: User) -> bool:
    """Tell whether a relation is a person's to correct and to take back."""
    return user.pk in {relation.person_id, relation.by_id}


def near(user: User) -> QuerySet[Membership]:
    """Return the live memberships, with their people by name, of those who share a place where a person decides."""
    shared = Q(pk__in=[])
    for brand, market in access.scope(user).places(access.MAY["decide"]):
        here = Q(brand__in=["", brand]) if brand else Q()
        shared |= (here & Q(market__in=["", market])) if market else here or ~Q(pk__in=[])
    held = Membership.objects.filter(shared, ended_at__isnull=True, user__is_active=True)
    return held.select_related("user").order_by("user__name", "user_id", "pk")[:MOST_PEOPLE]


def colleagues(held: Iterable[Membership], brands: Iterable[str], markets: Sequence[str], user: User) -> dict[int, str]:
    """Return names by id of those of one of these brands whose word a referral can be, in the order of `held`."""
    places = [(brand, market) for brand in brands for market in markets or [""]]
    return {one.user_id: one.user.name for one in held if one.user_id != user.pk and _reaches(one, places)}


def _reaches(held: Membership, places: Iterable[tuple[str, str]]) -> bool:
    return any(held.brand in {"", brand} and (held.market in {"", market} or not market) for brand, market in places)


def _require(by: User, brand: str, markets: Sequence[str]) -> None:
    if not may_say(by, brand, markets):
        access.require(by, "decide", brand=brand, market=next(iter(markets), ""))


def _require_own(relation: Relation, by: User) -> None:
    if not is_own(relation, by):
        names = {one.name for one in (relation.by, relation.person) if one}
        raise RelationRefused(
            _("This is not yours to change: ask %(names)s.") % {"names": ", ".join(sorted(names))}
        )  # fmt: skip


def _checked(since_date: date | None, words: str, *, today: date) -> str:
    """Return the words as they are kept. Raises RelationRefused."""
    if since_date is not None and since_date > today:
        raise RelationRefused(_("The day lies in the future."), "since")
    words = " ".join(words.split())
    if len(words) > memory.MOST_WORDS:
        most = {"found": len(words), "most": memory.MOST_WORDS}
        raise RelationRefused(_("The text has %(found)d characters, at most %(most)d are kept.") % most, "words")
    return words


def _correct(relation: Relation, *, by: User, **said: Any) -> None:
    """Put what is said now in the place of what was; what is not said stays."""
    changed = {name: value for name, value in said.items() if value and value != getattr(relation, name)}
    if not changed:
        return
    _require_own(relation, by)
    for name, value in changed.items():
        setattr(relation, name, value)
    Relation.objects.filter(pk=relation.pk).update(**changed)
    memory.note_relation(relation, "corrected", by=by)


def _referrer(who: int | None, brand: Brand, markets: Sequence[str], *, by: User) -> User:
    if who is None:
        raise RelationRefused(_("Choose who referred the creator."), "referred_by")
    found = User.objects.filter(pk=who, is_active=True).first()
    reaches = found is not None and any(access.scope(found).reaches(brand.slug, one) for one in markets or [""])
    if found is None or found.pk == by.pk or not reaches:
        raise RelationRefused(
            _("A referral is a colleague’s of this brand and market; your own word is “Know”."), "referred_by"
        )
    return found
