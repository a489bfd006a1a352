"""Numbers, shares and yes/no as people write them: 1.2M, 34,5K, 19 тыс., 2,28,00,000, 12%, 1st."""

import math
import re
import unicodedata
from functools import lru_cache

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
    r"|подписч\w*|просмотр\w*|видео|пост\w*|лайк\w*|публикаци\w*|чел\w*|участник\w*)$"
)
_CURRENCY = re.compile(r"[$€£¥₽₹₴₸]|\b(?:usd|eur|gbp|rub|inr|руб(?:лей|ля|ль)?|р)\b\.?")
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

YES = frozenset(("true", "yes", "y", "t", "1", "да", "истина", "verified", "✓", "✔", "x", "+", "on"))
NO = frozenset(("false", "no", "n", "f", "0", "нет", "ложь", "-", "off"))


class NotANumber(ValueError):
    """A cell that holds something else than a number; ``code`` says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_missing(text: str) -> bool:
    """Tell whether a cell says "nothing here": blank, a dash, N/A, a spreadsheet's error."""
    return _plain(text).casefold() in MISSING


def parse_number(text: str, *, comma_is_decimal: bool = False) -> float | None:
    """Read a number as people write it.

    Returns None for a cell that says "nothing here". A percent sign divides by 100. ``comma_is_decimal`` settles
    what ``1,234`` means
    where the column's other cells show it. Raises NotANumber with the code ``number_word``, ``number_broken`` or
    ``number_range``.
    """
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return float(int(text))
    if _PLAIN.fullmatch(text):
        return float(text)
    return _read(text, comma_is_decimal)


def parse_share(text: str, *, in_points: bool) -> float | None:
    """Read a share as a fraction 0-1: 12% and, where the column holds percent points, 12 both give 0.12."""
    value = parse_number(text)
    if value is None or "%" in text or not in_points:
        return value
    return value / 100


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
def _read(text: str, comma_is_decimal: bool) -> float | None:
    plain = _plain(text).casefold()
    if plain in MISSING:
        return None
    if len(plain) > _LONGEST:
        raise NotANumber("number_word")
    match = _NUMBER.fullmatch(_undressed(plain))
    if not match:
        raise NotANumber("number_broken" if any(c.isdigit() for c in plain) else "number_word")
    scale = match["scale"]
    if scale and scale not in SCALES:
        raise NotANumber("number_broken")
    value = _digits(match["digits"].strip(), scaled=bool(scale), comma_is_decimal=comma_is_decimal) * SCALES.get(
        scale, 1
    )
    return _finite(-value if match["sign"] == "-" else value, percent=bool(match["percent"]))


def _plain(text: str) -> str:
    """Fold full-width digits, odd spaces and dashes: U+202F and U+00A0 are how Russian pages group thousands."""
    if text.isascii():
        return text.strip()
    folded = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u200b", "").replace("\ufeff", "")
    return " ".join(folded.split())


def _undressed(plain: str) -> str:
    bare = _CURRENCY.sub("", plain.replace("%", " %")).strip()
    bare = _COUNTED.sub("", bare).strip()
    return _ORDINAL.sub("", bare.replace(" %", "%")).replace("’", "'").lstrip("~≈><'").strip()


def _digits(digits: str, *, scaled: bool, comma_is_decimal: bool) -> float:
    """Tell thousands marks from decimal marks; the last mark is the decimal one where two kinds stand."""
    marks = [c for c in digits if c in ",.' "]
    for mark in dict.fromkeys(marks):
        last = marks[-1] == mark and marks.count(mark) == 1
        if last and _is_decimal(digits, mark, alone=len(marks) == 1, scaled=scaled, comma_is_decimal=comma_is_decimal):
            continue
        whole = digits.partition(marks[-1])[0] if marks[-1] != mark else digits
        if not _GROUPS[mark].fullmatch(whole):
            raise NotANumber("number_broken")
        digits = digits.replace(mark, "")
    return float(digits.replace(",", "."))


def _is_decimal(digits: str, mark: str, *, alone: bool, scaled: bool, comma_is_decimal: bool) -> bool:
    if mark in "' ":
        return False
    if not alone or mark == "." or scaled or comma_is_decimal:
        return True
    return not _GROUPS[mark].fullmatch(digits)


def _finite(value: float, *, percent: bool) -> float:
    if not math.isfinite(value) or abs(value) > 1e15:
        raise NotANumber("number_range")
    return round(value / 100 if percent else value, 6) + 0.0
