"""XLSX by python-calamine, after its zip was checked: size, entries, ratio, entities."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from screening.imports.dates import from_cell
from screening.imports.refusals import FileRefused

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MAX_SIZE = 50 << 20  # octets; calamine holds a sheet in memory
MAX_UNPACKED = 400 << 20
MAX_ENTRIES = 2_000
_BLOCK = 1 << 20
_MAX_RATIO = 200
_RATIO_FROM = 8 << 20  # small parts may well pack 500 to 1
MAX_CELLS = 20_000_000
_HEAD_ROWS, _HEAD_CELLS = 2_100, 100_000  # kept of the last workbook: its header and the sample (about 10 MB)
_REFERENCE = re.compile(rb'<c [^>]{0,60}?r="([A-Z]{1,3})[0-9]')
_ROW = re.compile(rb'<row [^>]{0,60}?r="([0-9]{1,7})"')


def check(path: Path) -> None:
    """Refuse a workbook that would not unpack to something sane.

    Raises FileRefused: ``xlsx_too_large`` (over 50 MB: ask for CSV), ``xlsx_bomb``, ``xlsx_entities`` (a document
    type inside),
    ``xlsx_broken`` (no workbook), ``compressed`` (a plain zip).
    """
    size = path.stat().st_size
    if size > MAX_SIZE:
        raise FileRefused("xlsx_too_large", found=size, limit=MAX_SIZE)
    try:
        with _Blocks(path) as file, zipfile.ZipFile(file) as book:
            _check_entries(book.infolist())
            if "xl/workbook.xml" not in book.namelist():
                raise FileRefused("compressed")
            _check_parts(book)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise FileRefused("xlsx_broken") from None


class _Blocks(io.FileIO):
    """A file that gives no more than a block at once: the list of entries is read whole, before they can be counted."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _BLOCK:
            raise FileRefused("xlsx_bomb", found=size, limit=_BLOCK, entries=MAX_ENTRIES)
        return super().read(size) or b""


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the fullest sheet as texts with their row numbers; wholly empty rows are left out.

    Raises FileRefused("xlsx_broken").
    """
    head = _look(path)
    for number, texts in head.rows:
        yield number, [*texts]
    if not head.is_whole:
        with _fullest(path) as (sheet, _):
            yield from islice(_filled(sheet), len(head.rows), None)


def left_out(path: Path) -> list[str]:
    """Return the names of the other sheets that a person sees and that hold something: they are not read."""
    return list(_look(path).left_out)


@dataclass(frozen=True)
class _Head:
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    is_whole: bool  # the sheet has no more rows
    left_out: tuple[str, ...]


def _look(path: Path) -> _Head:
    found = path.stat()
    return _head(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _head(path: Path, _size: int, _changed_at: int) -> _Head:
    """Keep what planning asks for again and again: to parse a workbook for its first rows is to parse it whole."""
    with _fullest(path) as (sheet, others):
        found, cells, rest = list[tuple[int, tuple[str, ...]]](), 0, _filled(sheet)
        while len(found) < _HEAD_ROWS and cells < _HEAD_CELLS and (row := next(rest, None)):
            found.append((row[0], tuple(row[1])))
            cells += len(row[1])
        return _Head(tuple(found), next(rest, None) is None, tuple(others))


@contextmanager
def _fullest(path: Path) -> Iterator[tuple["CalamineSheet", list[str]]]:
    """Open a workbook: its fullest sheet, and the names of the others. Raises FileRefused("xlsx_broken")."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_path(path) as book:
            seen = {meta.name: meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet}
            best, best_size, filled = None, -1, []
            for name in seen:
                sheet = book.get_sheet_by_name(name)
                size = sheet.height * sheet.width
                filled += [name] if size else []
                if size > best_size:
                    best, best_size = sheet, size
            if best is None:
                raise FileRefused("xlsx_broken")
            others = [name for name in filled if name != best.name and seen[name].visible == SheetVisibleEnum.Visible]
            yield best, others
    except FileRefused:
        raise
    except (CalamineError, ValueError):
        raise FileRefused("xlsx_broken") from None


def _filled(sheet: "CalamineSheet") -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise FileRefused("xlsx_bomb", found=unpacked, limit=MAX_UNPACKED, entries=len(entries))
    if unpacked > _RATIO_FROM and unpacked / packed > _MAX_RATIO:
        raise FileRefused("xlsx_bomb", found=unpacked, limit=packed * _MAX_RATIO, entries=len(entries))


def _check_parts(book: zipfile.ZipFile) -> None:
    """Unpack every XML part in blocks: its true size may differ from the declared one, none may declare a document
    type, and a sheet may not span more cells than fit in memory (calamine fills the box around the used cells).
    """
    for entry in book.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        read, tail, rows_used, widest = 0, b"", 0, b""
        with book.open(entry) as part:
            while block := part.read(_BLOCK):
                seen, tail = tail + block, block[-100:]
                _refuse_document_types(seen, entry.filename)
                rows_used = max([rows_used, *map(int, _ROW.findall(seen)[-1:])])
                widest = max([widest, *set(_REFERENCE.findall(seen))], key=_column_order)
                read += len(block)
                if read > MAX_UNPACKED or rows_used * _column_number(widest) > MAX_CELLS:
                    raise FileRefused("xlsx_bomb", found=read, limit=MAX_UNPACKED, entries=1)


def _column_order(letters: bytes) -> tuple[int, bytes]:
    return len(letters), letters


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refuse_document_types(block: bytes, name: str) -> None:
    flat = block.replace(b"\x00", b"")
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat:
        raise FileRefused("xlsx_entities", part=name[:80])


def _text(cell: object) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return from_cell(cell)
    return str(cell)
