"""Tables that benchmarks measure on: real ones beside the project, read here, and generated ones.

A column that is no feature of the product is registered as one, on the engine's own grid, for as long as the benchmark
runs: what is measured is the engine itself, never a copy of it. Empty, 0 where a count cannot be 0, and #VALOR! are
unknown. A creator that a file holds twice counts once: the last row.
"""

import csv
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from screening.engine import codes, features
from screening.engine.features import FEATURES, LINEAR, LOG, Feature
from screening.engine.raw import Pool
from screening.imports.numbers import NotANumber, parse_number
from tests.engine.profiles import pool
from tests.engine.shared_data import DATA, lines, long_cells


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with a known end. names: features (d,); values: (d, n), NaN = unknown; cells: their codes (d, n).

    label: (n,) yes or no, or a number. owners: (n,) whose rows they are. score: a model's own chances (n,), where the
    rows come with one. expert: the feature directions are domain sense.
    """

    name: str
    names: tuple[str, ...]
    values: np.ndarray
    cells: np.ndarray
    label: np.ndarray
    owners: np.ndarray
    score: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: np.ndarray) -> "Table":
        """Return some rows."""
        return replace(
            self, values=self.values[:, rows], cells=np.ascontiguousarray(self.cells[:, rows]),
            label=self.label[rows], owners=self.owners[rows], score=None if self.score is None else self.score[rows],
        )  # fmt: skip

    def without(self, gone: np.ndarray) -> "Table":
        """Return the same with some cells (d, n) unknown."""
        return replace(
            self, values=np.where(gone, np.nan, self.values), cells=np.where(gone, 0, self.cells).astype(np.uint8)
        )


def table(name: str, columns: dict[str, np.ndarray], label: np.ndarray, owners: np.ndarray) -> Table:
    """Make a table of any columns (n,) of numbers; long-tailed ones are laid on a logarithmic grid."""
    placed = {f"{name}: {key}": register(f"{name}: {key}", values) for key, values in columns.items()}
    names = tuple(placed)
    values = np.stack(list(placed.values())).astype(np.float32)
    cells = codes.encode(dict(zip(names, values, strict=True)), names)
    return Table(name, names, values, cells, label, owners)


def register(name: str, values: np.ndarray) -> np.ndarray:
    """Make a column a feature of the engine and return it as it lies there: counts with a long tail have 1 added."""
    known = values[np.isfinite(values)]
    is_long = known.min() >= 0 and known.max() > 20 * max(float(np.median(known)), 1e-9)
    placed = values + 1 if is_long else values
    low, high = np.nanmin(placed), np.nanmax(placed)
    scale = LOG if is_long else LINEAR
    feature = Feature(name, "", float(low), float(max(high, low + 1e-6)), scale, 0, (), "figure")
    cast("dict[str, Feature]", FEATURES)[name] = feature
    for cached in (codes.cuts, codes.lookup, codes.middles):
        cached.cache_clear()
    return placed


def profiles(name: str, rows: list[dict[str, Any]], label: np.ndarray) -> Table:
    """Make a table of profiles, measured by the product's own features."""
    frozen = pool(rows, today=max(day for row in rows for day, _ in row.get("history", [(20_000, {})])))
    return of_pool(name, frozen, label)


