"""Forecasts of a campaign's KPI: learned with a market's model, fixed on a run, kept beside what the run said.

One forecaster a market and KPI, the newest; under 30 creators with a result there is none, and the pages say so. It
decides nothing: no verdict and no rank depends on it, so no approval stands before it, and who had it learned is named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import transaction

from accounts.models import User
from audit import log
from audit.models import Kind
from screening import pools
from screening.engine import baskets, codes, forecast, raw
from screening.engine.forecast import FEWEST, BrokenForecaster, Forecaster, Results
from screening.models import Campaign, Market, Outcome, ScreeningRun
from screening.models import Forecaster as Row

if TYPE_CHECKING:
    from screening.lessons import Gathered

MILLION = 1_000_000
USUAL = 80  # percent: the level that stands beside a result, and in the picture
FEATURES = codes.POOL_NAMES


def learn(market: Market, found: "Gathered", *, by: User | None, now: datetime) -> list[Row]:
    """Learn to forecast each KPI that has enough results, from the lessons of a market; the same again is the same
    row. Returns the newest of each.
    """
    told = Outcome.objects.in_bulk(found.outcomes)
    by_kpi: dict[str, list[int]] = defaultdict(list)
    for place, pk in enumerate(found.outcomes):
        by_kpi[told[pk].kpi].append(place)
    made = []
    for kpi, places in sorted(by_kpi.items()):
        results = _results(kpi, found, [told[found.outcomes[place]] for place in places], np.array(places, np.intp))
        if len(np.unique(results.creators)) >= FEWEST:
            made.append(_publish(market, forecast.learn(results, _of_others(market, kpi)), by=by, now=now))
    return made


def _results(kpi: str, found: "Gathered", told: Sequence[Outcome], places: raw.Longs) -> Results:
    lessons = found.lessons.of(FEATURES)
    population = sum(one.population for one in lessons.settings)
    assert isinstance(population, np.ndarray)
    return Results(
        kpi=kpi, features=FEATURES, cells=np.ascontiguousarray(lessons.cells[:, places]), population=population,
        actual=np.array([one.actual for one in told], np.float64), creators=lessons.creators[places],
        campaigns=np.array([one.campaign_id for one in told], np.int64),
        days=np.array([one.as_of_date.toordinal() for one in told], np.int64),
    )  # fmt: skip


def _of_others(market: Market, kpi: str) -> list[raw.Doubles]:
    """Return how far the forecasts of other markets in this KPI were off, each by its newest forecaster."""
    newest: dict[str, Row] = {}
    for row in Row.objects.filter(kpi=kpi).exclude(market=market).order_by("version"):
        newest[row.market_id] = row
    found = []
    for _code, row in sorted(newest.items()):
        try:
            found.append(_read(row.file).own)
        except BrokenForecaster:  # of an older release: its errors are of other features
            continue
    return found


def _publish(market: Market, made: Forecaster, *, by: User | None, now: datetime) -> Row:
    with transaction.atomic():
        last = market.forecasters.select_for_update().filter(kpi=made.kpi).order_by("-version").first()
        if last is not None and last.sha256 == made.key:
            return last
        version = last.version + 1 if last else 1
        body = {
            "what": "forecaster", "kpi": made.kpi, "version": version, "sha": made.key, "results": made.results,
            "creators": len(made.own), "markets": made.markets,
        }  # fmt: skip
        entry = log.record(Kind.MODEL_RELEASE, stream=f"model:{market.pk}", by=by, body=body, market=market.pk)
        return Row.objects.create(
            market=market, kpi=made.kpi, version=version, sha256=made.key, file=forecast.to_json(made),
            results=made.results, creators=len(made.own), by=by, created_at=now, audit=entry,
        )  # fmt: skip


def in_force(campaign: Campaign) -> dict[str, str]:
    """Return what a run freezes of forecasts: the hash of the newest forecaster of its KPI; nothing without one."""
    newest = Row.objects.filter(market=campaign.market_id, kpi=campaign.objective).order_by("-version")
    sha256 = newest.values_list("sha256", flat=True).first()
    return {"forecaster": sha256} if sha256 else {}


def of_run(run: ScreeningRun) -> Forecaster | None:
    """Return what forecasts a run's KPI as it was fixed at its start; None where nothing did. At most one query."""
    sha256 = _fixed(run)
    return load(sha256) if sha256 else None


