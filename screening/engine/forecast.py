"""The forecaster of a KPI: log10(1 + result) = level + one table a feature, and how far such forecasts were off.

    forecast.learn(results) -> Forecaster      tables by `gaussian`, held-out errors for `intervals` and `baskets`
    forecaster.of(cells) -> Forecast           the middle and an interval for each level, with its rank and count

A result is what a campaign recorded of one creator in all, whatever they posted for it. On a log scale creators of
unlike size can be compared; beforehand it is believed that the bigger reach more (half a standard deviation a standard
deviation of log followers), and the price asked stands among the features. Method: engine.md sections 2 and 3.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from screening.engine import basis, baskets, codes, gaussian, intervals
from screening.engine.basis import SLOPE, Setting
from screening.engine.features import CHOICE, FEATURES
from screening.engine.intervals import LEVELS, Adapted, Width
from screening.engine.raw import Bytes, Doubles, Longs

SCHEMA = 1
FEWEST = 30  # creators with a result, under which nothing is forecast, house rule
FAR = 0.25  # of the known values beyond those of all results: nothing is forecast, house rule
ANCHOR = "followers"


class TooFew(ValueError):
    """Raised when fewer creators have a result than a forecast can be learned from."""


class BrokenForecaster(Exception):
    """A file that is not, byte for byte, what was written, or is of another schema or grid."""


@dataclass(frozen=True, eq=False)
class Results:
    """What campaigns achieved, in a fixed order (n,).

    cells: codes (features, n). population: counts of codes in the pools they come from (features, 256). actual: in the
    unit of the KPI. creators, campaigns: ids. days: when it became known.
    """

    kpi: str
    features: tuple[str, ...]
    cells: Bytes
    population: Longs
    actual: Doubles
    creators: Longs
    campaigns: Longs
    days: Longs


@dataclass(frozen=True)
class Band:
    """The interval of a stated coverage, in the unit of the KPI, and what stands behind it."""

    low: float
    high: float
    width: Width


@dataclass(frozen=True)
class Forecast:
    """What is expected of one creator. place: on the log scale; bands: one for each level that has enough behind it."""

    kpi: str
    place: float
    middle: float
    bands: tuple[Band, ...]


@dataclass(frozen=True, eq=False)
class Forecaster:
    """What forecasts a KPI in a market. tables: (features, 256), in log10.

    errors: what an interval is taken from (n,), rising; own: those of this market's creators, each by their newest
    result. levels: how each did in time. seen: lowest and highest code of the results (features, 2). ends: least and
    most result, log10. results: how many; markets: whose errors these are;
    campaigns: with two results or more.
    """

    kpi: str
    grid: str
    features: tuple[str, ...]
    level: float
    tables: Doubles
    errors: Doubles
    own: Doubles
    levels: tuple[Adapted, ...]
    basket: baskets.Errors | None
    seen: Longs
    ends: tuple[float, float]
    results: int
    markets: int
    campaigns: int

    def places(self, cells: Bytes) -> Doubles:
        """Return what is expected of codes (features, n), on the log scale (n,)."""
        found: Doubles = self.level + np.take_along_axis(self.tables, cells.astype(np.intp), axis=1).sum(axis=0)
        return found

    def is_far(self, cells: Bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Tell who is unlike everybody with a result (n,): a quarter of their known numbers lie beyond."""
        counted = np.array([FEATURES[name].scale != CHOICE for name in self.features])[:, None] & (cells > 0)
        beyond = counted & ((cells < self.seen[:, :1]) | (cells > self.seen[:, 1:]))
        return beyond.sum(axis=0) > FAR * np.maximum(counted.sum(axis=0), 1)

    def of(self, cells: Bytes) -> Forecast | None:
        """Return the forecast for one creator's codes (features,); None where nobody like them has a result."""
        if self.is_far(cells[:, None])[0]:
            return None
        # Rounded before anything is made of it: sums in another order must not change a stored figure.
        place = round(float(self.places(cells[:, None])[0]), 6)
        bands = [Band(unlogged(place - one.half), unlogged(place + one.half), one) for one in self.widths()]
        return Forecast(self.kpi, place, unlogged(place), tuple(bands))

    def widths(self) -> list[Width]:
        """Return how far an interval of each level reaches, rising; levels without enough behind them are left out."""
        asked = [(intervals.INNER, None), *((level, one.miss) for level, one in zip(LEVELS, self.levels, strict=True))]
        found: list[Width] = []
        for level, miss in asked:
            one = intervals.width(self.errors, level, miss=miss, least=found[-1].rank if found else 1)
            found += [one] if one else []
        return found

    @property
    def key(self) -> str:
        """The SHA-256 that names it."""
        return hashlib.sha256(_body(self).encode()).hexdigest()


def logged(actual: Doubles) -> Doubles:
    """Return results on the log scale; a result of nothing stands at 0."""
    found: Doubles = np.log10(1 + actual)
    return found


def unlogged(place: float) -> float:
    """Return the result that stands at a place of the log scale."""
    return max(0.0, float(10**place - 1))


