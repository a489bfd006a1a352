"""Relations that people tell on a creator's page: who of a brand knows, worked with or referred the creator.

They are the same rows that the desk of a card writes (`memory.relate`), seen by everybody of the brand. Whoever may
decide on the creator for the brand says one; whoever said it, or whose name it bears, corrects it or takes it back.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership, User
from screening import memory
from screening.memory import RelationRefused
from screening.models import Brand, Creator, Relation, RelationKind

MOST_PEOPLE = 500  # that a form names
KINDS = (RelationKind.KNOWS, RelationKind.WORKED, RelationKind.REFERRED)  # of a person to a creator, in this order


def say(
    creator: Creator, brand: Brand, *, kind: str, markets: Sequence[str], by: User, now: datetime,
    referred_by: int | None = None, since_date: date | None = None, words: str = "",
) -> Relation:  # fmt: skip
    """Record that a person, or the colleague who referred a creator, stands to the creator for a brand.

    The same again is the same row; another day or other words correct it. markets: codes of those in which the creator
    stands and the person sees them. referred_by: id of the colleague. Raises NotAllowed and RelationRefused.
    """
    _require(by, brand.slug, markets)
    if kind not in KINDS:
        raise RelationRefused(_("“%(kind)s” is not a relation.") % {"kind": kind}, "kind")
    if since_date is not None and since_date > now.date():
        raise RelationRefused(_("The day lies in the future."), "since")
    words = " ".join(words.split())
    if len(words) > memory.MOST_WORDS:
        most = {"found": len(words), "most": memory.MOST_WORDS}
        raise RelationRefused(_("The text has %(found)d characters, at most %(most)d are kept.") % most, "words")
    person = _referrer(referred_by, brand, markets, by=by) if kind == RelationKind.REFERRED else by
    with transaction.atomic():
        relation = memory.relate(
            creator, kind=kind, person=person, brand=brand.slug, since_date=since_date, source=words, by=by, now=now
        )
        _correct(relation, since_date or relation.since_date, words or relation.source, by=by)
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
        relation = said.select_related("person", "by").first()
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
    return relation.person_id is not None and user.pk in {relation.person_id, relation.by_id}


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


def _correct(relation: Relation, since_date: date | None, words: str, *, by: User) -> None:
    if (relation.since_date, relation.source) == (since_date, words):
        return
    _require_own(relation, by)
    relation.since_date, relation.source = since_date, words
    Relation.objects.filter(pk=relation.pk).update(since_date=since_date, source=words)
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
