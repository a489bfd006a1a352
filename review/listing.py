"""The queue's page: lanes, filters, counts, and a cursor that costs the same at any depth.

Each brand and market that the person reaches is an ordered walk over one index; the walks are merged. Nothing is
skipped by counting, so page 2,000 is as near as page 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import access
from accounts.models import User
from review.addresses import line
from review.models import Choice, Decision, Lane, Policy, ReviewTask, Stakes, TaskState
from screening.models import Profile

PAGE = 25
MOST_FOUND = 300  # creators that a search looks for cards of
MOST_COUNTED = 500  # a count that reaches this means "this many or more": nobody needs to know 84,212
BATCH = 240  # counts in one statement
SALT = "review.queue"
WHOSE = ("mine", "markets", "unassigned", "all")
STATES = (TaskState.OPEN, TaskState.ESCALATED, TaskState.HELD, TaskState.AWAITING)
SHOWN = ("recommendation__profile", "recommendation__creator", "campaign__brand", "campaign__market", "claimed_by")


@dataclass(frozen=True)
class Filters:
    """What the address of the page asks for; unknown values count as not asked."""

    whose: str = "markets"
    lane: str = ""
    state: str = TaskState.OPEN
    stakes: str = ""
    search: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, query: Any) -> "Filters":
        """Read the filters from a request's query string (a mapping of names to text)."""
        allowed = {"whose": WHOSE, "lane": Lane.values, "state": [str(one) for one in STATES], "stakes": Stakes.values}
        asked = {name: query.get(name, "") for name in allowed}
        kept = {name: value for name, value in asked.items() if value in allowed[name]}
        return cls(search=line(query.get("search", ""), most=100), cursor=query.get("cursor", ""), **kept)

    @property
    def key(self) -> str:
        """Everything but the cursor: a cursor of another list is not taken."""
        return "|".join((self.whose, self.lane, self.state, self.stakes, self.search))


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


Pair = tuple[str, str]
Counts = dict[Pair, dict[str, int]]  # by lane
Scalar = tuple[str, list[Any]]  # a statement that gives one number, and its values


def pairs_of(user: User, *, may_decide: bool = False) -> list[Pair]:
    """Return the brands and markets with policies that the person sees, or decides for."""
    scope, roles = access.scope(user), access.MAY["decide"] if may_decide else None
    known = Policy.objects.order_by().values_list("brand", "market").distinct()
    return sorted(pair for pair in known if scope.reaches(*pair, roles))


def page(user: User, filters: Filters, *, now: datetime, size: int = PAGE) -> QueuePage:
    """Return one page of the queue, the cards that are worth most first. At most ten queries at any size."""
    everything = pairs_of(user)
    own = [pair for pair in everything if access.scope(user).reaches(*pair, access.MAY["decide"])]
    pairs = everything if filters.whose == "all" else own
    after = _read(filters)
    found = _walk(pairs, filters, user=user, now=now, after=after, limit=size + 1)
    tasks = _load([pk for pk, _value in found[:size]])
    cursor = _write(filters, found[size - 1]) if len(found) > size else ""
    whose, counts = _whose(own, everything, filters, user=user, now=now)
    if filters.whose in {"mine", "unassigned"}:
        counts = _grouped(pairs, _scalars(_by_lane(pairs, filters, user=user, now=now)))
    return QueuePage(
        tasks=tasks,
        filters=filters,
        next_cursor=cursor,
        lanes=_lanes(counts, pairs),
        whose=whose,
        decided_today=decided_today(user, now=now).count(),
    )


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


