"""The one door to a file: whatever its format, a Table of named columns and rows of text with their line numbers."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from screening.imports import columnar, dialects, sheets
from screening.imports.encodings import BLOCK, scan
from screening.imports.records import read_records
from screening.imports.refusals import FileRefused

Rows = Iterator[tuple[int, list[str]]]
MAX_COLUMNS = 2_000
MAX_SIZE = 2 << 30  # octets, text and Parquet
SAMPLE_LINES = 3_000
_MAGIC = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"))
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "old_excel"),
    *((magic, "compressed") for magic in (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")),
    *((magic, "binary") for magic in (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite f")),
)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|!--|html|svg)", re.IGNORECASE)  # or a drawing


@dataclass(frozen=True)
class Reading:
    """How a file was read, as found: shown to the person, kept on the batch."""

    format: str  # text, xlsx, parquet, jsonl
    size: int  # octets
    sha256: str
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 0  # 0: the file has no header, columns are numbered
    skipped: int = 0  # lines before the header and drawn lines under it
    broken: int = 0  # octet sequences that are no text in this encoding


@dataclass(frozen=True)
class Table:
    """A file ready to be read, as often as needed, in constant memory.

    ``columns`` are unique names; ``rows()`` yields the line number (1-based, where the record starts) and one text
    per column,
    more where the row is too long.
    """

    columns: tuple[str, ...]
    reading: Reading
    rows: Callable[[], Rows] = field(repr=False)

    def sample(self, count: int = 2_000) -> list[tuple[int, list[str]]]:
        """Return the first rows."""
        whole = (item for item in self.rows() if not isinstance(item[1], columnar.BrokenLine))
        return list(islice(whole, count))


def open_table(path: Path, *, is_known_name: Callable[[str], bool] = lambda _: False) -> Table:
    """Find out what a file is and how to read it; objects inside cells become columns of their own (``metadata.name``).

    Raises FileRefused with a code of ``FileRefused.CODES``.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(100)
    if not size:
        raise FileRefused("empty")
    if size > MAX_SIZE:
        raise FileRefused("too_large", found=size, limit=MAX_SIZE)
    if wrong := next((code for magic, code in _FOREIGN if start.startswith(magic)), None):
        raise FileRefused(wrong)
    if _PAGE.match(start):
        raise FileRefused("binary")
    kind = next((name for magic, name in _MAGIC if start.startswith(magic)), "text")
    table = _OPENERS[kind](path, is_known_name)
    if len(table.columns) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", found=len(table.columns), limit=MAX_COLUMNS)
    return _unfolded(table)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def unique_names(header: list[str]) -> tuple[str, ...]:
    """Clean a header: white space folded, blanks numbered, repeats told apart (``Followers``, ``Followers (2)``)."""
    names: list[str] = []
    for index, cell in enumerate(header, start=1):
        name = " ".join(cell.replace("\ufeff", "").split())[:100] or f"column {index}"
        same = sum(other == name or other.rpartition(" (")[0] == name for other in names)
        names.append(f"{name} ({same + 1})" if same else name)
    return tuple(names)


def _open_text(path: Path, is_known_name: Callable[[str], bool]) -> Table:
    found = scan(path)
    lines = list(islice(_lines(path, found.encoding), SAMPLE_LINES))
    if columnar.is_json_lines(lines):
        columns = columnar.json_columns(lines)
        reading = Reading("jsonl", found.size, found.sha256, found.encoding, broken=found.broken)
        return Table(columns, reading, lambda: columnar.json_rows(_lines(path, found.encoding), columns))
    dialect = dialects.guess_dialect(lines)
    head = _head(read_records(iter(lines), dialect), is_known_name)
    reading = Reading(
        "text", found.size, found.sha256, found.encoding, dialect.delimiter, head.line, head.skipped, found.broken
    )
    return Table(
        head.columns,
        reading,
        lambda: _fitted(read_records(_lines(path, found.encoding), dialect), len(head.columns), after=head.line),
    )


def _open_sheet(path: Path, is_known_name: Callable[[str], bool]) -> Table:
    sheets.check(path)
    head = _head(sheets.rows(path), is_known_name)
    reading = Reading("xlsx", path.stat().st_size, content_hash(path), header_line=head.line, skipped=head.skipped)
    return Table(head.columns, reading, lambda: _fitted(sheets.rows(path), len(head.columns), after=head.line))


class _Head(NamedTuple):
    columns: tuple[str, ...]
    line: int  # of the header; 0 where the table begins with data
    skipped: int  # records before it


def _head(rows: Rows, is_known_name: Callable[[str], bool]) -> _Head:
    """Find the names of the columns. Raises FileRefused: ``empty``, ``header_only``."""
    records = list(islice(rows, 400))
    if not records:
        raise FileRefused("empty")
    header = dialects.find_header([row for _, row in records], is_known_name=is_known_name)
    if header is None:
        return _Head(unique_names([""] * max(len(row) for _, row in records)), 0, 0)
    line, names = records[header]
    if len(records) == header + 1:
        raise FileRefused("header_only", line=line)
    return _Head(unique_names(names), line, header)


def _open_parquet(path: Path, is_known_name: Callable[[str], bool]) -> Table:
    columns = unique_names(columnar.parquet_columns(path))
    reading = Reading("parquet", path.stat().st_size, content_hash(path), header_line=0)
    return Table(columns, reading, lambda: columnar.parquet_rows(path))


_OPENERS: dict[str, Callable[[Path, Callable[[str], bool]], Table]] = {
    "text": _open_text,
    "xlsx": _open_sheet,
    "parquet": _open_parquet,
}


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        for number, line in enumerate(file, start=1):
            if "\x00" in line:
                raise FileRefused("nul", line=number)
            yield line


def _fitted(records: Rows, width: int, *, after: int) -> Rows:
    """Yield the rows below the header, padded to its width and freed of empty cells beyond it."""
    for line, row in records:
        if line <= after:
            continue
        while len(row) > width and not row[-1].strip():
            row.pop()
        row.extend([""] * (width - len(row)))
        yield line, row


def _unfolded(table: Table) -> Table:
    """Turn columns that hold JSON objects into columns of their own, named ``column.key``."""
    sample = table.sample(200)
    keys = {
        index: found
        for index in range(len(table.columns))
        if (found := columnar.object_keys([r[index] for _, r in sample]))
    }
    if not keys:
        return table
    extra = tuple(f"{table.columns[index]}.{key}" for index, names in keys.items() for key in names)

    def rows() -> Rows:
        for line, row in table.rows():
            values = [value for index, names in keys.items() for value in columnar.object_values(row[index], names)]
            row[len(table.columns) : len(table.columns)] = values
            yield line, row

    return Table(table.columns + extra, table.reading, rows)


def to_json(reading: Reading) -> dict[str, str | int]:
    """Return a reading as plain JSON."""
    found: dict[str, str | int] = json.loads(json.dumps(reading.__dict__))
    return found
