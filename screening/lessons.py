"""What the results of a market teach: each creator who was worked with, what was known beforehand, and what came of it.

A result counts in the campaign's own KPI, the newest that stands, once for a creator and campaign. Who was rejected has
none and is not here: nobody fails by not being asked. What was known beforehand is the frozen pool of the run that
advised; where no run did, the figures as they stood four weeks before the result.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from screening import briefs, judging, pools
from screening.engine import card, codes, features, grades, ladder, raw
from screening.engine import lessons as engine
from screening.engine.basis import Setting
from screening.engine.reference import OtherGrid
from screening.engine.tables import Model
from screening.engine.types import Criteria, Preferences
from screening.models import Campaign, Market, Outcome, ScreeningRun
from screening.reading import read_market
from screening.store import NotInStore

BEFORE = timedelta(days=28)  # a result is measured this long after the work began, house rule


@dataclass(frozen=True)
class Known:
    """How many results of a market are known, and how many of them worked out; and the same of all other markets.

    graded: the same of those that stand beside a goal.
    """

    count: int = 0
    worked: int = 0
    elsewhere: int = 0
    worked_elsewhere: int = 0
    graded: "Known | None" = field(default=None, compare=False)

    @property
    def least(self) -> int:
        """How many are needed."""
        return ladder.fewest(is_beside=self.is_beside)[0]

    @property
    def of_each(self) -> int:
        """How many are needed that worked out, and that did not."""
        return ladder.fewest(is_beside=self.is_beside)[1]

    @property
    def is_beside(self) -> bool:
        """True where the other markets have enough for this one to begin on their score."""
        return ladder.is_enough(self.elsewhere, self.worked_elsewhere)

    @property
    def has_some(self) -> str:
        """Why no proxy is learned from any more; "" where there is no result yet."""
        return _("This market has results: its model learns from them, not from a proxy.") if self.count else ""

    @property
    def lacks_graded(self) -> str:
        """Why nothing can be learned from graded results yet; "" where there is enough."""
        return self.graded.lacks if self.graded else self.lacks

    @property
    def lacks(self) -> str:
        """Why nothing can be learned yet; "" where there is enough."""
        failed = self.count - self.worked
        least, of_each = ladder.fewest(is_beside=self.is_beside)
        if self.count < least:
            few = ngettext(
                "%(n)s result is too little to learn from. %(least)s are needed.",
                "%(n)s results are too few to learn from. %(least)s are needed.", self.count,
            )  # fmt: skip
            return few % {"n": wording.number(self.count), "least": least}
        if min(self.worked, failed) >= of_each:
            return ""
        told = {"good": wording.number(self.worked), "bad": wording.number(failed), "least": of_each}
        return (
            _("%(good)s worked out and %(bad)s did not: at least %(least)s of each are needed to tell them apart.")
            % told
        )


@dataclass(frozen=True, eq=False)
class Gathered:
    """Lessons, and the ids of their outcomes in the same order. left_out: results whose creator could not be read.

    grades: (n,) how far over or under its goal each lay, NaN without one.
    """

    lessons: engine.Lessons
    outcomes: tuple[int, ...]
    left_out: int
    grades: raw.Doubles

    def graded(self) -> "Gathered":
        """Return those that stand beside a goal, to be learned from by their grades."""
        kept = np.flatnonzero(np.isfinite(self.grades))
        told = replace(self.lessons.some(kept), grades=self.grades[kept])
        return Gathered(told, tuple(self.outcomes[place] for place in kept), self.left_out, self.grades[kept])


def standing(market: str | None = None) -> QuerySet[Outcome]:
    """Return the results that count, oldest first, of a market or all; of creator and campaign the last is the one."""
    rows = Outcome.objects.filter(replaced_by__isnull=True, kpi=F("campaign__objective"))
    return (rows if market is None else rows.filter(campaign__market=market)).order_by("as_of_date", "pk")


def known(markets: Collection[str]) -> dict[str, Known]:
    """Return how many results are known, by market, and how many in all the others. One query."""
    rows = standing().values_list("campaign__market", "campaign", "profile", "is_success", "target", "predicted")
    newest = {(market, campaign, profile): told for market, campaign, profile, *told in rows}
    every = _counted(markets, [(who[0], bool(told[0])) for who, told in newest.items()])
    graded = _counted(markets, [(who[0], bool(told[0])) for who, told in newest.items() if any(told[1:])])
    return {one: replace(every[one], graded=graded[one]) for one in markets}


def _counted(markets: Collection[str], told: Iterable[tuple[str, bool]]) -> dict[str, Known]:
    told = list(told)
    count, worked = Counter(market for market, _is in told), Counter(market for market, is_good in told if is_good)
    return {
        one: Known(count[one], worked[one], count.total() - count[one], worked.total() - worked[one])
        for one in markets
    }  # fmt: skip


def gather(market: Market, model: Model, *, until: datetime) -> Gathered:
    """Return all lessons of a market as a model's features see them. Reads each run's pool once. Raises EmptyMarket."""
    rows = standing(market.pk).select_related("recommendation__run__brief", "campaign__brand", "profile")
    newest = {(one.campaign_id, one.profile_id): one for one in rows}
    outcomes = sorted(newest.values(), key=lambda one: one.pk)
    parts, rest = _from_runs(outcomes, model)
    parts += _from_figures(rest, market, model, until=until)
    return _joined(parts, model, len(outcomes))


def gather_elsewhere(
    market: Market, model: Model, *, until: datetime, is_graded: bool = False
) -> engine.Lessons | None:
    """Return the lessons of all other markets as a model's features see them, None where there are none. is_graded:
    those with a grade, to be learned from by it.

    What is learned from them are tables: neither a brand nor a creator of another market can be read in them.
    """
    parts = []
    taught = standing().order_by().values("campaign__market")
    for other in Market.objects.filter(pk__in=taught).exclude(pk=market.pk).order_by("code"):
        try:
            found = gather(other, model, until=until)
        except pools.EmptyMarket:  # everybody has left it; their results stand in no pool
            continue
        part = found.graded().lessons if is_graded else found.lessons
        # A price in another currency is another number for the same price.
        parts.append(part if other.currency == market.currency else part.silent(card.PRICED))
    return engine.joined(parts) if parts else None


@dataclass(frozen=True, eq=False)
class _Part:
    outcomes: Sequence[Outcome]
    cells: raw.Bytes
    exists: raw.Bools
    creators: raw.Longs
    setting: Setting


def _from_runs(outcomes: Iterable[Outcome], model: Model) -> tuple[list[_Part], list[Outcome]]:
    of_run: dict[ScreeningRun, list[Outcome]] = {}
    rest: list[Outcome] = []
    for one in outcomes:
        run = one.recommendation.run if one.recommendation else None
        (rest if run is None or run.pool_id is None else of_run.setdefault(run, [])).append(one)
    parts: list[_Part] = []
    for run, own in of_run.items():
        try:
            part = _part(judging.inputs_of(run), own, model)
        except (NotInStore, OtherGrid):  # the pool is gone, or of an older release: the figures are still here
            rest += own
            continue
        parts.append(part)
        there = {one.pk for one in part.outcomes}
        rest += [one for one in own if one.pk not in there]
    return parts, rest


def _part(
    asked: tuple[raw.Pool, Criteria, Preferences], outcomes: Sequence[Outcome], model: Model,
    setting: Setting | None = None,
) -> _Part:  # fmt: skip
    pool = asked[0]
    places = {one.pk: pools.row_of(pool, one.profile_id) for one in outcomes}
    there = [one for one in outcomes if places[one.pk] is not None]
    rows = np.array([places[one.pk] for one in there], np.intp)
    found = engine.coded(*asked, model)
    return _Part(
        there, found.cells[:, rows], found.exists[:, rows], pool.raw.creator_ids[rows], setting or found.setting()
    )


def _from_figures(outcomes: Sequence[Outcome], market: Market, model: Model, *, until: datetime) -> list[_Part]:
    """Read what stood in the figures before each result; measured against the newest pool of the market."""
    if not outcomes:
        return []
    pool = pools.open_pool(pools.newest(market) or pools.freeze(market, by=None, now=until))
    grouped: dict[tuple[Campaign, date], list[Outcome]] = {}
    for one in outcomes:
        day = min(one.campaign.created_at.date(), one.as_of_date - BEFORE)
        grouped.setdefault((one.campaign, day), []).append(one)
    asked = {campaign.pk: _asked(campaign) for campaign, _day in grouped}
    settings = {pk: engine.coded(pool, *brief, model).setting() for pk, brief in asked.items()}
    return [
        _part((_measured(market, own, day), *asked[campaign.pk]), own, model, settings[campaign.pk])
        for (campaign, day), own in grouped.items()
    ]


def _asked(campaign: Campaign) -> tuple[Criteria, Preferences]:
    # Amounts of a brief stay in its own currency: of a campaign that no run screened the rate of its day is not known.
    brief = briefs.latest(campaign)
    if brief is None:
        return Criteria(), Preferences()
    return briefs.criteria_of(brief), briefs.preferences_of(brief)


def _measured(market: Market, outcomes: Sequence[Outcome], day: date) -> raw.Pool:
    table = read_market(market, on=day, only=[one.profile_id for one in outcomes])
    return raw.Pool("", table, codes.encode(features.build(table), codes.POOL_NAMES), codes.grid_key())


def _joined(parts: Sequence[_Part], model: Model, asked: int) -> Gathered:
    parts = [part for part in parts if part.outcomes]
    flat = [one for part in parts for one in part.outcomes]
    order = np.argsort([one.pk for one in flat], kind="stable")
    empty = [np.zeros((len(model.features), 0), np.uint8)]
    found = engine.Lessons(
        features=model.features,
        cells=np.concatenate([part.cells for part in parts] or empty, axis=1)[:, order],
        exists=np.concatenate([part.exists for part in parts] or empty, axis=1).astype(bool)[:, order],
        setting=np.repeat(np.arange(len(parts)), [len(part.outcomes) for part in parts]).astype(np.int32)[order],
        settings=[part.setting for part in parts],
        worked=np.array([one.is_success for one in flat], bool)[order],
        creators=np.concatenate([part.creators for part in parts] or [np.zeros(0, np.int64)])[order],
    )
    told = [flat[place] for place in order]
    return Gathered(found, tuple(int(one.pk) for one in told), asked - len(flat), _grades(told))


def _grades(told: Sequence[Outcome]) -> raw.Doubles:
    """Return how far results (n,) lie over or under what they are measured against, as `is_success` is said."""
    goals = [one.target if one.target is not None else one.predicted for one in told]
    goal = np.array([np.nan if one is None else one for one in goals], np.float64)
    return grades.graded(np.array([one.actual for one in told], np.float64), goal, [one.kpi for one in told])
