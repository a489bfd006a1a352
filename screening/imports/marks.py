"""Which mark stands before decimals and which groups thousands, as the other cells of a column show."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from screening.imports.numbers import bare_digits

_GROUP = r"[1-9]\d{0,2}"
_KINDS = {
    "comma groups": re.compile(rf"(?:{_GROUP}(?:,\d{{3}})+|[1-9]\d?(?:,\d\d)+,\d{{3}})(?:\.\d+)?"),
    "dot groups": re.compile(rf"{_GROUP}(?:(?:\.\d{{3}}){{2,}}|(?:\.\d{{3}})+,\d+)"),
    "dot may group": re.compile(rf"{_GROUP}\.\d{{3}}"),
    "dot zeros": re.compile(r"\d+\.0+"),
    "comma decimal": re.compile(r"\d+,\d+"),
    "dot decimal": re.compile(r"\d+\.\d+"),
}
_ODD = 0.05  # share of cells up to which a decimal in a column of counts is a slip


class Marks(NamedTuple):
    """What the marks of a column mean: decimals (True), thousands (False), or the cells do not show it (None)."""

    comma_is_decimal: bool | None = None
    dot_is_decimal: bool | None = None
    dot_may_group: bool = False  # in a count: hardly a dot but such as could group thousands, 12.345
    has_dot_decimals: bool = False  # some cell shows that dots are decimals: 753.01, but not a program's 1234.0


def read_marks(cells: Iterable[str]) -> Marks:
    """Decide by the majority of a column's cells, so that an odd one is refused and does not turn the others."""
    found = (bare_digits(cell) for cell in cells if "," in cell or "." in cell)
    seen = Counter(_kind(digits) for digits in found if digits)
    comma, dot = _comma(seen), _dot(seen)
    if dot is None and seen["dot may group"] <= seen["comma decimal"] + seen["comma groups"]:
        dot = None if comma is None else not comma
    may_group = dot is not True and seen["dot may group"] + seen["dot groups"] > 0
    is_odd = seen["dot decimal"] <= _ODD * (seen["dot decimal"] + seen["dot may group"])
    return Marks(comma, dot, may_group and (dot is False or is_odd), seen["dot decimal"] > 0)


def _kind(digits: str) -> str:
    return next((kind for kind, shape in _KINDS.items() if shape.fullmatch(digits)), "")


def _comma(seen: Counter[str]) -> bool | None:
    decimal, groups = seen["comma decimal"] + seen["dot groups"], seen["comma groups"]
    return decimal > groups if decimal or groups else None


def _dot(seen: Counter[str]) -> bool | None:
    if seen["dot groups"] > seen["dot decimal"]:
        return False
    return True if seen["dot decimal"] + seen["dot zeros"] > seen["dot may group"] else None
