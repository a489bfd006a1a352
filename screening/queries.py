"""Reads for the pages of campaigns, briefs and runs. Every one takes the user: what is not theirs is not found.

Creators and their pages: registry.py. The list of a finished run: ranking.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Case, Count, F, Max, Model, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from jobs import lease
from jobs.models import Job
from screening.models import (
    Brand,
    Brief,
    Campaign,
    Discovery,
    Market,
    Objective,
    Outcome,
    Recommendation,
    RunStatus,
    ScreeningRun,
)

PER_PAGE = 50
NOT_HERE = _("There is nothing here, or it is not yours to see.")
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """One page of rows, which one it is, and how many there are. pages: 1 at least."""

    items: Sequence[Row]
    number: int
    pages: int
    found: int


def _page(rows: QuerySet[Row], page: str | int) -> Listed[Row]:
    found = rows.count()
    pages = max(1, -(-found // PER_PAGE))
    text = str(page)
    number = min(max(1, int(text) if text.isdecimal() and len(text) < 9 else 1), pages)
    return Listed(list(rows[(number - 1) * PER_PAGE : number * PER_PAGE]), number, pages, found)


def _one(rows: QuerySet[Row], **wanted: Any) -> Row:
    # The same words for what is not there and for what is somebody else's: the answer gives nothing away.
    found = rows.filter(**wanted).first()
    if found is None:
        raise Http404(NOT_HERE)
    return found


def visible_campaigns(user: User) -> QuerySet[Campaign]:
    """Return the campaigns of a person's brands and markets."""
    mine = access.scope(user).query("brand_id", "market_id")
    return Campaign.objects.filter(mine).select_related("brand", "market")


def campaigns(user: User, *, page: str | int = "") -> Listed[Campaign]:
    """Return campaigns, open ones first, then newest; each with `brief_version` (None: no brief) and `run_count`."""
    versions = Brief.objects.filter(campaign=OuterRef("pk")).values("campaign").annotate(n=Max("version")).values("n")
    counts = ScreeningRun.objects.filter(campaign=OuterRef("pk")).values("campaign").annotate(n=Count("pk")).values("n")
    rows = visible_campaigns(user).annotate(brief_version=Subquery(versions), run_count=Subquery(counts))
    return _page(rows.order_by(F("closed_at").desc(nulls_first=True), "-created_at", "-pk"), page)


def campaign(user: User, slug: str) -> Campaign:
    """Return a campaign of the person's with its brand and market, or answer not found."""
    return _one(visible_campaigns(user), slug=slug)


def campaign_now(user: User, slug: str) -> tuple[Campaign, datetime]:
    """Return a campaign of the person's and the time at which it was read, or answer not found. One query."""
    found = _one(visible_campaigns(user).annotate(read_at=lease.clock()), slug=slug)
    return found, found.read_at  # type: ignore[attr-defined]


def where_briefs_are_written(user: User) -> tuple[list[Brand], list[Market]]:
    """Return the brands and the markets for which a person may write briefs."""
    writers = access.MAY["brief"]
    scope = access.scope(user)
    brands = Brand.objects.filter(scope.query("pk", "", writers)).order_by("name")
    return list(brands), list(Market.objects.filter(scope.query("", "pk", writers)).order_by("code"))


@dataclass(frozen=True)
class Overview:
    """A campaign at a glance. tasks: how many cards are open and closed, by the keys `open` and `closed`."""

    campaign: Campaign
    briefs: list[Brief]
    runs: list[ScreeningRun]
    outcomes: list[Outcome]
    tasks: dict[str, int]
    may_write: bool
    may_run: bool

    @property
    def objective(self) -> str:
        """What the campaign is to achieve, in words."""
        return str(Objective(self.campaign.objective).label)

    @property
    def successes(self) -> int:
        """How many known results met their goal."""
        return sum(outcome.is_success for outcome in self.outcomes)


def overview(user: User, slug: str) -> Overview:
    """Return a campaign with its versions, runs, cards and results. Six queries."""
    found = campaign(user, slug)
    is_open = found.closed_at is None
    may = {verb: access.may(user, verb, brand=found.brand_id, market=found.market_id) for verb in ("brief", "run")}
    return Overview(
        campaign=found,
        briefs=list(found.briefs.select_related("by")),
        runs=list(_with_inputs(found.runs.all())[:PER_PAGE]),
        outcomes=outcomes_of(found),
        tasks=_tasks(found),
        may_write=may["brief"] and is_open,
        may_run=may["run"] and is_open,
    )


def _tasks(found: Campaign) -> dict[str, int]:
    # Cards belong to the floor above; here they are only counted, through the answer they stand on.
    cards = Recommendation.objects.filter(run__campaign=found, task__isnull=False)
    counted = cards.aggregate(
        open=Count("pk", filter=Q(task__closed_at__isnull=True)),
        closed=Count("pk", filter=Q(task__closed_at__isnull=False)),
    )
    return {"open": counted["open"], "closed": counted["closed"]}


def approved(found: Campaign, *, but: Collection[int] = ()) -> list[Recommendation]:
    """Return the answers on which creators of a campaign were approved, each creator’s newest. but: hidden profiles."""
    rows = Recommendation.objects.filter(run__campaign=found, task__state="approved").exclude(profile__in=but)
    newest: dict[int, Recommendation] = {}
    for one in rows.select_related("run").order_by("-run__number", "-pk"):
        newest.setdefault(one.creator_id, one)
    return list(newest.values())


