"""Lessons as the numbers of a fit, and a fit as additive tables again; numpy alone."""

from dataclasses import dataclass, replace

import numpy as np

from screening.engine import basis, bayes, codes, grades, tables
from screening.engine.basis import Basis
from screening.engine.bayes import Belief, Fitted
from screening.engine.lessons import Lessons
from screening.engine.raw import Bools, Doubles, Longs
from screening.engine.tables import Model


@dataclass(frozen=True, eq=False)
class Sheet:
    """Lessons in the shapes that their markets allow: columns (n, k)."""

    basis: Basis
    columns: Doubles


@dataclass(frozen=True, eq=False)
class Ground:
    """What a fit stands on: tables, what they say of the lessons in their unit (n,), what a unit is in log-odds, what
    is believed of them, and what a log-odd of the expert card counts in them.
    """

    model: Model
    card: Doubles
    unit: float
    belief: Belief
    worth: float = 1.0

    def worth_of(self, fitted: Fitted) -> float:
        """Return what a log-odd of the expert card is worth in a fit on this ground."""
        return self.worth * fitted.slope / self.unit


def population(lessons: Lessons) -> Longs:
    """Return how often each code occurs in all that the lessons are measured against (features, 256)."""
    found = sum(one.population for one in lessons.settings)
    assert isinstance(found, np.ndarray)
    return found


def laid_out(lessons: Lessons) -> Sheet:
    """Return the columns of lessons, each as it deviates from the mean of its own setting."""
    shapes = basis.lay_out(lessons.features, population(lessons))
    columns = np.zeros((len(lessons), len(shapes.owner)))
    for place, setting in enumerate(lessons.settings):
        rows = np.flatnonzero(lessons.setting == place)
        columns[rows] = shapes.columns(np.ascontiguousarray(lessons.cells[:, rows]), setting)
    return Sheet(shapes, columns)


def opinion(lessons: Lessons, model: Model) -> tuple[Doubles, float]:
    """Return the score of each lesson above its market's mean (n,) log-odds, and that score's spread in the markets."""
    said, spread = np.zeros(len(lessons)), np.zeros(len(lessons.settings))
    for place, setting in enumerate(lessons.settings):
        rows = np.flatnonzero(lessons.setting == place)
        own = tables.centred(tables.scaled(model, setting.scales), setting.population, setting.sample)
        cells = np.ascontiguousarray(lessons.cells[:, rows])
        said[rows] = tables.contributions(cells, own).astype(np.float64).sum(axis=0)
        # The spread in the market as if its features were independent: only the unit of a weak belief.
        total = np.maximum(setting.population.sum(axis=1, keepdims=True), 1)
        spread[place] = (own.tables.astype(np.float64) ** 2 * setting.population / total).sum()
    return said, float(np.sqrt(spread[lessons.setting].mean())) or 1.0


def on_expert(lessons: Lessons, expert: Model) -> Ground:
    """Return the expert card as the ground of a fit, in its standard deviations."""
    said, unit = opinion(lessons, expert)
    return Ground(expert, said / unit, unit, bayes.OF_THE_EXPERT)


def fitted(sheet: Sheet, ground: Ground, lessons: Lessons, rows: Bools | None = None) -> Fitted:
    """Fit a card to lessons, or some of them, on a ground: to their grades where they are graded, else to whether they
    met the goal. In log-odds of meeting it, either way.
    """
    kept = np.ones(len(lessons), bool) if rows is None else rows
    columns, group, card = sheet.columns[kept], sheet.basis.group, ground.card[kept]
    if lessons.grades is None:
        return bayes.fit(columns, group, card, lessons.worked[kept], ground.belief)
    return grades.fit(columns, group, card, lessons.grades[kept], ground.belief)


def tabulated(fitted: Fitted, shapes: Basis, ground: Ground) -> Model:
    """Return a fit as additive tables in log-odds: its ground at what it proved worth, and what was learned beside."""
    worth = fitted.slope / ground.unit
    values = ground.model.tables.astype(np.float64) * worth
    steps = ground.model.missing_step.astype(np.float64) * worth
    for owner, column, is_hole, weight in zip(shapes.owner, shapes.values, shapes.is_hole, fitted.weights, strict=True):
        if is_hole:
            steps[owner] += weight
        else:
            values[owner, 1:] += weight * column[1:]
    unused = np.isnan(np.stack([codes.middles(name) for name in ground.model.features]))
    values[unused] = 0.0
    return replace(
        ground.model, kind="learned", tables=values.astype(np.float32), missing_step=steps.astype(np.float32),
        is_prior=False,
    )  # fmt: skip
