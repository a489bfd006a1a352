"""How long a market keeps creators: erased by the clock once nothing has happened for so many months; a hold stops it.

A creator of several markets goes when each of them lets go. Nothing has happened: no newer figures, no card that was
opened, closed or still waits, no newer result, and they were not added since.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts import access, roles
from accounts.models import User
from audit import log
from audit.models import Kind
from hybridmkt import erasure
from jobs import ticks
from review import workflow
from review.models import ReviewTask
from screening.models import Creator, Market, Metrics, Outcome, Profile, Retention

LEAST, MOST = 3, 240  # months
A_DAY = 200  # creators that one day's clock erases: the rest waits for the next
DAY = 86_400


class NotKept(ValueError):
    """Raised when a rule of keeping is refused; the sentence says why."""


@dataclass(frozen=True)
class Rule:
    """What holds in a market now; kept is None where nobody has set anything: nothing goes by itself."""

    market: Market
    kept: Retention | None

    @property
    def months(self) -> int | None:
        """Months after which an idle creator goes; None: never."""
        return self.kept.months if self.kept else None

    @property
    def is_held(self) -> bool:
        """True where a legal hold stands."""
        return bool(self.kept and self.kept.is_held)

    def since(self, now: datetime) -> datetime | None:
        """Return since when a creator must have been idle to go; None where nobody goes."""
        return None if self.months is None or self.is_held else _before(now, self.months)


def _before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))


def rules() -> list[Rule]:
    """Return what holds in each market. Two queries."""
    newest: dict[str, Retention] = {}
    for row in Retention.objects.select_related("by").order_by("pk"):
        newest[row.market_id] = row
    return [Rule(market, newest.get(market.pk)) for market in Market.objects.order_by("code")]


def set_rule(market: Market, *, months: int | None, is_held: bool, reason: str, by: User, now: datetime) -> Retention:
    """Set how long a market keeps creators, and whether a hold stands. Raises NotAllowed and NotKept."""
    access.require(by, "places")
    if months is not None and not LEAST <= months <= MOST:
        raise NotKept(_("From %(least)s to %(most)s months.") % {"least": LEAST, "most": MOST})
    if len(reason.strip()) < roles.MIN_REASON:
        raise NotKept(
            _("Write why, at least %(least)s characters: it goes into the audit log.") % {"least": roles.MIN_REASON}
        )
    with transaction.atomic():
        body = {"what": "retention", "market": market.pk, "months": months, "held": is_held}
        entry = log.record(
            Kind.ERASURE, stream=f"retention:{market.pk}", by=by, body=body, personal={"reason": reason.strip()},
            market=market.pk,
        )  # fmt: skip
        return Retention.objects.create(market=market, months=months, is_held=is_held, by=by, at=now, audit=entry)


def counts(found: Sequence[Rule], *, now: datetime) -> list[int]:
    """Return how many creators the clock would erase in each market today. One query."""
    asked = {f"n_{place}": Count("pk", filter=_due(rule, found, now)) for place, rule in enumerate(found)}
    told = Creator.objects.aggregate(**asked) if asked else {}
    return [told[name] for name in asked]


def _due(rule: Rule, found: Iterable[Rule], now: datetime) -> Q:
    own = rule.since(now)
    if own is None:
        return Q(pk__in=[])
    others: dict[datetime | None, list[Market]] = defaultdict(list)
    for other in found:
        if other.market != rule.market:
            others[other.since(now)].append(other.market)
    due = Q(_stands_in([rule.market]), erased_at__isnull=True) & _idle(own)
    for since, markets in others.items():
        if since is None:  # held, or without a rule
            due &= ~Q(_stands_in(markets))
        elif since < own:  # these keep longer
            due &= ~Q(_stands_in(markets)) | _idle(since)
    return due


def _stands_in(markets: Iterable[Market]) -> Exists:
    own = Profile.objects.filter(creator=OuterRef("pk")).alias(places=Cast("markets", TextField()))
    return Exists(own.filter(reduce(or_, (Q(places__contains=f'"{one.code}"') for one in markets))))


def _idle(since: datetime) -> Q:
    at_work = Q(state__in=workflow.UNDECIDED) | Q(opened_at__gte=since) | Q(closed_at__gte=since)
    newer = (
        Metrics.objects.filter(profile__creator=OuterRef("pk"), taken_at__gte=since.date()),
        ReviewTask.objects.filter(at_work, recommendation__creator=OuterRef("pk")),
        Outcome.objects.filter(profile__creator=OuterRef("pk"), created_at__gte=since),
    )
    idle = Q(created_at__lt=since)
    for rows in newer:
        idle &= ~Q(Exists(rows))
    return idle


@ticks.every(DAY, "retention")
def let_go(now: datetime) -> None:
    """Have those erased whose time of keeping is over, so many a day."""
    found = rules()
    for rule in found:
        due = Creator.objects.filter(_due(rule, found, now)) if rule.since(now) else Creator.objects.none()
        for creator in due.order_by("pk")[:A_DAY]:
            last = erasure.last("creator", creator.pk)
            if last is None or last.is_finished:
                erasure.ask(creator, basis="retention", reason="", by=None, now=now)