def is_fixed(run: ScreeningRun) -> bool:
    """Tell whether anything forecast the KPI of a run."""
    return bool(_fixed(run))


def _fixed(run: ScreeningRun) -> str:
    frozen: Any = run.norms
    return str(frozen.get("forecaster", "")) if isinstance(frozen, Mapping) else ""


@lru_cache(maxsize=16)
def load(sha256: str) -> Forecaster:
    """Return the tables of a forecaster, read once a process. Raises BrokenForecaster when a byte was changed."""
    found = _read(Row.objects.filter(sha256=sha256).values_list("file", flat=True)[0])
    if found.key != sha256:
        raise BrokenForecaster(f"The tables give {found.key}, the run names {sha256}.")
    return found


def _read(file: str) -> Forecaster:
    return forecast.from_json(file, grid=codes.grid_key())


def forecasts(run: ScreeningRun, pool: raw.Pool, profile_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what a run's forecaster expects of some candidates, as plain data; nobody without a forecaster.

    Of who is unlike everybody with a result it says that and no figure.
    """
    found = of_run(run)
    if found is None:
        return {}
    places = [codes.POOL_NAMES.index(name) for name in found.features]
    made = {}
    for pk in profile_ids:
        row = pools.row_of(pool, pk)
        if row is not None:
            one = found.of(np.asarray(pool.codes[places, row]))
            made[pk] = {"kpi": found.kpi, "far": True} if one is None else plain(one, found)
    return made


def plain(one: forecast.Forecast, by: Forecaster) -> dict[str, Any]:
    """Return a forecast as plain data: the middle, each interval with its count and rank, and where results lay."""
    return {
        "kpi": one.kpi, "place": one.place, "middle": _figure(one.middle), "ends": [round(end, 6) for end in by.ends],
        "markets": by.markets,
        "bands": [
            {
                "level": round(100 * band.width.level), "low": _figure(band.low), "high": _figure(band.high),
                "n": band.width.n, "rank": band.width.rank, "promised_u6": round(band.width.promised * MILLION),
            }
            for band in one.bands
        ],
    }  # fmt: skip


def _figure(value: float) -> float:
    # Four figures: more would tell of a precision that is not there.
    return float(f"{value:.4g}")


def usual(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the interval that stands beside results, of a stored forecast; None where there was too little for it."""
    bands: list[dict[str, Any]] = told.get("bands", [])
    return next((band for band in bands if band["level"] == USUAL), None)


def recorded(told: Mapping[str, Any]) -> list[Any]:
    """Return a stored forecast for the log, times 10^6: the middle, then low and high of each interval."""
    ends = [band[name] for band in told.get("bands", []) for name in ("low", "high")]
    figures = [told["middle"], *ends] if "middle" in told else []
    return [_whole(round(figure * MILLION)) for figure in figures]


def _whole(number: int) -> int | str:
    return number if abs(number) < log.MAX_INT else str(number)


def known(market: str, kpi: str) -> int:
    """Return how many creators of a market have a standing result in a KPI. One query."""
    rows = Outcome.objects.filter(campaign__market=market, kpi=kpi, campaign__objective=kpi, replaced_by__isnull=True)
    return rows.values("profile__creator").distinct().count()


def together(told: Sequence[Mapping[str, Any] | None], by: Forecaster | None) -> baskets.Sum | None:
    """Return what several creators of one campaign are expected to bring together, by their stored forecasts.

    None where one of them has no figure, or earlier campaigns do not tell how far errors go together.
    """
    places = [one["place"] for one in told if one and "place" in one]
    if by is None or by.basket is None or len(places) < len(told) or not places:
        return None
    return baskets.total(np.array(places), by.basket, USUAL / 100)
