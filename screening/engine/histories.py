"""Dated figures of many profiles at once: the latest value, the pace, the trend, the jumps. Sums run row by row in date
order, so a profile's result does not depend on which profiles stand beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screening.engine.raw import Doubles, History, Longs

LEAST_POINTS, LEAST_SPAN_DAYS, LEAST_STEPS = 3, 28, 4


@dataclass(frozen=True)
class Series:
    """Dated values, long form: owner (k,) row of the profile, day (k,), value (k,); by owner, then date. n profiles."""

    owner: Longs
    day: Doubles
    value: Doubles
    n: int

    def sums(self, weights: Doubles) -> Doubles:
        """Add up weights (k,) per profile (n,)."""
        return np.bincount(self.owner, weights, self.n).astype(np.float64)


@dataclass(frozen=True)
class Steps:
    """Changes between neighbouring dated figures: owner (k,), days (k,) > 0, log change (k,). n profiles."""

    owner: Longs
    days: Doubles
    change: Doubles
    n: int


def figure(history: History, name: str) -> Doubles:
    """Return a figure's long column (m,), all NaN if the pool has none."""
    return history.figures[name] if name in history.figures else np.full(len(history.day), np.nan)


def latest(history: History, name: str) -> Doubles:
    """Return the newest known value per profile (n,)."""
    return _at(figure(history, name), _last(history, ~np.isnan(figure(history, name))))


def last_day(history: History) -> Doubles:
    """Return the day of the newest row per profile (n,), NaN without rows."""
    return _at(history.day.astype(np.float64), _last(history, np.ones(len(history.day), bool)))


def owners(history: History) -> Longs:
    """Return the profile row of each history row (m,)."""
    return np.repeat(np.arange(len(history.offsets) - 1), np.diff(history.offsets))


def series(history: History, name: str) -> Series:
    """Return a figure's known positive values."""
    return _series(history, figure(history, name))


def engagement_series(history: History) -> Series:
    """Return reactions over followers at each row that has reactions; followers of that row, else the newest known."""
    stated, followers = figure(history, "engagement_avg"), figure(history, "followers")
    reactions = np.where(np.isnan(stated), figure(history, "likes_avg") + figure(history, "comments_avg"), stated)
    base = np.where(followers > 0, followers, latest(history, "followers")[owners(history)])
    return _series(history, reactions / np.where(base > 0, base, np.nan))


def trend(rates: Series) -> Doubles:
    """Return the relative change in 30 days by least squares on logs; 3 points over 28 days at least."""
    log = np.log(rates.value)
    count = rates.sums(np.ones_like(log))
    with np.errstate(invalid="ignore", divide="ignore"):
        days = rates.day - (rates.sums(rates.day) / count)[rates.owner]
        slope = rates.sums(days * log) / rates.sums(days * days)
    return np.where((count >= LEAST_POINTS) & (span(rates) >= LEAST_SPAN_DAYS), np.expm1(slope * 30), np.nan)


def spread(rates: Series) -> Doubles:
    """Return the standard deviation of log10 values; 3 points at least."""
    log = np.log10(rates.value)
    count = rates.sums(np.ones_like(log))
    with np.errstate(invalid="ignore", divide="ignore"):
        away = log - (rates.sums(log) / count)[rates.owner]
        found = np.sqrt(rates.sums(away * away) / count)
    return np.where(count >= LEAST_POINTS, found, np.nan)


def pace(
    history: History, name: str, *, days: int, least_days: int, of: Callable[[Doubles], Doubles] = np.asarray
) -> Doubles:
    """Return the change of `of(figure)` a day, from first to last value in a profile's last `days` of figures."""
    known = series(history, name)
    end = np.full(known.n, np.nan)
    end[known.owner] = known.day  # rows are in date order: the last assignment stays
    recent = known.day >= end[known.owner] - days
    first, last = np.full((2, known.n), -1)
    places = np.flatnonzero(recent)
    last[known.owner[places]] = places
    first[known.owner[places[::-1]]] = places[::-1]
    change = _at(of(known.value), last) - _at(of(known.value), first)
    span = _at(known.day, last) - _at(known.day, first)
    return change / np.where(span >= least_days, span, np.nan)


def steps(history: History, name: str) -> Steps:
    """Return log changes of a figure between neighbouring known dates of the same profile."""
    known = series(history, name)
    days = np.diff(known.day)
    same = (known.owner[1:] == known.owner[:-1]) & (days > 0)
    return Steps(known.owner[1:][same], days[same], np.diff(np.log(known.value))[same], known.n)


def spike(changes: Steps) -> Doubles:
    """Return the largest gain of a step above the profile's own median pace, a share of followers; 4 steps at least."""
    usual = medians(changes.owner, changes.change / changes.days, changes.n)
    above = changes.change - usual[changes.owner] * changes.days
    most = np.full(changes.n, -np.inf)
    np.maximum.at(most, changes.owner, above)
    return np.where(_enough(changes), np.expm1(np.maximum(most, 0)), np.nan)


def falling_share(changes: Steps) -> Doubles:
    """Return the share of steps in which the figure fell; 4 steps at least."""
    fell = np.bincount(changes.owner, changes.change < 0, changes.n)
    with np.errstate(invalid="ignore"):
        return np.where(_enough(changes), fell / np.bincount(changes.owner, minlength=changes.n), np.nan)


def medians(owner: Longs, values: Doubles, n: int) -> Doubles:
    """Return the lower median of the values of each owner (n,), NaN where an owner has none."""
    order = np.lexsort((values, owner))
    counts = np.bincount(owner, minlength=n)
    middle = np.cumsum(counts) - counts + (counts - 1) // 2
    return _at(values[order], np.where(counts > 0, middle, -1))


def _series(history: History, column: Doubles) -> Series:
    known = column > 0
    return Series(
        owners(history)[known], history.day[known].astype(np.float64), column[known], len(history.offsets) - 1
    )


def span(rates: Series) -> Doubles:
    """Return the days from first to last value per profile (n,), -inf without any."""
    low, high = np.full(rates.n, np.inf), np.full(rates.n, -np.inf)
    np.minimum.at(low, rates.owner, rates.day)
    np.maximum.at(high, rates.owner, rates.day)
    return high - low


def _enough(changes: Steps) -> npt.NDArray[np.bool_]:
    return np.bincount(changes.owner, minlength=changes.n) >= LEAST_STEPS


def _last(history: History, known: npt.NDArray[np.bool_]) -> Longs:
    last = np.full(len(history.offsets) - 1, -1)
    places = np.flatnonzero(known)
    last[owners(history)[places]] = places  # rows are in date order: the last assignment stays
    return last


def _at(values: Doubles, places: Longs) -> Doubles:
    return np.append(values, np.nan)[places]
