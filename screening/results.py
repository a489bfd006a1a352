"""Results of a run: the full ranking as two files named by content, and the frozen answers that people see.

`write` makes a Parquet file (for analysts and exports; its hash stands on the run) and, beside it, the same rows as
fixed-width numpy records, which the web process maps: it never loads pyarrow.

Order of rows: ranked ones by rank, then profiles for which another of their creator stands, then removed ones, both by
profile id. Scores and points are whole numbers of 10^-6, rounded before the ranking (trust.md 1.11).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from screening import store
from screening.engine.peers import WATCHED
from screening.engine.raw import Bools, Ints, Longs
from screening.engine.screen import is_rising
from screening.engine.types import VERDICTS, Criterion, Screening
from screening.models import ScreeningRun

FORMAT = "1"
ROW_GROUP = 65_536  # rows; fixed, so that the same rows give the same bytes
LEAST_PACKED = 4  # bytes of a number from which it is packed in the Parquet file
NOBODY = 255
U6 = 1e6
ROW = np.dtype([
    ("rank", "<u4"), ("profile", "<i8"), ("creator", "<i8"), ("stands_in", "<i8"), ("removed_by", "u1"),
    ("score_u6", "<i8"), ("p_u6", "<u4"), ("verdict", "u1"), ("confidence_u6", "<u4"), ("band", "u1"),
    ("top_1", "u1"), ("top_2", "u1"), ("top_3", "u1"), ("top_1_u6", "<i8"), ("top_2_u6", "<i8"), ("top_3_u6", "<i8"),
    ("missing", "u1"), ("missing_u6", "<i8"), ("missing_sd_u6", "<i8"), ("flags", "<u4"), ("suspicion_u6", "<i8"),
    ("draw_u6", "<u4"),
])  # fmt: skip
# What a row of the files holds of the columns of `Screening`; those that end in _u6 are rounded to millionths of them.
SOURCES = {name: name for name in ("rank", "stands_in", "removed_by", "verdict", "band")}
SOURCES |= {"profile": "profile_ids", "creator": "creator_ids", "missing": "missing_count", "flags": "flag_bits"}
SOURCES |= {f"{name}_u6": name for name in ("score", "p", "confidence", "missing_sd", "suspicion", "draw")}
SOURCES |= {"missing_u6": "missing_points"} | {f"top_{k}": f"top_{k}" for k in (1, 2, 3)}
SOURCES |= {f"top_{k}_u6": f"top_{k}_points" for k in (1, 2, 3)}
CRITERIA = tuple(Criterion)
Rows = npt.NDArray[Any]
Columns = Mapping[str, npt.NDArray[Any]]


class NoResult(LookupError):
    """Raised when a run has not completed and so has no result."""


@dataclass(frozen=True)
class Written:
    """What was written: the hash of the Parquet file, and of the canonical ranked list (trust.md 1.11).

    counts: of the ranked rows, see `counted`.
    """

    sha256: str
    output: str
    counts: Counter[str]


def rows_of(screening: Screening) -> Rows:
    """Return all candidates of a screening as fixed-width records of type ROW, in the order of the files."""
    rows = np.empty(len(screening.profile_ids), ROW)
    start = 0
    for group in _groups(screening):
        stop = start + len(group["rank"])
        _fill(rows[start:stop], _of_file(group))
        start = stop
    return rows


def _groups(screening: Screening) -> Iterator[Columns]:
    everything = screening.columns()
    places = order(screening.rank, screening.removed_by > 0, screening.profile_ids)
    for start in range(0, len(places), ROW_GROUP):
        wanted = places[start : start + ROW_GROUP]
        yield {name: column[wanted] for name, column in everything.items()}


def _of_file(judged: Columns) -> Columns:
    found = {name: judged[SOURCES[name]] for name in ROW.names or ()}
    for name, column in found.items():
        if name.endswith("_u6"):
            found[name] = np.rint(column.astype(np.float64) * U6)
    # Each in one piece and of its kind: the Parquet file takes it as it is.
    return {name: np.ascontiguousarray(column.astype(ROW[name], copy=False)) for name, column in found.items()}


def _fill(rows: Rows, columns: Columns) -> None:
    for name, column in columns.items():
        rows[name] = column


def order(rank: Ints, is_removed: Bools, profile_ids: Longs) -> Longs:
    """Return the rows of a pool (n,) in the order of the files."""
    ranked, rest = np.flatnonzero(rank > 0), np.flatnonzero(rank == 0)
    first = np.empty(len(ranked), np.int64)
    first[rank[ranked] - 1] = ranked
    if not is_rising(profile_ids):
        rest = rest[np.argsort(profile_ids[rest])]
    return np.concatenate([first, rest[~is_removed[rest]], rest[is_removed[rest]]])


def write(run: ScreeningRun, screening: Screening) -> Written:
    """Write all candidates of a run, removed ones too; the same rows, the same bytes. Worker only: loads pyarrow."""
    count, pool = len(screening.profile_ids), run.pool_id or ""
    return write_groups(_groups(screening), count, features=screening.features, pool=pool, model=screening.model)


def write_groups(groups: Iterable[Columns], count: int, *, features: Sequence[str], pool: str, model: str) -> Written:
    """Write a result as its rows come. groups: columns of `Screening` of ROW_GROUP rows each in the order of the files,
    `count` together.
    """
    about = {"format": FORMAT, "features": list(features), "pool": pool, "model": model}
    counts: Counter[str] = Counter()
    records, table, output = store.scratch(), store.scratch(), hashlib.sha256()
    with records.open("wb") as plain, _parquet(table, about) as add:
        head = {"descr": np.lib.format.dtype_to_descr(ROW), "fortran_order": False, "shape": (count,)}
        np.lib.format.write_array_header_1_0(plain, head)
        space = np.empty(min(count, ROW_GROUP), ROW)  # one for all groups: fresh memory is dear
        for group in groups:
            columns = _of_file(group)
            rows = space[: len(columns["rank"])]
            _fill(rows, columns)
            plain.write(rows.data)
            output.update(rows.data)
            add(columns)
            counts += counted(columns)
    with table.open("rb") as data:
        sha256 = hashlib.file_digest(data, "sha256").hexdigest()
    # The Parquet file is written last: where it is, the other two are whole.
    store.keep(records, f"results/{sha256}.npy")
    store.put(f"results/{sha256}.json", json.dumps(about, sort_keys=True).encode())
    store.keep(table, f"results/{sha256}.parquet")
    return Written(sha256, output.hexdigest(), counts)


def counted(rows: Rows | Columns) -> Counter[str]:
    """Count the ranked rows: all, those with missing data, the flagged ones, and each verdict by its word."""
    ranked = rows["rank"] > 0
    verdicts = np.bincount(rows["verdict"][ranked], minlength=len(VERDICTS))
    return Counter(
        ranked=int(ranked.sum()), with_missing=int((ranked & (rows["missing"] > 0)).sum()),
        flagged=int((ranked & (rows["flags"] > 0)).sum()),
        **{str(verdict): int(count) for verdict, count in zip(VERDICTS, verdicts, strict=True)},
    )  # fmt: skip


@contextmanager
def _parquet(path: Path, about: dict[str, Any]) -> Iterator[Callable[[Columns], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = {name: json.dumps(value) for name, value in about.items()}
    kinds = {name: pa.from_numpy_dtype(ROW[name]) for name in ROW.names or ()}
    # Numbers as differences from their neighbours: half the time of a stronger compression, and hardly more bytes.
    packed = {name: "DELTA_BINARY_PACKED" for name in kinds if ROW[name].itemsize >= LEAST_PACKED}
    with pq.ParquetWriter(
        path, pa.schema(list(kinds.items()), told), compression="snappy", use_dictionary=False, column_encoding=packed,
        data_page_version="2.0", version="2.6", store_schema=False,
    ) as writer:  # fmt: skip

        def add(columns: Columns) -> None:
            # Arrays are made of their buffers: pa.array() would load pandas to see whether it was given a Series.
            arrays = [
                pa.Array.from_buffers(kind, len(columns[name]), [None, pa.py_buffer(columns[name])])
                for name, kind in kinds.items()
            ]
            writer.write_table(pa.table(arrays, writer.schema), row_group_size=ROW_GROUP)

        yield add


def parquet(run: ScreeningRun) -> Path:
    """Return the path of a run's Parquet file on this machine. Raises NoResult, NotInStore."""
    return store.local(f"results/{_named(run)}.parquet")


