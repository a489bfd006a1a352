"""How often what happened lies inside the intervals that held-out errors give, stated at 80 and 90 %.

At random: twenty splits by creator, a perfect method's coverage of one split is beta-binomial; the mean is held to two
points and each split to the 99 % band. Across months nothing is exchangeable: printed, not held.
"""

import numpy as np

from benchmarks import bench
from benchmarks.parts import contest, figures, sets
from screening.engine import intervals

SPLITS, MEAN_OFF = 20, 0.02


def at_random(report: bench.Report, name: str, table: sets.Table) -> None:
    """Split creators twenty times, half to learn from; print the mean coverage and the splits inside their bands."""
    found: dict[float, list[tuple[float, bool]]] = {level: [] for level in intervals.LEVELS}
    for split in range(SPLITS):
        taught, rest = sets.by_owner(table, len(table) // 2, np.random.default_rng(split))
        said, errors = contest.held_out(table, taught)
        off = np.abs(said - table.label)[rest]
        for level, shares in found.items():
            one = intervals.width(errors, level)
            assert one is not None
            low, high = figures.coverage_band(level, one.n, len(rest))
            share = float((off <= one.half).mean())
            shares.append((share, low <= share <= high))
    for level, shares in found.items():
        mean, inside = float(np.mean([share for share, _ in shares])), sum(is_in for _, is_in in shares)
        holds = abs(mean - level) <= MEAN_OFF and inside == SPLITS
        report.line(f"{name}: coverage at {level:.0%}", mean, "share", peer="stated", peer_value=level,
                    ratio=mean / level, bar="mean within 0.02, each split in its 99 % band", holds=holds,
                    inside=f"{inside} of {SPLITS}", least=round(min(share for share, _ in shares), 4),
                    n=len(table))  # fmt: skip


def ahead(report: bench.Report, name: str, table: sets.Table, months: np.ndarray, turn: np.ndarray) -> None:
    """Learn from the earlier lists and forecast the last: coverage of the intervals as they were stated, and of those
    whose level answers to each result as it becomes known, twenty at a time.
    """
    taught, asked = np.flatnonzero(turn < turn.max()), np.flatnonzero(turn == turn.max())
    said, errors = contest.held_out(table, taught)
    errors, off = errors * months[taught], (said - table.label)[asked] * months[asked]  # as the count itself is off
    order = np.random.default_rng(0).permutation(len(off))
    days = np.concatenate([np.zeros(len(errors), np.int64), 1 + np.arange(len(off)) // 20])
    for level in intervals.LEVELS:
        one = intervals.width(errors, level)
        rolled = intervals.adapt(np.concatenate([errors, off[order]]), days, level)
        assert one is not None
        report.line(f"{name}: coverage at {level:.0%} a list ahead", float((np.abs(off) <= one.half).mean()), "share",
                    n=len(asked), rolling_level=round(rolled.inside / max(rolled.counted, 1), 4),
                    bias=round(float(off.mean()), 4))  # fmt: skip
