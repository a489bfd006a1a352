"""Rates: dated, newest first, and asked for where there is none."""

from datetime import date
from decimal import Decimal

import pytest

from screening import money
from screening.models import ExchangeRate

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def _rate(base, currency, rate, day=DAY):
    ExchangeRate.objects.create(base=base, currency=currency, rate=Decimal(rate), date=day, source="test")


class TestConvert:
    def test_leaves_the_same_currency_alone(self):
        assert money.convert(12_345, "USD", "USD", on=DAY) == 12_345

    def test_takes_the_newest_rate_up_to_the_day(self):
        _rate("USD", "RUB", "80", date(2026, 11, 1))
        _rate("USD", "RUB", "90", date(2026, 11, 19))
        _rate("USD", "RUB", "99", date(2026, 11, 21))
        assert money.convert(10_000, "USD", "RUB", on=DAY) == 900_000

    def test_turns_the_reverse_pair_around(self):
        _rate("USD", "RUB", "80")
        assert money.convert(800_000, "RUB", "USD", on=DAY) == 10_000

    def test_prefers_the_newer_of_both_directions(self):
        _rate("USD", "RUB", "80", date(2026, 11, 1))
        _rate("RUB", "USD", "0.01", date(2026, 11, 10))
        assert money.convert(100, "USD", "RUB", on=DAY) == 10_000

    def test_knows_currencies_without_minor_units(self):
        _rate("USD", "JPY", "150")
        assert money.convert(200, "USD", "JPY", on=DAY) == 300

    def test_asks_for_a_missing_rate_with_both_currencies_and_the_day(self):
        with pytest.raises(money.RateMissing, match=r"USD.*RUB.*2026-11-20"):
            money.convert(1, "USD", "RUB", on=DAY)

    def test_takes_no_rate_older_than_a_month(self):
        _rate("USD", "RUB", "80", date(2026, 10, 19))
        with pytest.raises(money.RateMissing):
            money.convert(1, "USD", "RUB", on=DAY)

    def test_makes_up_no_rate_through_a_third_currency(self):
        _rate("EUR", "USD", "1.1")
        _rate("USD", "RUB", "80")
        with pytest.raises(money.RateMissing):
            money.convert(1, "EUR", "RUB", on=DAY)


class TestRecordRate:
    @pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "Infinity"])
    def test_refuses_what_is_no_rate(self, wrong, now):
        with pytest.raises(money.RateRefused):
            money.record_rate("USD", "RUB", rate=Decimal(wrong), date=DAY, source="", by=None, now=now)

    @pytest.mark.parametrize("pair", [("USD", "USD"), ("US", "RUB"), ("USD", "РУБ")])
    def test_refuses_what_is_no_pair(self, pair, now):
        with pytest.raises(money.RateRefused):
            money.record_rate(*pair, rate=Decimal(1), date=DAY, source="", by=None, now=now)

    def test_replaces_the_rate_of_the_same_day(self, now):
        for rate in (80, 81):
            money.record_rate("usd", "RUB ", rate=Decimal(rate), date=DAY, source="test", by=None, now=now)
        assert list(ExchangeRate.objects.values_list("base", "rate")) == [("USD", Decimal(81))]
