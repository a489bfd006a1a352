"""CPU seconds of the engine's inner loops against the packages that people would use, in the same rounds.

A peer slower than 10,000 rows a second runs on a sample and is counted per row.
"""

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, IsolationForest

from benchmarks import bench
from benchmarks.parts import pools
from screening.engine import codes, peers, tables

MAINS, TOP = 30, 3
SAMPLE, SHAPLEY = 20_000, 200
TRAINING, TREES, LEAVES = 20_000, 300, 31
MARKETS = 16  # two platforms and the tiers make 160 groups of them
LEAST_TO = {
    "LightGBM 300x31 TreeSHAP + argpartition": 5000, "EBM eval_terms + argpartition": 10, "HGB 300x31 predict": 50,
    "plain numpy gather": 0.15,
}  # fmt: skip
PAIRS = 5
LEAST_WITH_PAIRS = {"LightGBM 300x31 TreeSHAP + argpartition": 3000, "EBM eval_terms + argpartition": 5}


def scoring(report: bench.Report, rows: int, rounds: int) -> None:
    """Score + exact top three, encoding, and their peers."""
    dice = np.random.default_rng(0)
    cells, model = dice.integers(0, 255, (MAINS, rows), np.uint8), pools.random_model(dice)
    gathered, explained = np.empty((MAINS, rows), np.float32), explainers(dice, cells)
    column, edges = np.exp(dice.normal(8, 2, rows)).astype(np.float32), codes.cuts("followers")
    out = np.empty(rows, np.uint8)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "ours": (partial(tables.score_top, cells, model), rows),
        "ours, pairs": (partial(tables.score_top, cells, pools.with_pairs(model, PAIRS, dice)), rows),
        "plain numpy gather": (partial(gather, cells, model, gathered), rows),
        "encode": (partial(codes.encode_column, column, "followers", out=out), rows),
        "np.searchsorted": (partial(np.searchsorted, edges, column, "right"), rows),
        **explained,
    }
    seconds = bench.cpu_rounds({name: run for name, (run, _) in work.items()}, rounds)
    rate = {name: bench.rates(times, work[name][1]) for name, times in seconds.items()}
    for peer, least in LEAST_TO.items():
        compare(report, "score + exact top 3", rate["ours"], peer, rate[peer], least=least, sample=work[peer][1])
    for peer, least in LEAST_WITH_PAIRS.items():
        compare(report, f"score + exact top 3, {PAIRS} pairs", rate["ours, pairs"], peer, rate[peer], least=least,
                sample=work[peer][1])  # fmt: skip
    compare(report, "encode", rate["encode"], "np.searchsorted", rate["np.searchsorted"], least=10)


def explainers(dice: np.random.Generator, cells: np.ndarray) -> dict[str, tuple[Callable[[], object], int]]:
    """Return the peers that score and explain, fitted to the same kind of rows: what to run, and on how many rows."""
    from interpret.glassbox import ExplainableBoostingRegressor
    from lightgbm import LGBMRegressor

    table = dice.integers(0, 255, (TRAINING, MAINS)).astype(np.float64)
    unit = (table - 127) / 73
    target = np.tanh(unit[:, 0]) + 0.5 * np.abs(unit[:, 1]) + 0.3 * unit[:, 2] * unit[:, 3] + dice.normal(size=TRAINING)
    forest = HistGradientBoostingRegressor(max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False)
    light = LGBMRegressor(n_estimators=TREES, num_leaves=LEAVES, learning_rate=0.08, n_jobs=1, verbose=-1)
    additive = ExplainableBoostingRegressor(
        interactions=0, outer_bags=2, max_bins=257, max_rounds=400, n_jobs=1, feature_types=["continuous"] * MAINS
    )
    for one in (forest, light, additive):
        one.fit(table, target)
    sample = np.ascontiguousarray(cells[:, :SAMPLE].T.astype(np.float64))
    few, size = sample[:SHAPLEY], len(sample)
    return {
        "LightGBM 300x31 TreeSHAP + argpartition": (
            lambda: heaviest(light.predict(few, pred_contrib=True)[:, :MAINS]), len(few),
        ),
        "EBM eval_terms + argpartition": (lambda: heaviest(additive.eval_terms(sample)), size),
        "HGB 300x31 predict": (lambda: forest.predict(sample), size),
    }  # fmt: skip


def heaviest(values: np.ndarray) -> np.ndarray:
    """Return the three heaviest of each row (n, 3), as a textbook finds them."""
    places = np.argpartition(-np.abs(values), TOP, axis=1)[:, :TOP]
    return np.take_along_axis(values, places, axis=1)


def gather(cells: np.ndarray, model: tables.Model, out: np.ndarray) -> None:
    """Look every cell up and keep it: the physical limit of any table model."""
    for row, table, place in zip(cells, model.tables, out, strict=True):
        np.take(table, row, out=place, mode="clip")


def standing(report: bench.Report, rows: int, rounds: int) -> None:
    """Peer percentiles, distances and flags of every watched figure, against ranking within groups and a forest."""
    import pandas as pd

    pool = pools.generated_pool(rows, markets=MARKETS)
    watched = [pool.codes[codes.POOL_NAMES.index(name)] for name, _ in peers.WATCHED]
    group = peers.groups(pool.raw)[1]
    frame = pd.DataFrame({place: row.astype(np.float32) for place, row in enumerate(watched)})
    sample = np.column_stack([row[:SAMPLE] for row in watched]).astype(np.float32)
    forest = IsolationForest(random_state=0).fit(sample)

    def ours() -> Any:
        counted = peers.tally(pool.raw, pool.codes, codes.POOL_NAMES)
        return peers.watch(peers.compare(counted, pool.raw.words), pool.raw, pool.codes, codes.POOL_NAMES)

    seconds = bench.cpu_rounds(
        {
            "ours": ours,
            "pandas groupby.rank": lambda: frame.groupby(group).rank(pct=True),
            "IsolationForest score": lambda: forest.score_samples(sample),
        },
        min(rounds, bench.ROUNDS),
    )
    rate = {name: bench.rates(times, len(sample) if "Iso" in name else rows) for name, times in seconds.items()}
    for peer, least in (("pandas groupby.rank", 15), ("IsolationForest score", 20)):
        compare(report, "peers: percentile, distance, flags", rate["ours"], peer, rate[peer], least=least,
                figures=len(watched), groups=int(group.max()) + 1)  # fmt: skip


def compare(
    report: bench.Report, measure: str, ours: list[float], peer: str, theirs: list[float], *, least: float,
    **more: object,
) -> None:  # fmt: skip
    """Report rows a CPU second against a peer's; the bar is a least ratio."""
    ratio = bench.median_ratio(ours, theirs)
    report.line(
        measure, statistics.median(ours), "rows/CPU s", peer=peer, peer_value=statistics.median(theirs), ratio=ratio,
        bar=f">= {least:g}x", holds=ratio >= least, **more,
    )  # fmt: skip
