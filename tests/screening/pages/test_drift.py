"""The page of drift: what moved under a model, how its chances hold, and who reads it."""

import re
from datetime import date, timedelta

import numpy as np
import pytest

from jobs import ticks
from screening import drift, pools, store, training
from screening.models import Pool, Profile, ScoringModel
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import browser

pytestmark = pytest.mark.django_db
LATER = timedelta(days=90)


def shown(client, language="en"):
    answer = client.get("/models/drift/", headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def queue(client):
    page = client.get("/queue/").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def taught(now):
    """A run of the card in a market of 90 creators, whose results are not known yet."""
    campaign = f.campaign()
    f.brief(campaign)
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=f.user("manager"), now=now)
    campaign.profiles, campaign.worth = schooling.fill(now)
    schooling.screened(campaign, now=now)
    return campaign


def grown(now, times):
    """New figures of everybody half a year later, with so many times the followers, and the pool of that day."""
    for one in Profile.objects.all():
        old = one.metrics.first()
        f.metrics(
            one, taken_at=date(2027, 1, 20), followers=round(old.followers * times), posts=old.posts,
            likes_avg=old.likes_avg * times, comments_avg=old.comments_avg * times,
        )  # fmt: skip
    return pools.freeze(schooling.us(), by=None, now=now + LATER)


class TestPage:
    def test_says_where_it_is_too_early(self, taught, as_role):
        page = shown(as_role("analyst"))
        assert "Too early to tell." in page
        assert "version 1, the expert card, at work since" in page
        assert "There is no later pool yet that compares with the one it began on." in page
        assert "Results since it began: 0, of 0 creators. From 30 creators on" in page

    def test_names_what_moved_with_the_usual_value_then_and_now(self, taught, as_role, now):
        grown(now, 40)
        (one,) = drift.of(f.user("manager", brand="acme", market="US"))
        (moved,) = [line for line in one.candidates.moved if line.feature == "followers"]
        assert moved.now / moved.before == pytest.approx(40, rel=0.3)
        page = shown(as_role("manager"))
        assert "This market has moved away from its model." in page
        assert "<b>Followers</b> (over the limit): usually" in page
        assert "Growth" not in page  # there was one figure: it is known of everybody now, and of nobody then
        assert "first quarter: what is read from a history is not compared" in page
        assert "Live viewers" not in page  # known of nobody
        assert "Learn again on the page Brands and markets" in page
        assert "90 profiles of" in page
        assert "A manager has it learn again" in shown(as_role("analyst"))

    def test_compares_histories_once_the_older_pool_is_past_the_markets_first_quarter(self, taught, as_role, now):
        Pool.objects.create(sha256="0" * 64, market_id="US", frozen_at=now - timedelta(days=100), size=1, creators=1)
        grown(now, 1)
        (one,) = drift.of(f.user("manager", brand="acme", market="US"))
        assert not one.candidates.is_young
        assert "growth_rate" in {line.feature for line in one.candidates.features}
        assert "is not compared" not in shown(as_role("manager"))

    def test_says_that_nothing_moved(self, taught, as_role, now):
        pools.freeze(schooling.us(), by=None, now=now + LATER)  # all that changes is the day
        page = shown(as_role("manager"))
        assert "Nothing to worry about." in page
        assert "No feature the model looks at has moved." in page
        assert "moved away" not in page

    def test_says_how_results_differ_from_the_chances(self, taught, as_role, now):
        schooling.results(taught, taught.profiles, [-9.0] * 90, now=now)
        page = shown(as_role("manager"))
        assert (
            "Its chances are too high. Of 90 creators with a result, each counted once, the share that worked out"
            in page
        )
        assert "(90% interval −" in page
        assert "Its error (log loss) on them is" in page
        assert "This market has moved away from its model." in page

    def test_says_nothing_of_chances_from_fewer_than_thirty_creators(self, taught, as_role, now):
        schooling.results(taught, taught.profiles[:29], [-9.0] * 29, now=now)
        page = shown(as_role("manager"))
        assert "Results since it began: 29, of 29 creators." in page
        assert "chances are" not in page

    def test_measures_a_learned_model_by_what_it_said_itself_beside_its_record(self, taught, as_role, now):
        schooling.results(taught, taught.profiles, taught.worth, now=now)
        boss = as_role("manager")
        boss.post("/places/markets/US/learn/")
        schooling.carried_out(drift.learning.Job.objects.get(kind="learn"))
        model = taught.market.models.get(kind="learned")
        training.approve(model, by=f.user("manager"), now=now + timedelta(days=1))
        assert "Results since it began: 0, of 0 creators." in shown(boss)  # those it learned from are not its own
        again = f.campaign(slug="again", brand=taught.brand, market=taught.market)
        f.brief(again)
        schooling.screened(again, now=now + timedelta(days=2))
        schooling.results(again, taught.profiles, taught.worth, now=now + timedelta(days=2), seed=9)
        page = shown(boss)
        assert "Of 90 creators with a result" in page
        assert "; at approval it was 0." in page
        assert ", of 90 creators." in page

    def test_reads_russian(self, taught, as_role, now):
        grown(now, 40)
        page = shown(as_role("manager", language="ru"), "ru")
        assert "Рынок ушёл от своей модели." in page
        assert "<b>Подписчики</b> (выше предела): обычно было" in page


