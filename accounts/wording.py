"""Numbers, money, chances and times in the reader's language (ux.md section 6). The language follows the account.

Russian: decimal comma, no-break space between thousands and before %, currency sign after the amount.
"""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

NBSP = "\u00a0"
MINUS = "\u2212"
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽", "INR": "₹", "BRL": "R$", "KZT": "₸", "UAH": "₴"}
# Currencies without minor units (ISO 4217).
WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF"})
# Lowest whole percent of each band, its words, and the range that is written beside them.
CHANCES: list[tuple[int, str | Promise, tuple[int, int]]] = [
    (85, _("Very likely"), (85, 95)),
    (70, _("Likely"), (70, 84)),
    (55, _("Leaning yes"), (55, 69)),
    (45, _("Toss-up"), (45, 54)),
    (30, _("Leaning no"), (30, 44)),
    (0, _("Unlikely"), (5, 29)),
]


def is_russian() -> bool:
    """Tell whether the reader reads Russian."""
    return (get_language() or "").startswith("ru")


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands set apart and the language's decimal sign; a true minus before negative ones."""
    text = f"{abs(value):,.{decimals}f}"
    if is_russian():
        text = text.replace(",", NBSP).replace(".", ",")
    return MINUS + text if value < 0 and text.strip("0.,") else text


def points(value: float) -> str:
    """Return a signed contribution in points with one decimal: +14.2, −6.9, 0.0."""
    text = number(value, 1)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def share(value: float, decimals: int = 0) -> str:
    """Return a fraction 0-1 as a percentage of any precision. For probabilities use `percent`."""
    return number(value * 100, decimals) + (f"{NBSP}%" if is_russian() else "%")


def whole_percent(p: float) -> int:
    """Return a probability as whole percent, never 0 or 100: nothing here is certain."""
    return min(99, max(1, round(p * 100)))


def percent(p: float) -> str:
    """Return a probability 0-1 in words of the house: whole percent, never 0 or 100."""
    return share(whole_percent(p) / 100)


def span(low: int, high: int) -> str:
    """Return a range of whole percents: 55-69% with an en dash."""
    return f"{low}–{high}{NBSP}%" if is_russian() else f"{low}–{high}%"


def chance_words(p: float) -> str:
    """Return one of the six wordings for a probability, chosen by the percent that stands beside it."""
    return str(_band(p)[1])


def chance_range(p: float) -> str:
    """Return the range of the wording's band, as written beside the words."""
    return span(*_band(p)[2])


def _band(p: float) -> tuple[int, str | Promise, tuple[int, int]]:
    shown = whole_percent(p)
    return next(band for band in CHANCES if shown >= band[0])


def money(minor: int, currency: str) -> str:
    """Return an amount in minor units as the reader writes it; cents only where there are some."""
    unit = 1 if currency in WHOLE else 100
    text = number(abs(minor) / unit, 2 if minor % unit else 0)
    sign = MINUS if minor < 0 else ""
    if is_russian():
        return f"{sign}{text}{NBSP}{SIGNS.get(currency, currency)}"
    mark = SIGNS.get(currency, f"{currency}{NBSP}")
    return f"{sign}{mark}{text}"


def left(seconds: float) -> str:
    """Return a length of time as clocks show it: 14 m, 5 h 12 m, 42 h, 5 d."""
    minutes = max(0, int(seconds) // 60)
    if minutes < 60:
        return gettext("%(minutes)s m") % {"minutes": minutes}
    hours = minutes // 60
    if hours < 10:
        return gettext("%(hours)s h %(minutes)s m") % {"hours": hours, "minutes": f"{minutes % 60:02}"}
    if hours < 72:
        return gettext("%(hours)s h") % {"hours": hours}
    return gettext("%(days)s d") % {"days": hours // 24}


def clock(moment: dt.datetime) -> str:
    """Return the time of day in the reader's zone."""
    return timezone.localtime(moment).strftime("%H:%M")


def day(moment: dt.datetime | dt.date, *, now: dt.datetime | None = None) -> str:
    """Return a date in words, with its year where that is not this one."""
    date = timezone.localtime(moment).date() if isinstance(moment, dt.datetime) else moment
    this_year = timezone.localtime(now).year
    return date_format(
        date, pgettext("date format", "j M") if date.year == this_year else pgettext("date format", "j M Y")
    )


def when(moment: dt.datetime, *, now: dt.datetime | None = None) -> str:
    """Return a moment as people say it: today 14:31, yesterday 09:40, 18 Nov 16:00."""
    days = (timezone.localtime(now).date() - timezone.localtime(moment).date()).days
    if days in (0, 1, -1):
        word = {0: gettext("today"), 1: gettext("yesterday"), -1: gettext("tomorrow")}[days]
    else:
        word = day(moment, now=now)
    return f"{word} {clock(moment)}"


def ago(moment: dt.datetime, *, now: dt.datetime | None = None) -> str:
    """Return how long ago something was, within the hour in minutes, else as a moment."""
    minutes = int(((now or timezone.now()) - moment).total_seconds()) // 60
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    return when(moment, now=now)


def short_hash(value: str) -> str:
    """Return the first eight characters of a hash, enough to compare by eye."""
    return value[:8]
