"""The sum of several creators of one campaign, with an interval: what they share does not average out; numpy alone.

An error has a part that all creators of a campaign share (its product, its offer, its season) and a part of its own.
How large either is comes from earlier campaigns with results of two creators or more (analysis of variance, Henderson
1953, method 1). A sum is simulated: one shared draw, Student's t with as many degrees of freedom as the campaigns
leave, and an own error of each creator drawn from those that were seen. House rule, verified by its tests.
"""

from dataclasses import dataclass

import numpy as np

from screening.engine.raw import Doubles, Longs

FEWEST = 10  # campaigns with results of two creators or more
DRAWS = 4_000
SEED = 20_251


@dataclass(frozen=True, eq=False)
class Errors:
    """What the errors of earlier campaigns consist of. shared: standard deviation of the part that a campaign shares;
    own: the other parts (n,); campaigns: how many had two creators or more.
    """

    shared: float
    own: Doubles
    campaigns: int


@dataclass(frozen=True)
class Sum:
    """What a basket is expected to bring together: the middle, and the ends of an interval of stated coverage."""

    middle: float
    low: float
    high: float
    level: float


def count(campaign: Longs) -> int:
    """Return how many campaigns (n,) have two results or more."""
    return int((np.unique(campaign, return_counts=True)[1] >= 2).sum())


def errors(off: Doubles, campaign: Longs) -> Errors | None:
    """Take apart held-out errors (n,) of campaigns (n,); None under 10 campaigns with two creators or more."""
    _, place, count = np.unique(campaign, return_inverse=True, return_counts=True)
    kept = (count >= 2)[place.reshape(-1)]
    _, group, size = np.unique(campaign[kept], return_inverse=True, return_counts=True)
    if len(size) < FEWEST:
        return None
    group, off = group.reshape(-1), off[kept]
    means = np.bincount(group, weights=off) / size
    n, k = len(off), len(size)
    within = float(((off - means[group]) ** 2).sum()) / (n - k)
    between = float((size * (means - off.mean()) ** 2).sum()) / (k - 1)
    usual = (n - float((size**2).sum()) / n) / (k - 1)
    shared = max(0.0, (between - within) / usual)
    # Deviations from a mean that they were part of are too small by this much.
    own = (off - means[group]) * np.sqrt(size / (size - 1))[group]
    return Errors(float(np.sqrt(shared)), own, k)


def total(places: Doubles, found: Errors, level: float) -> Sum:
    """Return the sum of 10^y - 1 over creators expected at y (m,), with the interval of a stated coverage."""
    dice = np.random.default_rng(SEED)
    # A new campaign's part, and how little the mean of k campaigns is known.
    spread = found.shared * np.sqrt(1 + 1 / found.campaigns)
    shared = spread * dice.standard_t(found.campaigns - 1, DRAWS)
    own = dice.choice(found.own, (len(places), DRAWS))
    sums = np.maximum(10 ** (places[:, None] + shared + own) - 1, 0).sum(axis=0)
    middle, low, high = np.quantile(sums, [0.5, (1 - level) / 2, (1 + level) / 2])
    return Sum(float(middle), float(low), float(high), level)
