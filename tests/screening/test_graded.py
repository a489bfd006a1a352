"""Learning from graded results: how far over or under its goal each lay; chosen by a person, and said where it is."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from audit.models import AuditEntry
from jobs.models import Job
from screening import learning, lessons, memory, training
from screening.engine import card
from screening.models import Outcome
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import browser

pytestmark = pytest.mark.django_db
EXPERT = card.compile_card()


@pytest.fixture
def campaign(db, now):
    """A campaign in a market with an approved card."""
    made = f.campaign()
    f.brief(made)
    training.approve(training.publish_card(made.market, by=None, now=now), by=f.user("manager"), now=now)
    return made


def measured(campaign, profiles, worth, *, now, seed=2, goal=100.0):
    """Record results that lie over or under their goals by what each creator is worth."""
    dice = np.random.default_rng(seed)
    for one, log_odds in zip(profiles, worth, strict=True):
        actual = goal * 10 ** (0.15 * log_odds + 0.15 * dice.logistic() - 0.02)
        told = memory.Told(campaign.objective, actual, now.date() - timedelta(days=1), target=goal)
        memory.record_outcome(campaign, one, told, by=None, now=now)


@pytest.fixture
def taught(campaign, now):
    """The campaign after a run and graded results of everybody in it."""
    profiles, worth = schooling.fill(now)
    schooling.screened(campaign, now=now)
    measured(campaign, profiles, worth, now=now)
    return campaign


class TestLessons:
    def test_are_graded_against_the_goal_of_each(self, taught, now):
        found = lessons.gather(taught.market, EXPERT, until=now).graded()
        told = Outcome.objects.in_bulk(found.outcomes)
        far = np.clip(np.log10([(1 + told[pk].actual) / 101 for pk in found.outcomes]), -1, 1)
        assert found.lessons.grades == pytest.approx(far / np.median(np.abs(far)))
        assert ((found.lessons.grades >= 0) == found.lessons.worked).all()

    def test_know_nothing_of_who_was_rejected(self, taught, now):
        rejected = f.profile(handle="never asked", country="US", language="en", markets=["US"])
        f.metrics(rejected)
        found = lessons.gather(taught.market, EXPERT, until=now).graded()
        assert rejected.creator_id not in found.lessons.creators
        assert lessons.known(["US"])["US"].graded == lessons.Known(schooling.PEOPLE, int(found.lessons.worked.sum()))

    def test_leave_out_what_stands_beside_no_goal(self, taught, now):
        found = lessons.gather(taught.market, EXPERT, until=now)
        kept = replace(found, grades=np.append(found.grades[:-1], np.nan)).graded()
        assert (kept.outcomes, len(kept.lessons)) == (found.outcomes[:-1], schooling.PEOPLE - 1)


class TestLearning:
    def test_is_chosen_by_a_person_and_said_wherever_the_model_stands(self, taught, now):
        market, manager = taught.market, f.user("manager", name="Bo")
        boss = browser(manager)
        page = boss.get("/places/").content.decode()
        assert "Learn from how far over or under the goal they were" in page
        assert "Beside a goal, so that they can be graded: 90; needed: 50, at least 10 over it and 10 under." in page
        boss.post(f"/places/markets/{market.pk}/learn/", {"target": "graded"})
        job = schooling.carried_out(Job.objects.get(kind="learn"))
        assert (job.status, job.error) == ("succeeded", "")

        row = market.models.get(kind="learned")
        model = training.load(row.pk)
        assert (model.version, model.is_prior, model.calibration is None) == ("1-graded", False, False)
        assert '"version":"1-graded"' in row.document["file"]
        assert (row.facts["target"], row.facts["results"]) == ("graded", schooling.PEOPLE)
        assert row.facts["gain_u6"] > 0
        assert {"ndcg_u6", "ndcg_before_u6", "chances"} <= set(row.facts)
        page = " ".join(boss.get(f"/models/{row.pk}/").content.decode().split())
        assert "the graded KPI: how far each result lay over or under its own goal" in page
        assert "On these graded results it explains" in page
        assert "Its grades are as fair as the goals" in page

        training.approve(row, by=manager, now=now)
        bodies = [json.loads(one.body) for one in AuditEntry.objects.filter(kind="model_release").order_by("uid")]
        assert [(one["what"], one["target"]) for one in bodies if one.get("model") == row.version] == [
            ("published", "graded"), ("approved", "graded"),
        ]  # fmt: skip
        assert bodies[0]["target"] is None
        run = schooling.screened(taught, now=now + timedelta(days=1))
        assert max(one.p for one in run.recommendations.all()) > 0.69

    def test_is_stated_in_russian(self, taught, now):
        market, manager = taught.market, f.user("manager", language="ru")
        schooling.carried_out(learning.start(market, by=manager, now=now, target=learning.GRADED))
        page = browser(manager).get(f"/models/{market.models.get(kind='learned').pk}/").content.decode()
        assert "оценка KPI: насколько каждый результат выше или ниже своей цели" in page

    def test_needs_fifty_and_ten_on_each_side_of_their_goals(self, campaign, now):
        profiles, worth = schooling.fill(now, people=49)
        measured(campaign, profiles, worth, now=now)
        boss = f.user("manager")
        with pytest.raises(learning.LearningRefused, match=r"49 results are too few to learn from\. 50 are needed"):
            learning.start(campaign.market, by=boss, now=now, target=learning.GRADED)
        page = browser(boss).get("/places/").content.decode()
        assert "Learn from how far over or under the goal they were" not in page
        assert "Beside a goal, so that they can be graded: 49; needed: 50" in page

    def test_is_kept_back_where_its_chances_are_surely_worse(self, taught, now, monkeypatch):
        worse = learning.learned.Trial(90, -0.2, -0.3, -0.1, 0.05)
        monkeypatch.setattr(learning.learned, "compare", lambda *_: worse)
        schooling.carried_out(learning.start(taught.market, by=f.user("manager"), now=now, target=learning.GRADED))
        assert not taught.market.models.filter(kind="learned").exists()
        assert "its chances are surely worse" in learning.last(["US"])["US"].sentence

    def test_is_the_model_that_the_next_one_is_compared_with(self, taught, now):
        market, boss = taught.market, f.user("manager")
        schooling.carried_out(learning.start(market, by=boss, now=now, target=learning.GRADED))
        training.approve(market.models.get(kind="learned"), by=boss, now=now)
        again = schooling.carried_out(learning.start(market, by=boss, now=now, target=learning.GRADED))
        assert (again.status, again.result["gain_u6"]) == ("succeeded", 0)
        assert market.models.filter(kind="learned").count() == 1
        assert "does not surely explain more of the grades" in learning.last(["US"])["US"].sentence
