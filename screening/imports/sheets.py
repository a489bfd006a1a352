"""XLSX by python-calamine, after its zip was checked: size, entries, ratio, entities."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from screening.imports.dates import from_cell
from screening.imports.refusals import FileRefused

MAX_SIZE = 50 << 20  # octets; calamine holds a sheet in memory
MAX_UNPACKED = 400 << 20
MAX_ENTRIES = 2_000
_MAX_RATIO = 200
_RATIO_FROM = 8 << 20  # small parts may well pack 500 to 1
MAX_CELLS = 20_000_000
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
        with zipfile.ZipFile(path) as book:
            _check_entries(book.infolist())
            if "xl/workbook.xml" not in book.namelist():
                raise FileRefused("compressed")
            _check_parts(book)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise FileRefused("xlsx_broken") from None


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the fullest sheet as texts with their row numbers; wholly empty rows are left out.

    Raises FileRefused("xlsx_broken").
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        with CalamineWorkbook.from_path(path) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            sheet = max(map(book.get_sheet_by_name, names), key=lambda found: found.total_height * found.total_width)
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                texts = [_text(cell) for cell in cells]
                if any(texts):
                    yield number, texts
    except (CalamineError, ValueError):
        raise FileRefused("xlsx_broken") from None


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
            while block := part.read(1 << 20):
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
