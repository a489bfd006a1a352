"""Every page and file of a finished run says the decision line that it was judged by."""

import csv
import io
import json

import pytest
from django.utils import translation

from audit.models import AuditEntry
from screening import judging
from screening.engine.types import DecisionLine
from screening.words import decision_line

LINE = DecisionLine(0.6, 0.025)
SAID = "Partner from 63%, Do not partner up to 57%, Unsure in between"


@pytest.fixture
def run(campaign, finish):
    return finish(campaign, line=LINE)


class TestARun:
    @pytest.mark.parametrize("address", ["", "compare/?p=1,2", "creators/{profile}/"])
    def test_says_it_on_its_pages(self, strategist, run, address):
        profile = run.recommendations.first().profile_id
        page = strategist.get(f"/runs/{run.pk}/" + address.format(profile=profile)).content.decode()
        assert SAID in page

    def test_draws_it_with_the_band_of_unsure(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/compare/?p=1,2").content.decode()
        assert page.count('<rect class="pe-band" x="57.5%" width="5.0%"') == 2
        assert page.count('<line class="st-target" x1="60.0%"') == 2

    def test_tells_it_in_files(self, strategist, run):
        answer = b"".join(strategist.get(f"/runs/{run.pk}/export.csv").streaming_content).decode("utf-8-sig")
        assert {(row["decision_line"], row["unsure_band"]) for row in csv.DictReader(io.StringIO(answer))} == {
            ("0.6", "0.025")
        }

    def test_tells_it_to_programs(self, strategist, run):
        told = strategist.get(f"/api/runs/{run.pk}/").json()
        assert (told["decision_line_u6"], told["unsure_band_u6"]) == (600_000, 25_000)

    def test_stands_in_its_entries(self, run):
        entries = [json.loads(one.body) for one in AuditEntry.objects.filter(kind="run")]
        assert [one["line_u6"] for one in entries] == [[600_000, 25_000]] * 2

    def test_has_the_usual_one_where_it_was_started_without(self, campaign, finish):
        assert judging.line_used(finish(campaign).norms) == judging.USUAL_LINE


class TestWords:
    @pytest.mark.parametrize(("line", "english", "russian"), [
        (LINE, SAID, "«За сотрудничество» от 63\xa0%, «Против» до 57\xa0%, между ними «Неясно»"),
        (DecisionLine(0.55, 0.0), "Partner over 55%, else Do not partner",
         "«За сотрудничество» выше 55\xa0%, иначе «Против»"),
        (DecisionLine(0.5, 0.002), "Partner from 50.2%, Do not partner up to 49.8%, Unsure in between",
         "«За сотрудничество» от 50,2\xa0%, «Против» до 49,8\xa0%, между ними «Неясно»"),
    ])  # fmt: skip
    def test_say_where_each_verdict_begins(self, line, english, russian):
        assert decision_line(line) == english
        with translation.override("ru"):
            assert decision_line(line) == russian
