"""Conformal intervals: how far off held-out predictions were says how far off the next one may be; numpy alone.

Of n calibration rows the interval is as wide as the error of rank ceil((n + 1)(1 - a)): a new row of the same kind
lies inside with a chance of 1 - a at least (Vovk 2005; Lei 2018), whatever the model. One set of n rows gives a
coverage that is itself a draw, Beta(rank, n + 1 - rank): `promised` is what it reaches with 90 % confidence. In time
the level answers to what became of earlier forecasts (Gibbs and Candes 2021). Method: engine.md section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, lgamma

import numpy as np

from screening.engine.raw import Doubles, Longs

LEVELS = (0.8, 0.9)
INNER = 0.5  # the thick part of a strip: no promise is printed of it
CONFIDENCE = 0.9
OWN_MARKET = 50  # calibration rows of a market, from which it needs no others
SHRUNK_BY = 30  # rows that the other markets' scale counts for beside the market's own
GAMMA, LEAST, MOST = 0.02, 0.005, 0.5  # of the adaptive level
FIRST = 30  # errors known before a replayed forecast counts


@dataclass(frozen=True)
class Width:
    """How far an interval reaches to either side. level: its stated coverage; of n rows the one of this rank is taken.

    promised: the coverage that n rows and this rank reach with 90 % confidence.
    """

    level: float
    half: float
    n: int
    rank: int
    promised: float


@dataclass(frozen=True)
class Adapted:
    """A level after earlier forecasts came true or not. miss: the share that may lie outside now; counted, inside: of
    the replayed forecasts.
    """

    miss: float
    counted: int
    inside: int


def rank(n: int, miss: float) -> int:
    """Return the rank of n errors that an interval takes for a share `miss` outside; more than n where none is enough.

    n < 9 has no 90 % interval.
    """
    return ceil((n + 1) * (1 - miss) - 1e-9)  # 1e-9: 0.9 x 10 is 9, however the machine writes it


def width(errors: Doubles, level: float, *, miss: float | None = None, least: int = 1) -> Width | None:
    """Return the interval that errors (n,) give for a stated coverage; None where they are too few.

    miss: the share outside that the rank is taken for, where it is not 1 - level. least: the lowest rank, so that an
    interval holds those of lower levels whatever became of either in time.
    """
    n = len(errors)
    place = max(least, rank(n, 1 - level if miss is None else miss))
    if rank(n, 1 - level) > n or place > n:
        return None
    return Width(level, float(np.partition(np.abs(errors), place - 1)[place - 1]), n, place, promised(n, place))


@lru_cache(maxsize=256)  # each creator of a run is told the same few
def promised(n: int, place: int, confidence: float = CONFIDENCE) -> float:
    """Return the coverage that the error of this rank, 1 to n, reaches with this confidence (a Beta quantile)."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        # Coverage stays under x where at least `place` of n uniform draws do.
        if _at_least(place, n, middle) <= 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def _at_least(k: int, n: int, p: float) -> float:
    """Return the chance of k or more hits in n, each with chance p, 0 < p < 1."""
    hits = range(k, n + 1)
    return float(sum(np.exp(_ways(n, one) + one * np.log(p) + (n - one) * np.log1p(-p)) for one in hits))


def _ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def pooled(own: Doubles, others: Sequence[Doubles]) -> Doubles:
    """Return the errors to calibrate a market by: its own (n,) from 50 on, else those of all markets at its scale.

    The scale is the median error, the market's own shrunk to that of all: (n med + 30 med of all) / (n + 30).
    """
    near = np.abs(own)
    others = [np.abs(one) for one in others if len(one)]
    if len(own) >= OWN_MARKET or not others:
        return near
    of_all = float(np.median(np.concatenate([near, *others]))) or 1.0
    scale = shrunk(near, of_all)
    # The market's own stay as they are: theirs is the scale that the others are brought to.
    return np.concatenate([near, *(one / shrunk(one, of_all) * scale for one in others)])


def shrunk(errors: Doubles, of_all: float) -> float:
    """Return a market's median error, shrunk to that of all markets."""
    n = len(errors)
    return (n * (float(np.median(errors)) if n else 0.0) + SHRUNK_BY * of_all) / (n + SHRUNK_BY)


def adapt(errors: Doubles, days: Longs, level: float) -> Adapted:
    """Replay forecasts in the order in which results became known, and let the level answer to each.

    errors, days: (n,). Results of one day were forecast before any of them was known.
    """
    miss, counted, inside = 1 - level, 0, 0
    near = np.abs(errors)
    for day in np.unique(days):
        known, now = near[days < day], near[days == day]
        if len(known) < FIRST:
            continue
        place = rank(len(known), miss)
        half = np.inf if place > len(known) else float(np.partition(known, place - 1)[place - 1])
        for one in now:
            counted, inside = counted + 1, inside + int(one <= half)
            miss = float(np.clip(miss + GAMMA * ((1 - level) - (one > half)), LEAST, MOST))
    return Adapted(miss, counted, inside)
