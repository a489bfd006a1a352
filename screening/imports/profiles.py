"""What the values of a column look like, whatever its name says."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ColumnProfile:
    """Shares of the filled cells of one column, 0-1, and what its figures look like."""

    name: str
    index: int
    examples: tuple[str, ...]
    filled: float  # share of all cells
    distinct: float  # share of the filled cells
    numbers: float
    dates: float
    flags: float
    countries: float
    languages: float
    links: float
    length: float  # mean length in characters
    spaces: float  # share with a space inside
    ascii: float
    figures: tuple[float | None, ...]  # of every sampled row
    is_counted: bool  # 1, 2, 3 ... down the rows
    link_platform: str | None
    marks: Marks
    highest_share: float | None  # of the figures read as shares, without a percent sign as they stand
    in_points: bool  # those are percent points
    is_whole: bool  # most figures, read as counts, have no fraction
    prices: float  # share of cells that are a number with a currency, known or not
    day_first: bool | None
    years: tuple[int, int] | None  # of the dates whose year has four digits
    plainness: float  # share of cells that are bare digits

    def fits(self, kind: str) -> bool:
        """Tell whether the values can be of a kind (see Field.kind)."""
        return self.filled > 0 and _FITS[kind](self)


def profile_column(name: str, index: int, cells: list[str], *, dot_is_decimal: bool | None = None) -> ColumnProfile:
    """Look at a column's sampled cells; ``dot_is_decimal`` says what other columns show of its dots."""
    filled = [cell.strip() for cell in cells if not is_missing(cell)]
    filled = filled or [cell for cell in map(str.strip, cells) if cell.isalpha() and _is_flag(cell)]  # нет, нет, нет
    marks = read_marks(filled)
    if dot_is_decimal is not None:
        marks = marks._replace(dot_is_decimal=dot_is_decimal, dot_may_group=not dot_is_decimal)
    figures = tuple(_figure(cell, marks) for cell in cells)
    known = [figure for figure in figures if figure is not None]
    links = [found for cell in filled if (found := platform_of_link(cell))]
    day_first = is_day_first(filled)
    says_date = _SAYS_DATE.search(name) is not None
    says_points = _SAYS_POINTS.search(name) is not None
    shares = _shares(filled) if len(known) >= _ENOUGH * len(filled) else []

    counted = Counter(filled)  # the same word in many rows is looked at once

    def share(is_so: Callable[[str], bool]) -> float:
        return sum(n for cell, n in counted.items() if is_so(cell)) / max(1, len(filled))

    return ColumnProfile(
        name=name,
        index=index,
        examples=tuple(dict.fromkeys(cell[:80] for cell in filled))[:3],
        filled=len(filled) / max(1, len(cells)),
        distinct=len(set(filled)) / max(1, len(filled)),
        numbers=len(known) / max(1, len(filled)),
        dates=share(lambda cell: _is_date(cell, day_first, has_serials=says_date)),
        flags=share(_is_flag),
        countries=share(lambda cell: country_code(cell) is not None),
        languages=share(lambda cell: language_code(cell) is not None),
        links=share(lambda cell: "://" in cell or bool(re.match(r"(?:www\.|t\.me/|vk\.com/)", cell))),
        length=sum(map(len, filled)) / max(1, len(filled)),
        spaces=share(lambda cell: " " in cell),
        ascii=share(str.isascii),
        figures=figures,
        is_counted=_is_counted(figures),
        link_platform=max(set(links), key=links.count) if len(links) > len(filled) * 0.5 else None,
        marks=marks,
        highest_share=max(shares, default=None),
        in_points=bool(shares) and (says_points or (max(shares) > 1 and median(shares) > _POINTS_FROM)),
        is_whole=_is_whole(filled, marks),
        prices=0.0 if shares else share(_is_price),
        day_first=day_first,
        years=years_of(filled) if any(map(is_short, filled)) else None,
        plainness=share(lambda cell: cell.replace(".", "").isdigit()),
    )


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


def _is_whole(cells: list[str], marks: Marks) -> bool:
    """Tell whether most figures have no fraction, with dots that may group thousands read so."""
    as_count = marks._replace(dot_is_decimal=False) if marks.dot_may_group else marks
    read = [(cell, figure) for cell in cells if (figure := _figure(cell, as_count)) is not None]
    return sum(is_whole(figure, cell) for cell, figure in read) * 2 > len(read)


def _shares(cells: list[str]) -> list[float]:
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
