"""Numbers, shares and yes/no as people write them: 1.2M, 34,5K, 19 тыс., 2,28,00,000, 12%, 1st."""

import math
import re
import unicodedata
from functools import lru_cache

from screening.imports.currencies import take_currency, without_strange

MISSING = frozenset((
    "-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "n/a", "n/a'", "'n/a", "na", "n.a.", "n.a", "nan",
    "null", "none", "nil", "#n/a", "#value!", "#valor!", "#ref!", "#div/0!", "#name?", "#num!", "#null!",
    "#wert!", "#знач!", "#н/д", "#дел/0!", "н/д", "нд", "нет", "неизвестно", "скрыто", "hidden", "unknown",
    "undefined", "#error!", "(null)", "<na>", "пусто", "", "нет данных", "not available", "no data",
))  # fmt: skip

SCALES = {
    **dict.fromkeys(("k", "к", "т", "тыс", "тысяч", "тысячи", "тысяча", "thousand", "thsd", "tsd", "mil"), 1e3),
    **dict.fromkeys(
        ("m", "м", "mm", "mn", "mln", "mio", "млн", "миллион", "миллиона", "миллионов", "million", "millions"), 1e6
    ),
    **dict.fromkeys(("b", "bn", "mrd", "млрд", "миллиард", "миллиарда", "миллиардов", "billion", "billions"), 1e9),
    **dict.fromkeys(("lakh", "lakhs", "lac", "лакх"), 1e5),
    **dict.fromkeys(("crore", "crores", "cr"), 1e7),
    **dict.fromkeys(("万", "萬", "만", "w"), 1e4),
    **dict.fromkeys(("億", "亿", "억"), 1e8),
    "천": 1e3,
}
_COUNTED = re.compile(
    r"(?:followers?|subscribers?|subs|views?|videos?|posts?|likes?|comments?|members|fans|people"
    r"|подписч\w*|просмотр\w*|видео|пост\w*|лайк\w*|публикаци\w*|чел\w*|участник\w*)\.?$"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|-?й|-?е|-?я)$")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<digits>\d[\d.,' ]*?(?:e[+-]?\d{1,3})?)\s*(?P<scale>[^\W\d_]*)\.?\s*\+?(?P<percent>%?)"
)
_GROUPS = {
    mark: re.compile(
        rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+|[1-9]\d?(?:{re.escape(mark)}\d{{2}})+{re.escape(mark)}\d{{3}}"
    )
    for mark in ",.' "
}
_PLAIN = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
_LONGEST = 60

YES = frozenset(("true", "yes", "y", "t", "1", "да", "истина", "verified", "✓", "✔", "✅", "☑", "x", "+", "on"))
NO = frozenset(("false", "no", "n", "f", "0", "нет", "ложь", "✗", "✘", "❌", "off"))


class NotANumber(ValueError):
    """A cell that holds something else than a number; ``code`` says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_missing(text: str) -> bool:
    """Tell whether a cell says "nothing here": blank, a dash, N/A, a spreadsheet's error."""
    return _plain(text).casefold() in MISSING


def parse_number(
    text: str, *, comma_is_decimal: bool | None = None, dot_is_decimal: bool | None = None
) -> float | None:
    """Read a number as people write it.

    Returns None for a cell that says "nothing here". A percent sign divides by 100. ``1,234`` and ``1.234`` mean what
    the column's other cells show (see marks.py): decimals where True, thousands where False; None reads the comma as
    it looks and the dot as decimal. Raises NotANumber with the code ``number_word``, ``number_broken`` or
    ``number_range``.
    """
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return float(int(text))
    if dot_is_decimal is not False and _PLAIN.fullmatch(text):
        return float(text)
    return _read(text, comma_is_decimal, dot_is_decimal)


def parse_share(text: str, *, in_points: bool) -> float | None:
    """Read a share as a fraction 0-1: 12% and, where the column holds percent points, 12 both give 0.12.

    A single comma or dot stands before decimals: shares have no thousands.
    """
    value = parse_number(text, comma_is_decimal=True)
    if value is None or "%" in text or not in_points:
        return value
    return value / 100