def rows(run: ScreeningRun) -> Rows:
    """Return all candidates of a completed run, memory-mapped records of type ROW. Raises NoResult, NotInStore."""
    return _mapped(str(settings.STORE_URL), _named(run))


def features(run: ScreeningRun) -> tuple[str, ...]:
    """Return the features that a run's `top_*` columns count through."""
    return _features(str(settings.STORE_URL), _named(run))


def _named(run: ScreeningRun) -> str:
    if not run.result_sha256:
        raise NoResult(f"Run {run.number} has no result: it is {run.status}.")
    return run.result_sha256


@lru_cache(maxsize=16)
def _mapped(_store: str, sha256: str) -> Rows:
    mapped: Rows = np.load(store.local(f"results/{sha256}.npy"), mmap_mode="r", allow_pickle=False)
    return mapped


@lru_cache(maxsize=16)
def _features(_store: str, sha256: str) -> tuple[str, ...]:
    return tuple(json.loads(store.local(f"results/{sha256}.json").read_bytes())["features"])


@dataclass(frozen=True)
class Row:
    """One candidate as a list shows it. Points, p and confidence are plain floats; codes are words of the engine.

    rank: counted without hidden rows, 0 = not ranked. top: (feature, points) of the three heaviest known factors.
    flags: (feature, side). removed_by: the first criterion that removes it. stands_in: profile that stands for it in
    the list.
    """

    rank: int
    profile_id: int
    creator_id: int
    score: float
    p: float
    verdict: str
    confidence: float
    top: tuple[tuple[str, float], ...]
    missing: int
    missing_points: float
    flags: tuple[tuple[str, str], ...]
    removed_by: str
    stands_in: int


