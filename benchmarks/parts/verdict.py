"""One task of the accuracy benchmark: every contestant's figures with n and a 95 % interval, and the bars.

The primary figure is named before the run: RMSE of log10 for counts, AUC for labels, NDCG@50 for lists. The bars: the
paired interval of ours minus the best peer does not lie wholly beyond what counts as worse (0.01, of RMSE 1 % of the
peer's), and ours is not significantly worse than naive. Creators, or queries of lists, are drawn with all their rows.
"""

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks import bench
from benchmarks.parts import contest, figures
from benchmarks.parts.sets import Table

NAIVE = "naive"
WORSE = 0.01
TOP = 50
Figure = Callable[[np.ndarray], float]


def of_counts(
    report: bench.Report, name: str, said: Mapping[str, np.ndarray], y: np.ndarray, owners: np.ndarray
) -> None:
    """Report forecasts of counts. said, y: log10 (n,)."""

    def rmse(p: np.ndarray) -> Figure:
        squares = (p - y) ** 2
        return lambda rows: float(np.sqrt(squares[rows].mean()))

    more = {}
    for key, p in said.items():
        off = float(np.median(np.abs(p - y)))
        more[key] = {"median_error": f"x{10**off:.3f}", "ndcg_50": round(figures.ndcg(p, 10**y, top=TOP), 4)}
    judged(report, name, "RMSE(log10)", {key: rmse(p) for key, p in said.items()}, owners, more, is_error=True)


def of_labels(
    report: bench.Report,
    table: Table,
    said: Mapping[str, np.ndarray],
    fold: np.ndarray,
    slices: Mapping[str, np.ndarray],
) -> None:
    """Report chances of labels. fold: (n,) whose versions said it; slices: masks (n,), their worst ECE is told."""
    label = table.label

    def area(p: np.ndarray) -> Figure:
        return lambda rows: figures.auc_within(p[rows], label[rows], fold[rows])

    more = {
        key: {
            "log_loss": round(float(figures.log_losses(p, label).mean()), 4), "ece": round(figures.ece(p, label), 4),
            "worst_slice_ece": round(figures.worst_ece(p, label, list(slices.values())), 4),
            "ndcg_50": round(figures.ndcg(p, label.astype(float), top=TOP), 4),
        }
        for key, p in said.items()
    }  # fmt: skip
    judged(report, table.name, "AUC", {key: area(p) for key, p in said.items()}, table.owners, more)


def judged(  # noqa: PLR0917
    report: bench.Report, name: str, unit: str, by_name: Mapping[str, Figure], owners: np.ndarray,
    more: Mapping[str, Mapping[str, object]], *, is_error: bool = False,
) -> None:  # fmt: skip
    """Print every contestant, then ours against the best peer and against naive."""
    rows = np.arange(len(owners))
    found = {key: figure(rows) for key, figure in by_name.items()}
    for key, value in found.items():
        low, high = figures.interval(by_name[key], owners)
        report.line(f"{name}: {key}", value, unit, n=len(owners), owners=len(np.unique(owners)),
                    interval_95=[round(low, 4), round(high, 4)], **more.get(key, {}))  # fmt: skip
    ours, sign = by_name[contest.OURS], -1 if is_error else 1
    peers = {key: value for key, value in found.items() if key not in {contest.OURS, NAIVE}}
    best = max(peers, key=lambda key: sign * peers[key])
    for peer in (best, NAIVE):
        theirs = by_name[peer]
        low, high = figures.interval(lambda rows, theirs=theirs: ours(rows) - theirs(rows), owners)
        room = 0.0 if peer == NAIVE else WORSE * (found[peer] if is_error else 1.0)
        # The end of the interval that is best for ours: beyond the room it is surely worse.
        holds = low <= room if is_error else high >= -room
        bar = f"not wholly {'above' if is_error else 'below'} {sign * -room:+.4g}"
        report.line(f"{name}: ours - {'best peer' if peer == best else 'naive'}", found[contest.OURS] - found[peer],
                    unit, peer=peer, peer_value=found[peer], ratio=found[contest.OURS] / found[peer], bar=bar,
                    holds=holds, n=len(owners), interval_95=[round(low, 4), round(high, 4)])  # fmt: skip
