"""How alike two profiles of a frozen pool are: by the run’s own features, each in standard deviations of the pool."""

import numpy as np

from screening.engine import raw, tables
from screening.engine.codes import POOL_NAMES
from screening.engine.features import CHOICE, FEATURES
from screening.engine.raw import Doubles, Longs

FEWEST = 5  # features that both must be known in
OTHER = 2.0  # standard deviations that two different choices (platforms) are apart
NEAREST = 0.1  # share of the pool’s profiles that are called similar to one: the tenth that is nearest
MOST_LOOKED_AT = 2_000  # profiles of the pool that the tenth is taken from, at even steps


def distances(pool: raw.Pool, row: int, others: Longs) -> Doubles:
    """Return how far some rows (k,) of a pool are from one row; infinite where too little is known of both."""
    sd = _scales(pool)
    cells = np.asarray(pool.codes[:, np.append(others, row)], np.float64)
    varies = np.isfinite(sd)[:, None]  # what is the same in everybody makes nobody alike
    known = (cells[:, :-1] > 0) & (cells[:, -1:] > 0) & varies
    apart = (cells[:, :-1] - cells[:, -1:]) / sd[:, None]
    chosen = np.array([FEATURES[name].scale == CHOICE for name in POOL_NAMES])
    apart[chosen] = np.where(cells[chosen, :-1] == cells[chosen, -1:], 0.0, OTHER)
    count = known.sum(axis=0)
    square = np.where(known, apart**2, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= FEWEST, np.sqrt(square), np.inf)


def bar(pool: raw.Pool, row: int) -> float:
    """Return the distance up to which another profile is called similar to one row: nearer than 90 % of the pool."""
    step = max(1, len(pool) // MOST_LOOKED_AT)
    rows = np.arange(0, len(pool), step, dtype=np.int64)
    found = distances(pool, row, rows[rows != row])
    found = found[np.isfinite(found)]
    return float(np.quantile(found, NEAREST)) if len(found) else 0.0


def rows_of(pool: raw.Pool, profile_ids: Longs) -> Longs:
    """Return the rows of profiles in a pool (k,), -1 for those that are not candidates there."""
    ids = pool.raw.profile_ids
    at = np.minimum(np.searchsorted(ids, profile_ids), max(0, len(ids) - 1))
    return np.where(ids[at] == profile_ids, at, -1).astype(np.int64) if len(ids) else np.full(len(profile_ids), -1)


_known: dict[str, Doubles] = {}  # by the pool's hash; the last few pools of this process
MOST_KEPT = 8


def _scales(pool: raw.Pool) -> Doubles:
    if pool.key not in _known:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        counts = tables.counts(pool.codes).astype(np.float64)[:, 1:]
        codes, n = np.arange(1, 256), np.maximum(counts.sum(axis=1), 1)
        mean = (counts * codes).sum(axis=1) / n
        sd = np.sqrt((counts * (codes - mean[:, None]) ** 2).sum(axis=1) / n)
        _known[pool.key] = np.where(sd > 0, sd, np.inf)
    return _known[pool.key]
