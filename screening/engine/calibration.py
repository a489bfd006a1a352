"""From a learned score to a calibrated chance, its band and its record; numpy alone.

p = 1 / (1 + exp(-(a + z exp(b + c.E) + d.E))), kept within 5 and 95 %. z: log-odds of the score plus the level of the
market. E: the weighted share of missing cells and the novelty of the known ones, less their means in the lessons: the
slope answers to both, p is never multiplied by either. A Platt map held near the identity, a ~ N(0, 1), the others
N(0, 0.5), fitted on predictions of creators that the model had not seen. Method: engine.md section 4.

The band is that of Venn-Abers (Vovk and Petej 2014), the record counts what became of such predictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from screening.engine.raw import Bools, Bytes, Doubles, Floats, Longs

LEAST_P, MOST_P = 0.05, 0.95
PERCENTS = 101
BLOCK = 1 << 16
HELD = np.array([1.0, 4.0, 4.0, 4.0, 4.0, 4.0])  # precisions of a, b, c, d: sd 1 and 0.5
ROUNDS, HALVINGS = 60, 20
Z95 = 1.959964


@dataclass(frozen=True)
class Record:
    """How predictions of a kind ended: how many there were, how many proved right, and the share's 95 % interval."""

    count: int
    right: int
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns scores of one model into chances.

    curve: a, b, c (2), d (2). means: of E in the lessons. limit: share of cells beyond all lessons above which a
    creator is unlike. weights (features,), novelty (features, 256): what each cell adds to E; 1 where no lesson lies
    near. seen, worked: predictions by whole percent (101,), how many worked out. low, high: the band there (101,).
    """

    curve: tuple[float, ...]
    level: float
    means: tuple[float, ...]
    limit: float
    weights: Doubles
    novelty: Floats
    seen: Longs
    worked: Longs
    low: Doubles
    high: Doubles

    def asked(self, kept: Longs, scales: Doubles) -> "Calibration":
        """Return the same for the features that a brief asks for, weighed as it wishes."""
        return replace(self, weights=self.weights[kept] * scales[kept] ** 2, novelty=self.novelty[kept])

    def doubts(self, cells: Bytes, applies: Sequence[Bools | None]) -> Doubles:
        """Return missing share, novelty and share of cells beyond all lessons (3, n). applies: where one can exist."""
        return doubts(cells, applies, self.weights, self.novelty)

    def chance(self, log_odds: Floats, doubt: Doubles) -> Floats:
        """Return the calibrated chance (n,) from log-odds above the market's mean and `doubts` (3, n)."""
        centred = doubt[:2] - np.array(self.means)[:, None]
        return mapped(np.array(self.curve), self.level + log_odds.astype(np.float64), centred).astype(np.float32)

    def is_far(self, doubt: Doubles) -> Bools:
        """Tell who is unlike all that was learned from (n,): too many of their values lie beyond."""
        far: Bools = doubt[2] > self.limit
        return far

    def band(self, p: float) -> tuple[float, float]:
        """Return where the chance that is shown as `p` may lie in truth."""
        return float(self.low[percent(p)]), float(self.high[percent(p)])

    def record(self, low: float, high: float, *, is_yes: bool) -> Record:
        """Return how predictions ended whose verdict was as sure as `low` to `high`. is_yes: verdicts for Partner."""
        first, last = (percent(low), percent(high)) if is_yes else (100 - percent(high), 100 - percent(low))
        count, worked = int(self.seen[first : last + 1].sum()), int(self.worked[first : last + 1].sum())
        return record_of(count, worked if is_yes else count - worked)

    def plain(self) -> dict[str, Any]:
        """Return the part of the model file."""
        return {
            "curve": _digits(self.curve), "level": _digits([self.level])[0], "means": _digits(self.means),
            "limit": _digits([self.limit])[0], "weights": _digits(self.weights),
            "novelty": [_digits(row) for row in self.novelty], "seen": self.seen.tolist(),
            "worked": self.worked.tolist(), "low": _digits(self.low), "high": _digits(self.high),
        }  # fmt: skip


def read(body: Mapping[str, Any]) -> Calibration:
    """Read the part of a model file. Raises KeyError, TypeError and ValueError where it is none."""
    return Calibration(
        curve=tuple(body["curve"]), level=body["level"], means=tuple(body["means"]), limit=body["limit"],
        weights=np.array(body["weights"], np.float64), low=np.array(body["low"], np.float64),
        novelty=np.array(body["novelty"], np.float32).reshape(-1, 256), high=np.array(body["high"], np.float64),
        seen=np.array(body["seen"], np.int64), worked=np.array(body["worked"], np.int64),
    )  # fmt: skip


def _digits(values: Any) -> list[float]:
    return [float(f"{float(value):.9g}") for value in values]


def percent(p: float) -> int:
    """Return the whole percent as which a chance is shown."""
    return int(np.round(float(p), 2) * 100 + 0.5)


