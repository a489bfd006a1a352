"""The queue's page: lanes, filters, counts, and a cursor that costs the same at any depth.

Each brand and market that the person reaches is an ordered walk over one index; the walks are merged. Nothing is
skipped by counting, so page 2,000 is as near as page 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils import timezone

from accounts import access
from accounts.models import User
from review import seals
from review.addresses import line
from review.models import Choice, Decision, Lane, Policy, ReviewTask, SavedView, Stakes, TaskState
from review.seals import NO_LANE
from screening.models import Campaign, Profile

PAGE = 25
MOST_CAMPAIGNS = 200  # that the filter offers
TEXTS, NONE = 7, Value(0, output_field=BigIntegerField())  # columns of what the list stands on
MOST_FOUND = 300  # creators that a search looks for cards of
MOST_COUNTED = 500  # a count that reaches this means "this many or more": nobody needs to know 84,212
BATCH = 240  # counts in one statement
SALT = "review.queue"
PLACES = ("brand", "market", "campaign")
WHOSE = ("mine", "markets", "unassigned", "all")
STATES = (
    TaskState.OPEN, TaskState.ESCALATED, TaskState.HELD, TaskState.AWAITING,
    TaskState.WITHDRAWN, TaskState.TAKEN,  # the creator’s own word: it can be taken back
)  # fmt: skip
LANES = (NO_LANE, *Lane.values)  # a sealed card stands in none and is counted among all
SHOWN = (
    "recommendation__profile",
    "recommendation__creator",
    "campaign__brand",
    "campaign__market",
    "claimed_by",
    "differs",
)


@dataclass(frozen=True)
class Filters:
    """What the address of the page asks for; unknown values count as not asked."""

    whose: str = "markets"
    lane: str = ""
    state: str = TaskState.OPEN
    stakes: str = ""
    brand: str = ""
    market: str = ""
    campaign: str = ""
    search: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, query: Any) -> "Filters":
        """Read the filters from a request's query string (a mapping of names to text)."""
        allowed = {"whose": WHOSE, "lane": Lane.values, "state": [str(one) for one in STATES], "stakes": Stakes.values}
        asked = {name: query.get(name, "") for name in allowed}
        kept = {name: value for name, value in asked.items() if value in allowed[name]}
        kept |= {name: line(query.get(name, ""), most=60) for name in PLACES}
        return cls(search=line(query.get("search", ""), most=100), cursor=query.get("cursor", ""), **kept)

    @property
    def key(self) -> str:
        """Everything but the cursor: a cursor of another list is not taken."""
        return "|".join((self.whose, self.lane, self.state, self.stakes, *self.places, self.search))

    @property
    def places(self) -> tuple[str, str, str]:
        """Brand, market and campaign that were asked for."""
        return self.brand, self.market, self.campaign

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the scope leaves cards out."""
        return any((self.lane, self.state != TaskState.OPEN, self.stakes, *self.places, self.search))

    def takes(self, pair: "Pair") -> bool:
        """Tell whether cards of this brand and market are asked for."""
        return self.brand in {"", pair[0]} and self.market in {"", pair[1]}


@dataclass(frozen=True)
class QueuePage:
    """One page of the queue. lanes: count by lane, "" = all of them. whose: count by choice of WHOSE.

    Counts end at MOST_COUNTED, which means "this many or more".
    """

    tasks: list[ReviewTask]
    filters: Filters
    next_cursor: str
    lanes: dict[str, int]
    whose: dict[str, int]
    decided_today: int = 0
    states: dict[str, int] = field(default_factory=dict)
    ground: "Ground" = field(default_factory=lambda: Ground([], [], []))


@dataclass(frozen=True)
class Around:
    """An open campaign by which the list can be narrowed, with the names of its brand and market."""

    slug: str
    name: str
    brand: str
    market: str
    brand_name: str
    market_en: str
    market_ru: str


@dataclass(frozen=True)
class Ground:
    """What the list stands on. pairs: brands and markets with policies that the person sees. views: their own, kept."""

    pairs: "list[Pair]"
    campaigns: list[Around]
    views: list[SavedView]


Pair = tuple[str, str]
Counts = dict[Pair, dict[str, int]]  # by lane
Scalar = tuple[str, list[Any]]  # a statement that gives one number, and its values
Part = tuple[str, list[Any]]  # conditions that go on after others, and their values


GroundRows = QuerySet[Any, tuple[Any, ...]]  # of Policy, Campaign and SavedView, each as kind, number and texts


def ground_rows(user: User) -> GroundRows:
    """Return where the person's cards can be, and the ways to narrow them that are theirs, for `ground_of`."""
    here = Campaign.objects.filter(access.scope(user).query("brand", "market"), closed_at__isnull=True)
    offered = Campaign.objects.filter(pk__in=here.order_by("name").values("pk")[:MOST_CAMPAIGNS])
    of_campaign = ("slug", "name", "brand_id", "market_id", "brand__name", "market__name_en", "market__name_ru")
    return _row(Policy.objects.all(), "pair", "brand_id", "market_id").distinct().union(
        _row(offered, "campaign", *of_campaign),
        _row(SavedView.objects.filter(user=user), "view", "name", "query", number=F("pk")),
        all=True,
    )  # fmt: skip