def learn(told: Results, others: Sequence[Doubles] = ()) -> Forecaster:
    """Learn to forecast from results. others: own errors of other markets in this KPI. Raises TooFew."""
    newest = _newest(told.creators, told.days)
    if len(newest) < FEWEST:
        raise TooFew(f"{len(newest)} creators have a result: {FEWEST} are needed.")
    shapes = basis.lay_out(told.features, told.population)
    setting = Setting(told.population, told.cells[:, :0], np.ones(len(told.features)))
    columns, y = shapes.columns(told.cells, setting), logged(told.actual)
    anchor = np.flatnonzero((shapes.group == SLOPE) & (shapes.owner == _place(told.features)))
    card = columns[:, anchor].sum(axis=1)  # none where nobody's followers are known
    fitted = gaussian.fit(columns, shapes.group, card, y)
    off = fitted.held_out(columns, card, y, told.creators)
    weights = fitted.weights.copy()
    weights[anchor] += fitted.slope
    tables = np.zeros((len(told.features), 256))
    np.add.at(tables, shapes.owner, weights[:, None] * shapes.tables(setting))
    # One error a creator: two of the same are not two witnesses.
    own = off[newest]
    return Forecaster(
        kpi=told.kpi, grid=codes.grid_key(), features=told.features, level=_nine(fitted.level), tables=_nines(tables),
        errors=_nines(np.sort(intervals.pooled(own, others))), own=_nines(np.sort(np.abs(own))),
        levels=tuple(intervals.adapt(own, told.days[newest], level) for level in LEVELS),
        basket=_rounded(baskets.errors(off, told.campaigns)), seen=_seen(told.cells),
        ends=(_nine(y.min()), _nine(y.max())), results=len(y), markets=_markets(own, others),
        campaigns=baskets.count(told.campaigns),
    )  # fmt: skip


def _newest(creators: Longs, days: Longs) -> Longs:
    """Return the row of each creator's newest result, rising."""
    order = np.lexsort((np.arange(len(days)), days, creators))
    last = np.append(creators[order][1:] != creators[order][:-1], True) if len(order) else np.zeros(0, bool)
    return np.sort(order[last]).astype(np.int64)


def _place(features: tuple[str, ...]) -> int:
    return features.index(ANCHOR) if ANCHOR in features else -1


def _markets(own: Doubles, others: Sequence[Doubles]) -> int:
    return 1 if len(own) >= intervals.OWN_MARKET else 1 + sum(len(one) > 0 for one in others)


def _seen(cells: Bytes) -> Longs:
    low = np.where(cells > 0, cells, 255).min(axis=1)
    return np.stack([low, cells.max(axis=1)], axis=1).astype(np.int64)


def _rounded(found: baskets.Errors | None) -> baskets.Errors | None:
    return found and baskets.Errors(_nine(found.shared), _nines(found.own), found.campaigns)


def _nine(value: float) -> float:
    return float(f"{float(value):.9g}")


def _nines(values: Doubles) -> Doubles:
    return np.array([_nine(value) for value in values.ravel()], np.float64).reshape(values.shape)


def to_json(found: Forecaster) -> str:
    """Return the file: its SHA-256, then the body."""
    return f'{{"sha256":"{found.key}","forecaster":{_body(found)}}}\n'


def _body(found: Forecaster) -> str:
    basket = found.basket
    content = {
        "schema": SCHEMA, "kpi": found.kpi, "grid": found.grid, "features": list(found.features), "level": found.level,
        "tables": found.tables.tolist(), "errors": found.errors.tolist(), "own": found.own.tolist(),
        "levels": [[one.miss, one.counted, one.inside] for one in found.levels],
        "basket": basket and {"shared": basket.shared, "own": basket.own.tolist(), "campaigns": basket.campaigns},
        "seen": found.seen.tolist(), "ends": list(found.ends), "results": found.results, "markets": found.markets,
        "campaigns": found.campaigns,
    }  # fmt: skip
    return json.dumps(content, separators=(",", ":"))


def from_json(text: str, *, grid: str) -> Forecaster:
    """Read a file. Raises BrokenForecaster if any byte differs from what was written, or schema or grid are others."""
    try:
        body = json.loads(text)["forecaster"]
        told = body["basket"]
        found = Forecaster(
            kpi=body["kpi"], grid=body["grid"], features=tuple(body["features"]), level=body["level"],
            tables=np.array(body["tables"], np.float64).reshape(-1, 256), errors=np.array(body["errors"], np.float64),
            own=np.array(body["own"], np.float64), levels=tuple(Adapted(*one) for one in body["levels"]),
            basket=told and baskets.Errors(told["shared"], np.array(told["own"], np.float64), told["campaigns"]),
            seen=np.array(body["seen"], np.int64).reshape(-1, 2), ends=tuple(body["ends"]), results=body["results"],
            markets=body["markets"], campaigns=body["campaigns"],
        )  # fmt: skip
        is_same = body["schema"] == SCHEMA and to_json(found) == text
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BrokenForecaster(f"Cannot read the forecaster: {error}") from error
    if not is_same:
        raise BrokenForecaster("The forecaster's bytes are not those that were written.")
    if found.grid != grid:
        raise BrokenForecaster(f"The forecaster was made on grid {found.grid}; the codes are of grid {grid}.")
    return found
