"""What a pool holds of every profile, as plain numpy columns; numpy alone.

Every per-profile array has length n and the pool's row order. Unknown = NaN in floats, -1 in `coded` and `flags`, an
empty span in `Text` and `Lists`. Days are whole days since 1970-01-01 (UTC). Shares and rates are fractions 0-1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

# What RawTable must hold. A name that is absent counts as unknown for every profile.
CODED = ("platform", "market", "country", "language", "audience_country")
FLAGS = ("verified", "partner", "mature")
NUMBERS = ("named_by", "shared_accounts", "usual_fee", "shared_brands")
TEXTS = ("name", "bio", "topic")
FIGURES = (
    "followers", "following", "posts", "likes_avg", "comments_avg", "views_avg", "shares_avg", "engagement_avg",
    "authentic_avg", "views_total", "views_30d", "avg_viewers", "peak_viewers", "watch_hours", "stream_hours", "fee",
    "mentions_avg", "posted", "ads", "gap_days",
)  # fmt: skip

TIERS = ("nano", "micro", "mid", "macro", "mega")
TIER_EDGES = (10_000.0, 100_000.0, 500_000.0, 1_000_000.0)


@dataclass(frozen=True)
class Text:
    """One text a profile: bytes `data[offsets[i]:offsets[i+1]]`, UTF-8, as written (the engine folds case itself)."""

    offsets: Longs
    data: Bytes

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Text":
        """Pack strings; unknown is the empty string."""
        parts = [text.encode("utf-8", "replace") for text in texts]
        return cls(spans(len(part) for part in parts), np.frombuffer(b"".join(parts), np.uint8))

    def at(self, row: int) -> str:
        """Return the text of one row."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8", "replace")

    def take(self, rows: Longs) -> "Text":
        """Return the texts of some rows, in their order."""
        return Text(*_take(rows, self.offsets, self.data))

    def part(self, rows: slice) -> "Text":
        """Return the texts of neighbouring rows, without a copy."""
        return Text(*_part(rows, self.offsets, self.data))


@dataclass(frozen=True)
class Lists:
    """Any number of vocabulary codes a profile: `codes[offsets[i]:offsets[i+1]]`."""

    offsets: Longs
    codes: Ints

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> "Lists":
        """Pack lists of codes; unknown is the empty list."""
        rows = list(lists)
        return cls(spans(len(row) for row in rows), np.array([code for row in rows for code in row], np.int32))

    def take(self, rows: Longs) -> "Lists":
        """Return the lists of some rows, in their order."""
        return Lists(*_take(rows, self.offsets, self.codes))

    def part(self, rows: slice) -> "Lists":
        """Return the lists of neighbouring rows, without a copy."""
        return Lists(*_part(rows, self.offsets, self.codes))


@dataclass(frozen=True)
class History:
    """All Metrics rows, long form: rows of profile i are `offsets[i]:offsets[i+1]`, oldest first.

    day: (m,) day of `taken_at`. figures: (m,) float64 each, NaN = not in that row; names as in FIGURES. `fee` is in
    major units of one currency for the whole pool, the one that criteria speak of. A row may hold any subset: the
    engine finds the latest known value of each figure.
    """

    offsets: Longs
    day: Ints
    figures: Mapping[str, Doubles]

    def take(self, rows: Longs) -> "History":
        """Return the rows of some profiles, in their order."""
        offsets, day = _take(rows, self.offsets, self.day)
        return History(offsets, day, {k: _take(rows, self.offsets, v)[1] for k, v in self.figures.items()})

    def part(self, rows: slice) -> "History":
        """Return the rows of neighbouring profiles, without a copy."""
        offsets, day = _part(rows, self.offsets, self.day)
        return History(offsets, day, {k: _part(rows, self.offsets, v)[1] for k, v in self.figures.items()})


