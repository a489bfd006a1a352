"""The learned card: the expert card after outcomes, as the same additive tables; and its trial against the one at work.

    learned.learn(lessons, expert) -> Learned        tables with their calibration, and held-out chances
    learned.compare(theirs, ours, lessons) -> Trial  paired, with an interval

What the tables say is exact: they are the fit, tabulated. Every figure about how good they are comes from predictions
of creators that the model in question had not seen: ten folds, split by creator. Method: engine.md sections 2 and 4.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from screening.engine import basis, bayes, calibration, codes, pricing, tables
from screening.engine.basis import Basis
from screening.engine.bayes import Fitted
from screening.engine.calibration import Calibration
from screening.engine.lessons import Lessons
from screening.engine.raw import Bools, Doubles, Floats, Ints, Longs
from screening.engine.tables import Model

LEARNED_VERSION = "1"
FEWEST, FEWEST_OF_EACH = 50, 10  # outcomes, under which nothing is learned (science.md 1.5)
FOLDS = 10
FITS = FOLDS * (FOLDS + 1) // 2 + 1  # without each fold, without each pair of them, and with all
NEAR = 4.0  # lessons near a value that make it half known, house rule
FAR = 0.25  # of the known values beyond all lessons: unlike them, house rule
Z90 = 1.644854
Tell = Callable[[int, int], None]


class TooFew(ValueError):
    """Raised when there are fewer outcomes, or of one kind, than anything can be learned from."""


@dataclass(frozen=True, eq=False)
class Learned:
    """A model, what it said of each lesson before it had seen its creator (n,), and what a unit of the card's opinion
    turned out to be worth (1: as written).
    """

    model: Model
    held_out: Doubles
    card_worth: float


@dataclass(frozen=True)
class Trial:
    """By how much the challenger's error (log loss) is smaller on the same outcomes: mean, 90 % interval, standard
    error. is_better: by more than one standard error.
    """

    count: int
    gain: float
    low: float
    high: float
    error: float

    @property
    def is_better(self) -> bool:
        """True where the challenger is better by more than one standard error (engine.md section 2)."""
        return self.gain > self.error


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Lessons as numbers: columns (n, k), the card in its standard deviations (n,), what a deviation is in log-odds."""

    basis: Basis
    columns: Doubles
    card: Doubles
    unit: float


def learn(lessons: Lessons, expert: Model, *, tell: Tell = lambda done, total: None) -> Learned:
    """Learn from outcomes on an expert card. tell: told how far it is. Raises TooFew."""
    require_enough(len(lessons), int(lessons.worked.sum()))
    lessons = lessons.of(expert.features)
    population = sum(one.population for one in lessons.settings)
    assert isinstance(population, np.ndarray)
    sheet = _sheet(lessons, expert, population)
    weights = _weights(expert, population)
    novelty, held_back = _novelty(lessons, population)
    scales = np.array([one.scales for one in lessons.settings])[lessons.setting].T
    doubt, limit = _doubts(lessons, weights, scales, held_back)
    fold = folds(lessons.creators)
    z, inner = _held_out(sheet, lessons.worked, fold, tell)
    means = doubt.mean(axis=1)
    p = _calibrated(z, inner, doubt - means[:, None], lessons.worked, fold)
    whole = bayes.fit(sheet.columns, sheet.basis.group, sheet.card, lessons.worked)
    tell(FITS, FITS)
    seen, worked = calibration.tally(p, lessons.worked)
    low, high = calibration.venn_abers(seen, worked)
    curve = calibration.fit_curve(z, doubt - means[:, None], lessons.worked)
    found = Calibration(
        curve=tuple(curve.tolist()), level=whole.level, means=tuple(means.tolist()), limit=limit,
        weights=weights, novelty=novelty, seen=seen, worked=worked, low=low, high=high,
    )  # fmt: skip
    return Learned(compiled(whole, sheet.basis, expert, sheet.unit, found), p, whole.slope / sheet.unit)