@dataclass(frozen=True)
class Page:
    """A slice of a run's list, and how many rows the filter found. pages: 1 at least."""

    rows: tuple[Row, ...]
    found: int
    number: int
    pages: int


VIEWS = ("shown", "not_shown", "ranked", "removed", "all")
SORTS = {"rank": "", "score": "score_u6", "p": "p_u6", "missing": "missing", "flags": "suspicion_u6"}
PER_PAGE = 50


def page(
    run: ScreeningRun, *, view: str = "ranked", shown: Collection[int] = (), number: int = 1, per_page: int = PER_PAGE,
    sort: str = "rank", criterion: str = "", verdict: str = "", flagged: bool = False,
    only: Collection[int] | None = None, hidden: Collection[int] = (),
) -> Page:  # fmt: skip
    """Return a page of a run's list. Milliseconds for a million rows.

    view: one of VIEWS; shown: profile ids with a Recommendation; sort: one of SORTS, largest first but for rank;
    criterion: removed by this one first; only: profile ids to search among; hidden: sealed profile ids, left out of
    list, counts and ranks.
    """
    everybody = rows(run)
    sealed = np.isin(everybody["profile"], _ids(hidden))
    kept = _in_view(everybody, view, _ids(shown)) & ~sealed
    kept &= _asked(everybody, criterion, verdict, flagged)
    if only is not None:
        kept &= np.isin(everybody["profile"], _ids(only))
    found = np.flatnonzero(kept)
    column = SORTS.get(sort, "")
    if column:
        found = found[np.argsort(-everybody[column][found].astype(np.int64), kind="stable")]
    pages = max(1, -(-len(found) // per_page))
    number = min(max(1, number), pages)
    part = found[(number - 1) * per_page : number * per_page]
    return Page(_rows(run, everybody, part, sealed), len(found), number, pages)


def _ids(found: Collection[int]) -> npt.NDArray[np.int64]:
    return np.array(sorted(found), np.int64)


def _in_view(everybody: Rows, view: str, shown: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    removed, is_shown = everybody["removed_by"] > 0, np.isin(everybody["profile"], shown)
    views = {
        "shown": is_shown,
        "not_shown": (everybody["rank"] > 0) & ~is_shown,
        "ranked": everybody["rank"] > 0,
        "removed": removed,
    }
    return views.get(view, np.ones(len(everybody), bool))


def _asked(everybody: Rows, criterion: str, verdict: str, flagged: bool) -> npt.NDArray[np.bool_]:
    kept = np.ones(len(everybody), bool)
    if criterion in set(CRITERIA):
        kept &= everybody["removed_by"] == 1 + CRITERIA.index(Criterion(criterion))
    if verdict in set(VERDICTS):
        kept &= everybody["verdict"] == [str(one) for one in VERDICTS].index(verdict)
    return kept & (everybody["flags"] > 0) if flagged else kept


def _rows(run: ScreeningRun, everybody: Rows, places: npt.NDArray[np.intp], sealed: Rows) -> tuple[Row, ...]:
    names = features(run)
    above = np.concatenate([[0], np.cumsum(sealed & (everybody["rank"] > 0))])
    return tuple(_row(everybody[place], names, int(above[place])) for place in places)


def _row(row: Any, names: Sequence[str], hidden_above: int) -> Row:
    tops = [(int(row[f"top_{k}"]), int(row[f"top_{k}_u6"]) / U6) for k in (1, 2, 3)]
    removed = int(row["removed_by"])
    return Row(
        rank=max(0, int(row["rank"]) - hidden_above),
        profile_id=int(row["profile"]),
        creator_id=int(row["creator"]),
        score=int(row["score_u6"]) / U6,
        p=int(row["p_u6"]) / U6,
        verdict=str(VERDICTS[int(row["verdict"])]),
        confidence=int(row["confidence_u6"]) / U6,
        top=tuple((names[place], points) for place, points in tops if place != NOBODY),
        missing=int(row["missing"]),
        missing_points=int(row["missing_u6"]) / U6,
        flags=tuple(flag for bit, flag in enumerate(WATCHED) if int(row["flags"]) >> bit & 1),
        removed_by=str(CRITERIA[removed - 1]) if removed else "",
        stands_in=int(row["stands_in"]),
    )


def best(run: ScreeningRun, count: int) -> list[int]:
    """Return the profile ids of the best ranked candidates."""
    everybody = rows(run)
    return [int(profile) for profile in everybody["profile"][: min(count, int((everybody["rank"] > 0).sum()))]]
