"""Dates in cells and in file names, English and Russian: 4 февр. 2012 г., Feb 4, 2012, sep-2022."""

import calendar
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from screening.imports.numbers import is_missing

_NAMES = (
    "jan january янв январь января январе", "feb february фев февр февраль февраля феврале",
    "mar march мар март марта марте", "apr april апр апрель апреля апреле", "may май мая мае",
    "jun june июн июнь июня июне", "jul july июл июль июля июле", "aug august авг август августа августе",
    "sep sept september сен сент сентябрь сентября сентябре", "oct october окт октябрь октября октябре",
    "nov november ноя нояб ноябрь ноября ноябре", "dec december дек декабрь декабря декабре",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_WORD = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])"
_ISO = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[t ].*)?")
_NUMERIC = re.compile(r"(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4})(?:[ ,].*)?")
_SHORT = re.compile(r"(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<y>\d\d)(?:[ ,].*)?")
_SERIAL = re.compile(r"(?P<n>[2-5]\d{4}|60000)(?:[.,]\d+)?")  # days of a spreadsheet, 1954 to 2064
_ZERO = date(1899, 12, 30)  # day 0 of a spreadsheet, its 29 February 1900 counted
_DAY_FIRST = re.compile(
    rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ .-]*{_WORD}[ .,-]*(?P<y>\d{{4}})(?:\s*г(?:ода)?\.?)?(?:[ ,].*)?"
)
_CLOCK = r"(?:\d\d:\d\d:\d\d (?:[+-]\d{4} |[a-z]{3,4} )?)?"  # stands before the year in what programs write
_MONTH_FIRST = re.compile(rf"{_WORD}[ .,-]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ ,]+{_CLOCK}(?P<y>\d{{4}})(?:[ ,].*)?")
_WEEKDAY = re.compile(
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)[., ]+"
)
_MONTH_ONLY = re.compile(rf"(?:(?P<y>\d{{4}})-(?P<m>\d{{1,2}}))|(?:{_WORD}[ .,-]*(?P<y2>\d{{4}}))")
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)")
_IN_NAME_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-3]\d)(?!\d)")
_IN_NAME_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ](0?[1-9]|1[0-2])(?!\d)")
_IN_NAME_WORD = re.compile(rf"(?<![^\W\d_]){_WORD}[\W_]*((?:19|20)\d\d)(?!\d)")
_IN_NAME_YEAR_FIRST = re.compile(rf"(?<!\d)((?:19|20)\d\d)[\W_]*{_WORD}")


class NotADate(ValueError):
    """A cell that holds no date; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(maxsize=65536)
def parse_date(
    text: str, *, day_first: bool | None = None, years: tuple[int, int] | None = None, has_serials: bool = False
) -> date | None:
    """Read a date; None where the cell is empty.

    A month alone is its last day. ``3/4/2022`` needs ``day_first``, ``25.04.22`` the first and last year of the
    column's other dates: without them the cell is refused (``date_ambiguous``, ``date_century``), never guessed.
    has_serials: the column is one of dates, so 44927 is a spreadsheet's number of a day.
    Raises NotADate with these, ``date_word`` or ``date_range`` (outside 1990-2100, or a 30 February).
    """
    plain = _folded(text)
    if is_missing(plain):
        return None
    if match := _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _made(match["y"], match["m"], match["d"])
    if match := _DAY_FIRST.fullmatch(plain) or _MONTH_FIRST.fullmatch(plain):
        return _made(match["y"], MONTHS[match["month"]], match["d"])
    if match := _NUMERIC.fullmatch(plain):
        return _numeric(match, day_first=day_first)
    if match := _SHORT.fullmatch(plain):
        return _short(match, day_first=day_first, years=years)
    if has_serials and (match := _SERIAL.fullmatch(plain)):
        return _allowed(_ZERO + timedelta(days=int(match["n"])))
    if match := _MONTH_ONLY.fullmatch(plain):
        return month_end(int(match["y"] or match["y2"]), int(match["m"] or MONTHS[match["month"]]))
    raise NotADate("date_word")


def from_cell(value: datetime | date) -> str:
    """Write a spreadsheet's own date as the text that parse_date reads."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()


