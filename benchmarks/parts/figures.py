"""The arithmetic of quality that benchmarks share: AUC, NDCG, log loss, ECE, paired bootstrap, beta-binomial band.

Checked by hand in tests/test_figures.py. Labels are booleans (n,), higher scores mean more of the label.
"""

from collections.abc import Callable, Sequence

import numpy as np

DRAWS = 2000
BINS = 10


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1 (n,), equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place.reshape(-1)]


def auc(score: np.ndarray, label: np.ndarray) -> float:
    """Return how often a labelled row scores above an unlabelled one; ties count half."""
    good = int(label.sum())
    return float((ranks(score)[label].sum() - good * (good + 1) / 2) / (good * (len(label) - good)))


def auc_within(score: np.ndarray, label: np.ndarray, group: np.ndarray) -> float:
    """Return the AUC over pairs of rows of one group: scores of different versions of a model are never compared."""
    won, pairs = 0.0, 0
    for number in np.unique(group):
        rows = group == number
        good = int(label[rows].sum())
        count = good * (int(rows.sum()) - good)
        if count:
            won, pairs = won + count * auc(score[rows], label[rows]), pairs + count
    return won / pairs


def ndcg(score: np.ndarray, gain: np.ndarray, *, top: int) -> float:
    """Return NDCG of the first `top` places, gains as they are (Jarvelin and Kekalainen 2002); ties in given order."""
    discount = 1 / np.log2(np.arange(min(top, len(score))) + 2)
    best = float((np.sort(gain)[::-1][:top] * discount).sum())
    shown = gain[np.argsort(-score, kind="stable")[:top]]
    return float((shown * discount).sum()) / best if best > 0 else 0.0


def log_losses(p: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return minus the logarithm of the chance given to what happened (n,), in nats; chances 1e-4 off the ends."""
    kept = np.clip(p.astype(np.float64), 1e-4, 1 - 1e-4)
    return -np.log(np.where(label, kept, 1 - kept))


def ece(p: np.ndarray, label: np.ndarray) -> float:
    """Return the expected calibration error over ten bins of equal size, ordered by chance."""
    parts = np.array_split(np.argsort(p, kind="stable"), min(BINS, len(p)))
    return float(sum(abs(p[part].mean() - label[part].mean()) * len(part) for part in parts) / len(p))


def worst_ece(p: np.ndarray, label: np.ndarray, slices: Sequence[np.ndarray], *, least: int = 100) -> float:
    """Return the largest ECE over slices (boolean masks) of at least so many rows; of all rows where none is."""
    found = [ece(p[rows], label[rows]) for rows in slices if rows.sum() >= least]
    return max(found, default=ece(p, label))


def interval(
    figure: Callable[[np.ndarray], float], owners: np.ndarray, *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a figure of rows. owners (n,): rows of one owner are drawn together.

    `figure` gets row numbers, an owner's as often as it was drawn: a difference of two models on the same rows is
    paired by that.
    """
    _, place = np.unique(owners, return_inverse=True)
    order = np.argsort(place.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(place.reshape(-1)))
    parts, dice = np.split(order, ends[:-1]), np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        drawn = dice.integers(0, len(parts), len(parts))
        found.append(figure(np.concatenate([parts[k] for k in drawn])))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def coverage_band(asked: float, calibrated: int, tested: int, *, share: float = 0.99) -> tuple[float, float]:
    """Return within which the coverage of one split of a perfect split-conformal method falls in `share` of the cases.

    covered ~ beta-binomial(tested, k, calibrated + 1 - k), k = ceil((calibrated + 1) asked) (Vovk 2012). 1 where no
    finite interval exists.
    """
    from scipy.stats import betabinom

    k = int(np.ceil((calibrated + 1) * asked))
    if k > calibrated:
        return 1.0, 1.0
    law = betabinom(tested, k, calibrated + 1 - k)
    return float(law.ppf((1 - share) / 2)) / tested, float(law.ppf((1 + share) / 2)) / tested
