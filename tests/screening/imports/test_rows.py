"""A row becomes accounts and figures, or the reason why not."""

from datetime import date

import pytest

from screening.imports import words
from screening.imports.columns import correct, guess_mapping
from screening.imports.handles import NotAHandle, read_handle
from screening.imports.records import Spanning, Unclosed
from screening.imports.rows import NoAccount, RowReader
from screening.imports.texts import clean_text, mend

TODAY = date(2026, 11, 20)


def reader(columns, rows, given=None, **options):
    is_typed = options.pop("is_typed", False)
    mapping = guess_mapping(tuple(columns), rows, platform=options.pop("platform", "instagram"), is_typed=is_typed)
    mapping = correct(mapping, given) if given else mapping
    return RowReader(mapping, as_of=options.pop("as_of", date(2022, 3, 31)), today=TODAY, **options)


def read(columns, row, given=None, **options):
    read_row = reader(columns, [row] * 3, given, **options)
    return read_row.read(7, row), read_row


class TestRecord:
    def test_opens_an_account_by_its_age_at_the_date_of_the_file(self):
        record, _ = read(["id", "days", "views"], ["43622128", "31", "2002"], platform="twitch")
        assert record.parts[0].about == {"opened_date": date(2022, 2, 28)}
        assert (record.parts[0].key, record.parts[0].external_id) == ("43622128", "43622128")

    def test_reads_a_spreadsheets_days_in_a_column_of_dates(self):
        rows = [["anna", "44927", "44927"], ["mia", "44930", "52000"]]
        read_row = reader(["username", "date", "followers"], rows)
        record = read_row.read(2, rows[0])
        assert record.parts[0].figures["followers"] == 44_927
        assert record.taken_at == date(2023, 1, 1)

    def test_reads_years_of_two_digits_by_the_columns_other_dates(self):
        rows = [["anna", "25.04.22", "100"], ["mia", "26.04.2022", "200"]]
        read_row = reader(["username", "date", "followers"], rows)
        assert read_row.read(2, rows[0]).taken_at == date(2022, 4, 25)

    def test_refuses_years_of_two_digits_where_no_other_date_tells(self):
        rows = [["anna", "25.04.22", "100"], ["mia", "26.04.22", "200"]]
        refused = reader(["username", "date", "followers"], rows).read(2, rows[0]).problem
        assert (refused.reason, refused.column) == ("date_century", "date")
        assert "two digits" in words.reason(refused.reason)

    def test_leaves_out_an_average_of_zero_of_a_large_account(self):
        large, notes = read(["username", "followers", "likes avg"], ["anna", "1.2M", "0"])
        small, _ = read(["username", "followers", "likes avg"], ["anna", "500", "0"])
        assert (large.parts[0].figures, small.parts[0].figures["likes_avg"]) == ({"followers": 1_200_000}, 0.0)
        assert notes.notes["zero_hidden", "likes avg"] == 1

    def test_makes_engagement_from_a_rate_in_percent(self):
        record, _ = read(["username", "followers", "ER"], ["anna", "2000", "4.5"])
        assert record.parts[0].figures == {"followers": 2000, "engagement_avg": 90.0}

    @pytest.mark.parametrize(
        ("price", "currency", "kept"),
        [
            ("$1,100", "", (110_000, "USD")),
            ("85к руб", "", (8_500_000, "RUB")),
            ("900", "RUB", (90_000, "RUB")),
            ("900", "", None),
            ("500 GBP", "USD", (50_000, "GBP")),
            ("500 kr", "USD", None),
        ],
    )
    def test_keeps_a_price_with_its_currency_only(self, price, currency, kept):
        record, notes = read(["username", "price"], ["anna", price], {"price": "fee"}, currency=currency)
        figures = record.parts[0].figures
        assert (figures.get("fee_minor"), figures.get("currency")) == (kept or (None, None))
        assert bool(notes.notes["currency_unknown", "price"]) is (kept is None)

    @pytest.mark.parametrize("odd", ["12,34", "12.34"])
    def test_refuses_an_odd_cell_and_keeps_its_column(self, odd):
        mark = odd[2]
        rows = [["anna", f"{n}{mark}235"] for n in range(1, 30)] + [["ivan", odd]]
        read_row = reader(["username", "followers"], rows)
        assert read_row.read(2, rows[4]).parts[0].figures == {"followers": 5235}
        assert read_row.read(31, rows[-1]).problem.reason in {"number_broken", "number_fraction"}

    def test_reads_dots_as_thousands_in_counts_and_what_stands_beside_them(self):
        cells = ["12.345", "8.901", "1.234.567", "950"]
        rows = [[f"user{n}", cell, "1.200 €", cell] for n, cell in enumerate(cells)]
        read_row = reader(["username", "followers", "price", "likes avg"], rows)
        found = [read_row.read(n, row).parts[0].figures for n, row in enumerate(rows)]
        assert [f["followers"] for f in found] == [f["likes_avg"] for f in found] == [12_345, 8_901, 1_234_567, 950]
        assert {f["fee_minor"] for f in found} == {120_000}

    def test_reads_dots_as_decimals_in_counts_beside_plain_ones(self):
        rows = [["anna", "1234.000", "12.000"], ["ivan", "20500.000", "7.000"]]
        found = reader(["username", "followers", "posts"], rows).read(2, rows[0])
        assert found.parts[0].figures == {"followers": 1234, "posts": 12}

    def test_reads_dots_as_decimals_in_averages_of_their_own(self):
        rows = [["anna", "12000", "12.345"], ["ivan", "8000", "8.901"]]
        found = reader(["username", "followers", "likes avg"], rows).read(2, rows[0])
        assert found.parts[0].figures == {"followers": 12_000, "likes_avg": 12.345}

    @pytest.mark.parametrize(
        ("cells", "kept"),
        [
            (["125.256", "763.453", "753.01"], [12_526, 76_345, 75_301]),
            (["125.256", "763.453", *["900.125"] * 40, "753.5"], [12_526, 76_345, 90_012]),
            (["125.256", "763.453", "1234.0"], [12_525_600, 76_345_300, 123_400]),
            (["125.256", "763.453", "950"], [12_525_600, 76_345_300, 95_000]),
        ],
    )
    @pytest.mark.parametrize("followers", ["12000", "12.000"])
    def test_reads_dots_as_thousands_in_prices_without_decimals_only(self, cells, kept, followers):
        rows = [["anna", followers, cell] for cell in cells]
        read_row = reader(["username", "followers", "price"], rows, currency="USD")
        found = [read_row.read(n, row).parts[0].figures for n, row in enumerate(rows[:3])]
        assert [f["fee_minor"] for f in found] == kept
        assert {f["followers"] for f in found} == {12_000}

    def test_lets_no_price_decide_what_dots_are_in_averages(self):
        rows = [["anna", "12000", "1.200", "12.345"], ["ivan", "8000", "2.500", "8.901"]]
        found = reader(["username", "followers", "price", "likes avg"], rows, currency="USD").read(2, rows[0])
        assert (found.parts[0].figures["fee_minor"], found.parts[0].figures["likes_avg"]) == (120_000, 12.345)

    def test_lets_no_count_decide_what_dots_are_in_averages_that_show_it(self):
        rows = [["anna", "12.345", "12.345"], ["ivan", "8.000", "8.91"]]
        found = reader(["username", "followers", "likes avg"], rows).read(2, rows[0])
        assert found.parts[0].figures == {"followers": 12_345, "likes_avg": 12.345}

    def test_groups_no_dots_of_a_programs_figures(self):
        rows = [["anna", "12", "125.256"], ["ivan", "8", "763.453"]]
        found = reader(["username", "followers", "price"], rows, currency="USD", is_typed=True).read(2, rows[0])
        assert found.parts[0].figures["fee_minor"] == 12_526

    @pytest.mark.parametrize(
        ("text", "kept"), [("1234.0", 1234), ("1.2345K", 1234), ("12.5", None), ("50%", None), ("12.5 followers", None)]
    )
    def test_refuses_a_fraction_of_a_count(self, text, kept):
        found = reader(["username", "followers"], [["anna", "1234.0"], ["ivan", "950.0"]]).read(2, ["anna", text])
        assert (found.parts[0].figures["followers"] if kept else found.problem.reason) == (kept or "number_fraction")

    def test_rounds_counts_where_most_of_their_column_have_a_fraction_and_says_so(self):
        rows = [["anna", "1200", cell] for cell in ("1003.37", "250.5", "77")]
        read_row = reader(["username", "followers", "views"], rows)
        assert [read_row.read(n, row).parts[0].figures["views_total"] for n, row in enumerate(rows)] == [1003, 250, 77]
        assert read_row.notes == {("count_rounded", "views"): 2}
        assert read_row.read(9, ["anna", "1200", "50%"]).problem.reason == "number_fraction"

    def test_rounds_minutes(self):
        rows = [["anna", "60000", cell] for cell in ("100.5", "7", "0")]
        read_row = reader(["username", "followers", "Watch time (minutes)"], rows, platform="twitch")
        assert [read_row.read(n, row).parts[0].figures["watch_minutes"] for n, row in enumerate(rows)] == [100, 7, 0]
        assert not read_row.notes

    @pytest.mark.parametrize(
        ("cells", "rate"),
        [
            (["0.035", "0.02", "0.05", "1.25"], 0.035),
            (["3.5", "0.8", "2.1", "12"], 0.035),
            (["3,5%", "0,8%", "125%"], 0.035),
            (["3,512", "2,875", "4,120"], 0.03512),
            (["3.512", "2.875", "4.120"], 0.03512),
            (["3.5%", "2", "4"], 0.035),
        ],
    )
    def test_reads_rates_as_most_of_their_column_stand(self, cells, rate):
        rows = [["anna", "10.000", cell] for cell in cells]
        found = reader(["username", "followers", "ER"], rows).read(2, rows[0])
        assert found.parts[0].figures == {"followers": 10_000, "engagement_avg": pytest.approx(rate * 10_000, abs=0.01)}

    @pytest.mark.parametrize("name", ["ER %", "ER, %", "ER percent", "Вовлечённость (в процентах)"])
    def test_reads_rates_in_points_where_the_header_says_so(self, name):
        rows = [["anna", "10000", cell] for cell in ("0.28", "0.02", "0.5", "0.11", "1.7")]
        read_row = reader(["username", "followers", name], rows)
        assert [read_row.read(n, rows[n]).parts[0].figures["engagement_avg"] for n in (0, 1)] == [28.0, 2.0]
        assert read_row.read(9, ["anna", "10000", "3.5%"]).parts[0].figures["engagement_avg"] == 350.0

    @pytest.mark.parametrize(
        ("word", "kept"), [("нет", False), ("-", None), ("да", True), ("н/д", None), ("maybe", None)]
    )
    def test_takes_no_for_an_answer(self, word, kept):
        rows = [["anna", "5", "да"]] * 9 + [["ivan", "6", word]]
        read_row = reader(["username", "followers", "verified"], rows)
        assert read_row.read(2, rows[-1]).parts[0].about.get("is_verified") is kept
        assert read_row.notes["flag_unread", "verified"] == (word == "maybe")

    def test_takes_no_for_an_answer_of_everybody(self):
        record, _ = read(["username", "followers", "verified"], ["anna", "5", "нет"])
        assert record.parts[0].about["is_verified"] is False

    def test_splits_topics_and_drops_their_weights(self):
        record, _ = read(["username", "category"], ["anna", "fashion 0.5, travel / food"])
        assert record.parts[0].about["categories"] == ["fashion", "travel", "food"]

    @pytest.mark.parametrize(
        ("row", "column", "reason"),
        [
            (["", "5", "2021-01-01"], "username", "handle_missing"),
            (["two words", "5", "2021-01-01"], "username", "handle_invalid"),
            (["https://vk.com/anna", "5", "2021-01-01"], "username", "handle_elsewhere"),
            (["anna", "5e99", "2021-01-01"], "followers", "number_range"),
            (["anna", "9e9", "2021-01-01"], "followers", "number_absurd"),
            (["anna", "5", "soon"], "date", "date_word"),
            (["anna", "5", ""], "", "date_missing"),
            (["anna", "5", "2021-01-01", "more"], "", "cells_too_many"),
            (["", " ", ""], "", "row_empty"),
        ],
    )
    def test_says_why_a_row_is_refused(self, row, column, reason):
        rows = [["anna", "5", "2021-01-01"], ["ivan", "6", "2021-01-02"]]
        found = reader(["username", "followers", "date"], rows).read(9, row).problem
        assert (found.line, found.column or "", found.reason) == (
            9,
            column if reason != "date_missing" else found.column,
            reason,
        )

    def test_refuses_a_record_whose_quote_is_never_closed(self):
        read_row = reader(["username", "followers", "bio"], [["anna", "5", "a text of hers"]] * 3)
        found = read_row.read(9, Unclosed(["ivan", "6", "unfinished"])).problem
        assert (found.line, found.column, found.value, found.reason) == (9, "bio", "unfinished", "quote_open")

    def test_warns_of_records_that_seem_to_span_rows_and_names_the_first(self):
        read_row = reader(["username", "followers", "bio"], [["anna", "5", "a text of hers"]] * 3)
        for line in (12, 50):
            assert read_row.read(line, Spanning(["ivan", "6", "a text"], 31)).problem is None
        assert read_row.notes == {("rows_in_quotes", "12"): 62}
        said = words.warning({"code": "rows_in_quotes", "column": "12", "count": 62, "examples": []})
        assert said.startswith("Quoted texts span 62 lines")
        assert said.endswith("the first begins in line 12. Look whether a closing quote is missing there.")

    def test_needs_an_account(self):
        with pytest.raises(NoAccount):
            reader(["followers", "posts"], [["5", "6"], ["7", "8"]])