def require_enough(count: int, worked: int) -> None:
    """Raise TooFew unless there are 50 outcomes, 10 of each kind."""
    if count < FEWEST or not FEWEST_OF_EACH <= worked <= count - FEWEST_OF_EACH:
        raise TooFew(f"{count} outcomes, {worked} of which worked out: {FEWEST} are needed, {FEWEST_OF_EACH} of each.")


def folds(creators: Longs) -> Ints:
    """Return the fold (n,) of each lesson: all lessons of a creator in one, whatever the order of the rows."""
    unique, place = np.unique(creators, return_inverse=True)
    mixed = unique.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return (np.argsort(np.argsort(mixed, kind="stable")) % FOLDS)[place.reshape(-1)].astype(np.int32)


def compiled(fitted: Fitted, shapes: Basis, expert: Model, unit: float, found: Calibration) -> Model:
    """Return a fit as additive tables in log-odds: the card at what it proved worth, and what was learned beside it."""
    worth = fitted.slope / unit
    values = expert.tables.astype(np.float64) * worth
    steps = expert.missing_step.astype(np.float64) * worth
    for owner, column, is_hole, weight in zip(shapes.owner, shapes.values, shapes.is_hole, fitted.weights, strict=True):
        if is_hole:
            steps[owner] += weight
        else:
            values[owner, 1:] += weight * column[1:]
    unused = np.isnan(np.stack([codes.middles(name) for name in expert.features]))
    values[unused] = 0.0
    return replace(
        expert, kind="learned", version=LEARNED_VERSION, tables=tables.snapped(values),
        missing_step=steps.astype(np.float32), is_prior=False, calibration=found,
    )  # fmt: skip


def compare(theirs: Doubles, ours: Doubles, lessons: Lessons) -> Trial:
    """Compare chances (n,) of two models on the same lessons. Lessons of one creator count as one observation."""
    gain = log_loss(theirs, lessons.worked) - log_loss(ours, lessons.worked)
    _, creator = np.unique(lessons.creators, return_inverse=True)
    mean = float(gain.mean())
    sums = np.bincount(creator.reshape(-1), weights=gain - mean)
    error = float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)) / len(gain))
    return Trial(len(gain), mean, mean - Z90 * error, mean + Z90 * error, error)


def log_loss(p: Doubles, worked: Bools) -> Doubles:
    """Return minus the logarithm of the chance that was given to what happened (n,)."""
    p = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return -np.log(np.where(worked, p, 1 - p))


def _sheet(lessons: Lessons, expert: Model, population: Longs) -> _Sheet:
    shapes = basis.lay_out(expert.features, population)
    columns = np.zeros((len(lessons), len(shapes.owner)))
    card, spread = np.zeros(len(lessons)), np.zeros(len(lessons.settings))
    for place, setting in enumerate(lessons.settings):
        rows = np.flatnonzero(lessons.setting == place)
        cells = np.ascontiguousarray(lessons.cells[:, rows])
        columns[rows] = shapes.columns(cells, setting)
        own = tables.centred(tables.scaled(expert, setting.scales), setting.population)
        card[rows] = tables.contributions(cells, own).astype(np.float64).sum(axis=0)
        # The card's spread in the market as if its features were independent: only the unit of a weak belief.
        total = np.maximum(setting.population.sum(axis=1, keepdims=True), 1)
        spread[place] = (own.tables.astype(np.float64) ** 2 * setting.population / total).sum()
    unit = float(np.sqrt(spread[lessons.setting].mean())) or 1.0
    return _Sheet(shapes, columns, card / unit, unit)


def _weights(expert: Model, population: Longs) -> Doubles:
    """Return what each feature weighs in doubt (features,): the card's variance in it; 0 where nobody's is known."""
    variance = pricing.moments(tables.centred(expert, population), population)[1] ** 2
    variance[population[:, 1:].sum(axis=1) < pricing.ENOUGH] = 0.0
    return variance / max(float(variance.sum()), 1e-12)