def outcomes_of(found: Campaign) -> list[Outcome]:
    """Return the results of a campaign that stand (corrected ones are left out), newest first."""
    standing = found.outcomes.filter(replaced_by__isnull=True).select_related("profile__creator", "campaign__brand")
    return list(standing.order_by("-as_of_date", "-pk"))


def brief_version(user: User, slug: str, version: int) -> Brief:
    """Return a version of a brief of the person's, or answer not found."""
    mine = Brief.objects.filter(campaign__in=visible_campaigns(user))
    return _one(mine.select_related("campaign__brand", "campaign__market", "by"), campaign__slug=slug, version=version)


def brief_before(brief: Brief) -> Brief | None:
    """Return the version before this one, if there is one."""
    return brief.campaign.briefs.filter(version__lt=brief.version).first()


def visible_runs(user: User) -> QuerySet[ScreeningRun]:
    """Return the runs of a person's brands and markets, newest first."""
    mine = access.scope(user).query("campaign__brand_id", "campaign__market_id")
    return _with_inputs(ScreeningRun.objects.filter(mine))


def _with_inputs(rows: QuerySet[ScreeningRun]) -> QuerySet[ScreeningRun]:
    inputs = ("campaign__brand", "campaign__market", "brief", "pool", "model__approved_by", "job", "started_by")
    # The tables of a model weigh 100 kB and are read by workers only.
    return rows.select_related(*inputs).defer("model__document")


def runs(user: User, *, page: str | int = "") -> Listed[ScreeningRun]:
    """Return screening runs, newest first."""
    return _page(visible_runs(user), page)


def run(user: User, pk: int) -> ScreeningRun:
    """Return a run of the person's with all its inputs, or answer not found. One query."""
    return _one(visible_runs(user), pk=pk)


def finished_run(user: User, pk: int) -> ScreeningRun:
    """Return a run of the person's that has a ranking, or answer not found. One query."""
    return _one(visible_runs(user), pk=pk, status=RunStatus.COMPLETED)


def run_before(found: ScreeningRun) -> ScreeningRun | None:
    """Return the last run of the campaign that completed before this one: the list that is valid meanwhile."""
    earlier = found.campaign.runs.filter(number__lt=found.number, status=RunStatus.COMPLETED)
    return earlier.order_by("-number").defer("model__document").first()


@dataclass(frozen=True)
class Decided:
    """How many answers of a run were decided by people, and by the AI alone (policy, fast track, deadline)."""

    people: int
    ai: int


@dataclass(frozen=True)
class Beside:
    """What stands beside a finished run's list. known: results of its market; replayed: the last replay of it all."""

    decided: Decided
    known: int
    replayed: Job | None


def beside(found: ScreeningRun, replays: QuerySet[Job]) -> Beside:
    """Return who decided what of a run, the results of its market, and the newest of `replays`. One query."""
    standing = found.recommendations.filter(task__decisions__superseded_by__isnull=True)
    made = standing.exclude(task__decisions__isnull=True).exclude(task__decisions__choice="undo")
    ways = made.values_list("task__decisions__origin").annotate(n=Count("pk", distinct=True)).order_by()
    results = Outcome.objects.filter(campaign__market=found.campaign.market_id, replaced_by__isnull=True)
    counted = results.order_by().values("campaign__market").annotate(n=Count("pk")).values_list("n", flat=True)
    at_once(ways, counted, newest := replays[:1])
    by_origin = dict(ways)
    people = by_origin.get("person", 0)
    return Beside(Decided(people, sum(by_origin.values()) - people), sum(counted), next(iter(newest), None))


def named(found: ScreeningRun, answers: Collection[int], hidden: Collection[int]) -> tuple[tuple[str, int], ...]:
    """Return creators of answers of a run as (name, profile id), by rank, without hidden profiles. One query."""
    rows = found.recommendations.filter(pk__in=answers).exclude(profile__in=hidden).order_by("rank", "pk")
    told = rows.values_list("creator__name", "profile__handle", "profile_id")
    return tuple((name or f"@{handle}", profile) for name, handle, profile in told)


def runs_of(brief: Brief) -> list[ScreeningRun]:
    """Return the runs that stand on a version of a brief, newest first."""
    return list(brief.runs.defer("model__document"))


def markets_of(user: User) -> list[Market]:
    """Return the markets a person may see."""
    return list(Market.objects.filter(access.scope(user).query("", "pk")).order_by("code"))


def recommendations(
    found: ScreeningRun, *, page: str | int = "", hidden: Collection[int] = ()
) -> Listed[Recommendation]:
    """Return the frozen answers of a run by rank, those without a rank last; hidden: profiles that are left out."""
    rows = found.recommendations.exclude(profile__in=hidden).select_related("creator", "profile")
    return _page(rows.order_by(Case(When(rank=0, then=1), default=0), "rank", "pk"), page)


def ranks_of(found: ScreeningRun, profiles: Collection[int]) -> list[int]:
    """Return the ranks at which these profiles stand: the others are counted without them."""
    if not profiles:
        return []
    return list(found.recommendations.filter(profile__in=profiles, rank__gt=0).values_list("rank", flat=True))


def discovery(campaign: Campaign) -> Discovery | None:
    """Return the discovery of a campaign with the run that it stands on, if one was opened. One query."""
    whole = (
        "campaign__market", "run__campaign__brand", "run__campaign__market", "run__model", "run__brief", "run__pool",
    )  # fmt: skip
    found = Discovery.objects.select_related(*whole).defer("run__model__document")
    return found.filter(campaign=campaign).first()
