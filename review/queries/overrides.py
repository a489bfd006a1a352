"""How overrides turned out: counted where a result is known, and that is said."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery

from review.models import Choice, Decision, Origin
from screening.models import Outcome

Rows = QuerySet[Decision, tuple[str, bool | None, int]]  # what was chosen, whether it worked out, and how often


@dataclass(frozen=True)
class Overrides:
    """Overrides of a brand and market: how many there are, how many have a result, how many of these proved right."""

    made: int
    known: int
    right: int


def overrides_at(brand: str, market: str) -> Rows:
    """Return how often overrides of a brand and market that stand were chosen and worked out, for `overrides_of`."""
    standing = Decision.objects.filter(
        task__brand=brand, task__market=market, is_override=True, origin=Origin.PERSON, superseded_by__isnull=True
    )
    results = Outcome.objects.filter(
        campaign=OuterRef("task__campaign"), profile=OuterRef("task__recommendation__profile"), replaced_by__isnull=True
    )
    newest = results.order_by("-as_of_date", "-pk").values("is_success")[:1]
    ways = standing.order_by().annotate(worked=Subquery(newest)).values("choice", "worked")
    return ways.annotate(n=Count("pk")).values_list("choice", "worked", "n")


def overrides_of(brand: str, market: str, rows: Rows | None = None) -> Overrides:
    """Return the record of the overrides that stand. Only an Approve can have a result: a rejected creator has none.

    rows: what `overrides_at` gave, where it was read already. At most one query.
    """
    rows = overrides_at(brand, market) if rows is None else rows
    known = {worked: n for choice, worked, n in rows if choice == Choice.APPROVE and worked is not None}
    return Overrides(sum(n for _choice, _worked, n in rows), sum(known.values()), known.get(True, 0))
