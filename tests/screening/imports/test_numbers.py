"""Numbers, shares and yes/no as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.imports.marks import read_marks
from screening.imports.numbers import NotANumber, is_missing, parse_flag, parse_number, parse_price, parse_share


class TestParseNumber:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1.2M", 1_200_000),
            ("34,5K", 34_500),
            ("19 тыс.", 19_000),
            ("1,2 млн", 1_200_000),
            ("2,28,00,000", 22_800_000),
            ("12%", 0.12),
            ("12,3 %", 0.123),
            ("1st", 1),
            ("2,765th", 2765),
            ("66 661 408", 66_661_408),
            ("1\u202f825", 1825),
            ("14\u00a0625\u00a0880", 14_625_880),
            ("1,234", 1234),
            ("1.234.567,89", 1_234_567.89),
            ("1,234,567.89", 1_234_567.89),
            ("348.5", 348.5),
            ("$1,100", 1100),
            ("85к руб", 85_000),
            ("120 000 р.", 120_000),
            ("-33695336.0", -33_695_336),
            ("5.5e+07", 55_000_000),
            ("77,5 тыс. подписчиков", 77_500),
            ("541 подписчик", 541),
            ("7000 чел.", 7000),
            ("10M+", 10_000_000),
            ("₹2.28 crore", 22_800_000),
            ("22 Lakh", 2_200_000),
            ("3.4万", 34_000),
            ("１２３", 123),
            ("1'234'567", 1_234_567),
            ("−5", -5),
            ("-0", 0),
            ("1 млрд", 1e9),
            ("50 mil", 50_000),
            ("3,251%", 0.03251),
            ("1200р", 1200),
            ("5k$", 5000),
            ("5,000/-", 5000),
        ],
    )
    def test_reads_a_number_as_in_life(self, text, value):
        assert parse_number(text) == pytest.approx(value)

    @pytest.mark.parametrize(
        "text", ["", "  ", "-- ", "-", "N/A", "N/A'", "#VALOR!", "#Н/Д", "nan", "None", "нет данных", "—", "\u202f"]
    )
    def test_reads_nothing_where_the_cell_says_nothing(self, text):
        assert parse_number(text) is None
        assert is_missing(text)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("договорная", "number_word"),
            ("2I4000", "number_broken"),
            ("1_000", "number_broken"),
            ("1.2.3", "number_broken"),
            ("1 2 3", "number_broken"),
            ("1e999", "number_range"),
            ("9" * 30, "number_range"),
            ("7" * 5000, "number_word"),
            ("inf", "number_word"),
            ("12 parsecs", "number_broken"),
            ("1.2 mil", "number_broken"),
            ("=1+1", "number_broken"),
        ],
    )
    def test_refuses_what_is_no_number(self, text, code):
        with pytest.raises(NotANumber) as refusal:
            parse_number(text)
        assert refusal.value.code == code

    def test_reads_a_mark_as_the_column_shows_it(self):
        assert parse_number("1,234") == 1234
        assert parse_number("1,234", comma_is_decimal=True) == pytest.approx(1.234)
        assert parse_number("1.234") == pytest.approx(1.234)
        assert parse_number("1.234", dot_is_decimal=False) == 1234

    def test_refuses_a_comma_that_groups_no_thousands_where_the_others_do(self):
        with pytest.raises(NotANumber, match="number_broken"):
            parse_number("12,34", comma_is_decimal=False)

    @pytest.mark.parametrize(("text", "value"), [("1234.0", 1234), ("0.125", 0.125), ("1.2K", 1200), ("1.234K", 1234)])
    def test_keeps_what_only_decimals_look_like_where_dots_group(self, text, value):
        assert parse_number(text, dot_is_decimal=False) == pytest.approx(value)

    @given(st.integers(-(10**14), 10**14))
    def test_reads_every_way_of_grouping_thousands_alike(self, number):
        for mark in (",", " ", "\u202f", "\u00a0", "'", "."):
            assert parse_number(f"{number:,}".replace(",", mark), dot_is_decimal=False) == number

    @given(st.floats(-1e12, 1e12).map(lambda x: round(x, 4)))
    def test_reads_back_what_python_writes(self, number):
        assert parse_number(repr(number)) == pytest.approx(number, abs=1e-6)

    @given(st.integers(1, 9_999), st.sampled_from([("K", 1e3), ("М", 1e6), ("тыс.", 1e3), (" млн", 1e6), ("B", 1e9)]))
    def test_scales_tenths(self, tenths, scale):
        assert parse_number(f"{tenths // 10}.{tenths % 10}{scale[0]}") == pytest.approx(tenths / 10 * scale[1])
        assert parse_number(f"{tenths // 10},{tenths % 10}{scale[0]}") == pytest.approx(tenths / 10 * scale[1])

    @given(st.text(max_size=80))
    def test_answers_or_refuses_any_text_at_all(self, text):
        try:
            value = parse_number(text)
        except NotANumber:
            return
        assert value is None or abs(value) <= 1e15


class TestParseShare:
    @pytest.mark.parametrize(
        ("text", "in_points", "value"),
        [
            ("12%", False, 0.12),
            ("12", True, 0.12),
            ("0,058", False, 0.058),
            ("3,251%", True, 0.03251),
            ("3,251", True, 0.03251),
        ],
    )
    def test_gives_a_fraction(self, text, in_points, value):
        assert parse_share(text, in_points=in_points) == pytest.approx(value)


class TestParsePrice:
    @pytest.mark.parametrize(
        ("text", "value", "currency"),
        [
            ("500 GBP", 500, "GBP"),
            ("4000 INR", 4000, "INR"),
            ("9000 р", 9000, "RUB"),
            ("5000руб", 5000, "RUB"),
            ("1200р.", 1200, "RUB"),
            ("5000USD", 5000, "USD"),
            ("5 т.р.", 5000, "RUB"),
            ("85к₽", 85_000, "RUB"),
            ("1,5 млн руб.", 1_500_000, "RUB"),
            ("$1,100", 1100, "USD"),
            ("$500 CAD", 500, "CAD"),
            ("R$ 500", 500, "BRL"),
            ("12,50 €", 12.5, "EUR"),
            ("1200", 1200, ""),
            ("500 kr", 500, None),
            ("Rs. 500", 500, None),
            ("¥30000", 30_000, None),
            ("500 quatloos", 500, None),
            ("X$500", 500, None),
            ("€500 GBP", 500, None),
            ("-", None, ""),
        ],
    )
    def test_gives_the_value_and_the_currency_that_is_named(self, text, value, currency):
        assert parse_price(text) == (value, currency)

    @pytest.mark.parametrize("text", ["2I4000", "договорная", "$5 / 450 руб", "x" * 200])
    def test_refuses_what_is_no_price(self, text):
        with pytest.raises(NotANumber):
            parse_price(text)

    @given(st.text(max_size=80))
    def test_answers_or_refuses_any_text_at_all(self, text):
        try:
            value, _ = parse_price(text)
        except NotANumber:
            return
        assert value is None or abs(value) <= 1e15


class TestReadMarks:
    @pytest.mark.parametrize(
        ("cells", "comma", "dot"),
        [
            (["1,234", "2,235", "12,34"], False, True),
            (["1,234", "2,5"], False, True),
            (["3,25", "2,5", "1,234"], True, False),
            (["3,25%", "2,5%"], None, None),
            (["1.234.567", "12.345", "950"], True, False),
            (["1.234,56", "950"], True, False),
            (["1,234.56", "12.345"], False, True),
            (["1.234.567", "12.34", "12.35"], True, True),
            (["12.345", "8.901", "950"], None, None),
            (["1234.0", "950.0"], None, True),
            (["0.035", "0.125", "1.234"], None, True),
            (["34,5K", "12"], None, None),
            (["text, too", "more. text"], None, None),
        ],
    )
    def test_goes_by_the_majority_of_the_cells(self, cells, comma, dot):
        assert read_marks(cells)[:2] == (comma, dot)

    @pytest.mark.parametrize(
        ("cells", "may_group", "has_decimals"),
        [
            (["12.345", "8.901", "950"], True, False),
            (["12.345", "8.901", "1234.0"], True, False),
            (["125.256", "763.453", "753.01"], False, True),
            (["12.345"] * 19 + ["12.34"], True, True),
            (["1.234.567", "950"], True, False),
        ],
    )
    def test_tells_dots_that_may_group_from_such_as_do_not(self, cells, may_group, has_decimals):
        assert read_marks(cells)[2:] == (may_group, has_decimals)


class TestParseFlag:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("True", True),
            ("FALSE", False),
            ("да", True),
            ("нет", False),
            ("✓", True),
            ("✗", False),
            ("", None),
            ("-", None),
        ],
    )
    def test_reads_yes_and_no(self, text, value):
        assert parse_flag(text) is value

    def test_refuses_another_word(self):
        with pytest.raises(NotANumber, match="flag_word"):
            parse_flag("perhaps")
