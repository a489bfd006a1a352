"""Who is loaded, who is away, and what is late: a manager sees their places, everybody else themselves. Reads only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Value
from django.utils import timezone

from accounts import access
from accounts.models import Membership, User
from review import people, workflow
from review.models import Absence, Capacity, Choice, Decision, Policy, Question, QuestionState, ReviewTask, TaskState
from screening.models import Brand, Market

MOST_COUNTED = 500  # a count that reaches this means "this many or more"
MOST_LATE = 20
SOON_HOURS = 4
ASKED = (TaskState.ESCALATED, TaskState.AWAITING)
LATE = (TaskState.OPEN, *ASKED)
SHOWN = (
    "recommendation__creator", "recommendation__profile", "campaign__brand", "campaign__market", "claimed_by",
    "escalated_to",
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """One person's work now. held: cards in hand; asked: cards and questions that wait for them; late: of both."""

    user: User
    roles: list[tuple[str, str, str]]  # role, brand, market
    held: int
    asked: int
    late: int
    today: int
    capacity: int | None
    absence: Absence | None  # that holds today
    coming: list[Absence]  # not over yet, the present one included
    may_set: bool

    @property
    def waiting(self) -> int:
        """How many cards wait for this person."""
        return self.held + self.asked

    @property
    def share(self) -> float | None:
        """What waits and what was decided today as a share of a day's capacity; None where none is set."""
        return (self.waiting + self.today) / self.capacity if self.capacity else None


@dataclass(frozen=True)
class Place:
    """A brand in a market: open cards, those past their time, and those due within hours. Counts end at 500."""

    brand: Brand
    market: Market
    open: int
    late: int
    soon: int


@dataclass(frozen=True)
class Workload:
    """The page. is_manager: the reader answers for somebody."""

    people: list[Load]
    places: list[Place]
    late: list[ReviewTask]
    is_manager: bool


def workload(user: User, *, now: datetime) -> Workload:
    """Return the workload of whom a person answers for, or their own. At most eleven queries at any size."""
    managed = access.scope(user).places(access.MAY["approve"])
    held = _held(user, managed)
    roles: dict[int, list[tuple[str, str, str]]] = {user.pk: []}
    for one in sorted(held, key=lambda row: (row.role, row.brand, row.market)):
        roles.setdefault(one.user_id, []).append((one.role, one.brand, one.market))
    found = list({one.user_id: one.user for one in held if one.user.is_active}.values()) or [user]
    right = "approve" if managed else "decide"
    here = ReviewTask.objects.filter(access.scope(user).query("brand", "market", access.MAY[right]))
    late = here.filter(state__in=LATE, due_at__lte=now, paused_at__isnull=True)
    if not managed:
        late = late.filter(Q(claimed_by=user, claimed_until__gt=now) | Q(escalated_to=user))
    return Workload(
        people=_loads(found, roles, user, now=now),
        places=_places(user, managed, now=now) if managed else [],
        late=list(late.select_related(*SHOWN).order_by("due_at", "pk")[:MOST_LATE]),
        is_manager=bool(managed),
    )


def _held(user: User, managed: Sequence[tuple[str, str]]) -> list[Membership]:
    """Return the live roles of whom the person answers for, or their own, with the people, by name."""
    within = Q(user=user)
    for brand, market in managed:
        one = Q(brand__in=["", brand]) if brand else Q()
        if market:
            one &= Q(market__in=["", market])
        within |= one or Q(pk__isnull=False)
    deciding = Membership.objects.filter(within, role__in=access.MAY["decide"], ended_at__isnull=True)
    return list(deciding.select_related("user__capacity").order_by("user__name", "user_id", "pk"))


def _loads(found: Sequence[User], roles: dict[int, list[tuple[str, str, str]]], user: User, *, now: datetime
           ) -> list[Load]:  # fmt: skip
    held, asked, late, today = _work(found, now=now)
    coming = _coming(found, now=now)
    gone = _away(found, coming, now=now)
    scope = access.scope(user)
    return [
        Load(
            user=one, roles=roles[one.pk], held=held[one.pk], asked=asked[one.pk], late=late[one.pk],
            today=today[one.pk], capacity=_capacity(one), absence=gone.get(one.pk),
            coming=[row for row in coming if row.user_id == one.pk and row.until_date >= people.today(one, now=now)],
            may_set=one.pk == user.pk or any(scope.reaches(b, m, access.MAY["approve"]) for _r, b, m in roles[one.pk]),
        )
        for one in found
    ]  # fmt: skip


