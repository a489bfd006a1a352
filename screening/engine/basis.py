"""The shapes that a learned card may take: columns over codes, laid out by the whole candidate pool; numpy alone.

Of a number: a slope over its robust place (clipped at 4 spreads) and five hats over its percentile in the pool. Of a
choice, or a number with three values at most: one step each. Of what is missing somewhere: one step. A cell that the
pool never showed counts as the mean of the known ones. Method: engine.md section 2 (BayesAdd).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screening.engine import codes
from screening.engine.features import CHOICE, FEATURES, LOG
from screening.engine.raw import Bools, Bytes, Doubles, Ints, Longs

KNOTS = 7
FEW_VALUES = 3
FEWEST = 5  # profiles of a category, under which it has no step of its own
MOST_SPREADS = 4.0
SLOPE, HAT, STEP = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Setting:
    """What rows of one run are measured against.

    population: counts of codes (features, 256). sample: codes of some of its rows (features, n), by which missing cells
    are priced. scales: what the brief makes of each feature's points (features,).
    """

    population: Longs
    sample: Bytes
    scales: Doubles

    def of(self, places: Longs) -> "Setting":
        """Return the same for these features, in this order."""
        return Setting(self.population[places], self.sample[places], self.scales[places])


@dataclass(frozen=True, eq=False)
class Basis:
    """Columns over codes. owner, group: (k,) feature and kind of each. values: (k, 256). is_hole: steps of missing
    cells (k,).
    """

    owner: Ints
    group: Ints
    values: Doubles
    is_hole: Bools

    def columns(self, cells: Bytes, setting: Setting) -> Doubles:
        """Return the columns (n, k) of codes (features, n) as they deviate from the setting's mean, as scores do."""
        return np.take_along_axis(self.tables(setting), cells[self.owner].astype(np.intp), axis=1).T

    def tables(self, setting: Setting) -> Doubles:
        """Return what each column is worth at each code (k, 256)."""
        counts = setting.population[self.owner]
        known = counts[:, 1:].sum(axis=1)
        mean = (self.values[:, 1:] * counts[:, 1:]).sum(axis=1) / np.maximum(known, 1)
        holes = counts[:, 0] / np.maximum(counts.sum(axis=1), 1)
        table: Doubles = self.values - np.where(self.is_hole, holes, mean)[:, None]
        # A missing cell is the mean of the known ones; its own step says what it is worth beside that.
        table[~self.is_hole, 0] = 0.0
        table *= setting.scales[self.owner][:, None]
        return table


def lay_out(features: Sequence[str], population: Longs) -> Basis:
    """Make the columns for features from the pool's counts of codes (features, 256)."""
    parts = [_shapes(name, counts) for name, counts in zip(features, population, strict=True)]
    owner = [place for place, part in enumerate(parts) for _ in part]
    flat = [column for part in parts for column in part]
    values = np.array([values for _, values, _ in flat]).reshape(-1, 256)
    group = np.array([kind for kind, _, _ in flat], np.int32)
    return Basis(np.array(owner, np.int32), group, values, np.array([hole for _, _, hole in flat], bool))


Column = tuple[int, Doubles, bool]


def _shapes(name: str, counts: Longs) -> list[Column]:
    known = counts.copy()
    known[0] = 0
    if not known.any():
        return []
    found = _steps(known) if is_stepped(name, known) else _bends(name, known)
    # Where a platform cannot have a feature its cell is empty too, and must add nothing: no step can be told apart.
    if counts[0] and not FEATURES[name].platforms:
        hole = np.zeros(256)
        hole[0] = 1.0
        found.append((STEP, hole, True))
    return found


def is_stepped(name: str, known: Longs) -> bool:
    """Tell whether a feature's values are few enough to have a step each."""
    return FEATURES[name].scale == CHOICE or int((known[1:] > 0).sum()) <= FEW_VALUES


def _steps(known: Longs) -> list[Column]:
    total, found = known.sum(), []
    for code in np.flatnonzero(known >= FEWEST):
        step = np.where(known > 0, 0.0, known[code] / total)  # never seen: the mean of those that were
        step[code], step[0] = 1.0, 0.0
        found.append((STEP, step, False))
    return found


def _bends(name: str, known: Longs) -> list[Column]:
    u = percentiles(known)
    knots = np.linspace(0, 1, KNOTS)[1:-1]
    hats = [np.clip(1 - np.abs(u - knot) * (KNOTS - 1), 0, 1) - 1 / (KNOTS - 1) for knot in knots]
    return [(SLOPE, _places(name, known), False), *((HAT, hat, False) for hat in hats)]


def percentiles(known: Longs) -> Doubles:
    """Return the percentile of each code (256,) among known cells, by mid-ranks; counts[0] must be 0."""
    found: Doubles = (np.cumsum(known) - known / 2) / max(int(known.sum()), 1)
    return found


def _places(name: str, known: Longs) -> Doubles:
    values = codes.middles(name).astype(np.float64)
    values = np.log10(values) if FEATURES[name].scale == LOG else values
    last = np.flatnonzero(~np.isnan(values))[-1]
    values = np.where(np.isnan(values), values[last], values)
    low, middle, high = (values[np.searchsorted(np.cumsum(known), share * known.sum())] for share in (0.16, 0.5, 0.84))
    mean = (values * known).sum() / known.sum()
    sd = np.sqrt((known * (values - mean) ** 2).sum() / known.sum())
    return np.clip((values - middle) / max((high - low) / 2, 0.1 * sd, 1e-9), -MOST_SPREADS, MOST_SPREADS)