def ground_of(user: User, rows: GroundRows | None = None) -> Ground:
    """Return what the list stands on. rows: what `ground_rows` gave. At most one query."""
    scope = access.scope(user)
    found: dict[str, list[tuple[int, list[str]]]] = {"pair": [], "campaign": [], "view": []}
    for kind, number, *texts in ground_rows(user) if rows is None else rows:
        found[kind].append((number, texts))
    pairs = [(brand, market) for _number, (brand, market, *_none) in found["pair"]]
    campaigns = [Around(*texts) for _number, texts in found["campaign"]]
    views = [SavedView(pk=pk, user=user, name=name, query=query) for pk, (name, query, *_none) in found["view"]]
    return Ground(
        sorted(pair for pair in pairs if scope.reaches(*pair)),
        sorted(campaigns, key=lambda one: one.name),
        sorted(views, key=lambda one: one.name),
    )


def _row(rows: "QuerySet[Any]", kind: str, *columns: str, number: Any = NONE) -> "QuerySet[Any, Any]":
    # Every part of the union has the same columns in the same order.
    texts = {
        f"text_{n}": Cast(columns[n], TextField()) if n < len(columns) else Value("", TextField()) for n in range(TEXTS)
    }
    marked = rows.order_by().annotate(part=Value(kind, TextField()), number=number, **texts)
    return marked.values_list("part", "number", *texts)


def page(
    user: User,
    filters: Filters,
    *,
    now: datetime,
    size: int = PAGE,
    ground: GroundRows | None = None,
    named: Iterable[int] | None = None,
) -> QueuePage:
    """Return one page of the queue, the cards that are worth most first. At most ten queries at any size.

    ground, named: what `ground_rows` and `named_rows` gave, where they were read already.
    """
    stands = ground_of(user, ground)
    known = [pair for pair in stands.pairs if filters.takes(pair)]
    own = [pair for pair in known if access.scope(user).reaches(*pair, access.MAY["decide"])]
    pairs = known if filters.whose == "all" else own
    asked = _narrowed(filters, named_rows(filters) if named is None else named)
    held = _held(filters.whose, user=user, now=now)
    whose, lanes, decided = _whose(own, known, filters, asked, user=user, now=now)
    narrowed = _both(held, asked, _in_lane(filters.lane))
    is_empty = not lanes[filters.lane]  # what holds nothing is not walked
    found = [] if is_empty else list(_shown(_walk(pairs, filters, narrowed, limit=size + 1), user))
    tasks = found[:size]
    cursor = _write(filters, (tasks[-1].pk, tasks[-1].value)) if len(found) > size else ""
    return QueuePage(
        tasks=tasks,
        filters=filters,
        next_cursor=cursor,
        lanes=lanes,
        whose=whose,
        decided_today=decided,
        ground=stands,
    )


def cards(user: User, filters: Filters, *, now: datetime) -> QuerySet[ReviewTask]:
    """Return the bare cards of one page: whoever goes on to the next card looks at no name and no count. Two queries
    at most until they are read, by one more.
    """
    scope, places = access.scope(user), Policy.objects.order_by().values_list("brand_id", "market_id").distinct()
    roles = None if filters.whose == "all" else access.MAY["decide"]
    pairs = sorted(pair for pair in places if filters.takes(pair) and scope.reaches(*pair, roles))
    held = _held(filters.whose, user=user, now=now)
    narrowed = _both(held, _narrowed(filters, named_rows(filters)), _in_lane(filters.lane))
    return _walk(pairs, filters, narrowed, limit=PAGE)


