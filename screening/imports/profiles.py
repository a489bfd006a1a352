"""What the values of a column look like, whatever its name says."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from screening.imports.dates import NotADate, is_day_first, is_short, parse_date, years_of
from screening.imports.handles import platform_of_link
from screening.imports.marks import Marks, read_marks
from screening.imports.numbers import (
    NotANumber,
    is_missing,
    is_whole,
    parse_flag,
    parse_number,
    parse_price,
    parse_share,
)
from screening.imports.places import country_code, language_code

_ENOUGH = 0.6
_POINTS_FROM = 0.3  # the median share over which a column is in points: half the accounts have no rate of 30 %
_SAYS_DATE = re.compile(r"\bdate|дата|\bas of\b|taken.at|crawled|snapshot|joined|debut|opened", re.IGNORECASE)
_SAYS_POINTS = re.compile(r"%|percent|процент", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """Shares of the filled cells of one column, 0-1, and what its figures look like: each is measured when first asked.

    cells: of every sampled row. told: those that are filled, stripped.
    """

    name: str
    index: int
    cells: Sequence[str]
    told: Sequence[str]
    marks: Marks

    @cached_property
    def examples(self) -> tuple[str, ...]:
        """Up to three different cells."""
        return tuple(dict.fromkeys(cell[:80] for cell in self.told))[:3]

    @cached_property
    def filled(self) -> float:
        """Share of all cells."""
        return len(self.told) / max(1, len(self.cells))

    @cached_property
    def distinct(self) -> float:
        """Share of the filled cells that are different."""
        return len(self._counted) / max(1, len(self.told))

    @cached_property
    def figures(self) -> tuple[float | None, ...]:
        """Of every sampled row: its figure."""
        return tuple(_figure(cell, self.marks) for cell in self.cells)

    @cached_property
    def numbers(self) -> float:
        """Share that is a number."""
        return sum(figure is not None for figure in self.figures) / max(1, len(self.told))

    @cached_property
    def is_counted(self) -> bool:
        """Tell a column that goes 1, 2, 3 ... down the rows."""
        return _is_counted(self.figures)

    @cached_property
    def is_whole(self) -> bool:
        """Tell whether most figures, read as counts, have no fraction."""
        return _is_whole(self.told, self.marks)

    @cached_property
    def day_first(self) -> bool | None:
        """Tell how dates of figures alone are written; None where no cell shows it."""
        return is_day_first(self.told)

    @cached_property
    def dates(self) -> float:
        """Share that is a date."""
        has_serials = _SAYS_DATE.search(self.name) is not None
        return self._share(lambda cell: _is_date(cell, self.day_first, has_serials=has_serials))

    @cached_property
    def years(self) -> tuple[int, int] | None:
        """Ends of the years of four digits, where other dates have two."""
        return years_of(self.told) if any(map(is_short, self.told)) else None

    @cached_property
    def flags(self) -> float:
        """Share that is a yes or no."""
        return self._share(_is_flag)

    @cached_property
    def countries(self) -> float:
        """Share that names a country."""
        return self._share(lambda cell: country_code(cell) is not None)

    @cached_property
    def languages(self) -> float:
        """Share that names a language."""
        return self._share(lambda cell: language_code(cell) is not None)

    @cached_property
    def links(self) -> float:
        """Share that is an address."""
        return self._share(lambda cell: "://" in cell or bool(re.match(r"(?:www\.|t\.me/|vk\.com/)", cell)))

    @cached_property
    def link_platform(self) -> str | None:
        """The platform that most cells are addresses of."""
        links = [found for cell in self.told if (found := platform_of_link(cell))]
        return max(set(links), key=links.count) if len(links) > len(self.told) * 0.5 else None

    @cached_property
    def length(self) -> float:
        """Mean length in characters."""
        return sum(map(len, self.told)) / max(1, len(self.told))

    @cached_property
    def spaces(self) -> float:
        """Share with a space inside."""
        return self._share(lambda cell: " " in cell)

    @cached_property
    def ascii(self) -> float:
        """Share of plain letters."""
        return self._share(str.isascii)

    @cached_property
    def plainness(self) -> float:
        """Share that is bare digits."""
        return self._share(lambda cell: cell.replace(".", "").isdigit())

    @cached_property
    def shares(self) -> list[float]:
        """The figures read as shares, without a percent sign as they stand; none where few cells are numbers."""
        return _shares(self.told) if self.numbers >= _ENOUGH else []

    @cached_property
    def highest_share(self) -> float | None:
        """The highest of those."""
        return max(self.shares, default=None)

    @cached_property
    def in_points(self) -> bool:
        """Tell whether those are percent points."""
        if not self.shares or _SAYS_POINTS.search(self.name):
            return bool(self.shares)
        return max(self.shares) > 1 and median(self.shares) > _POINTS_FROM

    @cached_property
    def prices(self) -> float:
        """Share that is a number with a currency, known or not."""
        return 0.0 if self.shares else self._share(_is_price)

    @cached_property
    def _counted(self) -> Counter[str]:
        return Counter(self.told)  # the same word in many rows is looked at once

    def _share(self, is_so: Callable[[str], bool]) -> float:
        return sum(n for cell, n in self._counted.items() if is_so(cell)) / max(1, len(self.told))

    def fits(self, kind: str) -> bool:
        """Tell whether the values can be of a kind (see Field.kind)."""
        return self.filled > 0 and _FITS[kind](self)


def profile_column(name: str, index: int, cells: Sequence[str], *, dot_is_decimal: bool | None = None) -> ColumnProfile:
    """Look at a column's sampled cells; ``dot_is_decimal`` says what other columns show of its dots."""
    told = [cell.strip() for cell in cells if not is_missing(cell)]
    told = told or [cell for cell in map(str.strip, cells) if cell.isalpha() and _is_flag(cell)]  # нет, нет, нет
    marks = read_marks(told)
    if dot_is_decimal is not None:
        marks = marks._replace(dot_is_decimal=dot_is_decimal, dot_may_group=not dot_is_decimal)
    return ColumnProfile(name, index, cells, told, marks)