def doubts(cells: Bytes, applies: Sequence[Bools | None], weights: Doubles, novelty: Floats) -> Doubles:
    """Return missing share and novelty, by weight, and the plain share of known cells beyond all lessons, 0-1: (3, n).

    A feature that no lesson knows is new in everybody alike, and puts nobody beyond the others.
    """
    out = np.zeros((3, cells.shape[1]))
    beyond = (novelty >= 1) & (novelty[:, 1:].min(axis=1, keepdims=True, initial=1) < 1)
    for start in range(0, cells.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        known = np.zeros(len(out[0, part]))
        for row, weight, table, far, where in zip(cells, weights, novelty, beyond, applies, strict=True):
            empty = row[part] == 0
            known += ~empty
            out[0, part] += weight * (empty if where is None else empty & where[part])
            out[1, part] += weight * np.take(table, row[part])
            out[2, part] += np.take(far, row[part])
        out[2, part] /= np.maximum(known, 1)
    out[:2] /= max(float(weights.sum()), 1e-12)
    return out


def mapped(curve: Doubles, z: Doubles, doubt: Doubles) -> Doubles:
    """Return the chances (n,) of log-odds z (n,) and centred doubts (2, n)."""
    return np.clip(_logistic(_bent(curve, z, doubt)), LEAST_P, MOST_P)


def _logistic(eta: Doubles) -> Doubles:
    found: Doubles = 1 / (1 + np.exp(-np.clip(eta, -30, 30)))
    return found


def _slopes(curve: Doubles, doubt: Doubles) -> Doubles:
    return np.exp(np.clip(curve[1] + curve[2:4] @ doubt, -5, 5))


def _bent(curve: Doubles, z: Doubles, doubt: Doubles) -> Doubles:
    found: Doubles = curve[0] + z * _slopes(curve, doubt) + curve[4:6] @ doubt
    return found


def fit_curve(z: Doubles, doubt: Doubles, worked: Bools) -> Doubles:
    """Fit a, b, c, d (6,) by damped Gauss-Newton steps. z: held-out log-odds (n,); doubt: (2, n), centred."""
    curve = np.zeros(6)
    loss = _loss(curve, z, doubt, worked)
    for _ in range(ROUNDS):
        grown = z * _slopes(curve, doubt)
        jacobian = np.vstack([np.ones_like(z), grown, grown * doubt, doubt])
        p = _logistic(_bent(curve, z, doubt))
        gradient = jacobian @ (worked - p) - HELD * curve
        step = np.linalg.solve((jacobian * (p * (1 - p))) @ jacobian.T + np.diag(HELD), gradient)
        tried = (step / 2**k for k in range(HALVINGS))
        better = next((s for s in tried if _loss(curve + s, z, doubt, worked) < loss), None)
        if better is None:
            break
        curve = curve + better
        loss = _loss(curve, z, doubt, worked)
        if np.abs(better).max() < 1e-8:
            break
    return curve


def _loss(curve: Doubles, z: Doubles, doubt: Doubles, worked: Bools) -> float:
    eta = _bent(curve, z, doubt)
    return float((np.logaddexp(0, eta) - worked * eta).sum() + (HELD * curve**2).sum() / 2)


def tally(p: Doubles, worked: Bools) -> tuple[Longs, Longs]:
    """Return how many predictions stand at each whole percent (101,), and how many of them worked out (101,)."""
    place = np.array([percent(one) for one in p], np.int64)
    seen, good = np.bincount(place, minlength=PERCENTS), np.bincount(place[worked], minlength=PERCENTS)
    return seen.astype(np.int64), good.astype(np.int64)


def venn_abers(seen: Longs, worked: Longs) -> tuple[Doubles, Doubles]:
    """Return the band at each whole percent (101,): isotonic regression with one more prediction there, gone wrong and
    gone right. A chance always lies within its own band.
    """
    shown = np.arange(PERCENTS) / 100
    low, high = shown.copy(), shown.copy()
    for place in range(PERCENTS):
        for label, ends, choose in ((0, low, min), (1, high, max)):
            count, good = seen.copy(), worked.copy()
            count[place] += 1
            good[place] += label
            ends[place] = choose(float(shown[place]), _isotonic(count, good)[place])
    return low, high


def _isotonic(count: Longs, good: Longs) -> Doubles:
    """Pool adjacent violators: the rising step function nearest to the shares; places without anybody join the left."""
    pools: list[list[int]] = []
    for n, k in zip(count.tolist(), good.tolist(), strict=True):
        pools.append([n, k, 1])
        # k/n falling, compared without division; an empty place pools with its neighbour.
        while len(pools) > 1 and pools[-2][1] * pools[-1][0] >= pools[-1][1] * pools[-2][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    return np.repeat([k / n if n else 0.0 for n, k, _ in pools], [width for _, _, width in pools])


def record_of(count: int, right: int) -> Record:
    """Return a record with the 95 % interval of Wilson (1927)."""
    if not count:
        return Record(0, 0, 0.0, 1.0)
    share, z = right / count, Z95**2 / count
    middle, half = (share + z / 2) / (1 + z), Z95 * np.sqrt(share * (1 - share) / count + z / (4 * count)) / (1 + z)
    return Record(count, right, max(0.0, float(middle - half)), min(1.0, float(middle + half)))
