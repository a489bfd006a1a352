"""Forecasts of a campaign's KPI: learned with the model, fixed on a run, kept beside what it said, never guessed."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditEntry
from screening import answers, forecasting, learning, memory, results, runs, training
from screening.engine import forecast
from screening.engine.forecast import BrokenForecaster
from screening.models import Forecaster, ScreeningRun
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import NOW
from tests.screening.schooling import carried_out, screened

pytestmark = pytest.mark.django_db


def market_with_a_card(now):
    """Make a campaign in a market with an approved card."""
    made = f.campaign()
    f.brief(made)
    model = training.publish_card(made.market, by=None, now=now)
    training.approve(model, by=f.user("manager"), now=now)
    return made


def achieved(campaign, profiles, *, now, campaigns=1):
    """Record what each brought: a tenth of their followers, more or less, in one campaign or in several."""
    dice = np.random.default_rng(5)
    own = [
        campaign,
        *(f.campaign(slug=f"c{n}", brand=campaign.brand, market=campaign.market) for n in range(1, campaigns)),
    ]
    for n, one in enumerate(profiles):
        followers = one.metrics.first().followers
        told = memory.Told(
            campaign.objective, round(followers * 10 ** dice.normal(-1, 0.2)), now.date() - timedelta(days=1 + n % 5),
            target=followers / 10,
        )  # fmt: skip
        memory.record_outcome(own[n % campaigns], one, told, by=None, now=now)


def teach(campaign, now):
    """Make a run of ninety creators and the results of everybody in it."""
    profiles, _worth = schooling.fill(now)
    run = screened(campaign, now=now)
    achieved(campaign, profiles, now=now)
    return run


def learn(taught, boss, now):
    """Have the market learn from its results."""
    job = carried_out(learning.start(taught.campaign.market, by=boss, now=now))
    assert job.status == "succeeded", job.error
    return Forecaster.objects.get()


@pytest.fixture(scope="module")
def begins_with(share):
    """A market that has learned to forecast; tests without one are in test_forecasts_begin.py."""
    yield from share(lambda: learn(teach(market_with_a_card(NOW), NOW), f.user("manager"), NOW))


@pytest.fixture
def taught():
    return ScreeningRun.objects.get()


@pytest.fixture
def learned():
    return Forecaster.objects.get()


@pytest.fixture
def boss(learned):
    """The manager in whose name it learned."""
    return learned.by


def said(row):
    """What the log says of a row."""
    return json.loads(AuditEntry.objects.get(pk=row.audit_id).body)


class TestLearn:
    def test_makes_one_for_a_kpi_with_thirty_creators_in_the_name_of_who_asked(self, learned, taught, boss):
        assert (learned.market_id, learned.kpi, learned.version) == ("US", taught.campaign.objective, 1)
        assert (learned.results, learned.creators, learned.by) == (schooling.PEOPLE, schooling.PEOPLE, boss)
        entry, body = AuditEntry.objects.get(pk=learned.audit_id), said(learned)
        assert (entry.kind, body["what"], body["sha"]) == ("model_release", "forecaster", learned.sha256)

    def test_the_same_results_again_are_the_same_row(self, learned, taught, boss, now):
        carried_out(learning.start(taught.campaign.market, by=boss, now=now))
        assert Forecaster.objects.get() == learned

    def test_follows_followers(self, learned):
        found = forecasting.load(learned.sha256)
        row = found.tables[found.features.index("followers")]
        assert row[200] > row[100] > row[20]


class TestARun:
    def test_keeps_what_forecast_it_and_answers_again_the_same(self, learned, taught, now):
        run = screened(taught.campaign, now=now)
        assert run.norms["forecaster"] == learned.sha256
        told = run.recommendations.order_by("rank")[0]
        expected = told.knowledge["forecast"]
        followers = told.profile.metrics.first().followers
        assert followers / 20 < expected["middle"] < followers / 5
        assert [band["level"] for band in expected["bands"]] == [50, 80, 90]
        half, eighty, ninety = expected["bands"]
        assert eighty["low"] <= half["low"] < half["high"] <= eighty["high"]
        assert ninety["low"] <= eighty["low"] < expected["middle"] < eighty["high"] <= ninety["high"]
        assert eighty["n"] == schooling.PEOPLE
        assert said(told)["forecast_u6"][0] == round(expected["middle"] * 1_000_000)
        pool = answers.judging.judge(run).pool
        assert forecasting.forecasts(run, pool, [told.profile_id])[told.profile_id] == expected

    def test_made_before_has_no_forecast_and_keeps_its_bytes(self, learned, taught, now):
        assert "forecaster" not in taught.norms
        assert not any("forecast" in one.knowledge for one in taught.recommendations.all())
        again = results.write(taught, answers.judging.judge(taught).screening)
        assert again.sha256 == taught.result_sha256
        assert "forecast_u6" not in said(taught.recommendations.first())

    def test_ranks_the_same_with_and_without_one(self, learned, taught, now):
        run = screened(taught.campaign, now=now)
        assert run.funnel["output"] == taught.funnel["output"]

    def test_of_another_kpi_has_none(self, learned, taught, now):
        kpi = "reach" if taught.campaign.objective != "reach" else "orders"
        other = f.campaign(slug="other", brand=taught.campaign.brand, market=taught.campaign.market, objective=kpi)
        f.brief(other)
        run = runs.start(other, by=None, now=now)
        assert "forecaster" not in run.norms

    def test_says_no_figure_of_who_is_unlike_everybody(self, learned, taught, now, monkeypatch):
        monkeypatch.setattr(forecast.Forecaster, "is_far", lambda self, cells: np.ones(cells.shape[1], bool))
        run = screened(taught.campaign, now=now)
        assert run.recommendations.first().knowledge["forecast"] == {"kpi": taught.campaign.objective, "far": True}


class TestAResult:
    def test_stands_beside_what_was_forecast_of_it(self, learned, taught, now):
        run = screened(taught.campaign, now=now)
        answer = run.recommendations.order_by("rank")[0]
        told = memory.Told(taught.campaign.objective, 5.0, date(2026, 10, 30), target=4.0)
        made = memory.record_outcome(taught.campaign, answer.profile, told, by=None, now=now)
        expected = answer.knowledge["forecast"]
        eighty = expected["bands"][1]
        assert (made.predicted, made.predicted_low, made.predicted_high) == (
            expected["middle"], eighty["low"], eighty["high"]
        )  # fmt: skip
        assert made.is_success

    def test_keeps_the_forecast_that_was_told_with_it(self, learned, taught, now):
        run = screened(taught.campaign, now=now)
        answer = run.recommendations.order_by("rank")[0]
        told = memory.Told(taught.campaign.objective, 5.0, date(2026, 10, 30), predicted=7.0)
        made = memory.record_outcome(taught.campaign, answer.profile, told, by=None, now=now)
        assert (made.predicted, made.predicted_low) == (7.0, None)


class TestTheTables:
    def test_are_refused_where_a_byte_changed(self, learned, django_db_blocker):
        text = Forecaster.objects.get().file
        with pytest.raises(BrokenForecaster):
            forecasting._read(text.replace('"level":', '"level":1', 1))

    def test_are_never_changed(self, learned):
        for change in (lambda rows: rows.update(results=1), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Forecaster.objects.all())


class TestABasket:
    def test_has_no_figure_where_one_campaign_is_all_there_is(self, learned, taught, now):
        run = screened(taught.campaign, now=now)
        told = [run.recommendations.first().knowledge["forecast"]]
        assert forecasting.together(told, forecasting.of_run(run)) is None
