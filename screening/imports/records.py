"""Lines become records; a quote that is never closed costs its own record, not the ones under it."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from screening.imports.refusals import FileRefused

_LINE = re.compile(r"\s*(?:([=\-*+~#])\1{3,})?\s*")  # in a list of one column, where - and ___ are entries
_NAMED = re.compile(r'"?sep=(.)"?\1*\s*', re.IGNORECASE)
_RULE = re.compile(r"[\s=\-_*+~#|.,;]*")
_LONG = 20  # lines of one record from which it is asked whether they are rows


@dataclass(frozen=True)
class Dialect:
    """How lines become cells: ``delimiter`` is "" for a table of one column; ``width`` is the usual number of cells, by
    which swallowed rows are known, 0 before it is.
    """

    delimiter: str
    is_quoted: bool
    width: int = 0


def split(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> Iterable[list[str]]:
    """Split lines into records; a quoted cell may hold line ends.

    Raises csv.Error for a cell over the library's limit of 131,072, and where ``strict`` for a quote out of place.
    """
    if not dialect.delimiter:
        return ([line.rstrip("\r\n")] for line in lines)
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_MINIMAL if dialect.is_quoted else csv.QUOTE_NONE,
        skipinitialspace=dialect.delimiter in ",;",
        strict=strict,
    )


class Unclosed(list[str]):
    """The cells of a record whose quote is never closed; ``at`` is the index of the cell that it opens."""

    def __init__(self, cells: list[str]) -> None:
        super().__init__(cells)
        self.at = len(cells) - 1


class Spanning(list[str]):
    """The cells of a record that spans many lines most of which look like rows; ``lines`` says how many."""

    def __init__(self, cells: list[str], lines: int) -> None:
        super().__init__(cells)
        self.lines = lines


class _Feed:
    """Lines, with those of the record at hand kept, so that they can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._returned = lines, deque[str]()
        self.taken: list[str] = []
        self.start = 1  # the line on which the record at hand starts
        self.has_ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line is None:
            self.has_ended = True
            raise StopIteration
        self.taken.append(line)
        return line

    def settle(self, count: int) -> None:
        """End the record at hand after its first ``count`` lines; the others are given back."""
        self._returned.extendleft(reversed(self.taken[count:]))
        self.start += count
        self.taken, self.has_ended = [], False


def read_records(lines: Iterator[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the line on which each starts; blank and drawn lines (====) are left out.

    Where a quote swallowed the rows under it, its own record comes as Unclosed and those rows by themselves; where it
    only seems so, the record stays whole and comes as Spanning. Raises FileRefused("cell_too_long").
    """
    feed = _Feed(lines)
    reader = iter(split(feed, dialect))
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = None
        own = len(feed.taken)
        if own > 1 or feed.has_ended:
            own = _swallowed_from(feed.taken, row, dialect, is_open=feed.has_ended)
        if row is None and own == len(feed.taken):
            raise FileRefused("cell_too_long", line=feed.start, limit=csv.field_size_limit())
        if row is None or own < len(feed.taken) or feed.has_ended:
            row = Unclosed(next(iter(split(feed.taken[:own], dialect))))
        elif _hides_rows(feed.taken, dialect):
            row = Spanning(row, own)
        if row and not _says_nothing(row, feed, dialect):
            yield feed.start, row
        feed.settle(own)


def _says_nothing(row: list[str], feed: _Feed, dialect: Dialect) -> bool:
    if feed.start == 1 and named_delimiter(feed.taken[0]):
        return True
    return len(row) == 1 and (is_rule(row[0]) if dialect.delimiter else _LINE.fullmatch(row[0]) is not None)


def _swallowed_from(lines: list[str], row: list[str] | None, dialect: Dialect, *, is_open: bool) -> int:
    """Return the index of the first line that is a row of its own though a quote spans it; their number where none is.

    A record whose quotes are all in place is believed, whatever its text looks like. Of one that ends at a quote out
    of place, such as the next to be left open, no line but the first is sure to be its own.
    """
    is_ended = row is not None and not is_open
    if is_ended and _is_well_quoted(lines, dialect):
        return len(lines)
    none = 1 if is_ended else len(lines)
    return next((index for index, line in enumerate(lines) if index and _is_record(line, dialect)), none)


def _is_record(line: str, dialect: Dialect) -> bool:
    """Tell whether a line is one whole record of the usual width whose quotes stand where they belong."""
    if line.count(dialect.delimiter) < dialect.width - 1:
        return False
    try:
        return [len(row) for row in split([line], dialect, strict=True)] == [dialect.width]
    except csv.Error:
        return False


def _is_well_quoted(lines: list[str], dialect: Dialect) -> bool:
    try:
        return sum(1 for _ in split(lines, dialect, strict=True)) == 1
    except csv.Error:
        return False


def _hides_rows(lines: list[str], dialect: Dialect) -> bool:
    """Tell a long record most lines of which look like rows: a quote may be missing, or it is a text like that."""
    return len(lines) > _LONG and sum(_is_record(line, dialect) for line in lines[1:]) * 2 > len(lines)


def is_rule(line: str) -> bool:
    """Tell a line that only draws (``====``) or is blank from one with words in it; a row of empty cells is a row."""
    return bool(_RULE.fullmatch(line)) and (
        not line.strip() or (len(set(line.strip())) <= 2 and not set(line.strip()) <= set("\t;,|."))
    )


def named_delimiter(line: str) -> str:
    """Return the delimiter that Excel's first line names (``sep=;``); "" where it is another line."""
    named = _NAMED.fullmatch(line)
    return named[1] if named else ""
