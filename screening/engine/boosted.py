"""The learned card after a thousand outcomes: what it leaves over is boosted, alone and by twos, and tabulated.

    boosted.boost(card) -> Learned                tables of the card and of what was boosted on it, in one
    boosted.grow(lessons, offset) -> Grown        the second alone

An explainable boosting machine (Lou et al. 2013; interpret) sees codes alone, and the card's log-odds as its offset: of
each lesson those of a version without it, since a card flatters itself on what it has seen. It is read by asking it for
the terms of every code and of every two codes, and thrown away: what runs are tables. Method: engine.md sections 1, 2.

Beside its own predictions the tables keep the house's rules of empty cells: a pair with one adds nothing, and what a
platform cannot have adds nothing (what the machine saw in that, it saw in the platform, which gets it).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from screening.engine import learned, sheets, tables
from screening.engine.features import CHOICE, FEATURES, PLATFORMS
from screening.engine.learned import FOLDS, Learned, Tell
from screening.engine.lessons import Lessons
from screening.engine.pairs import MOST_PAIRS, WIDEST, Pair, collapsed
from screening.engine.raw import Bytes, Doubles, Longs
from screening.engine.tables import MOST_FEATURES, Model

if TYPE_CHECKING:
    from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

    Machine: TypeAlias = "ExplainableBoostingClassifier | ExplainableBoostingRegressor"

FROM = 1000  # outcomes from which boosting is tried (engine.md section 0)
BAGS = 8  # machines whose mean is taken (engine.md section 8)
ROUNDS = 50_000  # of each machine at most: it stops by itself where what it left out of itself no longer gains
JOBS, SEED = 1, 20_260_801
FITS = FOLDS + 1
MARK = "boosted"
Beat = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Grown:
    """What was boosted, as tables of its own. level: what it adds to the market's mean, log-odds. machine: what they
    were read from, None where nothing varies; moving: the places of its features.
    """

    model: Model
    level: float
    machine: "Machine | None"
    moving: Longs

    def said(self, lessons: Lessons) -> Doubles:
        """Return what it adds to the log-odds of lessons (n,), as a run would."""
        return self.level + sheets.opinion(lessons, self.model)[0]


def is_enough(count: int) -> bool:
    """Tell whether so many outcomes of a market are enough to boost its card."""
    return count >= FROM


def boost(card: Learned, *, bags: int = BAGS, rounds: int = ROUNDS, tell: Tell = lambda done, total: None) -> Learned:
    """Boost a learned card on its own lessons. bags: machines a fit. tell: told how far it is, often.

    The order of the lessons changes nothing, down to the bytes of the model.
    """
    studied = card.studied
    lessons, fold, added = studied.lessons, studied.fold, np.zeros(len(card.z))
    for number in range(FOLDS):
        rest = fold != number
        tell(number, FITS)
        part, beat = lessons.some(rest), partial(tell, number, FITS)
        grown = grow(part, card.inner[number, rest], unit=card.unit, bags=bags, rounds=rounds, beat=beat)
        added[~rest] = grown.said(lessons.some(~rest))
    whole = grow(lessons, card.z, unit=card.unit, bags=bags, rounds=rounds, beat=partial(tell, FOLDS, FITS))
    tell(FITS, FITS)
    # A fold's curve stands on the card's versions that had not seen it, and on what others' machines, that had, add:
    # forty-five machines more would change nothing that can be measured (docs/models.md).
    return learned.finished(
        _both(card.model, whole.model), studied, level=card.level + whole.level, z=card.z + added,
        inner=card.inner + added, worth=card.card_worth, unit=card.unit,
    )  # fmt: skip


def grow(
    lessons: Lessons, offset: Doubles, *, unit: float = 0.0, bags: int = BAGS, rounds: int = ROUNDS,
    beat: Beat = lambda: None,
) -> Grown:  # fmt: skip
    """Boost what log-odds (n,) leave over of lessons, and tabulate it. unit: grades of graded lessons that make a
    log-odd. beat: called while it works.
    """
    cells = seen(lessons.cells)
    moving = np.flatnonzero([len(np.unique(row)) > 1 for row in lessons.cells])
    empty = Model(
        kind="learned", version=MARK, grid="", features=lessons.features, b0=0.0, is_prior=False,
        tables=np.zeros((len(lessons.features), 256), np.float32),
        missing_step=np.zeros(len(lessons.features), np.float32),
    )  # fmt: skip
    if not len(moving):
        return Grown(empty, 0.0, None, moving)
    machine = _machine([lessons.features[place] for place in moving], lessons, bags, rounds, beat)
    target = lessons.worked if lessons.grades is None else lessons.grades / unit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its own charts show no missing values
        machine.fit(cells[:, moving], target, init_score=offset)
    model = _ruled(tabulated(machine, moving, empty), lessons)
    apart = _raw(machine, cells[:, moving]) - sheets.opinion(lessons, model)[0]
    return Grown(model, float(apart.mean()), machine, moving)


def _raw(machine: "Machine", cells: Doubles) -> Doubles:
    said = machine.decision_function if hasattr(machine, "decision_function") else machine.predict
    found: Doubles = said(cells)
    return found


def seen(cells: Bytes) -> Doubles:
    """Return codes (features, n) as the machine sees them (n, features): empty cells are NaN."""
    found = cells.T.astype(np.float64)
    found[found == 0] = np.nan
    return found


def _machine(names: list[str], lessons: Lessons, bags: int, rounds: int, beat: Beat) -> "Machine":
    from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

    def on(*_where: Any) -> bool:
        beat()
        return False

    room = min(MOST_PAIRS, MOST_FEATURES - len(lessons.features), len(names) * (len(names) - 1) // 2)
    kinds = ["nominal" if FEATURES[name].scale == CHOICE else "continuous" for name in names]
    kind = ExplainableBoostingClassifier if lessons.grades is None else ExplainableBoostingRegressor
    return kind(
        feature_names=names, feature_types=kinds, max_bins=257, max_interaction_bins=WIDEST, interactions=room,
        outer_bags=bags, max_rounds=rounds, n_jobs=JOBS, random_state=SEED, callback=on,
    )  # fmt: skip


def tabulated(machine: "Machine", moving: Longs, empty: Model) -> Model:
    """Return all terms of a machine as tables, as it says them of known cells; column 0 is its term of empty ones.

    moving: places of its features among those of `empty`.
    """
    grid = np.repeat(np.arange(256.0)[:, None], len(moving), axis=1)
    grid[0] = np.nan
    alone, found, pairs = machine.eval_terms(grid), empty.tables.copy(), []
    for term, places in enumerate(machine.term_features_):
        if len(places) == 1:
            found[moving[places[0]]] = alone[:, term]
        else:
            pairs.append(_pair(machine, term, [int(one) for one in places], empty.features, moving))
    pairs = [one for one in pairs if one.values.any()]
    return replace(
        empty, b0=float(np.ravel(machine.intercept_)[0]), tables=found, pairs=tuple(pairs),
        missing_step=np.full_like(empty.missing_step, np.nan),
    )  # fmt: skip


def _pair(machine: "Machine", term: int, places: list[int], names: tuple[str, ...], moving: Longs) -> Pair:
    # One code of each bin speaks for all of it: a thousand rows instead of 65,536.
    (one, row), (other, column) = (_bins(machine, place) for place in places)
    grid = np.ones((len(one) * len(other), len(moving)))
    grid[:, places] = list(product(one, other))
    table = machine.eval_terms(grid)[:, term].reshape(len(one), len(other))
    first, second = (names[moving[place]] for place in places)
    return collapsed(first, second, table[np.ix_(row, column)])


def _bins(machine: "Machine", place: int) -> tuple[Longs, Longs]:
    """Return a code of each bin that pairs see of a feature, and the number of the bin of each code (256,)."""
    cuts = machine.bins_[place][-1]
    every = range(256)
    is_word = isinstance(cuts, dict)
    bins = [cuts.get(str(code), -1) for code in every] if is_word else np.searchsorted(cuts, every, "right")
    _kinds, first, found = np.unique(bins, return_index=True, return_inverse=True)
    return first, found.reshape(-1)


def _ruled(model: Model, lessons: Lessons) -> Model:
    """Return tables under the rules of empty cells and unknown words, as steps beside the mean of known ones."""
    population, found = sheets.population(lessons), model.tables.astype(np.float64)
    missed = found[:, 0] - tables.known_means(found, population)
    for place in np.flatnonzero([FEATURES[name].scale == CHOICE for name in model.features]):
        lacking = [(other, FEATURES[name].platforms) for other, name in enumerate(model.features)]
        if model.features[place] == "platform":
            for code, word in enumerate(PLATFORMS, 1):
                found[place, code] += sum(missed[other] for other, has in lacking if has and word not in has)
        never = population[place] == 0
        never[0] = False
        found[place, never] = tables.known_means(found, population)[place]
    steps = found[:, 0] - tables.known_means(found, population)
    # An empty cell is one that nobody knows only where every platform can have it and every brief asked.
    scales = np.array([one.scales for one in lessons.settings])[lessons.setting]
    owned = np.array([bool(FEATURES[name].platforms) for name in model.features])
    steps[owned | ~(scales > 0).all(axis=0)] = 0.0
    ruled = replace(model, tables=found.astype(np.float32), missing_step=steps.astype(np.float32))
    # The machine knew no weights of briefs: what it says holds at the lessons' mean weight, and a run multiplies again.
    usual = scales.sum(axis=0) / np.maximum((scales > 0).sum(axis=0), 1)
    return tables.scaled(ruled, 1 / np.where(usual > 0, usual, 1.0))


def _both(card: Model, grown: Model) -> Model:
    return replace(
        card, version=f"{card.version}-{MARK}", tables=card.tables + grown.tables,
        missing_step=card.missing_step + grown.missing_step, pairs=grown.pairs,
    )  # fmt: skip
