"""Forecasts on the pages of runs and campaigns: of one, of two beside each other, of all that were approved."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from screening import forecasting, learning, memory, results, training
from screening.models import Forecaster, ScreeningRun
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import NOW

pytestmark = pytest.mark.django_db
CAMPAIGNS = 12


def forecast(now):
    """Make a finished run of a market that learned from the results of twelve campaigns."""
    campaign = f.campaign()
    f.brief(campaign)
    boss = f.user("manager")
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=boss, now=now)
    profiles, _worth = schooling.fill(now)
    held = [campaign, *(f.campaign(brand=campaign.brand, market=campaign.market) for _ in range(CAMPAIGNS - 1))]
    dice = np.random.default_rng(5)
    for n, one in enumerate(profiles):
        size = one.metrics.first().followers
        told = memory.Told(
            campaign.objective, round(size * 10 ** dice.normal(-1, 0.2)), now.date() - timedelta(days=1 + n % 5),
            target=size / 10,
        )  # fmt: skip
        memory.record_outcome(held[n % CAMPAIGNS], one, told, by=None, now=now)
    job = schooling.carried_out(learning.start(campaign.market, by=boss, now=now))
    assert job.status == "succeeded", job.error
    schooling.screened(campaign, now=now)


def shown(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestPages:
    @pytest.fixture(scope="class")
    @classmethod
    def begins_with(cls, share):
        yield from share(lambda: forecast(NOW))

    @pytest.fixture
    def run(self):
        return ScreeningRun.objects.get()

    def test_of_one_and_of_two_show_figures_with_intervals_and_their_sum(self, run, strategist):
        told = run.recommendations.order_by("rank")[0]
        page = shown(strategist, f"/runs/{run.pk}/creators/{told.profile_id}/")
        assert "80% interval" in page
        assert f"of the errors on {schooling.PEOPLE} creators" in page
        page = shown(strategist, f"/runs/{run.pk}/compare/?p=1,2")
        assert page.count("90% interval") == 2
        assert f"how far errors go together comes from {CAMPAIGNS} campaigns" in page

    def test_derive_the_same_of_who_was_not_shown(self, run, strategist, now, monkeypatch):
        monkeypatch.setattr("screening.execution.SHOWN", 5)
        again = schooling.screened(run.campaign, now=now)
        profile = results.best(again, 60)[-1]
        assert not again.recommendations.filter(profile=profile).exists()
        before, after = (shown(strategist, f"/runs/{one.pk}/creators/{profile}/") for one in (run, again))
        foot = before[before.index('class="fc__foot"') :][:200]
        assert "80% interval" in foot
        assert foot in after

    def test_of_a_campaign_sum_up_who_was_approved(self, run, strategist, django_assert_max_num_queries):
        url = f"/campaigns/{run.campaign.slug}/"
        assert "Forecast of those approved" not in shown(strategist, url)
        for told in run.recommendations.order_by("rank")[:3]:
            f.task(told, state="approved")
        forecasting.load.cache_clear()
        with django_assert_max_num_queries(12):
            page = shown(strategist, url)
        assert "Forecast of those approved" in page
        assert "3 creators; how far errors go together" in page

    def test_say_why_there_is_no_sum(self, run, strategist, monkeypatch):
        by = forecasting.load(Forecaster.objects.get().sha256)
        monkeypatch.setattr(forecasting, "load", lambda _sha: replace(by, basket=None, campaigns=4))
        page = shown(strategist, f"/runs/{run.pk}/compare/?p=1,2")
        assert "No sum: 4 campaigns have results of two creators or more; 10 are needed" in page
