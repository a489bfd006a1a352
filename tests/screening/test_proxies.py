"""Learning from next-month engagement where a market has no result: chosen by a person, and said wherever it speaks."""

from datetime import date, timedelta

import numpy as np
import pytest

from jobs.models import Job
from screening import learning, lessons, next_month, training
from screening.engine import card, codes
from screening.models import Market
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import browser

pytestmark = pytest.mark.django_db
BEFORE, AFTER = date(2026, 8, 1), date(2026, 9, 1)
EXPERT = card.compile_card()


def month_later(profiles, worth, *, seed=3):
    """Take figures of profiles again: what readers did follows what each is worth."""
    dice = np.random.default_rng(seed)
    for one, rate in zip(profiles, worth, strict=True):
        likes = 1_000 * 10 ** (0.3 * rate + 0.1 * dice.normal())
        f.metrics(one, taken_at=AFTER, followers=50_000, likes_avg=likes, comments_avg=5.0)


@pytest.fixture
def market(now):
    """A market with an approved card, ninety profiles, their figures a month later, and no result."""
    campaign = f.campaign()
    f.brief(campaign)
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=f.user("manager"), now=now)
    profiles, worth = schooling.fill(now)
    month_later(profiles, worth)
    return campaign.market


class TestPairs:
    def test_are_the_newest_figures_and_those_about_a_month_before(self, market, now):
        one, odd = f.profile(handle="one"), f.profile(handle="odd")
        for day in (date(2026, 7, 1), date(2026, 7, 28), AFTER - timedelta(days=3), AFTER):
            f.metrics(one, taken_at=day, likes_avg=400.0, comments_avg=100.0, followers=10_000)
        f.metrics(odd, taken_at=AFTER - timedelta(days=60))
        f.metrics(odd, taken_at=AFTER)
        found = {pair.profile: pair for pair in next_month.pairs(market, on=now.date())}
        assert (found[one.pk].before, found[one.pk].after, found[one.pk].rate) == (date(2026, 7, 28), AFTER, 0.05)
        assert odd.pk not in found

    def test_are_told_apart_by_the_middle_of_their_platform(self):
        loud = [next_month.Pair(n, "tiktok", BEFORE, AFTER, 0.1 + n / 1000) for n in range(10)]
        quiet = [next_month.Pair(20 + n, "youtube", BEFORE, AFTER, 0.001 * n) for n in range(10)]
        rare = [next_month.Pair(40 + n, "dzen", BEFORE, AFTER, 0.5) for n in range(9)]
        told = next_month.above([*loud, *quiet, *rare])
        assert [pk for pk, is_good in told.items() if is_good] == [5, 6, 7, 8, 9, 25, 26, 27, 28, 29]
        assert not {40, 48} & set(told)


class TestLessons:
    def test_see_only_what_was_known_a_month_before(self, market, now):
        found = next_month.gather(market, EXPERT, until=now)
        assert len(found.lessons) == schooling.PEOPLE
        assert abs(found.lessons.worked.mean() - 0.5) < 0.02
        seen = found.lessons.cells[EXPERT.features.index("followers")]
        later = int(codes.lookup("followers")[np.float32(50_000).view(np.uint32) >> 16])
        assert len(set(seen.tolist()) - {later}) > 10
        assert set(found.names) == {f"{pk}:{AFTER}" for pk in market_profiles(market)}

    def test_are_no_results_of_any_market(self, market, now):
        assert lessons.known([market.pk])[market.pk] == lessons.Known(0, 0)
        assert lessons.gather_elsewhere(f.market("RU"), EXPERT, until=now) is None


def market_profiles(market):
    return [pair.profile for pair in next_month.pairs(market, on=AFTER)]


class TestLearning:
    def test_is_chosen_by_a_person_and_puts_up_a_prior_that_says_what_it_is(self, market, now):
        boss = browser(f.user("manager", name="Bo"))
        assert "Learn from next-month engagement instead" in boss.get("/places/").content.decode()
        boss.post(f"/places/markets/{market.pk}/learn/", {"target": "next_month"})
        job = schooling.carried_out(Job.objects.get(kind="learn"))
        assert (job.status, job.error) == ("succeeded", "")
        row = market.models.get(kind="proxy")
        model = training.load(row.pk)
        assert (model.is_prior, model.is_proxy, model.calibration) == (True, True, None)
        assert (row.facts["profiles"], "results" in row.facts) == (schooling.PEOPLE, False)
        page = " ".join(boss.get(f"/models/{row.pk}/").content.decode().split())
        assert "<b>Learned from next-month engagement, not from campaign results.</b>" in page
        assert "learned from next-month engagement of 90 profiles, not from campaign results" in page.lower()
        assert "Campaign results that went into it" in page

        training.approve(row, by=f.user("manager"), now=now)
        run = schooling.screened(market.campaigns.get(), now=now + timedelta(days=1))
        told = list(run.recommendations.all())
        assert {"proxy"} == {one["code"] for said in told for one in said.knowledge["uncertain"]} & {"proxy", "prior"}
        assert all(0.31 <= said.p <= 0.69 for said in told)
        for address in (f"/runs/{run.pk}/", f"/runs/{run.pk}/creators/{told[0].profile_id}/"):
            assert (
                "Learned from next-month engagement, not from campaign results." in boss.get(address).content.decode()
            )

    def test_is_refused_where_there_is_a_result(self, market, now):
        one = market_profiles(market)[0]
        schooling.results(market.campaigns.get(), [f.s.Profile.objects.get(pk=one)], [1.0], now=now)
        boss = f.user("manager")
        with pytest.raises(learning.LearningRefused, match="learns from them, not from a proxy"):
            learning.start(market, by=boss, now=now, target=learning.NEXT_MONTH)
        assert "Learn from next-month engagement instead" not in browser(boss).get("/places/").content.decode()

    def test_says_of_how_many_too_little_is_known(self, now):
        market = f.campaign().market
        training.approve(training.publish_card(market, by=None, now=now), by=f.user("manager"), now=now)
        profiles, worth = schooling.fill(now, people=12)
        month_later(profiles, worth)
        job = schooling.carried_out(
            learning.start(Market.objects.get(pk=market.pk), by=f.user("manager"), now=now, target=learning.NEXT_MONTH)
        )
        assert job.status == "failed"
        assert "are known. 50 are needed" in job.error