def total(user: User, pairs: Sequence[Pair], whose: str, *, now: datetime) -> int:
    """Return how many open cards a choice of WHOSE holds in these places, whatever else is asked for. One query."""
    here = [pair for pair in pairs if whose == "all" or access.scope(user).reaches(*pair, access.MAY["decide"])]
    wide = Filters(whose=whose)
    return _lanes(_grouped(here, _scalars(_by_lane(here, wide, _held(whose, user=user, now=now)))), here)[""]


def _write(filters: Filters, last: tuple[int, float]) -> str:
    return signing.dumps([last[1], last[0], filters.key], salt=SALT)


def _read(filters: Filters) -> tuple[float, int] | None:
    if not filters.cursor:
        return None
    try:
        value, pk, key = signing.loads(filters.cursor, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None  # a broken or foreign cursor shows the first page
    return (value, pk) if key == filters.key else None


def _walk(pairs: Sequence[Pair], filters: Filters, narrowed: Part, *, limit: int) -> QuerySet[ReviewTask]:
    condition, values = narrowed
    if (after := _read(filters)) is not None:
        condition, values = f"{condition} AND (value, id) < (%s, %s)", [*values, *after]
    order = f"ORDER BY value DESC, id DESC LIMIT {int(limit)}"
    one = f"SELECT id, value FROM review_reviewtask WHERE state = %s AND brand = %s AND market = %s{condition} {order}"
    # Each walk stands in a subquery of its own: SQLite takes no ORDER BY inside a union otherwise.
    parts = " UNION ALL ".join(f"SELECT * FROM ({one}) AS walk" for _pair in pairs)
    if not parts:
        return ReviewTask.objects.none()
    given = [value for pair in pairs for value in (filters.state, *pair, *values)]
    # As an array they are found first. Of so many tables PostgreSQL would join all cards before it looks at IN.
    within = "= ANY(ARRAY({}))" if connection.vendor == "postgresql" else "IN ({})"
    ids = f"review_reviewtask.id {within.format(f'SELECT id FROM ({parts}) AS walks {order}')}"
    here = RawSQL(ids, given, BooleanField())  # noqa: S611 - made of our own words above
    return ReviewTask.objects.filter(here).order_by("-value", "-pk")


def _shown(cards: QuerySet[ReviewTask], user: User) -> QuerySet[ReviewTask]:
    whole = seals.told(cards.select_related(*SHOWN), user)
    return whole.defer("recommendation__knowledge", "recommendation__profile__bio")


def _both(*parts: Part) -> Part:
    return "".join(text for text, _given in parts), [value for _text, given in parts for value in given]


def _in_lane(lane: str) -> Part:
    return (" AND lane = %s", [lane]) if lane else ("", [])


def _narrowed(filters: Filters, named: Iterable[int]) -> Part:
    parts: list[Part] = []
    if filters.stakes:
        parts.append((" AND stakes = %s", [filters.stakes]))
    if filters.campaign:
        parts.append((" AND campaign_id = (SELECT id FROM screening_campaign WHERE slug = %s)", [filters.campaign]))
    if filters.search:
        found: list[Any] = list(named)
        within = f"IN ({', '.join(['%s'] * len(found)) or 'NULL'})"
        if connection.vendor == "postgresql":  # one value: it stands in each count, and each mark would be planned
            within, found = "= ANY(%s::bigint[])", ["{" + ",".join(map(str, found)) + "}"]
        wanted = f"SELECT id FROM screening_recommendation WHERE profile_id {within}"
        parts.append((f" AND recommendation_id IN ({wanted})", found))
    return _both(*parts)


def _held(whose: str, *, user: User, now: datetime) -> Part:
    moment = connection.ops.adapt_datetimefield_value(now)
    if whose == "mine":
        return " AND claimed_by_id = %s AND claimed_until > %s", [user.pk, moment]
    if whose == "unassigned":
        return " AND (claimed_by_id IS NULL OR claimed_until <= %s)", [moment]
    return "", []


def named_rows(filters: Filters) -> "QuerySet[Profile, int]":
    """Return ids of the profiles that the search of a list names; none where nothing is searched for."""
    text = filters.search
    if not text:
        return Profile.objects.none().values_list("pk", flat=True)
    by_nick = Profile.objects.filter(handle_key__startswith=text.casefold().lstrip("@"))
    by_name = Profile.objects.filter(creator__name__icontains=text)
    parts = [by_nick.order_by("pk").values("pk"), by_name.order_by("pk").values("pk")]
    if connection.vendor == "postgresql":  # many bear a usual name, and all of them would be put in order
        parts = [part[:MOST_FOUND] for part in parts]
    else:  # SQLite takes neither order nor limit inside a union
        parts = [part.order_by() for part in parts]
    known = parts[0].union(parts[1])  # one condition over both tables could use no index
    return Profile.objects.filter(pk__in=known).order_by("pk").values_list("pk", flat=True)[:MOST_FOUND]


def _scalars(asked: Sequence[Scalar]) -> list[int]:
    """Return the answers of many small counts, in one statement unless there are very many."""
    found: list[int] = []
    with connection.cursor() as cursor:
        for some in (asked[at : at + BATCH] for at in range(0, len(asked), BATCH)):
            values = [value for _sql, given in some for value in given]
            cursor.execute(f"SELECT {', '.join(f'({sql})' for sql, _given in some)}", values)
            found += cursor.fetchone()
    return found


def _by_lane(pairs: Sequence[Pair], filters: Filters, narrowed: Part) -> list[Scalar]:
    condition, values = narrowed
    # The order is the index's own: a planner that has to keep it walks the index, and stops at the limit.
    one = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM review_reviewtask WHERE state = %s AND brand = %s AND market = %s"
        f" AND lane = %s{condition} ORDER BY value DESC, id DESC LIMIT {MOST_COUNTED}) AS few"
    )
    return [(one, [filters.state, *pair, lane, *values]) for pair in pairs for lane in LANES]


