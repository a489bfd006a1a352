"""Numbers, money, chances and times as readers of both languages write them."""

import datetime as dt

import pytest
from django.utils import translation

from accounts import wording

NOW = dt.datetime(2026, 11, 20, 14, 31, tzinfo=dt.UTC)


def both(write, *args, **kwargs):
    said = []
    for language in ("en", "ru"):
        with translation.override(language):
            said.append(write(*args, **kwargs))
    return tuple(said)


class TestNumber:
    def test_sets_thousands_apart_without_a_break(self):
        assert both(wording.number, 12345.5, 1) == ("12,345.5", "12\u00a0345,5")

    def test_writes_a_true_minus(self):
        assert both(wording.number, -3) == ("−3", "−3")

    def test_writes_no_minus_before_nothing(self):
        assert both(wording.number, -0.04, 1) == ("0.0", "0,0")


class TestPoints:
    @pytest.mark.parametrize(("value", "words"), [(14.23, "+14.2"), (-6.9, "−6.9"), (0, "0.0"), (0.04, "0.0")])
    def test_are_signed_with_one_decimal(self, value, words):
        with translation.override("en"):
            assert wording.points(value) == words


class TestPercent:
    def test_has_a_blank_that_does_not_break_in_russian(self):
        assert both(wording.percent, 0.61) == ("61%", "61\u00a0%")

    @pytest.mark.parametrize(("p", "words"), [(0.0, "1%"), (0.001, "1%"), (0.999, "99%"), (1.0, "99%")])
    def test_is_never_none_or_all(self, p, words):
        with translation.override("en"):
            assert wording.percent(p) == words


class TestChance:
    @pytest.mark.parametrize(
        ("p", "words"),
        [
            (0.95, "Very likely (85–95%)"),
            (0.845, "Likely (70–84%)"),
            (0.846, "Very likely (85–95%)"),
            (0.70, "Likely (70–84%)"),
            (0.55, "Leaning yes (55–69%)"),
            (0.544, "Toss-up (45–54%)"),
            (0.45, "Toss-up (45–54%)"),
            (0.30, "Leaning no (30–44%)"),
            (0.29, "Unlikely (5–29%)"),
        ],
    )
    def test_words_describe_the_percent_beside_them(self, p, words):
        with translation.override("en"):
            assert f"{wording.chance_words(p)} ({wording.chance_range(p)})" == words

    def test_is_said_in_russian(self):
        with translation.override("ru"):
            assert f"{wording.chance_words(0.6)} ({wording.chance_range(0.6)})" == "Скорее да (55–69\u00a0%)"


class TestMoney:
    def test_puts_the_sign_where_the_language_does(self):
        assert both(wording.money, 1_400_000, "USD") == ("$14,000", "14\u00a0000\u00a0$")

    def test_shows_cents_only_where_there_are_some(self):
        assert both(wording.money, 1250, "RUB") == ("₽12.50", "12,50\u00a0₽")

    def test_knows_currencies_without_cents(self):
        assert both(wording.money, 1400, "JPY") == ("JPY\u00a01,400", "1\u00a0400\u00a0JPY")

    def test_puts_a_minus_first(self):
        assert both(wording.money, -500, "USD") == ("−$5", "−5\u00a0$")


class TestLeft:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (-5, ("0 m", "0\u00a0мин")),
            (59 * 60, ("59 m", "59\u00a0мин")),
            (5 * 3600 + 12 * 60, ("5 h 12 m", "5\u00a0ч 12\u00a0мин")),
            (9 * 3600 + 60, ("9 h 01 m", "9\u00a0ч 01\u00a0мин")),
            (42 * 3600 + 1800, ("42 h", "42\u00a0ч")),
            (80 * 3600, ("3 d", "3\u00a0дн.")),
        ],
    )
    def test_grows_coarser_with_length(self, seconds, words):
        assert both(wording.left, seconds) == words


class TestWhen:
    @pytest.mark.parametrize(
        ("moment", "words"),
        [
            (NOW.replace(hour=9, minute=2), ("today 09:02", "сегодня 09:02")),
            (NOW - dt.timedelta(days=1), ("yesterday 14:31", "вчера 14:31")),
            (NOW + dt.timedelta(days=1), ("tomorrow 14:31", "завтра 14:31")),
            (dt.datetime(2026, 11, 3, 8, 0, tzinfo=dt.UTC), ("3 Nov 08:00", "3\u00a0ноября 08:00")),
            (dt.datetime(2025, 3, 1, 8, 0, tzinfo=dt.UTC), ("1 Mar 2025 08:00", "1\u00a0марта 2025 08:00")),
        ],
    )
    def test_says_the_day_as_people_do(self, moment, words):
        assert both(wording.when, moment, now=NOW) == words


class TestAgo:
    @pytest.mark.parametrize(
        ("minutes", "words"),
        [
            (0, ("just now", "только что")),
            (1, ("1 minute ago", "1\u00a0минуту назад")),
            (3, ("3 minutes ago", "3\u00a0минуты назад")),
            (25, ("25 minutes ago", "25\u00a0минут назад")),
            (90, ("today 13:01", "сегодня 13:01")),
        ],
    )
    def test_counts_minutes_within_the_hour(self, minutes, words):
        assert both(wording.ago, NOW - dt.timedelta(minutes=minutes), now=NOW) == words
