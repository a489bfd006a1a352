"""Every kind of file becomes a table, or a refusal that says why."""

import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.imports import sheets
from screening.imports.columnar import BrokenLine
from screening.imports.fields import is_known_name
from screening.imports.readers import open_table, unique_names
from screening.imports.refusals import FileRefused
from tests.screening.imports.files import sheet_xml, write, write_xlsx

RUSSIAN = "Блогер;Ник;Подписчики\nАлина Воронцова;alina_bez_grima;214 000\nТимур Ахметов;timur_outdoors;61к\n"


def opened(path):
    return open_table(path, is_known_name=is_known_name)


def refusal(path):
    with pytest.raises(FileRefused) as refused:
        list(opened(path).rows())
    return refused.value


class TestText:
    @pytest.mark.parametrize(
        "encoding",
        [
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "cp1251",
            "koi8-r",
            "cp866",
            "mac-cyrillic",
            "iso8859-5",
        ],
    )
    def test_finds_the_encoding_of_russian_files(self, tmp_path, encoding):
        table = opened(write(tmp_path / "list.csv", RUSSIAN * 3, encoding))
        assert table.columns == ("Блогер", "Ник", "Подписчики")
        assert next(table.rows()) == (2, ["Алина Воронцова", "alina_bez_grima", "214 000"])

    @pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
    @pytest.mark.parametrize("name", ["ИВАНОВ ИВАН", "АЛИНА ЩУКИНА", "иванов иван", "Женя Юрьева"])
    def test_finds_the_encoding_of_capitals_too(self, tmp_path, encoding, name):
        rows = "".join(f"{name},user{n},{n}00\n" for n in range(200))
        assert next(opened(write(tmp_path / "a.csv", "name,handle,followers\n" + rows, encoding)).rows())[1][0] == name

    @pytest.mark.parametrize(
        ("encoding", "name"),
        [
            ("cp1252", "Zoë Müller"),
            ("shift_jis", "桐生ココちゃんねる"),
            ("gb18030", "李子柒的频道"),
            ("euc_kr", "워크맨채널입니다"),
        ],
    )
    def test_finds_other_encodings(self, tmp_path, encoding, name):
        rows = "".join(f"{name},user{n},{n}00\n" for n in range(60))
        assert next(opened(write(tmp_path / "a.csv", "name,handle,followers\n" + rows, encoding)).rows())[1][0] == name

    def test_reads_utf8_with_a_damaged_sequence_and_says_so(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_bytes(("name,followers\n" + "Анна,5\n" * 500).encode() + b"\xd0,7\n")
        table = opened(path)
        assert (table.reading.encoding, table.reading.broken) == ("utf-8", 1)

    @pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~", "\x01"])
    def test_finds_the_delimiter(self, tmp_path, mark):
        rows = [["handle", "followers", "er"], ["anna", "1200", "3.1"], ["ivan", "900", "2.5"]]
        table = opened(write(tmp_path / "a.txt", "\n".join(map(mark.join, rows))))
        assert table.reading.delimiter == mark
        assert [row for _, row in table.rows()] == rows[1:]

    def test_keeps_decimal_commas_apart_from_semicolons(self, tmp_path):
        table = opened(write(tmp_path / "a.csv", "ник;ER;подписчики\nanna;3,1;34,5K\nivan;2,5;19 тыс.\n"))
        assert table.reading.delimiter == ";"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_reads_every_line_end(self, tmp_path, end):
        table = opened(write(tmp_path / "a.csv", end.join(["handle,followers", "anna,5", "ivan,6"])))
        assert [row for _, row in table.rows()] == [["anna", "5"], ["ivan", "6"]]

    def test_keeps_line_ends_inside_quotes_and_counts_lines(self, tmp_path):
        table = opened(write(tmp_path / "a.csv", 'handle,bio\nanna,"one\n====\ntwo"\nivan,three\n'))
        assert list(table.rows()) == [(2, ["anna", "one\n====\ntwo"]), (5, ["ivan", "three"])]

    def test_finds_the_header_under_junk_and_over_a_drawn_line(self, tmp_path):
        text = "Report of November\n\nUsername\tFollowers\n=====================\nanna\t1200\nivan\t900\n"
        table = opened(write(tmp_path / "a.txt", text))
        assert (table.columns, table.reading.header_line) == (("Username", "Followers"), 3)
        assert list(table.rows()) == [(5, ["anna", "1200"]), (6, ["ivan", "900"])]

    def test_numbers_the_columns_of_a_file_without_a_header(self, tmp_path):
        table = opened(write(tmp_path / "a.csv", "anna,1200\nivan,900\nolga,77\n"))
        assert (table.columns, len(table.sample())) == (("column 1", "column 2"), 3)

    def test_reads_a_list_of_one_column(self, tmp_path):
        assert [row for _, row in opened(write(tmp_path / "a.txt", "username\nanna\nivan\n")).rows()] == [
            ["anna"],
            ["ivan"],
        ]

    def test_keeps_every_entry_of_such_a_list(self, tmp_path):
        text = "username\n========\nanna\n-\n___\n\nivan\n"
        assert list(opened(write(tmp_path / "a.txt", text)).rows()) == [
            (3, ["anna"]), (4, ["-"]), (5, ["___"]), (7, ["ivan"]),
        ]  # fmt: skip

    @pytest.mark.parametrize(("first", "mark"), [("sep=;", ";"), ('"sep=;"', ";"), ("SEP=,", ","), ("sep=\t", "\t")])
    def test_takes_the_delimiter_that_the_first_line_names(self, tmp_path, first, mark):
        rows = [["handle", "name", "followers"], ["anna", "a,b;c", "5"], ["ivan", "d", "6"]]
        lines = [first, *(mark.join(f'"{cell}"' for cell in row) for row in rows)]
        table = opened(write(tmp_path / "a.csv", "\r\n".join(lines), "utf-8-sig"))
        assert (table.columns, table.reading.delimiter, table.reading.header_line) == (tuple(rows[0]), mark, 2)
        assert list(table.rows()) == [(3, rows[1]), (4, rows[2])]

    def test_takes_it_over_a_table_without_a_header(self, tmp_path):
        table = opened(write(tmp_path / "a.csv", "sep=;\nanna;1200\nivan;900\nolga;77\n"))
        assert list(table.rows()) == [(2, ["anna", "1200"]), (3, ["ivan", "900"]), (4, ["olga", "77"])]

    def test_keeps_quotes_that_quote_nothing(self, tmp_path):
        table = opened(write(tmp_path / "a.tsv", 'handle\tbio\nanna\t"best" in 5" pizza\nivan\tno " at all\nolga\tx\n'))
        assert [row[1] for _, row in table.rows()] == ['"best" in 5" pizza', 'no " at all', "x"]

    def test_keeps_a_row_that_is_too_long_and_pads_a_short_one(self, tmp_path):
        table = opened(write(tmp_path / "a.csv", "handle,followers,posts\na,1,2\ne,1,2\nf,1,2\nb,1,2,3\nc\nd,1,2,,\n"))
        assert [len(row) for _, row in table.rows()] == [3, 3, 3, 4, 3, 3]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(*[st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)] * 2),
            min_size=3,
            max_size=8,
        )
    )
    def test_gives_back_any_quoted_cells(self, tmp_path, cells):
        lines = [
            f'"user{n}","{a.replace(chr(34), chr(34) * 2)}","{b.replace(chr(34), chr(34) * 2)}"'
            for n, (a, b) in enumerate(cells)
        ]
        table = opened(write(tmp_path / "a.csv", '"handle","name","bio"\n' + "\n".join(lines) + "\n"))
        assert [tuple(row[1:]) for _, row in table.rows()] == cells