class TestReaders:
    def test_see_their_own_markets_alone(self, taught, now):
        f.market("RU")
        page = shown(browser(f.user("manager", market="RU")))
        assert 'id="drift-RU"' in page
        assert 'id="drift-US"' not in page
        assert "none approved: nothing is scored" in page

    def test_without_a_market_see_that_there_is_none(self):
        assert "No market yet." in shown(browser(f.user()))

    def test_sign_in_first(self, client):
        assert client.get("/models/drift/").status_code == 302

    def test_are_led_here_from_the_places(self, taught, as_role):
        assert 'href="/models/drift/"' in as_role("manager").get("/places/").content.decode()


class TestTheQueue:
    def test_says_that_a_market_moved_away_to_those_who_see_it_once_the_clock_noticed(
        self, taught, as_role, abroad, now
    ):
        grown(now, 40)
        strategist = as_role("strategist")
        assert "moved away" not in queue(strategist)
        assert ticks.CHORES["drift"].function(now) is None
        assert "United States: the market has moved away from its model. Noticed 20 Nov." in queue(strategist)
        assert "США: рынок ушёл от своей модели. Замечено 20 ноября." in queue(as_role("strategist", language="ru"))
        assert 'href="/models/drift/"' in strategist.get("/queue/").content.decode()
        assert "moved away" not in queue(abroad)

    def test_says_so_no_more_once_it_came_back(self, taught, as_role, now):
        pools.freeze(schooling.us(), by=None, now=now + LATER)
        ScoringModel.objects.update(drifted_at=now)
        assert "moved away" in queue(as_role("strategist"))
        drift.watch(now=now)
        assert "moved away" not in queue(as_role("strategist"))

    def test_keeps_the_day_on_which_it_was_noticed_first(self, taught, now):
        grown(now, 40)
        drift.watch(now=now)
        drift.watch(now=now + LATER)
        assert ScoringModel.objects.get(state="active").drifted_at == now


class TestCounts:
    def test_stand_beside_a_pool_from_its_freezing_and_are_those_of_its_codes(self, taught):
        pool = Pool.objects.get()
        kept = np.load(store.local(f"pools/{pool.pk}/{pools.COUNTS}"))
        codes = pools.open_pool(pool).codes
        assert all((kept[row] == np.bincount(codes[row], minlength=256)).all() for row in range(len(codes)))

    def test_of_a_pool_of_an_earlier_release_are_made_once(self, taught):
        pool = Pool.objects.get()
        path = store.local(f"pools/{pool.pk}/{pools.COUNTS}")
        kept = np.load(path)
        path.unlink()
        pools._counted.cache_clear()
        assert (pools.counts(pool) == kept).all()
        assert path.exists()

    def test_of_another_grid_are_not_compared(self, taught, now, monkeypatch):
        grown(now, 40)
        pools._counted.cache_clear()
        monkeypatch.setattr("screening.engine.codes.grid_key", lambda: "9-other")
        (one,) = drift.of(f.user("manager"))
        assert one.candidates is None
