"""The learned card: the expert card after outcomes, as the same additive tables; and its trial against the one at work.

    learned.learn(lessons, expert, others=) -> Learned  tables with their calibration, and held-out chances
    learned.compare(theirs, ours, lessons) -> Trial     paired, with an interval
    learned.finished(card, studied, ...) -> Learned     the same of another trainer's tables (`boosted.py`)

What the tables say is exact: they are the fit, tabulated. Every figure about how good they are comes from predictions
of creators that the model in question had not seen: ten folds, split by creator. Method: engine.md sections 2 and 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from screening.engine import basis, calibration, ladder, pricing, sheets, tables
from screening.engine.calibration import Calibration
from screening.engine.ladder import Others
from screening.engine.lessons import Lessons
from screening.engine.raw import Bools, Doubles, Floats, Ints, Longs
from screening.engine.sheets import Ground, Sheet
from screening.engine.tables import Model

LEARNED_VERSION, LADDER_VERSION = "1", "1-on-others"
GRADED = "-graded"  # at the end of a version that learned from grades
FOLDS = 10
FITS = FOLDS * (FOLDS + 1) // 2 + 1  # without each fold, without each pair of them, and with all
NEAR = 4.0  # lessons near a value that make it half known, house rule
FAR = 0.25  # of the known values beyond all lessons: unlike them, house rule
Z90 = 1.644854
Tell = Callable[[int, int], None]


class TooFew(ValueError):
    """Raised when there are fewer outcomes, or of one kind, than anything can be learned from."""


@dataclass(frozen=True, eq=False)
class Studied:
    """Lessons in an order of their own, and what any trainer's tables are judged by.

    order: where each stood before (n,). fold: (n,). doubt: missing share and novelty (2, n), less their `means`. limit,
    weights, novelty: of the calibration. elsewhere: how many lessons of other markets they stand beside.
    """

    lessons: Lessons
    order: Longs
    fold: Ints
    doubt: Doubles
    means: Doubles
    limit: float
    weights: Doubles
    novelty: Floats
    elsewhere: int


@dataclass(frozen=True, eq=False)
class Learned:
    """A model, what it said of each lesson before it had seen its creator (n,), and what a unit of the card's opinion
    was worth (1: as written).

    z, inner: what `_held_out` found, in the order of what was studied. level: of the model, log-odds. unit: grades that
    make a log-odd, where it learned from grades; else 0.
    """

    model: Model
    held_out: Doubles
    card_worth: float
    level: float
    z: Doubles
    inner: Doubles
    studied: Studied
    unit: float = 0.0

    @property
    def elsewhere(self) -> int:
        """How many lessons of other markets it stands on."""
        return self.studied.elsewhere


@dataclass(frozen=True)
class Trial:
    """By how much the challenger's error is smaller on the same outcomes: mean, 90 % interval, standard error.
    is_better: by more than one standard error.
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

    @property
    def is_worse(self) -> bool:
        """True where the challenger is worse by more than one standard error."""
        return self.gain < -self.error


def learn(
    lessons: Lessons, expert: Model, *, others: Others | None = None, tell: Tell = lambda done, total: None
) -> Learned:
    """Learn from outcomes on an expert card, or on what other markets taught. tell: told how far it is. Raises TooFew.

    Graded lessons teach by their grades, and so must those of the others be; what comes of both are the same tables.
    The order of the lessons changes nothing, down to the bytes of the model.
    """
    require_enough(len(lessons), int(lessons.worked.sum()), is_beside=others is not None)
    studied = _study(lessons, expert, others)
    lessons = studied.lessons
    sheet, expertly = sheets.laid_out(lessons), sheets.on_expert(lessons, expert)

    def ground(unseen: Longs) -> Ground:
        return others.ground(lessons, unseen) if others else expertly

    z, inner = _held_out(sheet, ground, lessons, studied.fold, tell)
    base = ground(np.zeros(0, np.int64))
    whole = sheets.fitted(sheet, base, lessons)
    tell(FITS, FITS)
    version = (LADDER_VERSION if others else LEARNED_VERSION) + (GRADED if lessons.grades is not None else "")
    model = replace(sheets.tabulated(whole, sheet.basis, base), version=version)
    return finished(model, studied, level=whole.level, z=z, inner=inner, worth=base.worth_of(whole), unit=whole.unit)