def _capacity(user: User) -> int | None:
    row: Capacity | None = getattr(user, "capacity", None)
    return row.cards_a_day if row else None


def _work(found: Sequence[User], *, now: datetime) -> tuple[Counter[int], Counter[int], Counter[int], Counter[int]]:
    """Return cards in hand, cards and questions that wait, late ones of both, and decisions of today. One query."""
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    made = Decision.objects.filter(decided_by__in=found, at__gte=since, superseded_by__isnull=True)
    held = ReviewTask.objects.filter(claimed_by__in=found, claimed_until__gt=now, state__in=workflow.WAITING)
    asked = ReviewTask.objects.filter(escalated_to__in=found, state__in=ASKED)
    questions = Question.objects.filter(to__in=found, state=QuestionState.OPEN)
    is_late = Q(due_at__lte=now, paused_at__isnull=True)
    parts = [
        _by_person("held", held, "claimed_by", is_late), _by_person("asked", asked, "escalated_to", is_late),
        _by_person("asked", questions, "to", Q(due_at__lte=now)),
        _by_person("today", made.exclude(choice=Choice.UNDO), "decided_by", Q(pk__in=[])),
    ]  # fmt: skip
    counts = {name: Counter[int]() for name in ("held", "asked", "late", "today")}
    for what, who, n, late in parts[0].union(*parts[1:], all=True):
        counts[what][who] += n
        counts["late"][who] += late
    return counts["held"], counts["asked"], counts["late"], counts["today"]


def _by_person(what: str, rows: QuerySet[Any], column: str, is_late: Q) -> QuerySet[Any, Any]:
    named = rows.order_by().values(what=Value(what), who=F(column))
    return named.annotate(n=Count("pk"), late=Count("pk", filter=is_late)).values_list("what", "who", "n", "late")


def _coming(found: Sequence[User], *, now: datetime) -> list[Absence]:
    rows = Absence.objects.filter(user__in=found, ended_at__isnull=True, until_date__gte=now.date() - timedelta(days=1))
    return list(rows.select_related("deputy").order_by("from_date", "pk"))


def _away(found: Sequence[User], coming: Sequence[Absence], *, now: datetime) -> dict[int, Absence]:
    days = {one.pk: people.today(one, now=now) for one in found}
    return {row.user_id: row for row in coming if row.from_date <= days[row.user_id] <= row.until_date}


def _places(user: User, managed: Sequence[tuple[str, str]], *, now: datetime) -> list[Place]:
    scope = access.scope(user)
    newest = Policy.objects.order_by().values("brand", "market").annotate(newest=Max("pk")).values("newest")
    rows = Policy.objects.filter(pk__in=newest).select_related("brand", "market").order_by("brand", "market")
    known = {(one.brand_id, one.market_id): one for one in rows}
    pairs = sorted(pair for pair in known if scope.reaches(*pair, access.MAY["approve"]))
    if not pairs:
        return []
    counts = _counts(pairs, now=now)
    return [Place(known[pair].brand, known[pair].market, *counts[n * 3 : n * 3 + 3]) for n, pair in enumerate(pairs)]


def _counts(pairs: Sequence[tuple[str, str]], *, now: datetime) -> list[int]:
    """Return open, late and soon due cards of each pair, in one statement; each count stops where nobody reads on."""
    moment = connection.ops.adapt_datetimefield_value(now)
    soon = connection.ops.adapt_datetimefield_value(now + timedelta(hours=SOON_HOURS))
    state = "(SELECT COUNT(*) FROM (SELECT 1 FROM review_reviewtask WHERE brand = %s AND market = %s AND {} LIMIT 500)"
    waits = "state IN ('open', 'escalated', 'awaiting') AND paused_at IS NULL"
    parts = [
        state.format("state = 'open'"), state.format(f"{waits} AND due_at <= %s"),
        state.format(f"{waits} AND due_at > %s AND due_at <= %s"),
    ]  # fmt: skip
    sql, values = [], []
    for n, pair in enumerate(pairs):
        sql += [f"{part} AS few{n}_{m})" for m, part in enumerate(parts)]
        values += [*pair, *pair, moment, *pair, moment, soon]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sql)}", values)
        return list(cursor.fetchone())
