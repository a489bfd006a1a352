"""Reads of model cards: what models a person's markets have, and all that is known of one of them.

A card is read by whoever reads its market. It names no creator: what it shows are counts, tables and who approved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Max, OuterRef, Subquery
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import faces
from audit.models import AuditEntry, Kind
from screening import forecast_words, forecasting, look_words, lookouts, pools, store, training, words
from screening.engine import codes, tables
from screening.engine.calibration import Record, record_of
from screening.engine.confidence import bounds
from screening.engine.forecast import BrokenForecaster
from screening.engine.lookout import BrokenLookout
from screening.engine.reach import reaches
from screening.engine.types import BANDS, Band
from screening.models import Forecaster, Lookout, Market, Pool, ScoringModel, ScreeningRun

HEAVIEST = 10  # features that a card lists
MILLION = 1_000_000
ENTRIES = 200  # newest of a market's models that are looked through


@dataclass(frozen=True)
class Shelf:
    """A market with its models, the newest first."""

    market: Market
    models: Sequence[ScoringModel]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Chances of one kind and the record of what happened."""

    record: Record

    @property
    def is_told(self) -> bool:
        """True where there are enough cases to say anything."""
        return self.record.count >= words.FOR_A_RECORD

    @property
    def is_few(self) -> bool:
        """True where the count stands first, not the share."""
        return self.record.count < words.COUNT_FIRST


@dataclass(frozen=True, kw_only=True)
class Group(Recorded):
    """What became of the chances of one wording: stated from and to."""

    stated: tuple[float, float]

    @property
    def share(self) -> float:
        """The share that worked out."""
        return self.record.right / max(self.record.count, 1)

    @property
    def agrees(self) -> bool:
        """True where the interval of what happened meets what was stated; both are read as whole percent."""
        ends = (round(self.record.low, 2), round(self.record.high, 2))
        return ends[0] <= self.stated[1] and self.stated[0] <= ends[1]


@dataclass(frozen=True, kw_only=True)
class Part(Recorded):
    """What became of the chances in a part of the lessons (screening.engine.slices). stated: the mean chance."""

    kind: str
    name: str
    stated: float
    gap: float
    usual: float

    @property
    def is_off(self) -> bool:
        """True where chances and what happened lie further apart than chance alone takes them, 19 times of 20."""
        return self.gap > self.usual


@dataclass(frozen=True)
class Weight:
    """A feature and between which points its table moves nine tenths of a pool."""

    feature: str
    low: float
    high: float


@dataclass(frozen=True)
class Moment:
    """An entry of the log about a model. is_end: by it this model retired; is_open: the reader may open it."""

    shown: faces.Shown
    is_end: bool
    is_open: bool


@dataclass(frozen=True)
class Foreseen:
    """What forecasts a KPI in the market. promise: what stands behind its interval; "" where there is none."""

    row: Forecaster
    goal: str
    promise: str


@dataclass(frozen=True)
class Looks:
    """What tells of looks at flags in the market: the row, None where there is none yet, and words of it."""

    row: Lookout | None
    text: str


@dataclass(frozen=True)
class Card:
    """All that is known of a model. tables: None where this release cannot read its file, `broken` says why."""

    model: ScoringModel
    tables: tables.Model | None
    broken: str
    groups: Sequence[Group]
    pool: Pool | None
    weights: Sequence[Weight]
    moments: Sequence[Moment]
    others: Sequence[ScoringModel]
    forecasters: Sequence[Foreseen]
    looks: Looks
    runs: int
    newest_run: int | None


def visible(user: User) -> Any:
    """Return the models of a person's markets, without their tables."""
    seen = ScoringModel.objects.filter(access.scope(user).query(market="market_id"))
    return seen.defer("document").select_related("market", "approved_by")


def shelves(user: User) -> list[Shelf]:
    """Return a person's markets with their models, by code; markets without any too. Two queries."""
    known: dict[str, list[ScoringModel]] = {}
    for one in visible(user).order_by("-version"):
        known.setdefault(one.market_id, []).append(one)
    markets = Market.objects.filter(access.scope(user).query(market="pk")).order_by("code")
    return [Shelf(market, known.get(market.pk, [])) for market in markets]


def card(user: User, pk: int) -> Card:
    """Return the card of a model, or answer not found. Ten queries; reading tables for the first time takes more."""
    lookout = Lookout.objects.filter(market=OuterRef("market")).order_by("-version").values("pk")[:1]
    models = list(
        visible(user).filter(market__models__pk=pk).order_by("-version").annotate(lookout_id=Subquery(lookout))
    )
    model = next((one for one in models if one.pk == pk), None)
    if model is None:
        raise Http404(_("There is nothing here, or it is not yours to see."))
    compiled, broken = _compiled(model)
    pool = pools.newest(model.market)
    made = _runs(user).filter(model=model).aggregate(count=Count("pk"), newest=Max("pk"))
    return Card(
        model=model, tables=compiled, broken=broken, groups=groups(model.facts), pool=pool,
        weights=heaviest(compiled, pool), moments=_moments(user, model), forecasters=_forecasters(model.market),
        looks=_looks(model.market, model.lookout_id), others=[one for one in models if one.pk != pk],
        runs=made["count"], newest_run=made["newest"],
    )  # fmt: skip


