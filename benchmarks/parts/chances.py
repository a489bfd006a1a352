"""Chances from a model's raw scores: the product's curve, whose slope answers to what is missing, against other maps.

A boosted forest says what it thinks of rows with 0 to 80 % of their cells taken away at random; every map is fitted on
the same out-of-fold predictions and judged on rows that nobody saw. Every map's chances are kept between 5 and 95 %, as
the product keeps its own. Slices: thirds by completeness.
"""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from benchmarks import bench
from benchmarks.parts import figures, sets
from screening.engine import calibration
from tests.engine import lessons

TAUGHT, SPLITS, FOLDS, GONE = 1000, 4, 5, 0.8
OURS, HEURISTIC, RATIO = "slope answers to completeness", "raw x completeness", 1 / 3


def measure(report: bench.Report) -> None:
    """Print each set, and hold the bars on the means."""
    found = {table.name: compared(table) for table in given()}
    for name, by_map in found.items():
        ours, foil = by_map[OURS], by_map[HEURISTIC]
        report.line(f"confidence, {name}: worst-slice ECE", ours[1], "ECE", peer=HEURISTIC, peer_value=foil[1],
                    ratio=ours[1] / foil[1], log_loss=round(ours[0], 4), splits=SPLITS,
                    others={key: [round(one, 4) for one in value] for key, value in by_map.items()})  # fmt: skip
    mean = {key: np.mean([by_map[key] for by_map in found.values()], axis=0) for key in next(iter(found.values()))}
    (_, ours), (_, foil) = mean[OURS], mean[HEURISTIC]
    ratio = ours / foil
    report.line("confidence, mean: worst-slice ECE", ours, "ECE", peer=HEURISTIC, peer_value=foil, ratio=ratio,
                bar="<= 1/3", holds=ratio <= RATIO, sets=len(found))  # fmt: skip
    for key, (loss, _) in mean.items():
        if key not in {OURS, HEURISTIC}:
            report.line("confidence, mean: log loss", mean[OURS][0], "nats", peer=key, peer_value=loss,
                        ratio=mean[OURS][0] / loss, bar="<= 1x", holds=mean[OURS][0] <= loss)  # fmt: skip


def given() -> Iterator[sets.Table]:
    """Yield tables with some thousand rows: generated creators, and real ones where they are."""
    frozen = lessons.market(12_000, seed=4)
    worked = np.random.default_rng(5).random(len(frozen)) < 1 / (1 + np.exp(-1.5 * lessons.truth(frozen)))
    yield sets.of_pool("generated creators", frozen, worked)
    if sets.DATA.is_dir():
        yield sets.growth()
        yield sets.streamers()


def compared(table: sets.Table) -> dict[str, tuple[float, float]]:
    """Return log loss and worst-slice ECE of each map, means over splits by owner."""
    found: dict[str, list[tuple[float, float]]] = {}
    for split in range(SPLITS):
        dice = np.random.default_rng(split)
        taught, rest = sets.by_owner(table, TAUGHT, dice)
        gone = dice.random(table.values.shape) < GONE * dice.random(len(table))
        holed = table.without(gone)
        x, share = holed.values.T.astype(float), np.isnan(holed.values).mean(axis=0)
        held, raw = predicted(x[taught], table.label[taught], table.owners[taught], x[rest], split)
        thirds = np.digitize(share[rest], np.quantile(share[rest], [1 / 3, 2 / 3]))
        for name, p in mapped(held, table.label[taught], share[taught], raw, share[rest]).items():
            loss = float(figures.log_losses(p, table.label[rest]).mean())
            worst = figures.worst_ece(p, table.label[rest], [thirds == k for k in range(3)])
            found.setdefault(name, []).append((loss, worst))
    return {name: (float(np.mean(parts, axis=0)[0]), float(np.mean(parts, axis=0)[1])) for name, parts in found.items()}


def predicted(
    x: np.ndarray, label: np.ndarray, owners: np.ndarray, unseen: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return chances of the forest out of fold (n,), and of unseen rows."""

    def forest() -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(max_leaf_nodes=8, learning_rate=0.06, max_iter=120, random_state=seed)

    fold = np.random.default_rng(seed).permutation(int(owners.max()) + 1)[owners] % FOLDS
    held = np.zeros(len(x))
    for number in range(FOLDS):
        out = fold == number
        held[out] = forest().fit(x[~out], label[~out]).predict_proba(x[out])[:, 1]
    return held, forest().fit(x, label).predict_proba(unseen)[:, 1]


def mapped(
    held: np.ndarray, label: np.ndarray, share: np.ndarray, raw: np.ndarray, lacking: np.ndarray
) -> dict[str, np.ndarray]:
    """Return chances by each map: fitted on `held`, applied to `raw`. share, lacking: missing share of both."""
    from betacal import BetaCalibration
    from venn_abers import VennAbers

    z, seen = logit(held), logit(raw)
    doubt, other = (np.stack([one, np.zeros_like(one)]) for one in (share - share.mean(), lacking - share.mean()))
    platt = LogisticRegression(C=1e6).fit(z[:, None], label)
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(held, label)
    beta, venn = BetaCalibration(parameters="abm"), VennAbers()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peers' own
        beta.fit(held[:, None], label)
        venn.fit(np.column_stack([1 - held, held]), label.astype(int))
        between, _ = venn.predict_proba(np.column_stack([1 - raw, raw]))
    found = {
        OURS: calibration.mapped(calibration.fit_curve(z, doubt, label), seen, other),
        "raw": raw,
        "Platt": platt.predict_proba(seen[:, None])[:, 1],
        "isotonic": isotonic.predict(raw),
        "beta": beta.predict(raw[:, None]),
        "Venn-Abers": between[:, 1],
        HEURISTIC: raw * (1 - lacking),
    }
    return {name: np.clip(p, calibration.LEAST_P, calibration.MOST_P) for name, p in found.items()}


def logit(p: np.ndarray) -> np.ndarray:
    """Return log-odds of chances."""
    kept = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(kept / (1 - kept))
