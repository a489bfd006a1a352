"""JSON Lines and Parquet as rows of text, a batch at a time; objects inside cells."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from screening.imports.dates import from_cell
from screening.imports.refusals import FileRefused

MAX_UNPACKED = 16 << 30  # octets that a Parquet file may say it unpacks to
_BATCH = 1_000
_MAX_KEYS = 50
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes neither zero characters nor half a pair


class BrokenLine(list[str]):
    """The cells of a line that is no JSON object: its text in the first, the others empty."""

    def __init__(self, text: str, width: int) -> None:
        super().__init__([text.strip(), *[""] * (width - 1)])


class WiderLine(list[str]):
    """The cells of a line with keys that none of the first lines had; ``late`` names them, "" for one too many."""

    def __init__(self, cells: list[str], late: list[str]) -> None:
        super().__init__(cells)
        self.late = late


def is_json_lines(lines: list[str]) -> bool:
    """Tell JSON Lines by four of five of the first lines, whatever the last of them is: it may be cut off.

    Raises FileRefused("json_array") for one big JSON array.
    """
    filled = [line.strip() for line in lines[:50] if line.strip()]
    if not filled:
        return False
    if filled[0].startswith("[") and (len(filled) == 1 or filled[0] in {"[", "[{"} or filled[0].startswith("[{")):
        raise FileRefused("json_array")
    judged = filled[:-1] or filled
    return sum(_as_object(line) is not None for line in judged) >= 0.8 * len(judged)


def json_columns(lines: list[str]) -> tuple[str, ...]:
    """Return the keys of the first objects in order of appearance; a nested object's keys are joined with dots."""
    names: dict[str, None] = {}
    for line in lines:
        names.update(dict.fromkeys(_flat(_as_object(line) or {})))
    return tuple(names)


def json_rows(lines: Iterable[str], columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Yield one row of texts per line: a BrokenLine for one that is no object, a WiderLine for one with other keys."""
    known, named = set(columns), set[str]()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _as_object(line)
        if found is None:
            yield number, BrokenLine(line, len(columns))
            continue
        flat = _flat(found)
        cells = [flat.get(name, "") for name in columns]
        late = [name for name in flat if name not in known and flat[name]]
        yield number, WiderLine(cells, _named(late, named)) if late else cells


def _named(late: list[str], named: set[str]) -> list[str]:
    """Keep to a few names in all: keys may be ids, a new one in each line."""
    named.update(late[: _MAX_KEYS - len(named)])
    return [name if name in named else "" for name in late]


def parquet_columns(path: Path) -> list[str]:
    """Return a Parquet file's column names. Raises FileRefused: ``parquet_broken``, ``parquet_bomb``,
    ``header_only``.
    """
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    try:
        with pq.ParquetFile(path) as file:
            unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            names, count = list(file.schema_arrow.names), file.metadata.num_rows
    except (ArrowException, OSError):
        raise FileRefused("parquet_broken") from None
    if unpacked > MAX_UNPACKED:
        raise FileRefused("parquet_bomb", found=unpacked, limit=MAX_UNPACKED)
    if not count:
        raise FileRefused("header_only", line=0)
    return names


def parquet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield a Parquet file's rows as texts, numbered from 1. Raises FileRefused("parquet_broken")."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    number = 0
    try:
        # A buffered stream reads a column's pages as they are needed, not the whole row group.
        with pq.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield number, [as_text(cell) for cell in cells]
    except (ArrowException, OSError):
        raise FileRefused("parquet_broken", line=number + 1) from None


def as_text(value: Any) -> str:
    """Write a typed cell as text: None is empty, whole floats lose their ``.0``, lists are joined, objects stay JSON.

    Octets are read as UTF-8: many writers of Parquet leave the mark of a text out.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return from_cell(value)
    if isinstance(value, list) and all(isinstance(item, str | bytes | int | float) for item in value):
        return ", ".join(map(as_text, value))
    return json.dumps(value, ensure_ascii=False, default=as_text) if isinstance(value, list | dict) else str(value)


def object_keys(cells: list[str]) -> list[str]:
    """Return the keys of a column that holds JSON objects in at least four of five filled cells; [] for any other
    column.
    """
    filled = [cell for cell in cells if cell.strip()]
    objects = [found for cell in filled if cell.lstrip().startswith("{") and (found := _as_object(cell)) is not None]
    if not filled or len(objects) < len(filled) * 0.8:
        return []
    return list(islice(dict.fromkeys(key for found in objects for key in _flat(found)), _MAX_KEYS))


def object_values(cell: str, keys: list[str]) -> list[str]:
    """Return the values of one JSON cell under these keys; all empty where the cell is no object."""
    flat = _flat(_as_object(cell) or {})
    return [flat.get(key, "") for key in keys]


def _as_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _flat(found: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in found.items():
        if isinstance(value, dict) and depth < 3:
            flat.update(_flat(value, f"{prefix}{key}.", depth + 1))
        else:
            flat[f"{prefix}{key}"] = as_text(value)
    return flat