def _grouped(pairs: Sequence[Pair], found: Sequence[int]) -> Counts:
    places = ((pair, lane) for pair in pairs for lane in LANES)
    counts: Counts = {pair: {} for pair in pairs}
    for (pair, lane), count in zip(places, found, strict=True):
        counts[pair][lane] = count
    return counts


def _lanes(counts: Counts, pairs: Sequence[Pair]) -> dict[str, int]:
    lanes = {lane: sum(counts[pair][lane] for pair in pairs) for lane in LANES}
    return {lane: min(count, MOST_COUNTED) for lane, count in (lanes | {"": sum(lanes.values())}).items()}


def _whose(
    own: Sequence[Pair], everything: Sequence[Pair], filters: Filters, asked: Part, *, user: User, now: datetime
) -> tuple[dict[str, int], dict[str, int], int]:
    """Return how many cards each choice of whose holds, how many of the one that is asked for by lane, and how many are
    decided.
    """
    here = " OR ".join(["(brand = %s AND market = %s)"] * len(own)) or "1 = 0"
    condition, given = asked
    # Held cards are few, one or two a person, and have an index of their own: they are counted across all places.
    held = (
        "SELECT COUNT(*) FROM review_reviewtask WHERE claimed_by_id IS NOT NULL AND state = %s AND claimed_until > %s"
        f" AND ({here}){condition}"
    )
    moment = connection.ops.adapt_datetimefield_value(now)
    taken: Scalar = (held, [filters.state, moment, *(value for pair in own for value in pair), *given])
    mine: Scalar = (f"{held} AND claimed_by_id = %s", [*taken[1], user.pk])
    sql, values = decided_today(user, now=now).order_by().values("pk").query.sql_with_params()
    done: Scalar = (f"SELECT COUNT(*) FROM ({sql}) AS done", list(values))
    of_these = {"mine": mine, "unassigned": taken}.get(filters.whose)
    held_by_lane = [(f"{of_these[0]} AND lane = %s", [*of_these[1], lane]) for lane in LANES] if of_these else []
    n_taken, n_mine, n_done, *found = _scalars(
        [taken, mine, done, *held_by_lane, *_by_lane(everything, filters, asked)]
    )
    counts = _grouped(everything, found[len(held_by_lane) :])
    markets, whole = _lanes(counts, own), _lanes(counts, everything)
    in_hand = dict(zip(LANES, found[: len(held_by_lane)], strict=False))
    free = {lane: _less(n, in_hand.get(lane, 0)) for lane, n in markets.items()} | {"": _less(markets[""], n_taken)}
    lanes = {"mine": in_hand | {"": n_mine}, "unassigned": free, "all": whole}.get(filters.whose, markets)
    return {"mine": n_mine, "markets": markets[""], "unassigned": free[""], "all": whole[""]}, lanes, n_done


def _less(count: int, taken: int) -> int:
    return count if count >= MOST_COUNTED else max(0, count - taken)


def decided_today(user: User, *, now: datetime) -> "QuerySet[Decision]":
    """Return what the person decided today, by the reader's own clock, newest first, without what was undone."""
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    own = Decision.objects.filter(decided_by=user, at__gte=since, superseded_by__isnull=True)
    return own.exclude(choice=Choice.UNDO).order_by("-id")
