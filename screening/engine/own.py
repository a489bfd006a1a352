"""A score of a person's own: the AI's factors weighed otherwise, some forbidden, and rules added; numpy alone.

    own score = 50 + sum of weight x what the factor adds + points of each rule that holds

It is a table a feature like every model, so its factors add up exactly; it says no chance, nothing has calibrated it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from screening.engine import codes, tables
from screening.engine.lessons import Lessons, settings
from screening.engine.raw import Bools, Bytes, Doubles, Ints, Longs
from screening.engine.tables import POINTS, Model

RESAMPLES, SEED = 2000, 0
LOW, HIGH = 5, 95  # percentiles: ends of the 90 % interval
BLOCK = 200  # resamples at once


class Side(StrEnum):
    """When a rule holds: the value is known and at least or at most so much, or it is not known."""

    LEAST = "least"
    MOST = "most"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rule:
    """Points for a profile whose figure lies on one side of a value, to the width of a code. value: in its unit."""

    feature: str
    side: Side
    points: float
    value: float | None = None

    def cells(self) -> Bools:
        """Tell of which codes (256,) the rule holds."""
        place = np.arange(256)
        if self.side is Side.UNKNOWN:
            return place == 0
        code = np.zeros(1, np.uint8)
        codes.encode_column(np.array([self.value], np.float32), self.feature, out=code)
        return place >= code[0] if self.side is Side.LEAST else (place > 0) & (place <= code[0])


@dataclass(frozen=True)
class Own:
    """weights: times what the AI's model gives a factor, 1 where none is named; 0 forbids it. rules: added points."""

    weights: Mapping[str, float] = field(default_factory=dict)
    rules: Sequence[Rule] = ()


def own_model(centred: Model, own: Own) -> Model:
    """Return the tables of an own score. centred: the AI's as a run measures with it (reference.Reference.model).

    What the brief does not ask about has no table, and a weight or a rule on it does nothing. A forbidden factor is
    gone from its pairs too (tables.scaled).
    """
    scales = np.array([own.weights.get(name, 1.0) for name in centred.features])
    weighed = tables.scaled(replace(centred, calibration=None), scales)
    added = np.zeros((len(centred.features), 256))
    for rule in own.rules:
        if rule.feature in centred.features:
            added[centred.features.index(rule.feature)] += rule.cells() * (rule.points / POINTS)
    return replace(weighed, kind="own", tables=(weighed.tables + added).astype(np.float32))


def points(cells: Bytes, centred: Model, own: Own) -> Doubles:
    """Return own scores (n,) in points of codes (features, n)."""
    return 50 + tables.score(cells, replace(own_model(centred, own), b0=0.0)).astype(np.float64) * POINTS


def of_lessons(model: Model, lessons: Lessons, own: Own) -> Doubles:
    """Return the own score (n,) of each lesson, in points, as it would have been in the run before it."""
    found = np.zeros(len(lessons))
    for rows, cells, _exists, reference in settings(model, lessons):
        found[rows] = points(cells, reference.model, own)
    return found


@dataclass(frozen=True)
class Trial:
    """How two scores order the same results. own, official: the share of pairs of one that worked out and one that
    did not in which the one that did stands higher (AUC). Each and the gain with its 90 % interval.
    """

    count: int
    worked: int
    own: tuple[float, float, float]
    official: tuple[float, float, float]
    gain: tuple[float, float, float]

    @property
    def is_better(self) -> bool:
        """Tell whether the own score orders surely better."""
        return self.gain[1] > 0

    @property
    def is_worse(self) -> bool:
        """Tell whether it orders surely worse."""
        return self.gain[2] < 0


def compare(own: Doubles, official: Doubles, worked: Bools, creators: Longs) -> Trial:
    """Compare two scores (n,) of the same results; creators are drawn whole (bootstrap, Efron 1979), so that somebody
    with several results counts as one. Raises ValueError where one of the two kinds of result is absent.
    """
    if not 0 < worked.sum() < len(worked):
        raise ValueError("Results of both kinds are needed.")
    _ids, at = np.unique(creators, return_inverse=True)
    dice = np.random.default_rng(SEED)
    everybody = np.ones((1, len(worked)))
    whole = [_auc(score, worked, everybody)[0] for score in (own, official)]
    drawn: list[list[Doubles]] = [[], []]
    for _block in range(RESAMPLES // BLOCK):
        times = dice.multinomial(at.max() + 1, np.full(at.max() + 1, 1 / (at.max() + 1)), BLOCK)[:, at]
        for found, score in zip(drawn, (own, official), strict=True):
            found.append(_auc(score, worked, times.astype(np.float64)))
    ours, theirs = (np.concatenate(found) for found in drawn)
    return Trial(
        len(worked), int(worked.sum()), _with_ends(whole[0], ours), _with_ends(whole[1], theirs),
        _with_ends(whole[0] - whole[1], ours - theirs),
    )  # fmt: skip


def _with_ends(value: float, drawn: Doubles) -> tuple[float, float, float]:
    low, high = np.nanpercentile(drawn, (LOW, HIGH))
    return float(value), float(low), float(high)


def _auc(score: Doubles, worked: Bools, times: Doubles) -> Doubles:
    """Return the share of pairs in the right order, ties half, with rows counted so many times (draws, n): (draws,)."""
    order = np.argsort(score, kind="stable")
    _values, starts = np.unique(score[order], return_index=True)
    good = np.add.reduceat(times[:, order] * worked[order], starts, axis=1)
    bad = np.add.reduceat(times[:, order] * ~worked[order], starts, axis=1)
    below = np.cumsum(bad, axis=1) - bad / 2
    pairs = good.sum(axis=1) * bad.sum(axis=1)
    right: Doubles = (good * below).sum(axis=1)
    return np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def moved(before: Longs, after: Longs) -> Ints:
    """Return places won (n,) by each of `after` since `before`: the same ids, best first."""
    was = np.argsort(before, kind="stable")
    at = was[np.searchsorted(before[was], after)]
    return (at - np.arange(len(after))).astype(np.int32)
