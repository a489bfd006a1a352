"""Where the figures of a profile stand among its peers: the quartiles of a group and the share of it that lies below.

Peers share market, platform and tier, as for flags (`peers`); a group of fewer than 30 known members gives way to its
market and platform, and under 30 there nothing is said. Read from histograms of codes: the ends of a quartile are
middles of bins, at most a thirty-eighth of a decade apart on the scales used here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screening.engine import features, peers
from screening.engine.codes import POOL_NAMES, encode, middles
from screening.engine.raw import Doubles, Ints, Longs, Pool

SHOWN = ("engagement_rate", "comment_rate", "view_rate", "posting_rate", "live_rate")
QUARTERS = (0.25, 0.5, 0.75)
ENDS = (0.05, 0.95)  # what lies between them is usual


@dataclass(frozen=True)
class Band:
    """One figure of a profile among its peers. below: share of them, 0-1, with half of those in its own bin.

    low, median, high: quartiles; least, most: the ends of nine tenths. size: known members of the group, this one among
    them. platform, tier: their codes; tier is "" where all sizes are compared.
    """

    feature: str
    value: float
    low: float
    median: float
    high: float
    least: float
    most: float
    below: float
    size: int
    platform: str
    tier: str

    @property
    def is_usual(self) -> bool:
        """Whether nine tenths of the peers lie around it."""
        return self.least <= self.value <= self.most


@dataclass(frozen=True, eq=False)
class Tallies:
    """How often each code stands in each group of a pool. owners (G, 3), group (n,): as `peers.groups` gives them.

    own: (features, G, 256) of SHOWN; wide: the same of each group's market and platform.
    """

    owners: Ints
    group: Ints
    own: Longs
    wide: Longs


def tallies(pool: Pool) -> Tallies:
    """Count the codes of every group; a million rows take some hundredths of a second a feature."""
    owners, group = peers.groups(pool.raw)
    family = np.unique(owners[:, :2], axis=0, return_inverse=True)[1].reshape(-1)
    own = np.stack([_counts(pool.codes[POOL_NAMES.index(name)], group, len(owners)) for name in SHOWN])
    wide = np.zeros((len(SHOWN), int(family.max(initial=-1)) + 1, 256), np.int64)
    for counted, found in zip(wide, own, strict=True):
        np.add.at(counted, family, found)
    return Tallies(owners, group, own, wide[:, family])


def of(counted: Tallies, pool: Pool, row: int) -> list[Band]:
    """Return the known figures of one row of the pool that was counted, each where there are peers enough."""
    measured = features.build(pool.raw.take(np.array([row], np.int64)))
    codes = encode({name: measured[name] for name in SHOWN}, SHOWN)[:, 0]
    group = int(counted.group[row])
    _market, platform, tier = (int(one) for one in counted.owners[group])
    found: list[Band] = []
    for place, name in enumerate(SHOWN):
        own, wide = counted.own[place, group], counted.wide[place, group]
        is_own = own.sum() >= peers.ENOUGH
        counts = own if is_own else wide
        if not codes[place] or counts.sum() < peers.ENOUGH:
            continue
        least, low, median, high, most = _quantiles(counts, name, (ENDS[0], *QUARTERS, ENDS[1]))
        code = int(codes[place])
        found.append(
            Band(
                name, float(measured[name][0]), low, median, high, least, most,
                below=float((counts[:code].sum() + counts[code] / 2) / counts.sum()), size=int(counts.sum()),
                platform=peers.word(pool.raw, "platform", platform), tier=peers.tier_word(tier) if is_own else "",
            )
        )  # fmt: skip
    return found


def _counts(codes: Ints, group: Ints, n: int) -> Longs:
    found = np.bincount((group << 8) + codes, minlength=n << 8).reshape(-1, 256).astype(np.int64)
    found[:, 0] = 0  # who has no value is nobody's peer in it
    return found


def _quantiles(counts: Longs, name: str, shares: Sequence[float]) -> Doubles:
    """Return the values below which these shares of the counted lie: the middle of the bin where each is reached."""
    reached = np.searchsorted(np.cumsum(counts), np.array(shares) * counts.sum())
    return middles(name).astype(np.float64)[reached]