def parse_price(
    text: str, *, comma_is_decimal: bool | None = None, dot_is_decimal: bool | None = None
) -> tuple[float | None, str | None]:
    """Read a price: its value (None for "nothing here") and currency: "" where none is named, None where it is one
    that we do not know, or several.
    """
    plain = _plain(text).casefold()
    if len(plain) > _LONGEST or not any(map(str.isdigit, plain)):
        return _read(plain, comma_is_decimal, dot_is_decimal), ""  # "nothing here", or it raises
    bare, currency = take_currency(plain)
    try:
        return _read(bare, comma_is_decimal, dot_is_decimal), currency
    except NotANumber:
        if (known := without_strange(bare)) == bare:
            raise
        return _read(known, comma_is_decimal, dot_is_decimal), None


def bare_digits(text: str) -> str | None:
    """Return the digits of a number with their marks (``1.234,5``); None where a scale or a percent sign makes them
    decimals, or the text is no number.
    """
    match = _matched(_plain(text).casefold())
    return match["digits"].strip() if match and not match["scale"] and not match["percent"] else None


def is_whole(value: float, text: str) -> bool:
    """Tell whether a number that was read from a text is whole, or tenths of a scale word (1.2K) that stand for it."""
    if abs(value - round(value)) <= 1e-6:
        return True
    match = _matched(_plain(text).casefold())
    return bool(match and match["scale"])


def parse_flag(text: str) -> bool | None:
    """Read yes or no in English or Russian; None where the cell is empty; raises NotANumber("flag_word") for
    another word.
    """
    word = _plain(text).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    if word in MISSING:
        return None
    raise NotANumber("flag_word")


@lru_cache(maxsize=65536)
def _read(text: str, comma_is_decimal: bool | None, dot_is_decimal: bool | None) -> float | None:
    plain = _plain(text).casefold()
    if plain in MISSING:
        return None
    if len(plain) > _LONGEST or not any(map(str.isdigit, plain)):
        raise NotANumber("number_word")
    match = _matched(plain)
    if not match:
        raise NotANumber("number_broken")
    digits, scale, percent = match["digits"].strip(), match["scale"], bool(match["percent"])
    if scale and (scale not in SCALES or (scale == "mil" and not digits.isdigit())):
        raise NotANumber("number_broken")  # 1.2 mil: millions in English, thousands in Spanish
    if scale or percent:
        comma_is_decimal = dot_is_decimal = True
    value = _digits(digits, comma_is_decimal, dot_is_decimal) * SCALES.get(scale, 1)
    return _finite(-value if match["sign"] == "-" else value, percent=percent)


def _matched(plain: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(_undressed(plain))


def _plain(text: str) -> str:
    """Fold full-width digits, odd spaces and dashes: U+202F and U+00A0 are how Russian pages group thousands."""
    if text.isascii():
        return text.strip()
    folded = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u200b", "").replace("\ufeff", "")
    return " ".join(folded.split())


def _undressed(plain: str) -> str:
    bare = take_currency(plain.replace("%", " %"))[0].removesuffix("/-").strip()
    bare = _COUNTED.sub("", bare).strip()
    return _ORDINAL.sub("", bare.replace(" %", "%")).replace("’", "'").lstrip("~≈><'").strip()


def _digits(digits: str, comma_is_decimal: bool | None, dot_is_decimal: bool | None) -> float:
    """Tell thousands marks from decimal marks; the last mark is the decimal one where two kinds stand."""
    marks = [c for c in digits if c in ",.' "]
    for mark in dict.fromkeys(marks):
        is_last = marks[-1] == mark and marks.count(mark) == 1
        shown = comma_is_decimal if mark == "," else dot_is_decimal
        if is_last and mark in ",." and (len(marks) > 1 or _is_decimal(digits, mark, shown)):
            continue
        whole = digits.partition(marks[-1])[0] if marks[-1] != mark else digits
        if not _GROUPS[mark].fullmatch(whole):
            raise NotANumber("number_broken")
        digits = digits.replace(mark, "")
    return float(digits.replace(",", "."))


def _is_decimal(digits: str, mark: str, shown: bool | None) -> bool:
    """Settle a single mark. A program's ``1234.0`` stays decimal where dots group thousands; a comma does not."""
    if mark == ".":
        return shown is not False or not _GROUPS[mark].fullmatch(digits)
    return not _GROUPS[mark].fullmatch(digits) if shown is None else shown


def _finite(value: float, *, percent: bool) -> float:
    if not math.isfinite(value) or abs(value) > 1e15:
        raise NotANumber("number_range")
    return round(value / 100 if percent else value, 6) + 0.0
