"""What creators of a size usually ask: the median fee a follower of those who are priced; numpy alone.

Of the same platform and tier, else of the platform, else of the whole pool; the nearest with five priced profiles at
least is taken (house rule).
"""

import numpy as np

from screening.engine import histories
from screening.engine.peers import UNKNOWN_TIER, tiers
from screening.engine.raw import Doubles, History, Ints

FEWEST = 5


def usual_fee(history: History, platform: Ints) -> Doubles:
    """Return what a post of each profile (n,) would usually cost, in the pool's currency; NaN where nobody can say."""
    fee, followers = histories.latest(history, "fee"), histories.latest(history, "followers")
    followers = np.where(followers > 0, followers, np.nan)
    rate = np.where(fee > 0, fee, np.nan) / followers
    tier = tiers(followers)
    found = np.full(len(fee), np.nan)
    for group in ((platform + 1) * (UNKNOWN_TIER + 1) + tier, platform + 1, np.zeros(len(fee), np.int64)):
        found = np.where(np.isnan(found), _medians(group.astype(np.int64), rate)[group], found)
    return found * followers


def _medians(group: np.ndarray, rate: Doubles) -> Doubles:
    n, known = int(group.max(initial=0)) + 1, ~np.isnan(rate)
    found = histories.medians(group[known], rate[known], n)
    return np.where(np.bincount(group[known], minlength=n) >= FEWEST, found, np.nan)
