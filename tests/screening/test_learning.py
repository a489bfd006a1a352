"""Learning from results: what counts as one, when there are enough, what comes of it, and who puts it to work."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry
from screening import judging, learning, lessons, memory, results, training
from screening.engine import card, learned
from screening.models import ModelState, Outcome, ScreeningRun
from tests import factories as f
from tests.screening import schooling
from tests.screening.schooling import carried_out, screened

pytestmark = pytest.mark.django_db
EXPERT = card.compile_card()


@pytest.fixture
def campaign(db, now):
    """A campaign in a market with ninety creators and an approved card."""
    made = f.campaign()
    f.brief(made)
    model = training.publish_card(made.market, by=None, now=now)
    training.approve(model, by=f.user("manager"), now=now)
    return made


@pytest.fixture
def taught(campaign, now):
    """The campaign after a run and the results of everybody in it."""
    profiles, worth = schooling.fill(now)
    run = screened(campaign, now=now)
    schooling.results(campaign, profiles, worth, now=now)
    return run


@pytest.fixture
def boss(db):
    """A manager of everything."""
    return f.user("manager")


def learn(market, by, now):
    return carried_out(learning.start(market, by=by, now=now))


class TestLessons:
    def test_take_what_stood_in_the_pool_of_the_run_that_advised(self, taught, now):
        for one in Outcome.objects.all():  # what came to be known later teaches nothing
            f.metrics(one.profile, taken_at=now.date(), followers=7, likes_avg=7.0)
        found = lessons.gather(taught.campaign.market, EXPERT, until=now)
        pool = judging.judge(taught).pool
        assert len(found.lessons) == schooling.PEOPLE == len(found.outcomes)
        seen = found.lessons.cells[EXPERT.features.index("followers")]
        assert sorted(seen) == sorted(pool.codes[1])
        assert found.lessons.worked.sum() == Outcome.objects.filter(is_success=True).count()

    def test_read_the_figures_of_four_weeks_before_where_no_run_advised(self, campaign, now):
        profiles, worth = schooling.fill(now, people=3)
        schooling.results(campaign, profiles, worth, now=now)
        for one in profiles:
            f.metrics(one, taken_at=now.date() - timedelta(days=20), followers=7)
        found = lessons.gather(campaign.market, EXPERT, until=now)
        assert len(found.lessons) == 3
        assert found.lessons.cells[EXPERT.features.index("followers")].min() > 1

    def test_count_the_newest_standing_result_of_a_creator_in_the_campaign_s_own_kpi(self, campaign, now):
        one = schooling.fill(now, people=1)[0][0]
        told = memory.Told("engagement", 120.0, now.date() - timedelta(days=9), target=100.0)
        first = memory.record_outcome(campaign, one, replace(told, kpi=campaign.objective), by=None, now=now)
        other = "reach" if campaign.objective != "reach" else "orders"
        memory.record_outcome(campaign, one, replace(told, kpi=other), by=None, now=now)
        assert lessons.known(["US"])["US"] == lessons.Known(1, 1)
        again = replace(told, kpi=campaign.objective, actual=5.0)
        memory.correct_outcome(first, again, by=f.user("strategist"), now=now)
        assert lessons.known(["US"])["US"] == lessons.Known(1, 0)

    def test_know_nothing_of_who_was_rejected(self, taught):
        everybody = ScreeningRun.objects.get().funnel["total"]
        f.profile(handle="never asked")
        assert lessons.known(["US"])["US"].count == schooling.PEOPLE == everybody


class TestStart:
    def test_refuses_with_too_few_results_and_says_how_many_are_needed(self, campaign, boss, now):
        profiles, worth = schooling.fill(now, people=12)
        schooling.results(campaign, profiles, worth, now=now)
        with pytest.raises(learning.LearningRefused, match=r"12 results are too few to learn from\. 50 are needed"):
            learning.start(campaign.market, by=boss, now=now)

    def test_refuses_where_nearly_all_ended_alike(self, campaign, boss, now):
        profiles, _worth = schooling.fill(now, people=60)
        schooling.results(campaign, profiles, [9.0] * 60, now=now)
        with pytest.raises(learning.LearningRefused, match="at least 10 of each"):
            learning.start(campaign.market, by=boss, now=now)

    def test_is_for_managers_of_the_market_and_admins(self, taught, now):
        for user in (f.user("strategist"), f.user("manager", market="RU"), f.user("analyst")):
            with pytest.raises(NotAllowed):
                learning.start(taught.campaign.market, by=user, now=now)
        assert learning.start(taught.campaign.market, by=f.user("admin"), now=now).kind == "learn"

    def test_learns_once_at_a_time(self, taught, boss, now):
        learning.start(taught.campaign.market, by=boss, now=now)
        with pytest.raises(learning.LearningRefused, match="learning already"):
            learning.start(taught.campaign.market, by=boss, now=now)


class TestLearn:
    def test_puts_up_a_candidate_that_proved_better_and_changes_nothing_yet(self, taught, boss, now):
        market = taught.campaign.market
        job = learn(market, boss, now)
        assert job.status == "succeeded", job.error
        model = market.models.get(kind="learned")
        assert (model.state, model.facts["results"], job.result["model"]) == ("candidate", schooling.PEOPLE, model.pk)
        assert "boosted" not in model.facts  # with ninety results
        assert model.facts["gain_u6"] > 0
        assert model.facts["low_u6"] < model.facts["gain_u6"] < model.facts["high_u6"]
        assert len(training.held_out(model)) == schooling.PEOPLE
        assert training.active(market).kind == "card"
        assert training.load(model.pk).key == model.sha256
        said = AuditEntry.objects.filter(kind="model_release", actor=f"user:{boss.pk}")
        (entry,) = (one for one in said if json.loads(one.body)["what"] == "published")
        assert '"learned":{' in entry.body

    def test_puts_nothing_up_where_there_was_nothing_to_learn(self, campaign, boss, now):
        profiles, _worth = schooling.fill(now)
        screened(campaign, now=now)
        schooling.results(campaign, profiles, [0.0] * len(profiles), now=now, seed=5)
        job = learn(campaign.market, boss, now)
        assert (job.status, "model" in job.result) == ("succeeded", False)
        assert "Not put up" in learning.last(["US"])["US"].sentence
        assert not campaign.market.models.filter(kind="learned").exists()

    def test_compares_the_next_one_with_what_the_last_said_before_it_knew(self, taught, boss, now):
        market = taught.campaign.market
        learn(market, boss, now)
        training.approve(market.models.get(kind="learned"), by=boss, now=now)
        again = learn(market, boss, now)  # the same results teach the same: no better, though not a bit worse
        assert (again.status, again.result["gain_u6"]) == ("succeeded", 0)
        assert market.models.filter(kind="learned").count() == 1

    def test_shows_how_far_it_is(self, taught, boss, now, monkeypatch):
        seen, keep = [], learning.Lease.keep

        def noted(held, **told):
            seen.append((told.get("step"), told.get("done")))
            keep(held, **told)

        monkeypatch.setattr(learning.Lease, "keep", noted)
        learn(taught.campaign.market, boss, now)
        assert [step for step, _done in seen] == ["read", "read", *["learn"] * learned.FITS, "compare"]
        told = [done for _step, done in seen if done is not None]
        assert told == sorted(told)


class TestBoosting:
    """What is boosted on the card, with fewer results and rounds than at work (a thousand, eight machines)."""

    @pytest.fixture
    def small(self, monkeypatch):
        monkeypatch.setattr(learning.boosted, "FROM", schooling.PEOPLE)
        monkeypatch.setattr(learning.boosted, "boost", partial(learning.boosted.boost, bags=1, rounds=60))

    def test_is_put_up_where_it_proved_better_than_the_card(self, campaign, small, boss, now):
        profiles, worth = schooling.fill(now)
        sides = [1 if one.metrics.get().followers > 10**4.6 else -1 for one in profiles]
        crossed = [4 * side * np.sign(one) for side, one in zip(sides, worth, strict=True)]
        schooling.results(campaign, profiles, crossed, now=now)
        job = learn(campaign.market, boss, now)
        assert (job.status, job.error) == ("succeeded", "")
        told, model = job.result["boosted"], campaign.market.models.get(kind="learned")
        assert told["is_taken"]
        assert 0 < told["gain_u6"] < told["high_u6"]
        assert training.load(model.pk).version == "1-boosted"
        assert model.facts["boosted"] == told
        assert (job.done, job.total) == (job.total - 1, learning.ALL + learning.boosted.FITS)

    def test_is_left_where_the_card_is_as_good(self, taught, small, boss, now):
        job = learn(taught.campaign.market, boss, now)
        assert not job.result["boosted"]["is_taken"]
        assert training.load(job.result["model"]).version == learned.LEARNED_VERSION


class TestLadder:
    """A market with few results of its own, beside one with two hundred."""

    @pytest.fixture
    def beside(self, now):
        """Market RU with forty results, beside market US with 210; an approved card works in RU."""
        abroad = f.campaign()
        profiles, worth = schooling.fill(now, people=210, fee_minor=50_000, currency="USD")
        schooling.results(abroad, profiles, worth, now=now)
        russia = f.market("RU")
        training.approve(training.publish_card(russia, by=None, now=now), by=f.user("manager"), now=now)
        campaign = f.campaign(market=russia)
        profiles, worth = schooling.fill(now, people=40, seed=4, market="RU")
        schooling.results(campaign, profiles, worth, now=now)
        return russia

    def test_learns_from_few_results_beside_many_elsewhere(self, beside, boss, now):
        assert lessons.known(["RU"])["RU"].lacks == ""
        job = learn(beside, boss, now)
        assert (job.status, job.error) == ("succeeded", "")
        model = beside.models.get(kind="learned")
        assert (model.facts["results"], model.facts["elsewhere"]) == (40, 210)
        assert training.load(model.pk).version == learned.LADDER_VERSION
        assert set(training.held_out(model)) == {
            str(pk) for pk in Outcome.objects.filter(campaign__market="RU").values_list("pk", flat=True)
        }

    def test_counts_the_results_of_all_other_markets(self, beside, now):
        told = lessons.known(["RU", "US"])
        good = Outcome.objects.filter(is_success=True, campaign__market="US").count()
        assert (told["RU"].count, told["RU"].elsewhere, told["RU"].worked_elsewhere) == (40, 210, good)
        assert (told["US"].count, told["US"].elsewhere, told["US"].is_beside) == (210, 40, False)

    def test_reads_no_price_of_another_currency(self, beside, now):
        names = training.with_features(EXPERT, [card.PRICED])
        row = EXPERT.features.index(card.PRICED)
        assert lessons.gather(f.market(), names, until=now).lessons.cells[row].max() > 0
        assert lessons.gather_elsewhere(beside, names, until=now).cells[row].max() == 0
        same = f.market("CA", currency="USD")
        assert lessons.gather_elsewhere(same, names, until=now).cells[row].max() > 0

    def test_waits_for_twenty_results_of_its_own(self, beside, boss, now):
        few = f.market("KZ", currency="KZT")
        training.approve(training.publish_card(few, by=None, now=now), by=boss, now=now)
        profiles, worth = schooling.fill(now, people=19, seed=6, market="KZ")
        schooling.results(f.campaign(market=few), profiles, worth, now=now)
        with pytest.raises(learning.LearningRefused, match=r"19 results are too few to learn from\. 20 are needed"):
            learning.start(few, by=boss, now=now)


class TestRunsWithALearnedModel:
    def test_say_a_calibrated_chance_with_its_band_and_record(self, taught, boss, now):
        market = taught.campaign.market
        learn(market, boss, now)
        training.approve(market.models.get(kind="learned"), by=boss, now=now)
        run = screened(taught.campaign, now=now + timedelta(days=1))
        told = list(run.recommendations.all())
        assert {one.knowledge["is_prior"] for one in told} == {False}
        for one in told:
            low, high = one.knowledge["chances"]
            assert low <= round(one.p, 2) + 1e-9 <= high + 2e-9
        assert max(one.p for one in told) > 0.69
        sure = next(one for one in told if one.verdict != "unsure")
        assert set(sure.knowledge["record"]) == {"count", "right", "low", "high"}
        good = dict(Outcome.objects.values_list("profile", "is_success"))
        p = np.array([one.p for one in told])
        worked = np.array([good[one.profile_id] for one in told])
        assert p[worked].mean() > p[~worked].mean() + 0.2

    def test_leave_runs_of_the_card_byte_for_byte(self, taught, boss, now):
        market = taught.campaign.market
        before = results.write(taught, judging.judge(taught).screening)
        learn(market, boss, now)
        training.approve(market.models.get(kind="learned"), by=boss, now=now)
        judging._judged.cache_clear()
        taught.refresh_from_db()
        after = results.write(taught, judging.judge(taught).screening)
        assert before == after
        assert after.sha256 == taught.result_sha256
        assert {"chances", "record"}.isdisjoint(taught.recommendations.first().knowledge)


class TestRollBack:
    def test_puts_the_model_before_back_to_work_in_a_manager_s_name(self, taught, boss, now):
        market, other = taught.campaign.market, f.user("manager")
        old = training.active(market)
        learn(market, boss, now)
        new = training.approve(market.models.get(kind="learned"), by=boss, now=now)
        back = training.roll_back(market, by=other, now=now + timedelta(hours=1))
        assert (back.pk, back.state, back.approved_by) == (old.pk, ModelState.ACTIVE, other)
        new.refresh_from_db()
        assert new.state == ModelState.RETIRED
        entry = AuditEntry.objects.filter(kind="model_release", actor=f"user:{other.pk}").get()
        assert '"what":"rolled_back"' in entry.body
        assert training.roll_back(market, by=other, now=now + timedelta(hours=2)).pk == new.pk  # and forth again

    def test_needs_one_before_and_a_manager_of_all_brands(self, campaign, boss, now):
        with pytest.raises(training.NothingBefore):
            training.roll_back(campaign.market, by=boss, now=now)
        with pytest.raises(NotAllowed):
            training.roll_back(campaign.market, by=f.user("strategist"), now=now)
        with pytest.raises(NotAllowed):
            training.roll_back(campaign.market, by=f.user("manager", brand="other"), now=now)
