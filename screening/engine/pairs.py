"""Pair tables: what two features add together, beside what each adds alone; numpy alone.

The 256 codes of a feature are collapsed to 31 places at most, so that a pair is one small table. Place 0 is a missing
cell: where either is missing a pair adds nothing, and what it could add is priced with the cell. Method: engine.md
section 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from screening.engine.raw import Bools, Bytes, Doubles, Floats, Ints, Longs

MOST_PAIRS, WIDEST = 10, 32
BETWEEN = "*"


@dataclass(frozen=True, eq=False)
class Pair:
    """What two features add together. rows, columns: (256,) from code to place, 0 for missing cells alone.

    values: (r, c) float32 log-odds, 0 in row and column 0.
    """

    first: str
    second: str
    rows: Bytes
    columns: Bytes
    values: Floats

    def __post_init__(self) -> None:
        """Raise ValueError where it is no pair table."""
        shape = (int(self.rows.max()) + 1, int(self.columns.max()) + 1)
        if self.first == self.second or max(shape) > WIDEST or self.values.shape != shape:
            raise ValueError(f"{self.name}: a table of {self.values.shape} for places up to {shape}.")
        for places in (self.rows, self.columns):
            if len(places) != 256 or not ((places == 0) == (np.arange(256) == 0)).all():
                raise ValueError(f"{self.name}: place 0 is of missing cells, and of them alone.")
        if self.values[0].any() or self.values[:, 0].any():
            raise ValueError(f"{self.name}: it adds something where a cell is missing.")

    @property
    def name(self) -> str:
        """The code of the factor."""
        return f"{self.first}{BETWEEN}{self.second}"

    @cached_property
    def starts(self) -> Longs:
        """Where the row of each code of the first begins in the flat table (256,)."""
        return self.rows.astype(np.int64) * self.values.shape[1]

    def places(self, first: Bytes, second: Bytes) -> Longs:
        """Return the places (n,) of two rows of codes in the flat table."""
        found: Longs = np.take(self.starts, first, mode="clip") + np.take(self.columns, second, mode="clip")
        return found

    def keys(self, number: int) -> Ints:
        """Return packed keys of the flat table: bits of |value|, the term's number below; 0 where nothing is added."""
        bits = np.abs(self.values).ravel().view(np.int32)
        return np.where(bits == 0, 0, (bits & ~np.int32(63)) | np.int32(number)).astype(np.int32)

    def counts(self, first: Bytes, second: Bytes) -> Longs:
        """Return how often each place occurs where both cells are known (r, c)."""
        found = np.bincount(self.places(first, second), minlength=self.values.size).reshape(self.values.shape)
        found[0], found[:, 0] = 0, 0
        return found

    def moments(self, counts: Longs) -> tuple[float, float]:
        """Return mean and sd of what it adds where both are known; where nobody has both, every place is as likely."""
        weights = counts.astype(np.float64)
        if not counts.any():
            weights[1:, 1:] = 1.0
        weights /= max(weights.sum(), 1)
        mean = float((weights * self.values).sum())
        return mean, float(np.sqrt((weights * (self.values - mean) ** 2).sum()))

    def valued(self, values: Doubles | Floats) -> "Pair":
        """Return the same with other values, still 0 where a cell is missing."""
        kept = np.array(values, np.float32)
        kept[0], kept[:, 0] = 0, 0
        return replace(self, values=kept)

    def plain(self) -> dict[str, Any]:
        """Return the part of the model file. Nine digits keep every float32 exactly."""
        values = [[float(f"{float(value):.9g}") for value in row] for row in self.values]
        return {"features": [self.first, self.second], "rows": self.rows.tolist(), "columns": self.columns.tolist(),
                "values": values}  # fmt: skip


def read(body: Mapping[str, Any]) -> Pair:
    """Read the part of a model file. Raises KeyError, TypeError and ValueError where it is none."""
    first, second = body["features"]
    rows, columns = (np.array(body[name], np.uint8) for name in ("rows", "columns"))
    return Pair(first, second, rows, columns, np.array(body["values"], np.float32))


def collapsed(first: str, second: str, table: Doubles | Floats) -> Pair:
    """Return the pair of a table over all codes (256, 256), rows and columns that are alike joined.

    Where a cell is missing the table is not read. Raises ValueError where more than 31 kinds of rows or columns are
    left.
    """
    known = np.asarray(table, np.float32)[1:, 1:]
    part, rows = _joined(known)
    turned, columns = _joined(part.T)
    values = np.zeros((len(turned[0]) + 1, len(turned) + 1), np.float32)
    values[1:, 1:] = turned.T
    return Pair(first, second, rows, columns, values)


def _joined(known: Floats) -> tuple[Floats, Bytes]:
    """Join the rows that are alike, in the order of their first code: what is left, and code -> place (256,)."""
    kinds, start, place = np.unique(known, axis=0, return_index=True, return_inverse=True)
    if len(kinds) >= WIDEST:
        raise ValueError(f"{len(kinds)} kinds of codes are left: {WIDEST - 1} is the most.")
    order = np.argsort(start)
    found = np.zeros(256, np.uint8)
    found[1:] = 1 + np.argsort(order)[place.reshape(-1)]
    return kinds[order], found


def missing_of(pairs: Sequence[Pair], names: Sequence[str], empty: Bools) -> Bools:
    """Return features and pairs (..., features + pairs) of which a cell is empty. empty: (..., features)."""
    if not pairs:
        return empty
    either = [empty[..., names.index(one.first)] | empty[..., names.index(one.second)] for one in pairs]
    return np.concatenate([empty, np.stack(either, axis=-1)], axis=-1)
