"""The shape of a text table: its delimiter, its quoting, its header row and the junk around it."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from screening.imports.numbers import NotANumber, parse_number
from screening.imports.records import Dialect, is_rule, named_delimiter, read_records
from screening.imports.refusals import FileRefused

_USUAL = "\t;,|"
_UNUSUAL = "^~¦§\x01\x1f\x1e:*"
# A quote that neither opens nor closes a cell: inches, or quotes that are text.
_STRAY = re.compile(r'\w"\w|\w" \w')
_LOOKED_AT = 400  # records
_CLIPPED = 20_000  # characters of a line that tell its shape


def guess_dialect(lines: list[str]) -> Dialect:
    """Find the delimiter that cuts most lines into the same number of cells (two or more); "" where none does.

    One that the first line names is taken (``sep=;``).
    """
    named = named_delimiter(lines[0]) if lines else ""
    lines = lines[1:] if named else lines
    lines = [line[:_CLIPPED] for line in lines if not is_rule(line)]
    best, score = Dialect("", True), 0.0
    for marks, bar in ((named, 0.0),) if named else ((_USUAL, 0.5), (_UNUSUAL, 0.8)):
        for mark in marks:
            for is_quoted in (True, False):
                width, worth = _evenness(lines, Dialect(mark, is_quoted))
                if worth > max(bar, score + 0.01):
                    best, score = Dialect(mark, is_quoted, width), worth
        if score:
            break
    return best


def _evenness(lines: list[str], dialect: Dialect) -> tuple[int, float]:
    """Return the usual number of cells and the share of records with it, plus a little for more cells; broken quoting
    costs.
    """
    rows = _first_rows(lines, dialect)
    if dialect.is_quoted and len(rows) < min(len(lines), _LOOKED_AT):
        rows = _first_rows(lines, replace(dialect, width=_width(rows)))
    width = _width(rows)
    if width < 2:
        return 0, 0.0
    quoted = 0 if dialect.is_quoted else sum(cell[:1] == cell[-1:] == '"' for row in rows for cell in row)
    unquoted = sum(_STRAY.search(line) is not None for line in lines) * 0.1 if dialect.is_quoted else 0
    even = sum(len(row) == width for row in rows)
    return width, even / len(rows) + min(width, 20) * 0.004 - (quoted + unquoted) / (len(rows) * width)


def _width(rows: list[list[str]]) -> int:
    counts = Counter(map(len, rows))
    return max(counts, key=lambda n: (counts[n], n), default=0)


def _first_rows(lines: list[str], dialect: Dialect) -> list[list[str]]:
    """Split up to 400 records; one that is too long for a cell ends them and counts as odd."""
    rows: list[list[str]] = []
    try:
        rows.extend(row for _, row in islice(read_records(iter(lines), dialect), _LOOKED_AT))
    except FileRefused:
        rows.append([""])
    return rows


def find_header(rows: list[list[str]], *, is_known_name: Callable[[str], bool]) -> int | None:
    """Return the index of the header among the first records; None for a table that begins with data.

    A header fills most of the usual width with words, while the rows under it hold numbers, or its words are names
    we know.
    """
    width = _usual_width(rows)
    for index, row in enumerate(rows[:30]):
        filled = sum(bool(cell.strip()) for cell in row)
        if len(row) < min(width, 2) or filled < max(1, width * 0.5):
            continue
        return index if _reads_as_header(row, rows[index + 1 :], is_known_name) else None
    return None


def _usual_width(rows: list[list[str]]) -> int:
    counts = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return counts.most_common(1)[0][0] if counts else 0


def _reads_as_header(row: list[str], below: list[list[str]], is_known_name: Callable[[str], bool]) -> bool:
    if any(cell.strip().startswith(("@", "http://", "https://")) for cell in row):
        return False
    if sum(map(_is_figure, row)) > len(row) * 0.3:
        return False
    if any(is_known_name(cell) for cell in row):
        return True
    figures = [sum(_is_figure(other[i]) for other in below if i < len(other)) for i in range(len(row))]
    return any(count > len(below) * 0.5 for count in figures)


def _is_figure(cell: str) -> bool:
    try:
        return parse_number(cell) is not None
    except NotANumber:
        return False
