"""Has the world moved from what a model was put to work on? Its candidates by feature, its chances by results.

PSI, the population stability index, is sum((a - b) ln(a / b)) over the shares a, b of two pools in the same bins: 0
where they are alike, never negative, without direction. Its bands, .1 and .25, are a rule of thumb of credit scoring
(Siddiqi, 2006, Credit Risk Scorecards), so they are asked together with what chance alone does: if nothing has
changed, PSI / (1/n + 1/m) is about chi-square with bins - 1 degrees of freedom (Yurdakul and Naranjo, 2020, Statistical
properties of the population stability index, J. Risk Model Validation 14). Two pools of a market share most profiles
and differ by less than that: the bound is a wide one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from screening.engine.codes import middles
from screening.engine.features import CHOICE, FEATURES
from screening.engine.learned import Z90, log_loss
from screening.engine.raw import Bools, Bytes, Doubles, Longs

BINS = 10  # of the known values of a number: deciles of the older pool
WATCH, DRIFT = 0.1, 0.25
SURE = 0.95  # that none of the features looked at is called moved by chance alone
HALF = 0.5  # profiles added to each bin of each pool (Jeffreys), so that an empty one has a logarithm
FEWEST = 30  # creators with a result, house rule: fewer and nothing is said


class Level(StrEnum):
    """How far a feature has moved; below both the band and what chance does it is steady."""

    STEADY = "steady"
    WATCH = "watch"
    DRIFT = "drift"


def counts(codes: Bytes) -> Longs:
    """Return how many profiles have each code (features, 256) of codes (features, n); column 0 is missing data."""
    return np.array([np.bincount(row, minlength=256) for row in codes], np.int64).reshape(len(codes), 256)


def binned(name: str, before: Longs, now: Longs) -> tuple[Longs, Longs]:
    """Return the counts (bins,) of two pools of the counts (256,) of a feature's codes, in the same bins.

    Missing data is a bin where there is more of it now; where more is known, known values alone compare: who is known
    better has not moved. A number's other bins end at the deciles of the older pool's known values, fewer where one
    value fills several; a category is a bin of its own. A bin in which nobody is, in either pool, is none.
    """
    if now[0] * before.sum() < before[0] * now.sum():
        before, now = (np.concatenate([[0], one[1:]]) for one in (before, now))
    starts = np.arange(256) if FEATURES[name].scale == CHOICE else _starts(before)
    old, new = np.add.reduceat(before, starts), np.add.reduceat(now, starts)
    there = old + new > 0
    return old[there], new[there]


def _starts(before: Longs) -> Longs:
    summed = np.cumsum(before[1:])
    if not summed[-1]:
        return np.array([0, 1])
    tenths = summed[-1] * np.arange(1, BINS) / BINS
    after = np.unique(np.searchsorted(summed, tenths, "left")) + 2  # a bin holds the value at which its tenth is full
    return np.array([0, 1, *after[after < 256]])


def psi(before: Longs, now: Longs) -> float:
    """Return the population stability index of two pools' counts (bins,); half a profile is added to every bin."""
    old, new = before + HALF, now + HALF
    old, new = old / old.sum(), new / new.sum()
    return float(((new - old) * np.log(new / old)).sum())


def expected(bins: int, n: int, m: int) -> float:
    """Return the mean PSI of two independent samples of one population of n and m profiles."""
    return (bins - 1) * (1 / n + 1 / m)


def bound(bins: int, n: int, m: int, features: int = 1) -> float:
    """Return the PSI which chance passes for none of so many features together in 95 % of cases (Bonferroni).

    Chi-square's quantile by Wilson and Hilferty (1931), within 1 % from two degrees of freedom on at this level.
    """
    free = bins - 1
    if not free:
        return 0.0
    z = NormalDist().inv_cdf(1 - (1 - SURE) / features)
    part = 2 / (9 * free)
    return float(free * (1 - part + z * part**0.5) ** 3 * (1 / n + 1 / m))


@dataclass(frozen=True)
class Moved:
    """One feature in two pools. by_chance: the PSI that chance alone may reach.

    before, now: the median of known values, of a category the commonest; None where none is known. missing: shares 0-1.
    """

    feature: str
    psi: float
    by_chance: float
    before: float | None
    now: float | None
    missing_before: float
    missing_now: float

    @property
    def level(self) -> Level:
        """How far it has moved: over the band, and over what chance alone does."""
        if self.psi < WATCH or self.psi <= self.by_chance:
            return Level.STEADY
        return Level.DRIFT if self.psi >= DRIFT else Level.WATCH


def compare(names: Sequence[str], before: Longs, now: Longs) -> list[Moved]:
    """Return every feature, what moved most first. before, now: counts (features, 256) of two pools, not empty."""
    found = [_moved(name, old, new, len(names)) for name, old, new in zip(names, before, now, strict=True)]
    return sorted(found, key=lambda one: (-one.psi, one.feature))


def _moved(name: str, before: Longs, now: Longs, features: int) -> Moved:
    old, new = binned(name, before, now)
    n, m = int(old.sum()), int(new.sum())
    index, by_chance = (psi(old, new), bound(len(old), n, m, features)) if n and m else (0.0, 0.0)
    return Moved(
        name, index, by_chance, _typical(name, before), _typical(name, now),
        float(before[0] / before.sum()), float(now[0] / now.sum()),
    )  # fmt: skip


def _typical(name: str, found: Longs) -> float | None:
    known = found[1:]
    if not known.any():
        return None
    is_choice = FEATURES[name].scale == CHOICE
    place = known.argmax() if is_choice else np.searchsorted(np.cumsum(known), known.sum() / 2, "left")
    return float(middles(name)[place + 1])


@dataclass(frozen=True)
class Gap:
    """How much more often partnerships worked than the chances given to them said: mean, 90 % interval, log loss.

    All are means over creators, each counted once with the mean of their results; None in a Gap of too few.
    """

    results: int
    creators: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    loss: float | None = None

    @property
    def is_drift(self) -> bool:
        """True where the interval leaves nothing out: chances are given too high, or too low."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def gap(p: Doubles, worked: Bools, creators: Longs) -> Gap:
    """Return how results (n,) differ from the chances that were given to them; of under 30 creators the count alone."""
    _, place = np.unique(creators, return_inverse=True)
    each = np.bincount(place)
    if len(each) < FEWEST:
        return Gap(len(p), len(each))
    off = np.bincount(place, weights=worked - p) / each
    loss = np.bincount(place, weights=log_loss(p, worked)) / each
    mean, reach = float(off.mean()), Z90 * float(off.std(ddof=1)) / len(off) ** 0.5
    return Gap(len(p), len(each), mean, mean - reach, mean + reach, float(loss.mean()))