def _walk(
    pairs: Sequence[Pair], filters: Filters, *, user: User, now: datetime, after: tuple[float, int] | None, limit: int
) -> list[tuple[int, float]]:
    condition, values = _conditions(filters, user=user, now=now)
    if after is not None:
        condition, values = f"{condition} AND (value, id) < (%s, %s)", [*values, *after]
    order = f"ORDER BY value DESC, id DESC LIMIT {int(limit)}"
    one = f"SELECT id, value FROM review_reviewtask WHERE state = %s AND brand = %s AND market = %s{condition} {order}"
    # Each walk stands in a subquery of its own: SQLite takes no ORDER BY inside a union otherwise.
    parts = " UNION ALL ".join(f"SELECT * FROM ({one}) AS walk" for _pair in pairs)
    if not parts:
        return []
    given = [value for pair in pairs for value in (filters.state, *pair, *values)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, value FROM ({parts}) AS walks {order}", given)
        return list(cursor.fetchall())


def _conditions(filters: Filters, *, user: User, now: datetime) -> tuple[str, list[Any]]:
    parts: list[tuple[str, list[Any]]] = [_held(filters.whose, user=user, now=now)]
    if filters.lane:
        parts.append((" AND lane = %s", [filters.lane]))
    if filters.stakes:
        parts.append((" AND stakes = %s", [filters.stakes]))
    if filters.search:
        found = list(_search(filters.search))
        marks = ", ".join(["%s"] * len(found)) or "NULL"
        wanted = f"SELECT id FROM screening_recommendation WHERE profile_id IN ({marks})"
        parts.append((f" AND recommendation_id IN ({wanted})", found))
    return "".join(text for text, _given in parts), [value for _text, given in parts for value in given]


def _held(whose: str, *, user: User, now: datetime) -> tuple[str, list[Any]]:
    moment = connection.ops.adapt_datetimefield_value(now)
    if whose == "mine":
        return " AND claimed_by_id = %s AND claimed_until > %s", [user.pk, moment]
    if whose == "unassigned":
        return " AND (claimed_by_id IS NULL OR claimed_until <= %s)", [moment]
    return "", []


def _search(text: str) -> "QuerySet[Profile, int]":
    known = Q(handle_key__startswith=text.casefold().lstrip("@")) | Q(creator__name__icontains=text)
    return Profile.objects.filter(known).order_by("pk").values_list("pk", flat=True)[:MOST_FOUND]


def _load(ids: Sequence[int]) -> list[ReviewTask]:
    found = ReviewTask.objects.select_related(*SHOWN).defer("recommendation__knowledge", "recommendation__profile__bio")
    by_id = found.in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id]


def _scalars(asked: Sequence[Scalar]) -> list[int]:
    """Return the answers of many small counts, in one statement unless there are very many."""
    found: list[int] = []
    with connection.cursor() as cursor:
        for some in (asked[at : at + BATCH] for at in range(0, len(asked), BATCH)):
            values = [value for _sql, given in some for value in given]
            cursor.execute(f"SELECT {', '.join(f'({sql})' for sql, _given in some)}", values)
            found += cursor.fetchone()
    return found


def _by_lane(pairs: Sequence[Pair], filters: Filters, *, user: User, now: datetime) -> list[Scalar]:
    condition, values = _held(filters.whose, user=user, now=now)
    # The order is the index's own: a planner that has to keep it walks the index, and stops at the limit.
    one = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM review_reviewtask WHERE state = %s AND brand = %s AND market = %s"
        f" AND lane = %s{condition} ORDER BY value DESC, id DESC LIMIT {MOST_COUNTED}) AS few"
    )
    return [(one, [filters.state, *pair, lane, *values]) for pair in pairs for lane in Lane.values]


def _grouped(pairs: Sequence[Pair], found: Sequence[int]) -> Counts:
    places = ((pair, lane) for pair in pairs for lane in Lane.values)
    counts: Counts = {pair: {} for pair in pairs}
    for (pair, lane), count in zip(places, found, strict=True):
        counts[pair][lane] = count
    return counts


def _lanes(counts: Counts, pairs: Sequence[Pair]) -> dict[str, int]:
    lanes = {lane: sum(counts[pair][lane] for pair in pairs) for lane in Lane.values}
    return {lane: min(count, MOST_COUNTED) for lane, count in ({"": sum(lanes.values())} | lanes).items()}


def _whose(
    own: Sequence[Pair], everything: Sequence[Pair], filters: Filters, *, user: User, now: datetime
) -> tuple[dict[str, int], Counts]:
    """Return how many cards each choice of whose holds, and the counts by lane of everything that is seen."""
    here = " OR ".join(["(brand = %s AND market = %s)"] * len(own)) or "1 = 0"
    # Held cards are few, one or two a person, and have an index of their own.
    held = (
        "SELECT COUNT(*) FROM review_reviewtask WHERE claimed_by_id IS NOT NULL AND state = %s AND claimed_until > %s"
        f" AND ({here})"
    )
    moment = connection.ops.adapt_datetimefield_value(now)
    taken: Scalar = (held, [filters.state, moment, *(value for pair in own for value in pair)])
    mine: Scalar = (f"{held} AND claimed_by_id = %s", [*taken[1], user.pk])
    *found, n_taken, n_mine = _scalars(
        [*_by_lane(everything, replace(filters, whose="all"), user=user, now=now), taken, mine]
    )
    counts = _grouped(everything, found)
    markets, total = _lanes(counts, own)[""], _lanes(counts, everything)[""]
    free = markets if markets >= MOST_COUNTED else max(0, markets - n_taken)
    return {"mine": n_mine, "markets": markets, "unassigned": free, "all": total}, counts


def decided_today(user: User, *, now: datetime) -> "QuerySet[Decision]":
    """Return what the person decided today, by the reader's own clock, newest first, without what was undone."""
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    own = Decision.objects.filter(decided_by=user, at__gte=since, superseded_by__isnull=True)
    return own.exclude(choice=Choice.UNDO).order_by("-id")
