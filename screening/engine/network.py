"""Who names whom: what the accounts that posts name tell of the creators of a pool; numpy alone.

A name that is an account of the pool is a tie between creators; any other (a brand, a shop, a paper) is an account
that creators may have in common. A creator's ties to their own profiles do not count.
"""

import numpy as np

from screening.engine.raw import Bools, Doubles, Longs


def named_by(namer: Longs, named: Longs, creators: Longs, is_read: Bools) -> Doubles:
    """Return how many other creators name each profile (n,); NaN where nobody does and its own posts were not read.

    namer, named: (k,) rows of the pool, one a tie. creators: (n,) ids. is_read: (n,) posts of it were read.
    """
    others = creators[namer] != creators[named]
    ties = np.unique(np.stack([named[others], creators[namer[others]]]), axis=1)
    count = np.bincount(ties[0], minlength=len(creators)).astype(np.float64)
    return np.where(is_read | (count > 0), count, np.nan)


def shared_accounts(namer: Longs, account: Longs, creators: Longs, is_read: Bools) -> Doubles:
    """Return how many accounts outside of the pool a profile names that another creator names too (n,); NaN where
    its posts were not read. account: (k,) any number for each name. Of the accounts that ads name these are the past
    brands in common.
    """
    if not len(namer):
        return np.where(is_read, 0.0, np.nan)
    _known, number = np.unique(account, return_inverse=True)
    by_creator = np.unique(np.stack([number.reshape(-1), creators[namer]]), axis=1)
    is_shared = np.bincount(by_creator[0]) > 1
    pairs = np.unique(np.stack([namer, number.reshape(-1)]), axis=1)
    count = np.bincount(pairs[0], is_shared[pairs[1]].astype(np.float64), len(creators))
    return np.where(is_read, count, np.nan)