def _novelty(lessons: Lessons, population: Longs) -> tuple[Floats, Doubles]:
    """Return the tables of novelty (features, 256), and each lesson's own without itself (features, n)."""
    table = np.zeros((len(population), 256), np.float32)
    held_back = np.zeros(lessons.cells.shape)
    for place, counts in enumerate(population):
        cells = lessons.cells[place]
        own = np.bincount(cells[lessons.exists[place]], minlength=256)
        own[0] = 0
        near, outside = _near(counts, own), _outside(own)
        table[place] = NEAR / (NEAR + np.where(outside, 0, near))
        # Without itself a lesson alone at an end lies outside too.
        ends = (own == 1) & (outside[np.arange(256) - 1] | outside[(np.arange(256) + 1) % 256])
        held_back[place] = NEAR / (NEAR + np.where(ends, 0, np.maximum(near - 1, 0)))[cells]
        table[place, 0], held_back[place, cells == 0] = 0.0, 0.0
    return np.round(table, 4), held_back


def _near(counts: Longs, own: Longs) -> Doubles:
    """Return how many lessons lie near each code (256,): the same value, or the same sixth of the pool, fading."""
    known = counts.copy()
    known[0] = 0
    if int((known > 0).sum()) <= basis.FEW_VALUES:
        return own.astype(np.float64)
    u = basis.percentiles(known)
    return np.clip(1 - np.abs(u[:, None] - u) * (basis.KNOTS - 1), 0, 1) @ own


def _outside(own: Longs) -> Bools:
    """Tell which codes (256,) lie below all lessons or above them: a percentile would not show how far."""
    seen = np.flatnonzero(own)
    place = np.arange(256)
    return (place < seen[0]) | (place > seen[-1]) if len(seen) else np.ones(256, bool)


def _doubts(lessons: Lessons, weights: Doubles, scales: Doubles, novelty: Doubles) -> tuple[Doubles, float]:
    """Return missing share and novelty (2, n) of the lessons, and how far the furthest lies beyond the others."""
    asked = weights[:, None] * scales**2
    kinds = ((lessons.cells == 0) & lessons.exists, novelty)
    found: Doubles = np.stack([asked * kind for kind in kinds]).sum(axis=1) / np.maximum(asked.sum(axis=0), 1e-12)
    known = ((lessons.cells > 0) & (scales > 0)).sum(axis=0)
    beyond = ((novelty >= 1) & (scales > 0)).sum(axis=0) / np.maximum(known, 1)
    return found, max(FAR, float(beyond.max()))


def _held_out(sheet: _Sheet, worked: Bools, fold: Ints, tell: Tell) -> tuple[Doubles, Doubles]:
    """Return log-odds of each lesson by a version without its fold (n,), and, for each fold, log-odds of the others by
    versions that had seen neither (folds, n): what a curve for that fold may be fitted on.

    Versions that had seen the fold would shift the others against it, and the curve would carry that back into it.
    """
    z, inner = np.zeros(len(worked)), np.zeros((FOLDS, len(worked)))
    for done, (one, other) in enumerate(combinations_with_replacement(range(FOLDS), 2)):
        rest = (fold != one) & (fold != other)
        fitted = bayes.fit(sheet.columns[rest], sheet.basis.group, sheet.card[rest], worked[rest])
        said = fitted.log_odds(sheet.columns, sheet.card)
        if one == other:
            z[~rest] = said[~rest]
        inner[one, fold == other], inner[other, fold == one] = said[fold == other], said[fold == one]
        tell(done + 1, FITS)
    return z, inner


def _calibrated(z: Doubles, inner: Doubles, doubt: Doubles, worked: Bools, fold: Ints) -> Doubles:
    p = np.zeros(len(worked))
    for number in range(FOLDS):
        out, rest = fold == number, fold != number
        curve = calibration.fit_curve(inner[number, rest], doubt[:, rest], worked[rest])
        p[out] = calibration.mapped(curve, z[out], doubt[:, out])
    return p
