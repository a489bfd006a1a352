"""How often each reviewer says yes to what proves good, and to what proves bad: drawn towards all reviewers (science.md
1.1).

The true spread of skill is small (sd 3.8 points in the research data) and 50 decisions show one of 7.7, of which 6.9 is
chance. So a rate of one's own is a mixture of one's own counts and the others' mean, by a beta-binomial law.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from review.judgement.newton import Doubles, minimise

Longs = npt.NDArray[np.int64]
LOG_STRENGTH, LOG_SPREAD = float(np.log(20)), 1.0  # prior of ln s
LEAST, MOST = 0.02, 0.98  # nobody is believed beyond this


@dataclass(frozen=True)
class Shrunk:
    """What is believed of any reviewer: the mean rate m, and the strength s, the number of votes that it is worth."""

    mean: float
    strength: float

    def rate(self, yes: Doubles | Longs | int, n: Doubles | Longs | int) -> Doubles:
        """Return reviewers' rates of yes, from `yes` of `n` votes each, drawn towards the mean."""
        mixed = (np.asarray(yes) + self.mean * self.strength) / (np.asarray(n) + self.strength)
        return np.clip(mixed, LEAST, MOST)


@dataclass(frozen=True)
class Expected:
    """What is believed before any vote: a Beta law of the mean."""

    a: float
    b: float

    @property
    def shrunk(self) -> Shrunk:
        """The belief without any votes."""
        return Shrunk(self.a / (self.a + self.b), float(np.exp(LOG_STRENGTH)))


GOOD, BAD = Expected(6.5, 3.5), Expected(3.5, 6.5)


def shrink(yes: Longs, n: Longs, expected: Expected) -> Shrunk:
    """Return (m, s) that maximise the marginal posterior of reviewers' counts (R,): yes of n votes each.

    sum ln[B(ms + k, (1 - m)s + n - k) / B(ms, (1 - m)s)] + ln Beta(m; a, b) - (ln s - ln 20)^2 / 2. For whole counts
    the ratio of beta functions is a product: each vote meets the votes before it.
    """
    if not n.sum():
        return expected.shrunk
    more = [_more(counts) for counts in (yes, n - yes, n)]

    def goal(at: Doubles) -> tuple[float, Doubles]:
        return _surprise(at, more, expected)

    start = (yes.sum() + expected.a) / (n.sum() + expected.a + expected.b)
    logit, log_strength = minimise(goal, np.array([np.log(start / (1 - start)), LOG_STRENGTH]))
    return Shrunk(float(1 / (1 + np.exp(-logit))), float(np.exp(log_strength)))


def _more(counts: Longs) -> Longs:
    """Return how many reviewers have more than i votes, for i = 0, 1, ..."""
    return np.array([(counts > i).sum() for i in range(int(counts.max(initial=0)))], np.int64)


def _surprise(at: Doubles, more: list[Longs], expected: Expected) -> tuple[float, Doubles]:
    # In u = logit m and v = ln s, so that no step leaves the range.
    m, s = 1 / (1 + np.exp(-at[0])), np.exp(at[1])
    shape = (m * s, (1 - m) * s, s)
    steps = [one + np.arange(len(count)) for one, count in zip(shape, more, strict=True)]
    logs = [float((count * np.log(step)).sum()) for step, count in zip(steps, more, strict=True)]
    by_shape = [float((count / step).sum()) for step, count in zip(steps, more, strict=True)]
    value = logs[0] + logs[1] - logs[2] + (expected.a - 1) * np.log(m) + (expected.b - 1) * np.log(1 - m)
    by_a, by_b = by_shape[0] - by_shape[2], by_shape[1] - by_shape[2]
    inside = m * (1 - m)
    by_u = inside * s * (by_a - by_b) + (expected.a - 1) * (1 - m) - (expected.b - 1) * m
    away = (at[1] - LOG_STRENGTH) / LOG_SPREAD**2
    by_v = m * s * by_a + (1 - m) * s * by_b - away
    value -= away**2 * LOG_SPREAD**2 / 2
    return -float(value), -np.array([by_u, by_v])
