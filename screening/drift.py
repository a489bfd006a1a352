"""Has a market moved away from what its model was put to work on? What the page of drift reads, and the clock notes.

The candidates: the pool the model first ran on, or where it never ran the newest that was there when it was approved,
against the newest pool. Each pool is summed up once, when it is frozen (pools.counts), so a page reads 68 kB a pool
however many profiles it holds. The chances: results of runs of the model at work, beside the chance stated then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts import access
from accounts.models import User
from screening import learning, lessons, pools
from screening.engine import drift as engine
from screening.engine.card import CARD
from screening.engine.codes import POOL_NAMES
from screening.engine.drift import Gap, Level, Moved
from screening.engine.features import FEATURES
from screening.engine.reference import OtherGrid
from screening.models import Market, ModelState, Outcome, Pool, ScoringModel, ScreeningRun
from screening.store import NotInStore

MILLION = 1_000_000
YOUNG = timedelta(days=91)  # after a market's first pool: what is read from histories moves as they grow longer
SHA = CharField()
Results = Sequence[tuple[float, bool, int]]  # chance as stated, did it work, creator


@dataclass(frozen=True)
class Candidates:
    """The features that a model looks at, in the pool it began on and in the newest one; what moved most first.

    is_young: the older pool is of the market's first quarter; what is read from a history is not compared.
    """

    before: Pool
    now: Pool
    features: Sequence[Moved]
    is_young: bool

    @property
    def moved(self) -> list[Moved]:
        """Those over a band and over what chance alone does."""
        return [one for one in self.features if one.level != Level.STEADY]

    @property
    def is_drift(self) -> bool:
        """True where one is over the upper band."""
        return any(one.level == Level.DRIFT for one in self.features)


@dataclass(frozen=True)
class Drift:
    """A market: its model at work, what moved under it, and how its chances held.

    candidates: None before there are two pools that compare. at_approval: the record it was approved on, of creators it
    had not seen; None of an expert card.
    """

    market: Market
    model: ScoringModel | None
    candidates: Candidates | None
    gap: Gap
    at_approval: Gap | None
    may_learn: bool

    @property
    def is_drift(self) -> bool:
        """True where the candidates are over the limit or the chances are given too high or too low."""
        return bool(self.candidates and self.candidates.is_drift) or self.gap.is_drift

    @property
    def is_early(self) -> bool:
        """True where there is nothing to judge by yet."""
        return self.candidates is None and self.gap.mean is None


@dataclass(frozen=True)
class _Work:
    """A model at work, and the pools it began on and has now, by their hash; when the market had its first."""

    model: ScoringModel
    began_on: str | None
    newest: str | None
    first_at: datetime | None


def of(user: User) -> list[Drift]:
    """Return the markets a person sees, by code. Six queries, however many markets."""
    found = list(Market.objects.filter(access.scope(user).query(market="pk")).order_by("code"))
    return _of(found, lambda market: learning.may_start(user, market.pk))


def watch(*, now: datetime) -> None:
    """Note which models at work their markets have moved away from, and since when; six queries, and one a change."""
    for one in _of(list(Market.objects.order_by("code")), lambda _market: False):
        if one.model is not None and one.is_drift != (one.model.drifted_at is not None):
            ScoringModel.objects.filter(pk=one.model.pk).update(drifted_at=now if one.is_drift else None)


def drifted(user: User) -> QuerySet[ScoringModel]:
    """Return the models at work, of the markets a person sees, that `watch` found moved away from."""
    here = access.scope(user).query(market="market")
    rows = ScoringModel.objects.filter(here, state=ModelState.ACTIVE, drifted_at__isnull=False)
    return rows.select_related("market").defer("document", "facts").order_by("market")


def _of(markets: Sequence[Market], may_learn: Callable[[Market], bool]) -> list[Drift]:
    at_work = {one.model.market_id: one for one in _at_work(markets)}
    models = [one.model for one in at_work.values()]
    held = Pool.objects.in_bulk({sha for one in at_work.values() for sha in (one.began_on, one.newest) if sha})
    results, records = _results(models), _records(models)

    def told(market: Market) -> Drift:
        work = at_work.get(market.pk)
        if work is None:
            return Drift(market, None, None, engine.Gap(0, 0), None, may_learn(market))
        own, record = results.get(work.model.pk, ()), records.get(work.model.pk)
        return Drift(
            market, work.model, _candidates(work, held), _gap(own), _gap(record) if record else None, may_learn(market)
        )

    return [told(market) for market in markets]


def _at_work(markets: Iterable[Market]) -> list[_Work]:
    runs = ScreeningRun.objects.filter(model=OuterRef("pk"), pool__isnull=False).order_by("pk")
    frozen = Pool.objects.filter(market=OuterRef("market")).order_by("-frozen_at", "sha256")
    known = frozen.filter(frozen_at__lte=OuterRef("approved_at"))
    found = (
        ScoringModel.objects.filter(market__in=markets, state=ModelState.ACTIVE).defer("document")
        .annotate(began_on=Coalesce(Subquery(runs.values("pool")[:1]), known.values("pk")[:1], output_field=SHA))
        .annotate(newest=Subquery(frozen.values("pk")[:1], output_field=SHA))
        .annotate(first_at=Subquery(frozen.reverse().values("frozen_at")[:1]))
    )  # fmt: skip
    return [_Work(one, one.began_on, one.newest, one.first_at) for one in found]


def _candidates(work: _Work, held: Mapping[str, Pool]) -> Candidates | None:
    if not work.began_on or not work.newest or not work.first_at or work.began_on == work.newest:
        return None
    before, now = held[work.began_on], held[work.newest]
    try:
        counts = pools.counts(before), pools.counts(now)
    except (NotInStore, OtherGrid):  # gone, or of another release: nothing compares
        return None
    # A feature that is younger than the older pool has not moved: it was not looked at then.
    names = [name for name in looked_at(work.model) if POOL_NAMES.index(name) < len(counts[0])]
    if is_young := before.frozen_at < work.first_at + YOUNG:
        names = [name for name in names if FEATURES[name].evidence != "history"]
    rows = [POOL_NAMES.index(name) for name in names]
    return Candidates(before, now, engine.compare(names, counts[0][rows], counts[1][rows]), is_young)


def looked_at(model: ScoringModel) -> Sequence[str]:
    """Return the features of a pool that a model looks at: the card's own, or all where it was learned.

    Without the age of the figures: it moves by itself between two imports, for everybody at once.
    """
    own = {line.feature for line in CARD}
    return [name for name in POOL_NAMES if name != "figures_age" and (model.kind != "card" or name in own)]


def _gap(results: Results) -> Gap:
    p, worked, creators = zip(*results, strict=True) if results else ((), (), ())
    return engine.gap(np.array(p, np.float64), np.array(worked, bool), np.array(creators, np.int64))


def _results(models: Iterable[ScoringModel]) -> Mapping[int, Results]:
    """Return what came of the answers of models, of creator and campaign the newest result. One query."""
    found = lessons.standing().filter(recommendation__run__model__in=[one.pk for one in models])
    rows = found.values_list(
        "recommendation__run__model", "recommendation__p_u6", "is_success", "profile__creator", "campaign", "profile"
    )
    newest = {(model, *where): (model, p, worked, creator) for model, p, worked, creator, *where in rows}
    told: dict[int, list[tuple[float, bool, int]]] = defaultdict(list)
    for model, p, worked, creator in newest.values():
        told[model].append((p / MILLION, worked, creator))
    return told


def _records(models: Iterable[ScoringModel]) -> Mapping[int, Results]:
    """Return what learned models had said of their own lessons before they had seen the creators. Two queries."""
    learned = [one.pk for one in models if one.kind != "card"]
    said = dict(ScoringModel.objects.filter(pk__in=learned).values_list("pk", "document__held_out")) if learned else {}
    asked = {int(outcome) for held in said.values() for outcome in held or ()}
    rows = Outcome.objects.filter(pk__in=asked).values_list("pk", "is_success", "profile__creator") if asked else ()
    known = {pk: (worked, creator) for pk, worked, creator in rows}
    return {
        model: [(p / MILLION, *known[int(pk)]) for pk, p in (held or {}).items() if int(pk) in known]
        for model, held in said.items()
    }  # fmt: skip