class TestHandles:
    @pytest.mark.parametrize(
        ("platform", "text", "key"),
        [
            ("instagram", "@Anna.B", "anna.b"),
            ("instagram", "https://www.instagram.com/Anna.B/?hl=ru", "anna.b"),
            ("youtube", "https://www.youtube.com/@%D0%B4%D0%BE%D0%BC", "дом"),
            ("youtube", "youtube.com/channel/UCw2CTp01JDHoyH-4tFX9UlA", "UCw2CTp01JDHoyH-4tFX9UlA"),
            ("youtube", "  T-Series ", "t-series"),
            ("youtube", "ТРУМ  Трум", "трум трум"),
            ("youtube", "ele\u0301na", "eléna"),
            ("youtube", "eléna", "eléna"),
            ("tiktok", "https://www.tiktok.com/@khaby.lame", "khaby.lame"),
            ("twitch", "마스카 (newmasca)", "newmasca"),
            ("telegram", "t.me/s/Alina_bez_grima", "alina_bez_grima"),
            ("vk", "https://vk.com/id1", "id1"),
            ("vk", "https://vk.com/public/123", "123"),
            ("youtube", "youtube.com/user/anna", "anna"),
            ("telegram", "s", "s"),
            ("instagram", "https://www.instagram.com/anna/p/CxYz12/", "anna"),
            ("instagram", "instagram.com/stories/anna/3141", "anna"),
            ("tiktok", "https://www.tiktok.com/@anna/video/7301", "anna"),
            ("instagram", "watch", "watch"),
        ],
    )
    def test_give_one_key_for_every_way_of_writing(self, platform, text, key):
        assert read_handle(platform, text).key == key

    @pytest.mark.parametrize(
        ("platform", "link"),
        [
            ("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
            ("youtube", "https://youtu.be/dQw4w9WgXcQ"),
            ("youtube", "youtube.com/shorts/dQw4w9WgXcQ"),
            ("instagram", "https://instagram.com/p/CxYz12/"),
            ("instagram", "https://www.instagram.com/reel/CxYz12"),
            ("instagram", "instagram.com/explore/tags/food/"),
            ("telegram", "https://t.me/joinchat/AAAA"),
            ("telegram", "https://t.me/+AbCd"),
            ("telegram", "https://t.me/c/12345/6"),
            ("tiktok", "https://vm.tiktok.com/ZM123/"),
            ("twitch", "https://www.twitch.tv/videos/123"),
            ("vk", "https://vk.com/wall-1_2"),
            ("vk", "https://vk.com/clip5_6"),
        ],
    )
    def test_are_not_made_of_links_to_posts(self, platform, link):
        with pytest.raises(NotAHandle, match="handle_invalid"):
            read_handle(platform, link)

    @pytest.mark.parametrize("text", ["instagram.com", "www.instagram.com", "https://instagram.com/", "tiktok.com/"])
    def test_are_not_made_of_the_platform_itself(self, text):
        with pytest.raises(NotAHandle, match=r"handle_missing|handle_elsewhere"):
            read_handle("instagram", text)

    @pytest.mark.parametrize(
        ("platform", "link"),
        [
            *(("youtube", f"https://www.youtube.com/{section}/") for section in ("channel", "user", "c")),
            ("instagram", "instagram.com/stories/"),
            ("telegram", "https://t.me/s/"),
            ("twitch", "twitch.tv/popout"),
            *(("vk", f"vk.com/{section}/") for section in ("id", "public", "club")),
        ],
    )
    def test_are_not_made_of_a_section_alone(self, platform, link):
        with pytest.raises(NotAHandle, match="handle_missing"):
            read_handle(platform, link)

    @pytest.mark.parametrize("text", ["a\u202eb", "анна", "javascript:alert(1)", "a b", "x" * 31])
    def test_refuse_what_no_platform_allows(self, text):
        with pytest.raises(NotAHandle):
            read_handle("instagram", text)


class TestTexts:
    @pytest.mark.parametrize("text", ["ThÆ¡ Nguyá»…n", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "cafÃ©"])
    def test_mends_text_that_was_decoded_wrongly(self, text):
        assert mend(text) in {"Thơ Nguyễn", "Привет", "café"}

    @pytest.mark.parametrize("text", ["Zoë Müller", "Привет", "Ñandú", "桐生ココ", "Â", "5 €"])
    def test_leaves_good_text_alone(self, text):
        assert mend(text) == text

    def test_drops_signs_that_turn_the_reading_direction(self):
        assert clean_text("a\u202eb\x07c", limit=10) == ("abc", None)
        assert clean_text("x" * 20, limit=10) == ("x" * 10, "text_cut")
