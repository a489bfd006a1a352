"""The tasks of the accuracy benchmark: which rows are learned from, which are asked, and what each contestant says.

A row knows only what was known before its end; what is asked of a creator is said by models that learned from others.
"""

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks import bench
from benchmarks.parts import contest, coverage, figures, monthly, posts, sets, verdict

FOLDS = 5


def engagement(platform: str) -> Callable[[bench.Report], None]:
    """Return the task of a platform: from the lists to September, what the list of November counts."""

    def task(report: bench.Report) -> None:
        table, last, months, turn = monthly.ahead(platform)
        y, asked = last + months * table.label, turn == turn.max()
        changes = told(table, contest.COUNTS, asked, ~asked)
        said = {verdict.NAIVE: last, **{name: last + months * one for name, one in changes.items()}}
        if not passes(table, months, turn):
            said["card that did not pass its trial"], said[contest.OURS] = said[contest.OURS], last
        verdict.of_counts(report, f"{platform}, November 2022", {key: p[asked] for key, p in said.items()}, y[asked],
                          table.owners[asked])  # fmt: skip
        coverage.at_random(report, f"{platform}, September 2022", table.take(np.flatnonzero(turn == 1)))
        coverage.ahead(report, f"{platform}, November 2022", table, months, turn)

    return task


def passes(table: sets.Table, months: np.ndarray, turn: np.ndarray) -> bool:
    """Tell whether our forecasts of change may go to work: the product's own trial, on the list before the asked one.

    Learned from the lists before that, they must be closer than no change by more than one standard error.
    """
    trial = turn == turn.max() - 1
    ours = told(table, {contest.OURS: contest.measured}, trial, turn < turn.max() - 1)[contest.OURS]
    off = (months * np.stack([table.label, ours - table.label]))[:, trial] ** 2
    gains = off[0] - off[1]  # a creator stands once in a list
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)))


def post_outcomes(report: bench.Report) -> None:
    """Likes of posts after a day: from what the same creator had before, and posts before that day by others."""
    table, middle, is_late = posts.read()
    changes = told(table, contest.COUNTS, is_late, ~is_late)
    said = {verdict.NAIVE: middle, **{name: middle + one for name, one in changes.items()}}
    y = middle + table.label
    verdict.of_counts(report, "post outcomes", {key: p[is_late] for key, p in said.items()}, y[is_late],
                      table.owners[is_late])  # fmt: skip


def labels(read: Callable[[], sets.Table], naive: str, side: int) -> Callable[[bench.Report], None]:
    """Return the task of a table of labels, asked in folds of owners. naive: the one column that a person would go by,
    and on which side of it the label lies.
    """

    def task(report: bench.Report) -> None:
        table = read()
        everybody = np.ones(len(table), bool)
        alone = table.values[table.names.index(f"{table.name}: {naive}")].astype(float)
        guess = np.nan_to_num(side * alone, nan=float(np.nanmedian(side * alone)))
        ranked = (figures.ranks(guess) - 0.5) / len(guess)
        said = {verdict.NAIVE: ranked, **told(table, contest.LABELS, everybody, everybody)}
        verdict.of_labels(report, table, said, folds(table), thirds(alone))

    return task


def thirds(values: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return three slices of equal size by a column, of the rows where it is known."""
    low, high = np.nanquantile(values, [1 / 3, 2 / 3])
    return {"low": values <= low, "middle": (values > low) & (values <= high), "high": values > high}


def told(
    table: sets.Table, contestants: Mapping[str, contest.Told], asked: np.ndarray, known: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what each contestant says of the asked rows (n,), learning from known rows of other owners, in folds."""
    fold = folds(table)
    found = {name: np.full(len(table), np.nan) for name in contestants}
    for number in range(FOLDS):
        taught, of = np.flatnonzero(known & (fold != number)), np.flatnonzero(asked & (fold == number))
        for name, contestant in contestants.items():
            found[name][of] = contestant(table, taught, of, number)
    return found


def folds(table: sets.Table) -> np.ndarray:
    """Return the fold (n,) of each row, all rows of an owner in one."""
    _, place = np.unique(table.owners, return_inverse=True)
    return np.random.default_rng(0).permutation(int(place.max()) + 1)[place.reshape(-1)] % FOLDS
