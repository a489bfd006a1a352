"""Commands: a screening in the foreground, rates, models."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from screening import results
from screening.models import ExchangeRate, ScoringModel, ScreeningRun
from tests import factories as f

pytestmark = pytest.mark.django_db


def _said(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


class TestScreen:
    def test_prints_one_json_object(self, campaign):
        told = json.loads(_said("screen", campaign.slug, "--json", "--rows", "3"))
        run = ScreeningRun.objects.get()
        assert told["result"] == run.result_sha256
        assert told["funnel"]["total"] == 13
        assert [row["rank"] for row in told["rows"]] == [1, 2, 3]
        assert told["rows"][0]["profile"] == results.best(run, 1)[0]

    def test_prints_the_funnel_for_people(self, campaign):
        said = _said("screen", campaign.slug)
        assert "13 in the pool" in said
        assert "left after Followers" in said

    def test_says_what_is_missing(self, market):
        with pytest.raises(CommandError, match="no brief"):
            _said("screen", f.campaign(market=market).slug)
        with pytest.raises(CommandError, match="nowhere"):
            _said("screen", "nowhere")

    def test_names_who_asked(self, campaign):
        user = f.user("strategist")
        _said("screen", campaign.slug, "--by", user.email)
        assert ScreeningRun.objects.get().started_by == user


class TestRates:
    def test_keeps_one(self):
        _said("rates", "USD", "RUB", "80.5", "--date", "2026-11-19")
        assert ExchangeRate.objects.get(base="USD", date=date(2026, 11, 19)).rate == 80.5

    def test_keeps_a_file_or_nothing_of_it(self, tmp_path):
        good = "base,currency,date,rate\nUSD,RUB,2026-11-19,80\nEUR,RUB,2026-11-19,90\n"
        (tmp_path / "good.csv").write_text(good)
        (tmp_path / "bad.csv").write_text(good + "GBP,RUB,2026-11-19,much\n")
        with pytest.raises(CommandError, match="Row 3"):
            _said("rates", str(tmp_path / "bad.csv"))
        assert not ExchangeRate.objects.exists()
        assert _said("rates", str(tmp_path / "good.csv")) == "2 rates kept.\n"


class TestModels:
    def test_registers_the_card_and_approves_it_by_name(self):
        f.market("RU")
        boss = f.user("manager")
        told = _said("models", "RU")
        assert "candidate" in told
        assert "./run manage rates USD RUB RATE" in told
        assert "active" in _said("models", "RU", "--approve", boss.email)
        assert ScoringModel.objects.get().approved_by == boss

    def test_takes_managers_only(self):
        f.market("RU")
        with pytest.raises(CommandError, match="manager"):
            _said("models", "RU", "--approve", f.user("strategist").email)


class TestImportOutcomes:
    def _file(self, path, campaign, *rows):
        head = "campaign;platform;handle;kpi;actual;target;as_of;paid\n"
        (path / "results.csv").write_text(head + "".join(f"{campaign.slug};{row}\n" for row in rows))
        return str(path / "results.csv")

    def test_records_each_row_or_says_why_not(self, tmp_path):
        campaign = f.campaign()
        f.profile("vk", handle="irina")
        rows = (
            "vk;@Irina;orders;1,2 тыс.;1000;2026-10-01;500",
            "vk;nobody;orders;5;4;2026-10-01;",
            "vk;irina;orders;many;4;2026-10-02;",
            "vk;irina;orders;5;;2026-10-03;",
        )
        path = self._file(tmp_path, campaign, *rows)
        told = json.loads(_said("import_outcomes", path, "--json"))
        assert {name: told[name] for name in ("records", "recorded", "known", "refused")} == {
            "records": 4,
            "recorded": 1,
            "known": 0,
            "refused": 3,
        }
        assert [row["line"] for row in told["rows"]] == [3, 4, 5]
        outcome = campaign.outcomes.get()
        assert (outcome.actual, outcome.is_success, outcome.paid_minor) == (1200, True, 50_000)

    def test_changes_nothing_the_second_time(self, tmp_path):
        campaign = f.campaign()
        f.profile("vk", handle="irina")
        path = self._file(tmp_path, campaign, "vk;irina;orders;5;4;2026-10-01;")
        assert "recorded 1, known 0" in _said("import_outcomes", path)
        assert "recorded 0, known 1" in _said("import_outcomes", path)
        assert campaign.outcomes.count() == 1

    def test_names_the_columns_it_lacks(self, tmp_path):
        (tmp_path / "short.csv").write_text("campaign,handle\na,b\n")
        with pytest.raises(CommandError, match="platform"):
            _said("import_outcomes", str(tmp_path / "short.csv"))
