"""Reads of the creator registry: the list with its filters, and all that is known of one creator.

A person sees the creators who stand in one of their markets; of past work, only that of their own brands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import access
from accounts.at_once import at_once
from accounts.models import Membership, User
from screening import corrections, notes, relations
from screening.models import (
    Brand,
    Correction,
    Creator,
    CreatorNote,
    Metrics,
    Outcome,
    Profile,
    Recommendation,
    Relation,
)

PER_PAGE = 50
MOST_NAMED = 10
LONGEST_HISTORY = 5_000  # rows of figures of one creator; days of 13 years
# What a creator's page shows of a profile, in this order: columns of Metrics.
SHOWN = (
    "followers", "following", "posts", "engagement_avg", "likes_avg", "comments_avg", "views_avg", "shares_avg",
    "authentic_avg", "views_total", "views_30d", "viewers_avg", "viewers_peak", "watch_minutes", "stream_minutes",
    "fee_minor",
)  # fmt: skip


# Row of figures -> the correction that put it there, and the value it corrected.
Put = dict[int, tuple[Correction, float | None]]


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty = all. after: the id that the page before ended with."""

    q: str = ""
    platform: str = ""
    market: str = ""
    followers_min: float | None = None
    followers_max: float | None = None
    after: int | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the list: a creator and their visible profiles. followers: profile id -> newest known number."""

    creator: Creator
    profiles: tuple[Profile, ...]
    followers: Mapping[int, int]


@dataclass(frozen=True)
class Entries:
    """A page of the list; `after` leads to the next one, None where there is none."""

    items: tuple[Entry, ...]
    after: int | None


def visible_profiles(user: User) -> QuerySet[Profile]:
    """Return the profiles that stand in a person's markets, of loaded imports only."""
    markets = {market for _role, _brand, market in access.scope(user).rights}
    everybody = Profile.objects.visible().alias(places=Cast("markets", TextField()))
    if "" in markets:
        return everybody
    return everybody.filter(reduce(or_, (_in_market(code) for code in markets), Q(pk__in=[])))


def _in_market(code: str) -> Q:
    return Q(places__contains=f'"{code}"')


def creators(user: User, filters: Filters) -> Entries:
    """Return creators with at least one profile that meets all filters, newest first. Four queries at any depth."""
    found = _those_who(_narrowed(visible_profiles(user), filters), filters)
    shown = found[:PER_PAGE]
    profiles = _profiles(user, [creator.pk for creator in shown])
    followers = newest_followers([profile.pk for of_one in profiles.values() for profile in of_one])
    items = tuple(Entry(creator, tuple(profiles[creator.pk]), followers) for creator in shown)
    return Entries(items, shown[-1].pk if len(found) > PER_PAGE else None)


def called(user: User, text: str, *, most: int) -> list[tuple[Creator, str]]:
    """Return the newest creators whose name or nick holds a text, each with a nick of theirs. Three queries."""
    found = _those_who(visible_profiles(user), Filters(q=text))[:most]
    return _with_nicks(user, found)


def by_subject(user: User, subject: str) -> list[tuple[Creator, str]]:
    """Return the creator whom the log knows by this subject, where the person may see them. Two queries."""
    return _with_nicks(user, list(Creator.objects.filter(subject=subject)))


def _with_nicks(user: User, found: Sequence[Creator]) -> list[tuple[Creator, str]]:
    seen = _profiles(user, [one.pk for one in found])
    return [(one, f"@{seen[one.pk][0].handle}") for one in found if seen.get(one.pk)]


def _those_who(meets: QuerySet[Profile], filters: Filters) -> list[Creator]:
    """Return the newest creators of these profiles, one more than a page has.

    Sought by name twice, among creators and among profiles: over both at once no index of either could be used.
    """
    rows = Creator.objects.all() if filters.after is None else Creator.objects.filter(pk__lt=filters.after)
    with_one = Exists(meets.filter(creator=OuterRef("pk")))
    if words := filters.q.strip():
        nicks = Q(handle_key__contains=words.casefold().lstrip("@"))
        named = meets.filter(nicks | _has("name", words))
        asked = [rows.filter(_has("name", words), with_one), rows.filter(pk__in=named.values("creator"))]
    else:
        asked = [rows.filter(with_one)]
    found = {one.pk: one for each in asked for one in each.order_by("-pk")[: PER_PAGE + 1]}
    return sorted(found.values(), key=lambda one: -one.pk)[: PER_PAGE + 1]