def finished(
    model: Model, studied: Studied, *, level: float, z: Doubles, inner: Doubles, worth: float, unit: float = 0.0
) -> Learned:
    """Calibrate tables by what versions of them said of lessons that they had not seen.

    level: the log-odds of the market's mean. z: log-odds (n,) of each lesson by a version without its fold. inner: for
    each fold log-odds of the others (folds, n) on which its curve is fitted. worth: of a unit of the card's opinion.
    unit: grades that make a log-odd.
    """
    worked, doubt = studied.lessons.worked, studied.doubt
    p = calibrated(z, inner, doubt, worked, studied.fold)
    seen, good = calibration.tally(p, worked)
    low, high = calibration.venn_abers(seen, good)
    found = Calibration(
        curve=tuple(calibration.fit_curve(z, doubt, worked).tolist()), level=level,
        means=tuple(studied.means.tolist()), limit=studied.limit, weights=studied.weights, novelty=studied.novelty,
        seen=seen, worked=good, low=low, high=high,
    )  # fmt: skip
    held_out = np.zeros(len(p))
    held_out[studied.order] = p
    return Learned(replace(model, calibration=found), held_out, worth, level, z, inner, studied, unit)


def _study(lessons: Lessons, expert: Model, others: Others | None) -> Studied:
    lessons, order = lessons.of(expert.features).in_order()
    doubt, limit, weights, novelty = _doubted(lessons, expert, others)
    means = doubt.mean(axis=1)
    return Studied(
        lessons, order, folds(lessons.creators), doubt - means[:, None], means, limit, weights, novelty,
        len(others.lessons) if others else 0,
    )  # fmt: skip


def require_enough(count: int, worked: int, *, is_beside: bool = False) -> None:
    """Raise TooFew under 50 outcomes or 10 of each kind; is_beside: beside enough of other markets under 20 or 5."""
    least, of_each = ladder.fewest(is_beside=is_beside)
    if count < least or not of_each <= worked <= count - of_each:
        raise TooFew(f"{count} outcomes, {worked} of which worked out: {least} are needed, {of_each} of each.")


def folds(creators: Longs) -> Ints:
    """Return the fold (n,) of each lesson: all lessons of a creator in one, whatever the order of the rows."""
    unique, place = np.unique(creators, return_inverse=True)
    mixed = unique.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return (np.argsort(np.argsort(mixed, kind="stable")) % FOLDS)[place.reshape(-1)].astype(np.int32)


def judge(theirs: Doubles, ours: Doubles, lessons: Lessons, unit: float = 0.0) -> Trial:
    """Compare two models by the primary figure of what is learned: of grades how much of them each explains, else the
    log loss of their chances (n,). unit: grades that make a log-odd.
    """
    return compare(theirs, ours, lessons) if lessons.grades is None else compare_grades(theirs, ours, lessons, unit)


def compare(theirs: Doubles, ours: Doubles, lessons: Lessons) -> Trial:
    """Compare chances (n,) of two models on the same lessons by their log loss."""
    return _paired(log_loss(theirs, lessons.worked) - log_loss(ours, lessons.worked), lessons.creators)


def compare_grades(theirs: Doubles, ours: Doubles, lessons: Lessons, unit: float) -> Trial:
    """Compare chances (n,) of two models by how much of the spread of grades each explains.

    Whoever states a chance expects a grade: its log-odds times `unit`, the same for both.
    """
    assert lessons.grades is not None
    off = [(lessons.grades - unit * np.log(p / (1 - p))) ** 2 for p in (theirs, ours)]
    return _paired((off[0] - off[1]) / max(float(lessons.grades.var()), 1e-12), lessons.creators)


