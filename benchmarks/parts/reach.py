"""How often intervals from held-out errors hold what happened, with a thousand results to calibrate by; generated.

Foil: quantile regression (boosted trees) that nobody calibrated, at the same two ends.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from benchmarks import bench
from benchmarks.parts import contest, sets
from screening.engine import intervals
from tests.engine import lessons

SPLITS, CREATORS, OFF = 20, 2_000, 0.01


def measure(report: bench.Report) -> None:
    """Print mean coverage of twenty splits and hold its bar."""
    frozen = lessons.market(CREATORS, seed=12)
    noise = np.random.default_rng(13).standard_t(4, CREATORS)
    table = sets.of_pool("generated results", frozen, lessons.truth(frozen) + 0.6 * noise)
    found: dict[float, list[tuple[float, float]]] = {level: [] for level in intervals.LEVELS}
    for split in range(SPLITS):
        taught, rest = sets.by_owner(table, CREATORS // 2, np.random.default_rng(split))
        said, errors = contest.held_out(table, taught)
        for level, shares in found.items():
            one = intervals.width(errors, level)
            assert one is not None
            inside = np.abs(said - table.label)[rest] <= one.half
            shares.append((float(inside.mean()), foil(table, taught, rest, level)))
    for level, both in found.items():
        ours, theirs = np.mean(both, axis=0)
        report.line(f"intervals, generated: coverage at {level:.0%}", ours, "share", peer="quantile regression",
                    peer_value=theirs, bar=f"within {OFF:g}", holds=abs(ours - level) <= OFF, splits=SPLITS,
                    calibrated=CREATORS // 2)  # fmt: skip


def foil(table: sets.Table, taught: np.ndarray, rest: np.ndarray, level: float) -> float:
    """Return the coverage of two quantiles fitted to the taught rows."""
    x, y = contest.numbers(table), table.label
    low, high = (
        HistGradientBoostingRegressor(loss="quantile", quantile=at, max_iter=60)
        .fit(x[taught], y[taught])
        .predict(x[rest])
        for at in ((1 - level) / 2, (1 + level) / 2)
    )
    return float(((low <= y[rest]) & (y[rest] <= high)).mean())