def as_of_in_name(name: str) -> date | None:
    """Find the date that a file's name speaks of; a month alone (``sep-2022``) is its last day; None where it names
    none.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if match := _IN_NAME_DAY.search(plain):
        return _quietly(match[1], match[2], match[3])
    if match := _IN_NAME_WORD.search(plain):
        return month_end(int(match[2]), MONTHS[match["month"]])
    if match := _IN_NAME_YEAR_FIRST.search(plain):
        return month_end(int(match[1]), MONTHS[match["month"]])
    if match := _IN_NAME_MONTH.search(plain):
        return month_end(int(match[1]), int(match[2]))
    return None


def month_end(year: int, month: int) -> date:
    """Return the last day of a month; raises NotADate("date_range") for a month that is none."""
    if not 1 <= month <= 12:
        raise NotADate("date_range")
    return _made(year, month, calendar.monthrange(year, month)[1])


def is_day_first(texts: Sequence[str]) -> bool | None:
    """Settle 3/4/2022 by a column's other cells: True when some day over 12 stands first, False when second, None
    when neither or both.
    """
    pairs = [(int(m["a"]), int(m["b"]), m["mark"]) for t in texts if (m := _NUMERIC.fullmatch(_folded(t)))]
    first, second = any(a > 12 for a, _, _ in pairs), any(b > 12 for _, b, _ in pairs)
    if first != second:
        return first
    return True if pairs and not first and all(mark == "." for _, _, mark in pairs) else None


def _folded(text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return _WEEKDAY.sub("", plain, count=1) if _WEEKDAY.match(plain) else plain


def is_short(text: str) -> bool:
    """Tell whether a cell is a date whose year has two digits."""
    return _SHORT.fullmatch(_folded(text)) is not None


def years_of(texts: Sequence[str]) -> tuple[int, int] | None:
    """Return the first and the last year that a column's cells write with four digits; None where none does."""
    found = []
    for text in texts:
        try:
            day = parse_date(text, day_first=True)
        except NotADate:
            continue
        if day is not None:
            found.append(day.year)
    return (min(found), max(found)) if found else None


def _short(match: re.Match[str], *, day_first: bool | None, years: tuple[int, int] | None) -> date:
    # The year stands last or first, in either century: it is read where one reading alone lies among the others' years.
    first, second, last = int(match["a"]), int(match["b"]), int(match["y"])
    if min(first, second) > 12 or max(first, second) > 31:
        raise NotADate("date_word")
    if years is None:
        raise NotADate("date_century")
    near = [year for year in (1900 + last, 2000 + last) if years[0] - 1 <= year <= years[1] + 1]
    turned = match["mark"] == "-" and any(years[0] - 1 <= year + first <= years[1] + 1 for year in (1900, 2000))
    if len(near) != 1 or turned:
        raise NotADate("date_century")
    whole = _NUMERIC.fullmatch(f"{first}{match['mark']}{second}{match['mark']}{near[0]}")
    assert whole is not None
    return _numeric(whole, day_first=day_first)


def _numeric(match: re.Match[str], *, day_first: bool | None) -> date:
    first, second = int(match["a"]), int(match["b"])
    if day_first is None and match["mark"] == ".":
        day_first = True
    if day_first is None and first <= 12 and second <= 12 and first != second:
        raise NotADate("date_ambiguous")
    day_is_first = first > 12 if max(first, second) > 12 else bool(day_first)
    day, month = (first, second) if day_is_first else (second, first)
    return _made(match["y"], month, day)


def _made(year: str | int, month: str | int, day: str | int) -> date:
    try:
        made = date(int(year), int(month), int(day))
    except ValueError:
        raise NotADate("date_range") from None
    return _allowed(made)


def _allowed(made: date) -> date:
    if not 1990 <= made.year <= 2100:
        raise NotADate("date_range")
    return made


def _quietly(year: str, month: str, day: str) -> date | None:
    try:
        return _made(year, month, day)
    except NotADate:
        return None
