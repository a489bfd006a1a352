"""Lines become records: a quote that is never closed costs its own record only."""

import json

import pytest

from screening.imports.records import Spanning, Unclosed
from tests.screening.imports.files import write
from tests.screening.imports.test_readers import opened


class TestUnclosedQuotes:
    """The rows under a quote that is never closed are rows; its own is one that the reader of rows refuses."""

    LINES = [f"user{n},{n}00,text {n}" for n in range(60)]

    def rows(self, tmp_path, lines):
        return list(opened(write(tmp_path / "a.csv", "\n".join(["handle,followers,bio", *lines]) + "\n")).rows())

    def with_line(self, number, line):
        return [*self.LINES[:number], line, *self.LINES[number + 1 :]]

    @pytest.mark.parametrize("number", [0, 10, 58, 59])
    def test_cost_one_record_when_no_quote_follows(self, tmp_path, number):
        rows = self.rows(tmp_path, self.with_line(number, f'user{number},5,"unfinished text'))
        assert [row[0] for _, row in rows] == [f"user{n}" for n in range(60)]
        assert [line for line, row in rows if isinstance(row, Unclosed)] == [number + 2]
        assert rows[number][1].at == 2

    @pytest.mark.parametrize(
        "later", ['user40,7,"a quoted, text"', 'user40,7,5" wide', 'user40,"",x', 'user40,7,"a text"']
    )
    def test_cost_one_record_when_a_quote_follows(self, tmp_path, later):
        lines = self.with_line(10, 'user10,5,"unfinished text')
        rows = self.rows(tmp_path, [*lines[:40], later, *lines[41:]])
        assert [row[0] for _, row in rows] == [f"user{n}" for n in range(60)]
        assert [line for line, row in rows if isinstance(row, Unclosed)] == [12]

    def test_are_not_guessed_where_a_later_quote_closes_them_well(self, tmp_path):
        lines = self.with_line(10, 'user10,5,"unfinished text')
        rows = self.rows(tmp_path, [*lines[:40], 'user40,7,it ends"', *lines[41:]])
        assert [row[0] for _, row in rows] == [f"user{n}" for n in range(60) if not 10 < n <= 40]
        assert [(line, row.lines) for line, row in rows if isinstance(row, Spanning)] == [(12, 31)]

    def test_cost_one_record_each(self, tmp_path):
        rows = self.rows(
            tmp_path, [f'user{n},5,"unfinished' if n % 3 == 0 else line for n, line in enumerate(self.LINES)]
        )
        assert [row[0] for _, row in rows] == [f"user{n}" for n in range(60)]
        assert [line for line, row in rows if isinstance(row, Unclosed)] == list(range(2, 62, 3))

    def test_cost_one_record_each_in_rows_that_follow_one_another(self, tmp_path):
        quoted = [f'user{n},"text, {n}",{n}00' for n in range(60)]
        lines = [*quoted[:20], 'anna,"un,5', 'bob,"un,6', 'carl,"un,7', *quoted[20:]]
        rows = self.rows(tmp_path, lines)
        assert [row[0] for _, row in rows] == [line.partition(",")[0] for line in lines]
        assert [line for line, row in rows if isinstance(row, Unclosed)] == [22, 23, 24]

    def test_keep_the_lines_of_their_own_text(self, tmp_path):
        lines = self.with_line(10, 'user10,5,"first\nsecond')
        rows = self.rows(tmp_path, lines)
        assert (rows[10], len(rows)) == ((12, ["user10", "5", "first\nsecond\n"]), 60)
        assert rows[11][0] == 14

    def test_are_found_over_a_swallow_of_any_length(self, tmp_path):
        more = [f"more{n},{n},{'x' * 60}" for n in range(4_000)]
        rows = self.rows(tmp_path, [*self.with_line(10, 'user10,5,"unfinished text'), *more])
        assert (len(rows), sum(isinstance(row, Unclosed) for _, row in rows)) == (4_060, 1)

    @pytest.mark.parametrize(
        "text",
        [
            "one\n\ntwo",
            "hello, you, there\nbye, you, there\nso, it, is",
            "a,b,c",
            "a\nx,1,y\nb",
            "line1\nb,c,d\ne,f,g\nh",
            'he said ""hi""\nb,c,d\ne,f,g\n',
        ],
    )
    def test_are_not_seen_in_text_that_spans_lines(self, tmp_path, text):
        rows = self.rows(tmp_path, self.with_line(10, f'user10,5,"{text}"'))
        assert (len(rows), rows[10][1]) == (60, ["user10", "5", text.replace('""', '"')])
        assert not any(isinstance(row, Spanning) for _, row in rows)

    @pytest.mark.parametrize("every", [1, 40])
    def test_are_not_seen_in_texts_that_look_like_rows(self, tmp_path, every):
        bios = {n: f"Blogger {n}\nads,collab\nmail,dm\n" if n % every == 0 else f"Blogger {n}" for n in range(80)}
        lines = "".join(f'user{n},"{bio}"\n' for n, bio in bios.items())
        table = opened(write(tmp_path / "a.csv", "handle,bio\n" + lines))
        assert [row for _, row in table.rows()] == [[f"user{n}", bio] for n, bio in bios.items()]

    @pytest.mark.parametrize("more", ["", ",RU", ",RU,more"])
    def test_are_not_seen_in_such_a_text_of_a_row_of_any_width(self, tmp_path, more):
        rows = self.rows(tmp_path, self.with_line(10, f'user10,"line1\nb,c,d\ne,f,g\nh"{more}'))
        assert (len(rows), rows[10][1][:2]) == (60, ["user10", "line1\nb,c,d\ne,f,g\nh"])

    def test_are_not_seen_in_objects_that_span_lines(self, tmp_path):
        cell = json.dumps({"name": "Anna", "tags": ["a", "b"], "more": {"x": 1, "y": 2}}, indent=2).replace('"', '""')
        table = opened(write(tmp_path / "a.csv", "handle,about\n" + f'anna,"{cell}"\n' * 5))
        assert not any(isinstance(row, Unclosed) for _, row in table.rows())
