"""What is learned from: outcomes, with what was known of each creator before it, as codes; numpy alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from screening.engine import features, pricing, tables, wishes
from screening.engine.basis import Setting
from screening.engine.raw import Bools, Bytes, Doubles, Floats, Ints, Longs, Pool
from screening.engine.reference import Reference, asked_model, judged, refer_to, run_codes
from screening.engine.tables import Model
from screening.engine.types import Criteria, DecisionLine, Preferences

ANY_LINE = DecisionLine()  # chances do not depend on it


@dataclass(frozen=True, eq=False)
class Lessons:
    """Outcomes (n,) in a fixed order.

    cells: codes (features, n). exists: where the platform can have the feature (features, n). setting: index (n,) into
    settings. worked: met the goal (n,). creators: ids (n,). grades: how far over or under the goal (n,), where that is
    what is learned (`grades.py`).
    """

    features: tuple[str, ...]
    cells: Bytes
    exists: Bools
    setting: Ints
    settings: Sequence[Setting]
    worked: Bools
    creators: Longs
    grades: Doubles | None = None

    def __len__(self) -> int:
        return len(self.worked)

    def of(self, names: tuple[str, ...]) -> "Lessons":
        """Return the same with these features, in this order."""
        places = np.array([self.features.index(name) for name in names], np.intp)
        settings = [one.of(places) for one in self.settings]
        return replace(self, features=names, cells=self.cells[places], exists=self.exists[places], settings=settings)

    def in_order(self) -> tuple["Lessons", Longs]:
        """Return the same in an order that depends on what they are alone, and where each stood before (n,)."""
        told = [] if self.grades is None else [self.grades]
        order = np.lexsort((*told, self.setting, self.worked, *self.cells[::-1], self.creators))
        return self.some(order), order

    def some(self, rows: Longs | Bools) -> "Lessons":
        """Return some of them, or all in another order, measured against the same settings."""
        return replace(
            self, cells=np.ascontiguousarray(self.cells[:, rows]), exists=self.exists[:, rows],
            setting=self.setting[rows], worked=self.worked[rows], creators=self.creators[rows],
            grades=None if self.grades is None else self.grades[rows],
        )  # fmt: skip

    def silent(self, name: str) -> "Lessons":
        """Return the same as if nobody had ever had this feature."""
        if name not in self.features:
            return self
        place, settings = self.features.index(name), []
        cells, exists = self.cells.copy(), self.exists.copy()
        cells[place], exists[place] = 0, False
        for one in self.settings:
            population, sample, scales = one.population.copy(), one.sample.copy(), one.scales.copy()
            population[place], sample[place], scales[place] = 0, 0, 0
            settings.append(Setting(population, sample, scales))
        return replace(self, cells=cells, exists=exists, settings=settings)


def joined(parts: Sequence[Lessons]) -> Lessons:
    """Return the lessons of several markets, of the same features, as one; graded where all of them are."""
    told = [one.grades for one in parts if one.grades is not None]
    starts = np.cumsum([0, *(len(one.settings) for one in parts)])
    places = [one.setting + start for one, start in zip(parts, starts, strict=False)]
    return Lessons(
        features=parts[0].features,
        cells=np.concatenate([one.cells for one in parts], axis=1),
        exists=np.concatenate([one.exists for one in parts], axis=1),
        setting=np.concatenate(places).astype(np.int32),
        settings=[setting for one in parts for setting in one.settings],
        worked=np.concatenate([one.worked for one in parts]),
        creators=np.concatenate([one.creators for one in parts]),
        grades=np.concatenate(told) if len(told) == len(parts) else None,
    )


@dataclass(frozen=True, eq=False)
class Coded:
    """The profiles of a pool (n,) as a brief sees them: codes and where a feature can exist, both (features, n)."""

    ids: Longs
    cells: Bytes
    exists: Bools
    scales: Doubles

    def setting(self) -> Setting:
        """Return what rows among these profiles are measured against."""
        return Setting(tables.counts(self.cells), pricing.sample(self.cells, self.ids), self.scales)


def coded(pool: Pool, criteria: Criteria, preferences: Preferences, model: Model) -> Coded:
    """Return what a model would see of every profile of a pool; features that the brief does not ask for weigh 0."""
    asked = asked_model(model, criteria, preferences)
    cells = np.zeros((len(model.features), len(pool)), np.uint8)
    cells[[model.features.index(name) for name in asked.features]] = run_codes(pool, criteria, preferences, asked)
    wanted = wishes.scales(criteria, preferences)
    usual = {name: 0.0 if features.FEATURES[name].per_campaign else 1.0 for name in model.features}
    where = pricing.applicable(pool.raw, model.features)
    exists = np.stack([np.ones(len(pool), bool) if one is None else one for one in where])
    scales = np.array([wanted.get(name, usual[name]) for name in model.features])
    return Coded(pool.raw.profile_ids, cells, exists, scales)


def settings(model: Model, lessons: Lessons) -> Iterator[tuple[Longs, Bytes, Bools, Reference]]:
    """Yield, for each setting, its rows, their codes and where they exist (features asked there, n), and the yardstick
    of a model there.
    """
    own = lessons.of(model.features)
    for place, setting in enumerate(own.settings):
        rows, kept = np.flatnonzero(own.setting == place), np.flatnonzero(setting.scales)
        part = replace(
            tables.only(model, kept), calibration=model.calibration and model.calibration.asked(kept, setting.scales),
        )  # fmt: skip
        reference = refer_to(setting.population[kept], setting.sample[kept], tables.scaled(part, setting.scales[kept]))
        cells, exists = own.cells[np.ix_(kept, rows)], own.exists[np.ix_(kept, rows)]
        yield rows, np.ascontiguousarray(cells), exists, reference


def chances(model: Model, lessons: Lessons) -> Floats:
    """Return what a model says of each lesson (n,), as it would have said in the run before it."""
    found = np.zeros(len(lessons), np.float32)
    for rows, cells, exists, reference in settings(model, lessons):
        found[rows] = judged(cells, list(exists), reference, ANY_LINE).p
    return found