def are_twins(one: ColumnProfile, other: ColumnProfile) -> bool:
    """Tell whether two columns hold the same figures in two ways of writing (477.9M and 477900000)."""
    pairs = [(a, b) for a, b in zip(one.figures, other.figures, strict=True) if a is not None and b is not None]
    same = sum(abs(a - b) <= 0.006 * max(abs(a), abs(b)) for a, b in pairs)
    return len(pairs) >= 3 and same >= 0.98 * len(pairs)


def _figure(cell: str, marks: Marks) -> float | None:
    try:
        return parse_number(cell, comma_is_decimal=marks.comma_is_decimal, dot_is_decimal=marks.dot_is_decimal)
    except NotANumber:
        return None


def _is_whole(cells: Sequence[str], marks: Marks) -> bool:
    """Tell whether most figures have no fraction, with dots that may group thousands read so."""
    as_count = marks._replace(dot_is_decimal=False) if marks.dot_may_group else marks
    read = [(cell, figure) for cell in cells if (figure := _figure(cell, as_count)) is not None]
    return sum(is_whole(figure, cell) for cell, figure in read) * 2 > len(read)


def _shares(cells: Sequence[str]) -> list[float]:
    """Read what has no percent sign as it stands."""
    found = []
    for cell in cells:
        with suppress(NotANumber):
            found.append(None if "%" in cell else parse_share(cell, in_points=False))
    return [share for share in found if share is not None]


def _is_price(cell: str) -> bool:
    try:
        return parse_price(cell) is not None
    except NotANumber:
        return False


def _is_date(cell: str, day_first: bool | None, *, has_serials: bool) -> bool:
    try:
        return parse_date(cell, day_first=day_first, has_serials=has_serials) is not None
    except NotADate as why:
        return why.code in {"date_ambiguous", "date_century"}


def _is_flag(cell: str) -> bool:
    try:
        return parse_flag(cell) is not None
    except NotANumber:
        return False


def _is_counted(figures: tuple[float | None, ...]) -> bool:
    known = [figure for figure in figures if figure is not None]
    steps = [b - a for a, b in pairwise(known)]
    is_distinct = len(set(known)) > 0.8 * len(known)
    return (
        len(known) >= 5 and is_distinct and known[0] in (0, 1) and sum(step == 1 for step in steps) > 0.9 * len(steps)
    )


def _is_figures(column: ColumnProfile) -> bool:
    return column.numbers >= _ENOUGH and not column.is_counted


_FITS: dict[str, Callable[[ColumnProfile], bool]] = {
    "count": _is_figures,
    "mean": _is_figures,
    "time": _is_figures,
    "money": lambda c: _is_figures(c) or c.prices >= _ENOUGH,
    "share": lambda c: c.numbers >= _ENOUGH and (c.highest_share or 0) <= 1000,
    "country": lambda c: c.countries >= _ENOUGH,
    "language": lambda c: c.languages >= _ENOUGH,
    "flag": lambda c: c.flags >= 0.9,
    "date": lambda c: c.dates >= _ENOUGH,
    "link": lambda c: c.links >= _ENOUGH,
    "id": lambda c: c.spaces < 0.1 and not c.is_counted,
    "key": lambda c: c.spaces < 0.1,
    "handle": lambda c: c.filled > 0.5 and c.length <= 80 and not c.is_counted,
    "platform": lambda c: c.distinct * c.filled < 0.5 and c.numbers == 0,
    "text": lambda c: c.numbers < 0.9 and c.countries < 0.9,
}