class TestHeaders:
    def test_cleans_names_and_tells_repeats_apart(self):
        assert unique_names(["Followers", "Followers ", "\nCountry", "", "Eng.\r\n"]) == (
            "Followers", "Followers (2)", "Country", "column 4", "Eng.",
        )  # fmt: skip

    def test_opens_objects_inside_cells(self, tmp_path):
        cell = json.dumps({"name": "Anna", "biography": "a\nb"}).replace('"', '""')
        table = opened(write(tmp_path / "a.csv", f'username,metadata\nanna,"{cell}"\nivan,"{cell}"\n'))
        assert table.columns[2:] == ("metadata.name", "metadata.biography")
        assert next(table.rows())[1][2:] == ["Anna", "a\nb"]


class TestJsonLines:
    def test_reads_objects_with_nested_ones(self, tmp_path):
        lines = [{"username": "anna", "stats": {"followers": 5}}, {"username": "ivan", "tags": ["a", "b"], "x": None}]
        table = opened(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines))))
        assert table.columns == ("username", "stats.followers", "tags", "x")
        assert [row for _, row in table.rows()] == [["anna", "5", "", ""], ["ivan", "", "a, b", ""]]

    @pytest.mark.parametrize("broken", ["[1]", '{"a": 1, "b', '{"a":' * 100_000, "null", "{'a': 1}"])
    @pytest.mark.parametrize("before", [2, 30])
    def test_gives_a_line_that_is_no_object_as_one(self, tmp_path, broken, before):
        table = opened(write(tmp_path / "a.jsonl", '{"a": 1, "b": 2}\n' * before + broken + "\n" + '{"a": 3}\n' * 8))
        assert (table.reading.format, table.columns, len(table.sample())) == ("jsonl", ("a", "b"), before + 8)
        line, row = next((line, row) for line, row in table.rows() if isinstance(row, BrokenLine))
        assert (line, row) == (before + 1, [broken, ""])

    def test_is_told_by_a_whole_line_where_the_only_other_is_cut_off(self, tmp_path):
        table = opened(write(tmp_path / "a.jsonl", '{"username": "anna"}\n{"usern'))
        assert [row for _, row in table.rows()] == [["anna"], ['{"usern']]

    def test_is_not_a_table_with_objects_in_its_cells(self, tmp_path):
        assert opened(write(tmp_path / "a.csv", 'about\n{"a": 1}\n')).reading.format == "text"

    def test_leaves_out_what_no_database_keeps(self, tmp_path):
        table = opened(write(tmp_path / "a.jsonl", '{"a": "x\\u0000y\\ud800z"}\n'))
        assert [row for _, row in table.rows()] == [["xyz"]]

    def test_names_keys_that_come_late(self, tmp_path):
        late = '{"a": 1, "b": "", "c": {"d": 5}}\n' * 2
        rows = [row for _, row in opened(write(tmp_path / "a.jsonl", '{"a": 1}\n' * 3_000 + late)).rows()]
        assert [(row, row.late) for row in rows[3_000:]] == [(["1"], ["c.d"])] * 2

    def test_names_only_so_many_of_them(self, tmp_path):
        late = "".join(f'{{"a": 1, "id{n}": 1}}\n' for n in range(60))
        rows = [row for _, row in opened(write(tmp_path / "a.jsonl", '{"a": 1}\n' * 3_000 + late)).rows()]
        assert [row.late for row in rows[3_048:3_052]] == [["id48"], ["id49"], [""], [""]]

    def test_asks_for_lines_instead_of_one_array(self, tmp_path):
        assert refusal(write(tmp_path / "a.json", '[{"a": 1}, {"a": 2}]')).code == "json_array"


