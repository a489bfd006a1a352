"""The list of a run as a file."""

import csv
import io
import json

import pytest

from audit.models import AuditEntry
from screening import exports
from screening.models import Creator


def rows(answer, delimiter=",") -> list[dict]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


class TestCsv:
    def test_holds_every_row_of_the_list_with_its_filters(self, strategist, run, monkeypatch):
        monkeypatch.setattr(exports, "PER_READ", 4)  # several reads
        found = rows(strategist.get(f"/runs/{run.pk}/export.csv"))
        ranks = [int(row["rank"]) for row in found]
        assert ranks == list(range(1, run.funnel["ranked"] + 1))
        removed = rows(strategist.get(f"/runs/{run.pk}/export.csv?list=removed"))
        assert {row["removed_by"] for row in removed} == {"platform", "followers"}

    def test_opens_in_spreadsheets_of_both_kinds(self, strategist, run):
        answer = strategist.get(f"/runs/{run.pk}/export.csv?delimiter=semicolon")
        body = b"".join(answer.streaming_content)
        assert body.startswith(b"\xef\xbb\xbf")
        assert b"rank;creator;" in body

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_hands_no_formula_to_a_spreadsheet(self, strategist, run, name):
        creator = run.recommendations.order_by("rank").first().creator
        Creator.objects.filter(pk=creator.pk).update(name=name)
        assert rows(strategist.get(f"/runs/{run.pk}/export.csv"))[0]["creator"].startswith("'")

    def test_leaves_negative_numbers_alone(self):
        assert exports._cell(-3.5) == "-3.5"

    def test_is_entered_in_the_log(self, strategist, run):
        strategist.get(f"/runs/{run.pk}/export.csv")
        body = json.loads(AuditEntry.objects.get(kind="export").body)
        assert (body["what"], body["run"], body["format"]) == ("ranking", run.pk, "csv")


class TestJsonLines:
    def test_has_the_columns_of_the_csv(self, strategist, run):
        lines = b"".join(strategist.get(f"/runs/{run.pk}/export.jsonl").streaming_content).decode().splitlines()
        records = [json.loads(line) for line in lines]
        assert tuple(records[0]) == exports.COLUMNS
        assert len(records) == run.funnel["ranked"]
        assert records[0]["score_points"] == pytest.approx(run.recommendations.get(rank=1).score, abs=1e-5)


class TestRefusals:
    def test_knows_no_other_format(self, strategist, run):
        assert strategist.get(f"/runs/{run.pk}/export.exe").status_code == 404

    def test_gives_nothing_of_another_brand(self, outsider, run):
        assert outsider.get(f"/runs/{run.pk}/export.csv").status_code == 404
        assert not AuditEntry.objects.filter(kind="export").exists()