def records(path: str, **kwargs: Any) -> list[dict[str, str]]:
    """Read a file beside the project as dictionaries by header."""
    with long_cells(), (DATA / path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return list(csv.DictReader(file, **kwargs))


def number(text: str) -> float:
    """Return what the product's import reads in a cell; NaN where it reads nothing."""
    try:
        found = parse_number(text)
    except NotANumber:
        return float("nan")
    return float("nan") if found is None else float(found)


def fakes() -> Table:
    """Labelled fake and genuine Instagram accounts, every column of the file that is no label."""
    rows = records("fraud/insta_train.csv")
    columns = {key: np.array([number(row[key]) for row in rows]) for key in rows[0] if key != "fake"}
    columns["follows a follower"] = columns["#follows"] / np.maximum(columns["#followers"], 1)
    return table("fake accounts", columns, np.array([row["fake"] == "1" for row in rows]), np.arange(len(rows)))


def growth() -> Table:
    """Months of followers, some of them bought: what was known at the month's end of it and of the months before."""
    rows = sorted(records("fraud/bought_growth_by_month.csv"), key=lambda row: (row["creator"], row["month"]))
    owners = np.unique([row["creator"] for row in rows], return_inverse=True)[1]
    month = np.array([int(row["month"][:4]) * 12 + int(row["month"][5:]) for row in rows])
    new, total = (np.array([float(row[key]) for row in rows]) for key in ("new_followers", "total"))
    follows = np.concatenate([[False], owners[1:] == owners[:-1]])
    first = np.maximum.accumulate(np.where(~follows, np.arange(len(rows)), 0))
    before = np.where(follows, np.roll(new, 1), np.nan)
    columns = {
        "new followers": new, "share of all followers": new / np.maximum(total, 1),
        "against the month before": new / np.maximum(before, 1),
        "months since the first": (month - month[first]).astype(float),
        "months seen": (np.arange(len(rows)) - first).astype(float),
        "followers before": np.where(follows, total - new, np.nan),
        "average of the months before": np.where(
            follows, (total - new - (total - new)[first]) / np.maximum(np.arange(len(rows)) - first, 1), np.nan
        ),
    }  # fmt: skip
    return table("bought growth", columns, np.array([row["is_fake_campaign"] == "True" for row in rows]), owners)


def with_names(table: Table, names: list[str]) -> Table:
    """Return the same table with these columns."""
    kept = [table.names.index(name) for name in names]
    return replace(table, names=tuple(names), values=table.values[kept], cells=np.ascontiguousarray(table.cells[kept]))


def of_pool(name: str, frozen: Pool, label: np.ndarray) -> Table:
    """Make a table of a pool's profiles, with the features that some of them have."""
    found = features.build(frozen.raw)
    values = np.stack([found[key] for key in codes.POOL_NAMES])
    usable = np.isfinite(values).mean(axis=1) > 0.01
    names = tuple(key for key, is_used in zip(codes.POOL_NAMES, usable, strict=True) if is_used)
    return Table(name, names, values[usable], frozen.codes[usable], label, frozen.raw.creator_ids)


def by_owner(table: Table, wanted: int, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to learn from, about so many, and the others; all rows of an owner on one side."""
    _, place = np.unique(table.owners, return_inverse=True)
    turn = dice.permutation(int(place.max()) + 1)[place.reshape(-1)]
    is_first = np.zeros(len(table), bool)
    order = np.argsort(turn, kind="stable")
    last = turn[order[min(wanted, len(order)) - 1]]
    is_first[turn <= last] = True
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)


def with_column(table: Table, name: str, values: np.ndarray) -> Table:
    """Return the same table with one more column (n,)."""
    key = f"{table.name}: {name}"
    placed = register(key, values).astype(np.float32)
    cells = np.concatenate([table.cells, codes.encode({key: placed}, (key,))])
    return replace(table, names=(*table.names, key), values=np.concatenate([table.values, placed[None]]), cells=cells)


def one_each(table: Table, dice: np.random.Generator) -> Table:
    """Return one row of each owner, drawn."""
    order = dice.permutation(len(table))
    return table.take(np.sort(order[np.unique(table.owners[order], return_index=True)[1]]))


def streamers() -> Table:
    """Twitch streamers of two markets: who became a partner of the platform."""
    rows = [(row, market) for market in ("RU", "ENGB") for row in lines(f"creators_twitch/{market}_target.csv")[1:]]
    columns = {
        "days": np.array([number(row[1]) for row, _ in rows]),
        "views": np.array([number(row[3]) for row, _ in rows]),
        "mature": np.array([float(row[2] == "True") for row, _ in rows]),
        "market": np.array([float(market == "RU") for _, market in rows]),
    }
    return table("streamers", columns, np.array([row[4] == "True" for row, _ in rows]), np.arange(len(rows)))


def reviews() -> Table:
    """Decisions on five criteria: what three models made of each, and whether it proved right. No reviewer is asked."""
    rows = records("human_ai/review_decisions_3x3.csv")
    models = np.array([[float(row[f"ai_{k}"]) for k in (1, 2, 3)] for row in rows])
    kinds = sorted({row["criterion"] for row in rows})
    columns = {f"model {k + 1}": models[:, k] for k in range(3)} | {"mean of the models": models.mean(axis=1)}
    columns |= {kind: np.array([float(row["criterion"] == kind) for row in rows]) for kind in kinds}
    owners = np.unique([row["item"] for row in rows], return_inverse=True)[1]
    found = table("reviews", columns, np.array([row["outcome"] == "1" for row in rows]), owners)
    return replace(found, score=models.mean(axis=1))


def crowd() -> Table:
    """Cases with a model's score, each once, and how they ended. Reviewers are not asked."""
    rows = list({row["item"]: row for row in records("human_ai/crowd_decisions_20_reviewers.csv")}.values())
    score = np.array([number(row["ai_score"]) for row in rows])
    found = table("crowd", {"score": score}, np.array([row["outcome"] == "1" for row in rows]), np.arange(len(rows)))
    return replace(found, score=score)
