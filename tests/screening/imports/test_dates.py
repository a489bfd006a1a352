"""Dates in cells and in file names."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.imports.dates import NotADate, as_of_in_name, is_day_first, parse_date, years_of


class TestParseDate:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("4 февр. 2012\u202fг.", date(2012, 2, 4)),
            ("13 мая 2017 г.", date(2017, 5, 13)),
            ("7 нояб. 2008 г.", date(2008, 11, 7)),
            ("14 сентября 2017 года", date(2017, 9, 14)),
            ("Feb 4, 2012", date(2012, 2, 4)),
            ("4th February 2012", date(2012, 2, 4)),
            ("2023-03-28", date(2023, 3, 28)),
            ("2022-09-28 05:09:43.975459+00", date(2022, 9, 28)),
            ("2022-09-28T05:09:43Z", date(2022, 9, 28)),
            ("24.03.2019", date(2019, 3, 24)),
            ("13/4/2022", date(2022, 4, 13)),
            ("20220914", date(2022, 9, 14)),
            ("2024-04", date(2024, 4, 30)),
            ("Sep 2022", date(2022, 9, 30)),
            ("29.02.2024", date(2024, 2, 29)),
            ("Sep 5, 2022 10:30 AM", date(2022, 9, 5)),
            ("September 5, 2022, 10:30", date(2022, 9, 5)),
            ("Monday, September 5, 2022", date(2022, 9, 5)),
            ("Mon, 05 Sep 2022 10:30:00 GMT", date(2022, 9, 5)),
            ("Mon Sep 05 10:30:00 +0000 2022", date(2022, 9, 5)),
            ("Thurs. 2022-09-08", date(2022, 9, 8)),
            ("пн, 5 сент. 2022 г.", date(2022, 9, 5)),
            ("воскресенье 04.09.2022", date(2022, 9, 4)),
        ],
    )
    def test_reads_english_and_russian_dates(self, text, day):
        assert parse_date(text) == day

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("30 февр. 2012 г.", "date_range"),
            ("0000-01-01", "date_range"),
            ("9999-12-31", "date_range"),
            ("29.02.2023", "date_range"),
            ("3/4/2022", "date_ambiguous"),
            ("yesterday", "date_word"),
            ("12", "date_word"),
        ],
    )
    def test_refuses_what_is_no_certain_day(self, text, code):
        with pytest.raises(NotADate, match=code):
            parse_date(text)

    def test_reads_an_ambiguous_day_as_the_column_shows_it(self):
        assert parse_date("3/4/2022", day_first=True) == date(2022, 4, 3)
        assert parse_date("3/4/2022", day_first=False) == date(2022, 3, 4)
        assert is_day_first(["3/4/2022", "25/4/2022"]) is True
        assert is_day_first(["3/4/2022", "4/25/2022"]) is False
        assert is_day_first(["3/4/2022"]) is None
        assert is_day_first(["13/04/2022", "04/25/2022", "03/04/2022"]) is None
        assert is_day_first(["03.04.2022", "05.04.2022"]) is True

    @given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    def test_reads_back_every_day_it_allows(self, day):
        assert parse_date(day.isoformat()) == day
        assert parse_date(day.strftime("%d.%m.%Y")) == day

    @given(st.text(max_size=60))
    def test_answers_or_refuses_any_text_at_all(self, text):
        try:
            day = parse_date(text)
        except NotADate:
            return
        assert day is None or 1990 <= day.year <= 2100


class TestAsOfInName:
    @pytest.mark.parametrize(
        ("name", "day"),
        [
            ("creators sep-2022.csv", date(2022, 9, 30)),
            ("list june 2022 - june 2022.csv", date(2022, 6, 30)),
            ("x - ---nov 2022.csv", date(2022, 11, 30)),
            ("авторы сентябрь 2022.xlsx", date(2022, 9, 30)),
            ("dump_2022-09-14.csv", date(2022, 9, 14)),
            ("dump_20220914.csv", date(2022, 9, 14)),
            ("2022-09.csv", date(2022, 9, 30)),
            ("marketing 2022.csv", None),
            ("маркетинг 2022.csv", None),
            ("influencers.txt", None),
            ("top-5000.csv", None),
            ("2022_99_99.csv", None),
        ],
    )
    def test_finds_the_date_a_name_speaks_of(self, name, day):
        assert as_of_in_name(name) == day


class TestSpreadsheetDays:
    @pytest.mark.parametrize(
        ("text", "day"),
        [("44927", date(2023, 1, 1)), ("44927.75", date(2023, 1, 1)), ("32874", date(1990, 1, 1)),
         ("60000", date(2064, 4, 8)), ("43159", date(2018, 2, 28))],
    )  # fmt: skip
    def test_are_read_in_a_column_of_dates(self, text, day):
        assert parse_date(text, has_serials=True) == day

    @pytest.mark.parametrize(
        ("text", "code"),
        [("19999", "date_word"), ("60001", "date_word"), ("20000", "date_range"), ("449270", "date_word")],
    )
    def test_outside_of_what_a_day_can_be_are_refused(self, text, code):
        with pytest.raises(NotADate, match=code):
            parse_date(text, has_serials=True)

    def test_are_plain_numbers_elsewhere(self):
        with pytest.raises(NotADate, match="date_word"):
            parse_date("44927")


class TestTwoDigitYears:
    @pytest.mark.parametrize(
        ("text", "years", "day"),
        [
            ("25.04.22", (2021, 2023), date(2022, 4, 25)),
            ("25/4/24", (2021, 2023), date(2024, 4, 25)),  # the year after the last one that is written whole
            ("25.04.98", (1997, 2001), date(1998, 4, 25)),
            ("4-25-22", (2021, 2023), date(2022, 4, 25)),
        ],
    )
    def test_are_read_by_the_columns_other_dates(self, text, years, day):
        assert parse_date(text, years=years) == day

    @pytest.mark.parametrize(
        ("text", "years"),
        [
            ("25.04.22", None),
            ("25.04.29", (2021, 2023)),  # among none of the years that the column names
            ("22-09-23", (2021, 2023)),  # 22 September 2023, or 23 September 2022
            ("25.04.05", (1904, 2006)),  # both centuries
        ],
    )
    def test_are_refused_with_the_reason_where_nothing_tells(self, text, years):
        with pytest.raises(NotADate, match="date_century"):
            parse_date(text, years=years)

    def test_keep_day_and_month_as_the_column_has_them(self):
        with pytest.raises(NotADate, match="date_ambiguous"):
            parse_date("3/4/22", years=(2022, 2022))
        assert parse_date("3/4/22", years=(2022, 2022), day_first=False) == date(2022, 3, 4)

    def test_are_told_by_whole_years_only(self):
        assert years_of(["25.04.22", "1.5.2021", "no", "", "2023-02-03"]) == (2021, 2023)
        assert years_of(["25.04.22"]) is None