def _has(column: str, words: str) -> Q:
    """Return where words stand in a column, in whatever case."""
    if connection.vendor != "sqlite":
        return Q(**{f"{column}__icontains": words})
    # SQLite folds the case of Latin letters only, so other scripts are sought in the ways people write a name.
    ways = {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    return reduce(or_, (Q(**{f"{column}__icontains": way}) for way in sorted(ways)))


def _narrowed(rows: QuerySet[Profile], filters: Filters) -> QuerySet[Profile]:
    if filters.platform:
        rows = rows.filter(platform=filters.platform)
    if filters.market:
        rows = rows.filter(_in_market(filters.market))
    if filters.followers_min is None and filters.followers_max is None:
        return rows
    rows = rows.annotate(size=_newest_size())
    if filters.followers_min is not None:
        rows = rows.filter(size__gte=filters.followers_min)
    return rows if filters.followers_max is None else rows.filter(size__lte=filters.followers_max)


def named(user: User, text: str) -> list[Creator]:
    """Return the creators whom a nick names, of those that a person sees; with its platform before it, there alone.

    text: @nick, or youtube/@nick.
    """
    platform, slash, nick = text.strip().rpartition("/")
    rows = visible_profiles(user).filter(handle_key=nick.strip().casefold().lstrip("@"))
    if slash:
        rows = rows.filter(platform=platform.strip().casefold())
    found = rows.select_related("creator").order_by("creator_id")[:MOST_NAMED]
    return list({one.creator_id: one.creator for one in found}.values())


def _profiles(user: User, creator_ids: Sequence[int]) -> Mapping[int, list[Profile]]:
    found: dict[int, list[Profile]] = defaultdict(list)
    for profile in visible_profiles(user).filter(creator__in=creator_ids).order_by("pk"):
        found[profile.creator_id].append(profile)
    return found


def newest_followers(profile_ids: Iterable[int]) -> dict[int, int]:
    """Return the newest known number of followers by profile id; unknown ones are left out. One query."""
    rows = Profile.objects.filter(pk__in=list(profile_ids)).annotate(size=_newest_size())
    return {pk: size for pk, size in rows.values_list("pk", "size") if size is not None}


def _newest_size() -> Subquery:
    known = Metrics.objects.visible().filter(profile=OuterRef("pk"), followers__isnull=False)
    return Subquery(known.order_by("-taken_at", "-pk").values("followers")[:1])


@dataclass(frozen=True)
class Figure:
    """One figure of a profile: its newest known value and where it comes from."""

    name: str
    value: float
    currency: str
    as_of_date: date
    source: str
    batch_id: int | None
    is_typed_by_hand: bool
    row: int  # id of the row of figures
    correction: Correction | None = None  # that put it there
    was: float | None = None  # what it corrected

    def age_days(self, on: date) -> int:
        """Return how old the figure is on a day."""
        return (on - self.as_of_date).days


@dataclass(frozen=True)
class ProfileCard:
    """A profile with its figures and the whole history behind them, oldest first."""

    profile: Profile
    figures: tuple[Figure, ...]
    history: tuple[Metrics, ...]

    def series(self, name: str) -> list[tuple[date, float, bool]]:
        """Return a figure's known values by date: (date, value, typed by hand)."""
        return [
            (row.taken_at, getattr(row, name), row.is_typed_by_hand)
            for row in self.history
            if getattr(row, name) is not None
        ]

    def reactions(self) -> list[tuple[date, float, bool]]:
        """Return reactions to a post as a share of followers by date, where both are known: (date, share, by hand)."""
        return [
            (row.taken_at, known / row.followers, row.is_typed_by_hand)
            for row in self.history
            if row.followers and (known := _reactions(row)) is not None
        ]


def _reactions(row: Metrics) -> float | None:
    """Return the reactions to a post as peers are known by: as stated, else likes and comments where both are known."""
    if row.engagement_avg is not None or row.likes_avg is None or row.comments_avg is None:
        return row.engagement_avg
    return row.likes_avg + row.comments_avg


@dataclass(frozen=True)
class Dossier:
    """All that a person may see of a creator. answers: the newest answer for each campaign of theirs.

    relations: in both directions, so `creator` or `other` of a row is this one. corrections: what stands, newest first,
    as `corrections.of` gives them. brands: names by slug, of those that
    the person sees; markets: codes of those that they see a profile in; held: what `relations.near` gives of them;
    notes: as `notes.told` gives them, newest first.
    """

    creator: Creator
    profiles: tuple[ProfileCard, ...]
    relations: tuple[Relation, ...]
    outcomes: tuple[Outcome, ...]
    answers: tuple[Recommendation, ...]
    corrections: tuple[Correction, ...]
    brands: Mapping[str, str]
    markets: tuple[str, ...]
    held: tuple[Membership, ...]
    notes: tuple[CreatorNote, ...]


def creator(user: User, pk: int) -> Dossier:
    """Return a creator's page, or answer not found. Two queries."""
    scope = access.scope(user)
    profiles = visible_profiles(user).filter(creator=pk).select_related("creator").order_by("pk")
    outcomes = Outcome.objects.filter(profile__creator=pk, replaced_by__isnull=True).filter(
        scope.query("campaign__brand_id", "campaign__market_id")
    )
    outcomes = outcomes.select_related("campaign__brand", "profile").order_by("-as_of_date", "-pk")
    known, answers, held = _relations(user, pk), _answers(user, pk), relations.near(user)
    brands = Brand.objects.filter(scope.query("pk")).values_list("slug", "name")
    noted = notes.told(CreatorNote.objects.filter(scope.query("brand", "market"), creator=pk))
    said = corrections.of(pk)
    at_once(profiles, outcomes, known, answers, brands, held, noted, said)
    if not profiles:
        raise Http404(_("There is nothing here, or it is not yours to see."))
    return Dossier(
        creator=profiles[0].creator,
        profiles=tuple(_cards(list(profiles), said)),
        relations=tuple(known),
        outcomes=tuple(outcomes),
        answers=tuple(_newest(answers)),
        corrections=tuple(said),
        brands=dict(brands),
        markets=tuple(
            code for code in sorted({code for one in profiles for code in one.markets}) if scope.reaches(market=code)
        ),
        held=tuple(held),
        notes=tuple(noted),
    )


def creator_of(user: User, profile: int) -> Dossier:
    """Return the page of the creator whose profile this is, or answer not found. Three queries."""
    owner = Profile.objects.filter(pk=profile).values_list("creator", flat=True).first()
    return creator(user, owner or 0)


def _relations(user: User, pk: int) -> QuerySet[Relation]:
    known = visible_profiles(user).values("creator")
    seen = Q(creator=pk, other__isnull=True) | Q(creator=pk, other__in=known) | Q(other=pk, creator__in=known)
    rows = Relation.objects.filter(seen).filter(Q(brand="") | access.scope(user).query("brand"))
    return rows.select_related("creator", "person", "other", "by").order_by("-created_at")


def _cards(profiles: Sequence[Profile], said: Iterable[Correction]) -> list[ProfileCard]:
    rows = Metrics.objects.visible().filter(profile__in=profiles)
    history: dict[int, list[Metrics]] = defaultdict(list)
    newest = list(rows.select_related("batch").order_by("-taken_at", "-pk")[:LONGEST_HISTORY])
    put = _without_wrong(newest, said)
    for row in reversed(newest):
        history[row.profile_id].append(row)
    return [ProfileCard(one, tuple(_figures(history[one.pk], put)), tuple(history[one.pk])) for one in profiles]


def history_of(profile: Profile, *, until: date | None = None) -> QuerySet[Metrics]:
    """Return what is known of a profile, as of a day where one is given, newest first, for `figures`."""
    rows = Metrics.objects.visible().filter(profile=profile).select_related("batch", "correction")
    rows = rows.order_by("-taken_at", "-pk")
    return (rows if until is None else rows.filter(taken_at__lte=until))[:LONGEST_HISTORY]


def figures(rows: QuerySet[Metrics]) -> tuple[Figure, ...]:
    """Return the newest known value of each figure of a profile. rows: what `history_of` gave. At most one query."""
    put = _without_wrong(rows, (one.correction for one in rows if hasattr(one, "correction")))
    return tuple(_figures(list(reversed(rows)), put))


def _without_wrong(rows: Iterable[Metrics], said: Iterable[Correction]) -> Put:
    """Blank in the rows what was corrected; return what each row of a correction put there, and in place of what."""
    by_id = {row.pk: row for row in rows}
    put: Put = {}
    for one in said:
        if one.figures_id in by_id:
            before = by_id.get(one.was_id or 0)
            put[one.figures_id] = one, getattr(before, one.field, None)
    for one, _value in put.values():
        if before := by_id.get(one.was_id or 0):
            setattr(before, one.field, None)
    return put


def _figures(history: Sequence[Metrics], put: Put) -> list[Figure]:
    found: dict[str, Metrics] = {}
    for row in history:
        found |= {name: row for name in SHOWN if getattr(row, name) is not None}
    return [_figure(name, found[name], put) for name in SHOWN if name in found]


def _figure(name: str, row: Metrics, put: Put) -> Figure:
    correction, was = put.get(row.pk, (None, None))
    return Figure(
        name=name,
        value=getattr(row, name),
        currency=row.currency if name == "fee_minor" else "",
        as_of_date=row.taken_at,
        source=row.source or (row.batch.name if row.batch else ""),
        batch_id=row.batch_id,
        is_typed_by_hand=row.is_typed_by_hand,
        row=row.pk,
        correction=correction,
        was=was,
    )


def _answers(user: User, pk: int) -> QuerySet[Recommendation]:
    mine = access.scope(user).query("run__campaign__brand_id", "run__campaign__market_id")
    rows = Recommendation.objects.filter(mine, creator=pk).select_related("run__campaign__brand", "profile")
    return rows.defer("factors", "knowledge", "flags").order_by("run__number")


def _newest(answers: Iterable[Recommendation]) -> list[Recommendation]:
    newest: dict[tuple[int, int], Recommendation] = {}
    for answer in answers:
        newest[answer.run.campaign_id, answer.profile_id] = answer
    return sorted(newest.values(), key=lambda answer: -answer.pk)
