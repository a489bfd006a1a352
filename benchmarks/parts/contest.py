"""Our model and its peers on one split: each learns from some rows of a table and speaks of others.

Every contestant sees the same columns of the same rows. Ours sees their codes; trees and EBM the numbers themselves, on
the scales of the grid; the linear model the same, standardised, medians for what is unknown and a column that says so.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.parts import sets
from screening.engine import basis, bayes, card, gaussian, tables
from screening.engine.features import FEATURES, LOG

Told = Callable[[sets.Table, np.ndarray, np.ndarray, int], np.ndarray]
OURS = "Bayesian additive card"


def ours(table: sets.Table, taught: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Return chances of the asked rows by the Bayesian card. The pool, labels apart, sets the shapes."""
    columns, group = shapes(table)
    said, belief = opinion(table)
    fitted = bayes.fit(columns[taught], group, said[taught], table.label[taught], belief)
    return logistic(fitted.log_odds(columns[asked], said[asked]))


def shapes(table: sets.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns (n, k) that the card may bend, laid out by all rows, and their kinds (k,)."""
    counts = tables.counts(table.cells)
    laid = basis.lay_out(table.names, counts)
    setting = basis.Setting(counts, table.cells, np.ones(len(table.names)))
    return laid.columns(table.cells, setting), laid.group


def opinion(table: sets.Table) -> tuple[np.ndarray, bayes.Belief]:
    """Return what is thought beforehand (n,), and how far it is believed: a model's own score as it stands, in
    log-odds; else the expert card in its standard deviations; zeros where no column is the product's.
    """
    if table.score is not None:
        kept = np.clip(table.score, 0.02, 0.98)
        return np.log(kept / (1 - kept)), bayes.Belief(slope=1.0, slope_sd=0.5)
    model, total = card.compile_card(), np.zeros(len(table))
    for name, cells in zip(table.names, table.cells, strict=True):
        known = cells > 0
        if name in model.features and known.any():
            values = model.tables[model.features.index(name)].astype(float)
            total[known] += values[cells[known]] - values[cells[known]].mean()
    return (total - total.mean()) / (total.std() or 1.0), bayes.OF_THE_EXPERT


def logistic(z: np.ndarray) -> np.ndarray:
    """Return chances of log-odds."""
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def numbers(table: sets.Table) -> np.ndarray:
    """Return the columns as numbers (n, d) on the grid's scales, NaN where unknown."""
    found = np.empty((len(table), len(table.names)))
    for place, (name, values) in enumerate(zip(table.names, table.values.astype(float), strict=True)):
        feature = FEATURES[name]
        found[:, place] = np.log10(np.clip(values, feature.low, None)) if feature.scale == LOG else values
    return found


def filled(table: sets.Table, taught: np.ndarray) -> np.ndarray:
    """Return the same without holes, standardised by the taught rows, with columns that say what is unknown."""
    found = numbers(table)
    known = found[taught]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column that no taught row knows has no median: it counts as 0
        middle = np.nan_to_num(np.nanmedian(known, axis=0))
    whole = np.where(np.isnan(found), middle, found)
    spread = whole[taught].std(axis=0)
    return np.column_stack([(whole - middle) / np.where(spread > 0, spread, 1), np.isnan(found)])


def linear(table: sets.Table, taught: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Return chances of a logistic regression, its strength by cross-validation."""
    from sklearn.linear_model import LogisticRegressionCV

    x = filled(table, taught)
    model = LogisticRegressionCV(
        Cs=6, cv=3, scoring="neg_log_loss", max_iter=3000, l1_ratios=(0,), use_legacy_attributes=False
    )
    return model.fit(x[taught], table.label[taught]).predict_proba(x[asked])[:, 1]


def measured(table: sets.Table, taught: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Return what the card's Gaussian form expects of the asked rows; the label is a number."""
    columns, group = shapes(table)
    nobody = np.zeros(len(table))  # no opinion beforehand
    fitted = gaussian.fit(columns[taught], group, nobody[taught], table.label[taught])
    return fitted.said(columns[asked], nobody[asked])


def held_out(table: sets.Table, taught: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is expected of all rows (n,), and how far the taught ones were off without their owner."""
    columns, group = shapes(table)
    nobody = np.zeros(len(table))
    fitted = gaussian.fit(columns[taught], group, nobody[taught], table.label[taught])
    off = fitted.held_out(columns[taught], nobody[taught], table.label[taught], table.owners[taught])
    return fitted.said(columns, nobody), off


def ridge(table: sets.Table, taught: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Return what a ridge regression expects, its strength by cross-validation."""
    from sklearn.linear_model import RidgeCV

    x = filled(table, taught)
    return RidgeCV(np.logspace(-2, 4, 13)).fit(x[taught], table.label[taught]).predict(x[asked])


def _told(make: Callable[[int], Any], *, is_count: bool) -> Told:
    def told(table: sets.Table, taught: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
        x, y = numbers(table), table.label
        x = x[:, np.isfinite(x[taught]).any(axis=0)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the peers' own
            model = make(seed).fit(x[taught], y[taught])
            return model.predict(x[asked]) if is_count else model.predict_proba(x[asked])[:, 1]

    return told


def _trees(seed: int, *, is_count: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if is_count else HistGradientBoostingClassifier
    return kind(max_leaf_nodes=6, learning_rate=0.05, random_state=seed)


def _light(seed: int, *, is_count: bool) -> Any:
    import lightgbm

    kind = lightgbm.LGBMRegressor if is_count else lightgbm.LGBMClassifier
    return kind(n_estimators=120, num_leaves=6, learning_rate=0.05, n_jobs=1, verbose=-1, random_state=seed)


def _additive(seed: int, *, is_count: bool) -> Any:
    from interpret import glassbox

    kind = glassbox.ExplainableBoostingRegressor if is_count else glassbox.ExplainableBoostingClassifier
    return kind(interactions=5, outer_bags=4, n_jobs=1, random_state=seed)


def _peers(*, is_count: bool) -> dict[str, Told]:
    makers = {"HGB": _trees, "LightGBM": _light, "EBM": _additive}
    return {name: _told(partial(make, is_count=is_count), is_count=is_count) for name, make in makers.items()}


LABELS: dict[str, Told] = {OURS: ours, "linear": linear, **_peers(is_count=False)}
COUNTS: dict[str, Told] = {OURS: measured, "linear": ridge, **_peers(is_count=True)}
