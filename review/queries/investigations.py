"""Investigations and market norms as pages show them, with the words from their payloads. Read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery

from accounts import access
from accounts.models import User
from review import seals, workflow
from review.models import Evidence, EvidenceKind, Investigation, ReviewTask
from review.queries.questions import words_of_entries
from screening import prevalence
from screening.models import MarketNorm, Metrics

MOST_CLOSED = 50
MOST_TOUCHED = 20  # cards that are named; all are counted
SHOWN = (
    "task__recommendation__creator", "task__recommendation__profile", "task__campaign__brand", "task__campaign__market",
    "task__policy", "owner", "person", "by", "closed_by", "norm", "decision",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of evidence with its words."""

    row: Evidence
    text: str


@dataclass(frozen=True)
class Looked:
    """An investigation with everything written in it; the words are empty once they were erased."""

    row: Investigation
    question: str
    said: str  # by the person who contradicts
    finding: str
    lines: dict[str, list[Line]]  # by the side they speak for


@dataclass(frozen=True)
class Touched:
    """Open cards that bear a flag which a norm answers: how many, and some of them."""

    count: int
    cards: list[ReviewTask]


@dataclass(frozen=True)
class Known:
    """A market norm with why it was written."""

    row: MarketNorm
    reason: str


def visible_investigations(user: User) -> QuerySet[Investigation]:
    """Return the investigations of the person's brands and markets."""
    return Investigation.objects.filter(access.scope(user).query("task__brand", "task__market"))


def investigations_of(user: User) -> tuple[list[Investigation], list[Investigation]]:
    """Return open investigations, overdue ones first, and those closed lately."""
    seen = visible_investigations(user).select_related(*SHOWN)
    closed = seen.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")
    return list(seen.filter(closed_at__isnull=True).order_by("due_at", "pk")), list(closed[:MOST_CLOSED])


def investigation(investigation_id: int, *, user: User) -> Looked:
    """Return an investigation with its words. Raises Investigation.DoesNotExist. Four queries."""
    whole = visible_investigations(user).select_related(*SHOWN, "task__recommendation__run__pool")
    row = whole.defer("task__recommendation__run__model").get(pk=investigation_id)
    rows = list(row.evidence.select_related("by").order_by("pk"))
    view = row.task.first_views.filter(by=row.person).first() if row.why == "first_view" else None
    source = view.audit_id if view else row.decision.audit_id if row.decision else None
    entries = {row.audit_id, row.closing_id, source, *(one.audit_id for one in rows)} - {None}
    words = words_of_entries(entries)  # type: ignore[arg-type]
    lines: dict[str, list[Line]] = {str(kind): [] for kind in EvidenceKind}
    for one in rows:
        lines[one.kind].append(Line(one, words.get(one.audit_id, {}).get("evidence", "")))
    told = words.get(source, {})
    return Looked(
        row, words.get(row.audit_id, {}).get("question", ""), told.get("rationale") or told.get("first_view", ""),
        words.get(row.closing_id, {}).get("finding", ""), lines,
    )  # fmt: skip


def touched(market: str, flag: str, scope: Mapping[str, str], *, user: User) -> Touched:
    """Return the open cards of a market whose flag a norm of this scope answers in the next run. Two queries.

    Cards that are sealed for the reader are left out: a flag is part of what the AI says.
    """
    size = Metrics.objects.visible().filter(profile=OuterRef("recommendation__profile"), followers__isnull=False)
    newest = size.order_by("-taken_at", "-pk").values("followers")[:1]
    waiting = ReviewTask.objects.filter(
        access.scope(user).query("brand", "market"), market=market, state__in=workflow.WAITING
    ).exclude(pk__in=seals.hidden_from(user).values("pk"))
    rows = waiting.annotate(followers=Subquery(newest)).values_list(
        "pk", "recommendation__flags", "recommendation__profile__platform", "recommendation__profile__categories",
        "followers",
    )  # fmt: skip
    found = [
        pk for pk, flags, *about in rows.order_by("-value", "pk") if _bears(flags, flag) and _within(scope, *about)
    ]
    cards = ReviewTask.objects.filter(pk__in=found[:MOST_TOUCHED]).select_related(
        "recommendation__creator", "recommendation__profile", "campaign"
    )
    return Touched(len(found), sorted(cards, key=lambda one: found.index(one.pk)))


def _bears(flags: list[dict[str, object]], flag: str) -> bool:
    return any(f"{told['feature']}:{told['side']}" == flag and not told.get("norm") for told in flags)


def _within(scope: Mapping[str, str], platform: str, categories: list[str], followers: int | None) -> bool:
    category = scope.get("category", "").casefold()
    return (
        scope.get("platform") in {None, "", platform}
        and (not category or category in {one.casefold() for one in categories})
        and scope.get("tier") in {None, "", prevalence.tier_of(followers)}
    )


def visible_norms(user: User) -> QuerySet[MarketNorm]:
    """Return the norms of the person's markets."""
    return MarketNorm.objects.filter(access.scope(user).query(market="market"))


def norms_of(user: User, *, on: date) -> tuple[list[MarketNorm], list[MarketNorm]]:
    """Return the norms in force on a day, and those that ended."""
    rows = visible_norms(user).select_related("market", "author", "ended_by").order_by("market", "-number", "-pk")
    found = list(rows)
    live = [one for one in found if one.ended_at is None and one.valid_until_date >= on]
    return live, [one for one in found if one not in live]


def norm(norm_id: int, *, user: User) -> Known:
    """Return a norm with its reason. Raises MarketNorm.DoesNotExist."""
    whole = visible_norms(user).select_related("market", "author", "ended_by", "replaces")
    row = whole.get(pk=norm_id)
    return Known(row, words_of_entries([row.audit_id]).get(row.audit_id, {}).get("reason", ""))


def is_late(row: Investigation, *, now: datetime) -> bool:
    """Tell whether an open investigation is due."""
    return row.closed_at is None and row.due_at <= now