def _paired(gain: Doubles, creators: Longs) -> Trial:
    """Return the trial of paired gains (n,). Lessons of one creator count as one observation."""
    _, creator = np.unique(creators, return_inverse=True)
    mean = float(gain.mean())
    sums = np.bincount(creator.reshape(-1), weights=gain - mean)
    error = float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)) / len(gain))
    return Trial(len(gain), mean, mean - Z90 * error, mean + Z90 * error, error)


def log_loss(p: Doubles, worked: Bools) -> Doubles:
    """Return minus the logarithm of the chance that was given to what happened (n,)."""
    p = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return -np.log(np.where(worked, p, 1 - p))


def _doubted(lessons: Lessons, expert: Model, others: Others | None) -> tuple[Doubles, float, Doubles, Floats]:
    """Return missing share and novelty (2, n) of the lessons with the limit, the weights and the tables."""
    population = sheets.population(lessons)
    weights = _weights(expert, population)
    novelty, held_back = _novelty(lessons, population, [lessons, others.lessons] if others else [lessons])
    scales = np.array([one.scales for one in lessons.settings])[lessons.setting].T
    return *_doubts(lessons, weights, scales, held_back), weights, novelty


def _weights(expert: Model, population: Longs) -> Doubles:
    """Return what each feature weighs in doubt (features,): the card's variance in it; 0 where nobody's is known."""
    variance = pricing.moments(tables.centred(expert, population), population)[1] ** 2
    variance[population[:, 1:].sum(axis=1) < pricing.ENOUGH] = 0.0
    return variance / max(float(variance.sum()), 1e-12)


def _novelty(lessons: Lessons, population: Longs, learned_from: Sequence[Lessons]) -> tuple[Floats, Doubles]:
    """Return the tables of novelty (features, 256), and each lesson's own without itself (features, n)."""
    table = np.zeros((len(population), 256), np.float32)
    held_back = np.zeros(lessons.cells.shape)
    for place, counts in enumerate(population):
        cells = lessons.cells[place]
        own = sum(np.bincount(one.cells[place][one.exists[place]], minlength=256) for one in learned_from)
        assert isinstance(own, np.ndarray)
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


def _held_out(
    sheet: Sheet, ground: Callable[[Longs], Ground], lessons: Lessons, fold: Ints, tell: Tell
) -> tuple[Doubles, Doubles]:
    """Return log-odds of each lesson by a version without its fold (n,), and, for each fold, log-odds of the others by
    versions that had seen neither (folds, n): what a curve for that fold may be fitted on.

    Versions that had seen the fold would shift the others against it, and the curve would carry that back into it.
    """
    z, inner = np.zeros(len(lessons)), np.zeros((FOLDS, len(lessons)))
    for done, (one, other) in enumerate(combinations_with_replacement(range(FOLDS), 2)):
        rest = (fold != one) & (fold != other)
        base = ground(lessons.creators[~rest])
        fitted = sheets.fitted(sheet, base, lessons, rest)
        said = fitted.log_odds(sheet.columns, base.card)
        if one == other:
            z[~rest] = said[~rest]
        inner[one, fold == other], inner[other, fold == one] = said[fold == other], said[fold == one]
        tell(done + 1, FITS)
    return z, inner


def calibrated(z: Doubles, inner: Doubles, doubt: Doubles, worked: Bools, fold: Ints) -> Doubles:
    """Return the chance (n,) of each row by a curve that had not seen its fold. z, inner: as `_held_out` makes them;
    doubt: (2, n), centred.
    """
    p = np.zeros(len(worked))
    for number in range(FOLDS):
        out, rest = fold == number, fold != number
        curve = calibration.fit_curve(inner[number, rest], doubt[:, rest], worked[rest])
        p[out] = calibration.mapped(curve, z[out], doubt[:, out])
    return p