class TestParquet:
    def test_reads_typed_columns_as_text(self, tmp_path):
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(
            pa.table({"username": ["anna", None], "followers": [5.0, 6.5], "topics": [["a", "b"], []]}),
            tmp_path / "a.parquet",
        )
        assert [row for _, row in opened(tmp_path / "a.parquet").rows()] == [["anna", "5", "a, b"], ["", "6.5", ""]]

    def test_reads_texts_that_are_not_marked_as_such(self, tmp_path):
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        names = pa.array([b"Ann Lee", "Анна".encode(), None], pa.binary())
        topics = pa.array([[b"a", "б".encode()], [], None], pa.list_(pa.binary()))
        pq.write_table(pa.table({"name": names, "topics": topics}), tmp_path / "a.parquet")
        rows = [row for _, row in opened(tmp_path / "a.parquet").rows()]
        assert rows == [["Ann Lee", "a, б"], ["Анна", ""], ["", ""]]

    def test_refuses_a_cut_file(self, tmp_path):
        (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x00" * 100)
        assert refusal(tmp_path / "a.parquet").code == "parquet_broken"


class TestSheets:
    def test_reads_a_workbook_with_its_row_numbers(self, tmp_path):
        path = write_xlsx(tmp_path / "a.xlsx", [["Ник", "Подписчики"], ["anna", 1200], ["ivan", 0.5]], first_row=4)
        table = opened(path)
        assert (table.columns, table.reading.format) == (("Ник", "Подписчики"), "xlsx")
        assert list(table.rows()) == [(5, ["anna", "1200"]), (6, ["ivan", "0.5"])]

    def test_names_the_other_sheets_that_hold_something(self, tmp_path):
        others = {"May": [["Ник"], ["olga"]], "Empty": [], ".lists": [["a"]], "Notes": [["x"]]}
        path = write_xlsx(tmp_path / "a.xlsx", [["Ник", "Подписчики"], ["anna", 1200], ["ivan", 5]], others=others)
        assert sheets.left_out(path) == ["May", "Notes"]
        assert sheets.left_out(write_xlsx(path, [["Ник"], ["anna"]])) == []

    def test_parses_a_workbook_once_for_its_first_rows_and_once_for_all(self, tmp_path, monkeypatch):
        parsed, fullest = [], sheets._fullest
        monkeypatch.setattr(sheets, "_fullest", lambda path: parsed.append(path) or fullest(path))
        monkeypatch.setattr(sheets, "_HEAD_ROWS", 500)
        rows = [["Ник", "Подписчики"], *([f"user{n}", n] for n in range(600))]
        table = opened(write_xlsx(tmp_path / "a.xlsx", rows))
        assert (len(table.sample(2)), len(parsed)) == (2, 1)
        assert [row for _, row in table.rows()] == [[f"user{n}", str(n)] for n in range(600)]
        assert len(parsed) == 2

    def test_refuses_a_zip_bomb(self, tmp_path):
        path = write_xlsx(tmp_path / "a.xlsx", [], extra={"xl/media/zeros.bin": b"\x00" * (60 << 20)})
        assert path.stat().st_size < 1 << 20
        assert refusal(path).code == "xlsx_bomb"

    def test_refuses_a_sheet_that_spans_everything(self, tmp_path):
        sheet = sheet_xml([["a"]]).replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        )
        assert refusal(write_xlsx(tmp_path / "a.xlsx", [], sheet=sheet)).code == "xlsx_bomb"

    @pytest.mark.parametrize(
        "prolog",
        [
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        ],
    )
    def test_refuses_entities(self, tmp_path, prolog):
        path = write_xlsx(tmp_path / "a.xlsx", [], sheet=sheet_xml([["a"]], prolog=prolog))
        assert refusal(path).code == "xlsx_entities"

    def test_asks_for_csv_above_50_mb(self, tmp_path, monkeypatch):
        monkeypatch.setattr("screening.imports.sheets.MAX_SIZE", 100)
        assert refusal(write_xlsx(tmp_path / "a.xlsx", [["a"]])).code == "xlsx_too_large"

    def test_refuses_a_zip_that_is_no_workbook(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
            book.writestr("list.csv", "a,b\n")
        assert refusal(tmp_path / "a.xlsx").code == "compressed"

    def test_refuses_a_cut_workbook(self, tmp_path):
        path = write_xlsx(tmp_path / "a.xlsx", [["a"]])
        path.write_bytes(path.read_bytes()[:200])
        assert refusal(path).code == "xlsx_broken"


class TestRefusals:
    @pytest.mark.parametrize(
        ("octets", "code"),
        [
            (b"", "empty"),
            (b"  \n\n ", "empty"),
            (b"\xef\xbb\xbf", "empty"),
            (b"handle,followers\n", "header_only"),
            (b"\x1f\x8b\x08" + b"x" * 50, "compressed"),
            (b"%PDF-1.7", "binary"),
            (bytes(range(1, 32)) * 40, "binary"),
            (b"handle,followers\n" + b"anna,5\n" * 200 + b"iv\x00an,6\n", "nul"),
            (b"\xd0\xcf\x11\xe0" + b"x" * 50, "old_excel"),
            (b"handle,bio\nanna,x\nivan," + b"y" * 200_000 + b"\n", "cell_too_long"),
            (b'handle,bio\nanna,x\nivan,"never closed\n' + b"y" * 140_000 + b"\n", "cell_too_long"),
            (b"handle\n" + b"y" * (9 << 20), "line_too_long"),
            (b",".join(b"c%d" % n for n in range(3000)) + b"\na\n", "too_many_columns"),
        ],
    )
    def test_says_why_a_file_is_not_read(self, tmp_path, octets, code):
        (tmp_path / "a.csv").write_bytes(octets)
        assert refusal(tmp_path / "a.csv").code == code

    def test_every_code_is_a_known_one(self, tmp_path):
        assert refusal(write(tmp_path / "a.csv", "")).code in FileRefused.CODES

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
    @given(st.binary(min_size=1, max_size=400))
    def test_reads_or_refuses_any_bytes_at_all(self, tmp_path, octets):
        (tmp_path / "a.csv").write_bytes(octets)
        try:
            rows = list(opened(tmp_path / "a.csv").rows())
        except FileRefused:
            return
        assert all(isinstance(cell, str) for _, row in rows for cell in row)
