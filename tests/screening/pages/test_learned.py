"""A market's model learns from the page of places, and its chances are shown with their band and record."""

from datetime import timedelta

import pytest

from jobs.models import Job
from screening import training
from screening.models import ModelState, ScreeningRun
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import NOW, browser

pytestmark = pytest.mark.django_db


def teach(now):
    """Make a run of the card, and the results of everybody in it."""
    campaign = f.campaign()
    f.brief(campaign)
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=f.user("manager"), now=now)
    profiles, worth = schooling.fill(now)
    run = schooling.screened(campaign, now=now)
    schooling.results(campaign, profiles, worth, now=now)
    return run


@pytest.fixture
def taught(now):
    return teach(now)


def learn(taught, now):
    """Make the run after the next one, by a model that was learned, approved and put to work from the page."""
    boss = browser(f.user("manager", brand="acme", market="US"))
    boss.post("/places/markets/US/learn/")
    schooling.carried_out(Job.objects.get(kind="learn"))
    model = taught.campaign.market.models.get(kind="learned")
    assert boss.post(f"/places/models/{model.pk}/approve/").status_code == 302
    return schooling.screened(taught.campaign, now=now + timedelta(days=1))


@pytest.fixture
def learned(taught, now):
    return learn(taught, now)


def shown(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestPlaces:
    def test_say_how_many_results_are_known_and_what_is_lacking(self, as_role, now):
        campaign = f.campaign()
        profiles, worth = schooling.fill(now, people=3)
        schooling.results(campaign, profiles, worth, now=now)
        boss = as_role("manager")
        page = shown(boss, "/places/")
        assert "Results to learn from: 3, worked out:" in page
        assert "3 results are too few to learn from. 50 are needed." in page
        assert "Learn from these results" not in page
        refused = boss.post("/places/markets/US/learn/", follow=True).content.decode()
        assert refused.count("3 results are too few") == 2  # the message, and the market's own line
        assert not Job.objects.filter(kind="learn").exists()

    def test_start_the_learning_and_show_what_came_of_it(self, taught, as_role):
        boss = as_role("manager")
        assert "Learn from these results" in shown(boss, "/places/")
        answer = boss.post("/places/markets/US/learn/")
        job = Job.objects.get(kind="learn")
        assert answer.url == f"/jobs/{job.pk}/"
        assert "The model is learning now" in shown(boss, "/places/")
        assert "Learning from results, US" in shown(boss, f"/jobs/{job.pk}/")
        schooling.carried_out(job)
        page = shown(boss, "/places/")
        assert f"Version 2, learned from {schooling.PEOPLE} results, waits for a manager." in page
        assert "its error (log loss) is smaller than that of version 1 by 0." in page
        assert "the AI decides nothing alone until a brand’s rules are put in force again" in page

    def test_say_which_other_markets_results_the_model_stands_on(self, now):
        abroad, near = f.campaign(), f.market("CA", currency="USD")
        schooling.results(abroad, *schooling.fill(now, people=210), now=now)
        training.approve(training.publish_card(near, by=None, now=now), by=f.user("manager"), now=now)
        campaign = f.campaign(market=near)
        f.brief(campaign)
        schooling.results(campaign, *schooling.fill(now, people=40, seed=4, market="CA"), now=now)
        boss = browser(f.user("manager"))
        assert "In other markets: 210; the model begins on what they taught." in shown(boss, "/places/")
        boss.post("/places/markets/CA/learn/")
        schooling.carried_out(Job.objects.get(kind="learn"))
        page = shown(boss, "/places/")
        assert "learned from 40 results here and 210 in other markets, waits for a manager." in page
        training.approve(near.models.get(kind="learned"), by=f.user("manager"), now=now)
        run = schooling.screened(campaign, now=now)
        assert "<dt>Learned from results</dt><dd>40 here, 210 in other markets</dd>" in shown(boss, f"/runs/{run.pk}/")

    def test_say_why_nothing_was_put_up(self, as_role, now):
        campaign = f.campaign()
        f.brief(campaign)
        training.approve(training.publish_card(campaign.market, by=None, now=now), by=f.user("manager"), now=now)
        profiles, _worth = schooling.fill(now)
        schooling.results(campaign, profiles, [0.0] * len(profiles), now=now, seed=5)
        boss = as_role("manager")
        boss.post("/places/markets/US/learn/")
        schooling.carried_out(Job.objects.get(kind="learn"))
        assert "Not put up: its error is not surely smaller" in shown(boss, "/places/")

    def test_refuse_whoever_may_not(self, taught, as_role):
        for role in ("strategist", "expert", "analyst"):
            client = as_role(role)
            assert "Learn from these results" not in shown(client, "/places/")
            for verb in ("learn", "back"):
                assert client.post(f"/places/markets/US/{verb}/").status_code == 403
        assert browser(f.user("manager", market="RU")).post("/places/markets/US/learn/").status_code == 404

    def test_go_back_to_the_model_before(self, learned, as_role):
        boss = as_role("manager")
        assert "Go back to version 1, the expert card" in shown(boss, "/places/")
        page = boss.post("/places/markets/US/back/", follow=True).content.decode()
        assert "Version 1 is at work again. It stands in your name." in page
        assert training.active(learned.campaign.market).kind == "card"
        assert learned.campaign.market.models.get(kind="learned").state == ModelState.RETIRED
        f.model(f.market("RU"))
        nothing = browser(f.user("manager")).post("/places/markets/RU/back/", follow=True).content.decode()
        assert "No earlier model of this market was at work." in nothing


class TestReading:
    @pytest.fixture(scope="class")
    @classmethod
    def begins_with(cls, share):
        yield from share(lambda: learn(teach(NOW), NOW))

    @pytest.fixture
    def taught(self):
        return ScreeningRun.objects.earliest("pk")

    @pytest.fixture
    def learned(self):
        return ScreeningRun.objects.latest("pk")

    def test_the_run_says_what_it_learned_from_and_how_often_its_chances_came_true(self, learned, strategist):
        page = shown(strategist, f"/runs/{learned.pk}/")
        assert "expert prior" not in page
        assert f"<dt>Learned from results</dt><dd>{schooling.PEOPLE}</dd>" in page
        assert "known results" in page

    def test_the_candidate_says_the_chance_with_its_band_and_record(self, learned, strategist):
        told = next(one for one in learned.recommendations.order_by("rank") if one.verdict == "recommend")
        page = shown(strategist, f"/runs/{learned.pk}/creators/{told.profile_id}/")
        assert "Not learned yet" not in page
        assert "In truth it may lie anywhere in" in page
        assert "earlier verdicts at this level" in page
        assert '<line class="st-50"' in page

    def test_russian_reads_the_same(self, learned, as_role):
        told = next(one for one in learned.recommendations.order_by("rank") if one.verdict == "recommend")
        page = shown(as_role("strategist", language="ru"), f"/runs/{learned.pk}/creators/{told.profile_id}/")
        assert "На деле шанс может быть любым в пределах" in page
        assert "прежних выводов с такой уверенностью" in page
        assert "учтено 90 результатов, утверждение:" in shown(as_role("manager", language="ru"), "/places/")

    def test_the_old_run_still_says_that_it_was_a_prior(self, taught, learned, strategist):
        assert "Not learned yet" in shown(strategist, f"/runs/{taught.pk}/")

    def test_the_api_tells_chance_band_record_and_model(self, taught, learned, strategist):
        run = strategist.get(f"/api/runs/{learned.pk}/").json()
        assert (run["is_learned"], run["model_version"]) == (True, 2)
        assert strategist.get(f"/api/runs/{taught.pk}/").json()["is_learned"] is False
        told = strategist.get(f"/api/runs/{learned.pk}/recommendations/").json()["items"]
        for one in told:
            low, high = one["chances_u6"]
            assert low <= round(one["p_u6"] / 1e4) * 1e4 <= high
        assert any(one["record"] and one["record"]["count"] for one in told)
        old = strategist.get(f"/api/runs/{taught.pk}/recommendations/").json()["items"]
        assert {(len(one["chances_u6"]), one["record"]) for one in old} == {(0, None)}

    def test_cost_no_more_queries(self, taught, learned, strategist, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            strategist.get(f"/runs/{learned.pk}/")
        with django_assert_max_num_queries(12):
            strategist.get("/places/")