def _runs(user: User) -> Any:
    return ScreeningRun.objects.filter(access.scope(user).query("campaign__brand_id", "campaign__market_id"))


def _compiled(model: ScoringModel) -> tuple[tables.Model | None, str]:
    try:
        return training.load(model.pk), ""
    except tables.BrokenModel as broken:  # of an older release, or changed after it was written
        return None, str(broken)


def groups(facts: dict[str, Any]) -> list[Group]:
    """Return what became of each wording's chances, likeliest first; none of a model that learned from no result."""
    told = facts.get("reliability")
    return [_group(word, *told.get(word, (0, 0))) for word in reversed(BANDS)] if told else []


def parts(facts: dict[str, Any]) -> list[Part]:
    """Return what became of the chances by platform, tier and completeness; none of a model that was made before."""
    return [_part(one) for one in facts.get("slices", ())]


def _part(row: Sequence[Any]) -> Part:
    kind, name, count, worked, *figures = row
    stated, gap, usual = (one / MILLION for one in figures)
    return Part(kind=kind, name=name, record=record_of(count, worked), stated=stated, gap=gap, usual=usual)


def _group(word: Band, count: int, worked: int) -> Group:
    return Group(stated=bounds(word), record=record_of(count, worked))


def heaviest(model: tables.Model | None, pool: Pool | None) -> list[Weight]:
    """Return the features that move a market's pool furthest, in points; none without tables or a pool of their grid.

    What a brief gives (the price asked) is in no pool and not among them.
    """
    if model is None or pool is None:
        return []
    try:
        opened = pools.open_pool(pool)
    except store.NotInStore:
        return []
    kept = np.flatnonzero([name in codes.POOL_NAMES for name in model.features])
    if opened.grid != model.grid or not len(kept):
        return []
    asked = tables.only(model, kept)
    rows = [codes.POOL_NAMES.index(name) for name in asked.features]
    ends = reaches(asked, tables.counts(opened.codes[rows]))
    found = [Weight(name, float(low), float(high)) for name, (low, high) in zip(asked.features, ends, strict=True)]
    found = [one for one in found if round(one.high - one.low, 1) > 0]
    return sorted(found, key=lambda one: (one.low - one.high, one.feature))[:HEAVIEST]


def _moments(user: User, model: ScoringModel) -> list[Moment]:
    """Return what the log says of a model, oldest first: registered, approved, back at work, retired. Two queries."""
    market = model.market_id
    rows = AuditEntry.objects.filter(stream=f"model:{market}", kind=Kind.MODEL_RELEASE).order_by("-uid")[:ENTRIES]
    entries = list(rows)[::-1]
    ids = {int(one.actor.removeprefix("user:")) for one in entries if one.actor.startswith("user:")}
    people = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    # An entry of a market stands under no brand: who reads the log of one brand alone does not open it.
    reads = access.scope(user).covers([("", market)], access.MAY["audit"])
    found = [
        (one, one.body.get("retired") == model.version) for one in faces.show(entries, people)
        if model.version in {one.body.get("model"), one.body.get("retired")}
    ]  # fmt: skip
    return [Moment(one, is_end, reads or one.entry.actor == f"user:{user.pk}") for one, is_end in found]


def _forecasters(market: Market) -> list[Foreseen]:
    """Return the newest forecaster of each KPI. One query; one more for each that this process has not read yet."""
    newest: dict[str, Forecaster] = {}
    for row in market.forecasters.defer("file").order_by("version"):
        newest[row.kpi] = row
    return [Foreseen(row, forecast_words.goal(kpi), _promise(row)) for kpi, row in sorted(newest.items())]


def _promise(row: Forecaster) -> str:
    try:
        return forecast_words.promise(forecasting.load(row.sha256))
    except BrokenForecaster:
        return ""


def _looks(market: Market, pk: int | None) -> Looks:
    """Return the market's newest lookout by its id, or what is lacking for one. One query."""
    if pk is None:
        return Looks(None, look_words.lacking(lookouts.known(market.pk)))
    row = Lookout.objects.get(pk=pk)
    try:
        return Looks(row, look_words.ordered(lookouts.read(row.file)))
    except BrokenLookout:  # of an older release, or changed after it was written
        return Looks(row, "")