@dataclass(frozen=True)
class RawTable:
    """What is known of n profiles on the day a pool is frozen.

    profile_ids, creator_ids: (n,) int64. as_of_day: the age of figures is counted from it. coded: (n,) int32 for the
    names of CODED, indexes into `words[name]`. categories: indexes into `words["category"]`. flags: (n,) int8 for the
    names of FLAGS: 1 yes, 0 no, -1 unknown. created_day: (n,) float64, day the account was opened. texts: names of
    TEXTS; `topic` is what the profile was found by or says it is about (a search query, a genre, tags, the words that
    its posts repeat). numbers: (n,) float64 for the names of NUMBERS: what only all profiles of the pool together tell
    of one, found when it is frozen.
    """

    profile_ids: Longs
    creator_ids: Longs
    as_of_day: int
    words: Mapping[str, tuple[str, ...]]
    coded: Mapping[str, Ints]
    categories: Lists
    flags: Mapping[str, npt.NDArray[np.int8]]
    created_day: Doubles
    texts: Mapping[str, Text]
    history: History
    numbers: Mapping[str, Doubles] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.profile_ids)

    def code(self, name: str) -> Ints:
        """Return a coded column, all unknown if the pool has none."""
        return self.coded[name] if name in self.coded else np.full(len(self), -1, np.int32)

    def flag(self, name: str) -> npt.NDArray[np.int8]:
        """Return a yes/no column, all unknown if the pool has none."""
        return self.flags[name] if name in self.flags else np.full(len(self), -1, np.int8)

    def text(self, name: str) -> Text:
        """Return a text column, all empty if the pool has none."""
        return self.texts[name] if name in self.texts else Text.of([""] * len(self))

    def number(self, name: str) -> Doubles:
        """Return a number that the pool gives each profile, all NaN if it has none."""
        return self.numbers[name] if name in self.numbers else np.full(len(self), np.nan)

    def take(self, rows: Longs) -> "RawTable":
        """Return some profiles, in their order."""
        return RawTable(
            self.profile_ids[rows], self.creator_ids[rows], self.as_of_day, self.words,
            {k: v[rows] for k, v in self.coded.items()}, self.categories.take(rows),
            {k: v[rows] for k, v in self.flags.items()}, self.created_day[rows],
            {k: v.take(rows) for k, v in self.texts.items()}, self.history.take(rows),
            {k: v[rows] for k, v in self.numbers.items()},
        )  # fmt: skip

    def part(self, rows: slice) -> "RawTable":
        """Return neighbouring profiles, without a copy. rows: from a start to an end, as numbers."""
        return RawTable(
            self.profile_ids[rows], self.creator_ids[rows], self.as_of_day, self.words,
            {k: v[rows] for k, v in self.coded.items()}, self.categories.part(rows),
            {k: v[rows] for k, v in self.flags.items()}, self.created_day[rows],
            {k: v.part(rows) for k, v in self.texts.items()}, self.history.part(rows),
            {k: v[rows] for k, v in self.numbers.items()},
        )  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """A frozen pool.

    codes: (features, n) of `codes.POOL_NAMES`, may be memory-mapped. grid: `codes.grid_key()` when they were made.
    stored: how many of the rows the files hold; a feature younger than the pool is missing in all of it.
    """

    key: str
    raw: RawTable
    codes: Bytes
    grid: str
    stored: int | None = None

    def __len__(self) -> int:
        return len(self.raw)

    def part(self, rows: slice) -> "Pool":
        """Return neighbouring rows of the pool, without a copy."""
        return Pool(self.key, self.raw.part(rows), self.codes[:, rows], self.grid)


def spans(lengths: Iterable[int]) -> Longs:
    """Return offsets (n+1,) of consecutive spans with these lengths."""
    sizes = np.fromiter(lengths, np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def _take(rows: Longs, offsets: Longs, data: npt.NDArray[Any]) -> tuple[Longs, npt.NDArray[Any]]:
    sizes = offsets[rows + 1] - offsets[rows]
    new = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    # Positions inside the new spans, shifted to where each span stood: no loop over profiles.
    return new, data[np.repeat(offsets[rows] - new[:-1], sizes) + np.arange(new[-1])]


def _part(rows: slice, offsets: Longs, data: npt.NDArray[Any]) -> tuple[Longs, npt.NDArray[Any]]:
    ends = offsets[rows.start : rows.stop + 1]
    return ends - ends[0], data[ends[0] : ends[-1]]


def draws(profile_ids: Longs, seed: int) -> Floats:
    """Return a number in [0, 1) for each profile (n,), from seed and id alone (splitmix64, Steele et al. 2014)."""
    start = 0x9E3779B97F4A7C15 * (2 * seed + 1) % (1 << 64)
    mixed = profile_ids.astype(np.uint64) + np.uint64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
