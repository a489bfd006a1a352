"""Amounts in several currencies: dated rates, and what to do without one (ask, never guess)."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import wording
from accounts.models import User
from audit import log
from audit.models import Kind
from screening.models import ExchangeRate

MAX_AGE_DAYS = 31  # an older rate says nothing about today's price: house rule


class RateMissing(LookupError):
    """Raised when no rate of two currencies is known for a date; the sentence asks for it."""


class RateRefused(ValueError):
    """Raised when a rate is not a positive number or names unknown currencies."""


def minor_units(currency: str) -> int:
    """Return how many minor units make one major unit."""
    return 1 if currency in wording.WHOLE else 100


def major(amount_minor: int, currency: str) -> Decimal:
    """Return an amount in major units."""
    return Decimal(amount_minor) / minor_units(currency)


def rate(base: str, currency: str, *, on: date) -> Decimal:
    """Return how much of `currency` one unit of `base` bought on a date: the newest rate, 31 days old at most.

    The reverse pair is turned around. Raises RateMissing; rates through a third currency are not made up.
    """
    if base == currency:
        return Decimal(1)
    straight = _newest(base, currency, on)
    back = _newest(currency, base, on)
    if straight and (back is None or straight.date >= back.date):
        return straight.rate
    if back:
        return 1 / back.rate
    raise RateMissing(
        _("No rate of %(base)s to %(currency)s is known for %(date)s or the %(days)d days before. Add it to go on.")
        % {"base": base, "currency": currency, "date": on.isoformat(), "days": MAX_AGE_DAYS}
    )


def _newest(base: str, currency: str, on: date) -> ExchangeRate | None:
    dated = ExchangeRate.objects.filter(base=base, currency=currency, date__range=(on - timedelta(MAX_AGE_DAYS), on))
    return dated.order_by("-date").first()


def convert(amount_minor: int, base: str, currency: str, *, on: date) -> int:
    """Return an amount of `base` in minor units of `currency`, by the rate of a date. Raises RateMissing."""
    value = major(amount_minor, base) * rate(base, currency, on=on) * minor_units(currency)
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def record_rate(
    base: str, currency: str, *, rate: Decimal, date: date, source: str, by: User | None, now: datetime
) -> ExchangeRate:
    """Keep the rate of a day; the same day again replaces it. Raises RateRefused."""
    base, currency = base.strip().upper(), currency.strip().upper()
    if base == currency or not all(len(code) == 3 and code.isascii() and code.isalpha() for code in (base, currency)):
        raise RateRefused(
            _("%(base)s/%(currency)s is not a pair of two currencies.") % {"base": base, "currency": currency}
        )
    if not rate.is_finite() or not 0 < rate < 10**10:
        raise RateRefused(_("A rate is a positive number; %(rate)s is not.") % {"rate": rate})
    with transaction.atomic():
        kept, _is_new = ExchangeRate.objects.update_or_create(
            base=base, currency=currency, date=date, defaults={"rate": rate, "source": source[:80]}
        )
        body = {"what": "rate", "base": base, "currency": currency, "date": date.isoformat(), "rate": f"{rate:f}"}
        log.record(Kind.IMPORT, stream=f"rate:{base}{currency}", by=by, body=body | {"source": source[:80]})
    return kept
