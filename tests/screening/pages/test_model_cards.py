"""Model cards: the list of a person's markets, and each state of one card."""

from datetime import timedelta

import pytest
from django.test import Client

from jobs.models import Job
from screening import model_cards, pools, training
from screening.models import ModelState, ScoringModel
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import NOW, browser

pytestmark = pytest.mark.django_db


def shown(client, model):
    """Return the page of a model's card with its blanks made one."""
    answer = client.get(f"/models/{model.pk}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def approved(now):
    """The expert card of a market, approved."""
    return training.approve(
        training.publish_card(f.market(), by=None, now=now), by=f.user("manager", name="Ida"), now=now
    )


@pytest.fixture
def expert(now):
    return approved(now)


def learn(now):
    """A model that was learned from results, put up by the worker and approved, with a run of each."""
    expert = approved(now)
    campaign = f.campaign(market=expert.market)
    f.brief(campaign)
    profiles, worth = schooling.fill(now)
    schooling.screened(campaign, now=now)
    schooling.results(campaign, profiles, worth, now=now)
    boss = f.user("manager", name="Bo")
    browser(boss).post("/places/markets/US/learn/")
    schooling.carried_out(Job.objects.get(kind="learn"))
    model = campaign.market.models.get(kind="learned")
    training.approve(model, by=boss, now=now + timedelta(hours=1))
    schooling.screened(campaign, now=now + timedelta(days=1))


class TestList:
    def test_shows_the_models_of_own_markets_alone(self, as_role, expert, now):
        there = training.publish_card(f.market("RU"), by=None, now=now)
        for role in ("analyst", "expert", "strategist", "manager"):
            page = as_role(role).get("/models/").content.decode()
            assert f'href="/models/{expert.pk}/"' in page
            assert f"/models/{there.pk}/" not in page
            assert "Model cards" in page.split("<main")[0]  # the rail

    def test_says_where_nothing_is_scored(self, as_role):
        f.market()
        assert "No model yet: nothing is scored here." in as_role("analyst").get("/models/").content.decode()

    def test_sends_strangers_to_sign_in(self, expert):
        for address in ("/models/", f"/models/{expert.pk}/"):
            answer = Client().get(address)
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in/")

    def test_takes_no_more_statements_with_more_markets(self, as_role, expert, django_assert_max_num_queries):
        for n in range(4):
            f.model(f.market(f"M{n}"))
        boss = browser(f.user("manager"))
        with django_assert_max_num_queries(12):
            assert boss.get("/models/").content.decode().count("/models/") >= 5


class TestExpertCard:
    def test_says_that_nothing_was_learned_and_who_approved(self, as_role, expert):
        page = shown(as_role("strategist"), expert)
        assert "No result has gone into this model." in page
        assert "The expert card." in page
        assert "Approved by Ida," in page
        assert "there is no record of it" in page
        assert '<svg class="chart"' not in page
        assert expert.sha256 in page
        assert "There is no pool of this market" in page
        assert "30 creators with a result in a KPI are needed" in page

    def test_that_waits_decides_nothing(self, as_role, now):
        model = training.publish_card(f.market(), by=None, now=now)
        page = shown(as_role("analyst"), model)
        assert "Nobody has approved it: it decides nothing." in page
        assert "waits for a manager" in page

    def test_is_not_found_from_another_market(self, abroad, expert):
        assert abroad.get(f"/models/{expert.pk}/").status_code == 404

    def test_whose_file_this_release_cannot_read_says_so(self, as_role):
        broken = f.model(f.market(), document={"file": "{}"})
        page = shown(as_role("manager"), broken)
        assert "This release cannot read the model’s file; nothing is scored with it." in page
        assert "Cannot read the model" in page.split('id="file"')[1]


class TestLearnedCard:
    @pytest.fixture(scope="class")
    @classmethod
    def begins_with(cls, share):
        yield from share(lambda: learn(NOW))

    @pytest.fixture
    def expert(self):
        return ScoringModel.objects.get(kind="card")

    @pytest.fixture
    def learned(self):
        return ScoringModel.objects.get(kind="learned")

    def test_says_what_it_learned_from_and_by_how_much_it_is_better(self, as_role, learned):
        page = shown(as_role("manager"), learned)
        assert f"Learned from {schooling.PEOPLE} results." in page
        assert "its error (log loss) is smaller than that of version 1 by 0." in page
        assert "90% interval" in page
        assert "No result has gone into this model." not in page

    def test_shows_stated_against_observed_with_cases_and_interval(self, as_role, learned):
        page = shown(as_role("manager"), learned)
        groups = model_cards.groups(learned.facts)
        assert sum(one.record.count for one in groups) == schooling.PEOPLE
        told = [one for one in groups if one.is_told]
        assert told
        drawing = page.split('<svg class="chart" role="img"')[1].split("</svg>")[0]
        assert drawing.count("<circle") == len(told)
        assert "style" not in drawing
        assert f"Groups with at least 10 cases: {len(told)}." in drawing

    def test_shows_parts_with_cases_and_says_nothing_of_small_ones(self, as_role, learned):
        parts = model_cards.parts(learned.facts)
        assert {one.kind for one in parts} == {"platform", "tier", "completeness"}
        assert sum(one.record.count for one in parts if one.kind == "platform") == schooling.PEOPLE
        section = shown(as_role("manager"), learned).split('id="slices"')[1].split("</section>")[0]
        assert section.count("<tr>") == len(parts) + 1
        assert section.count("too few to say") == sum(not one.is_told for one in parts)
        assert "Platform: YouTube" in section
        assert "by chance up to" in section

    def test_shows_what_weighs_most_in_points_of_the_pool(self, as_role, learned):
        page = shown(as_role("manager"), learned)
        pool = pools.newest(learned.market)
        found = model_cards.heaviest(training.load(learned.pk), pool)
        assert 0 < len(found) <= model_cards.HEAVIEST
        widths = [one.high - one.low for one in found]
        assert widths == sorted(widths, reverse=True)
        assert "nine tenths of the market’s newest pool" in page

    def test_tells_its_history_and_links_it_for_who_may_read_the_log(self, as_role, learned, expert):
        reader = browser(f.user("analyst", market="US"))
        page = shown(reader, learned)
        assert "Version 2 registered: it waits for a manager" in page
        assert "Version 2 at work, in the name of Bo" in page
        entry = page.split('id="history"')[1].split('href="')[1].split('"')[0]
        assert entry.startswith("/audit/")
        assert reader.get(entry).status_code == 200
        assert "/audit/" not in shown(as_role("strategist"), learned).split("<main")[1]
        # of one brand alone: the entry stands under no brand
        assert "/audit/" not in shown(as_role("analyst"), learned).split('id="history"')[1]
        expert.refresh_from_db()
        assert expert.state == ModelState.RETIRED
        gone = shown(reader, expert)
        assert "this one retired" in gone
        assert ">retired<" in gone

    def test_tells_what_came_back_to_work(self, as_role, learned, expert, now):
        training.roll_back(learned.market, by=f.user("manager", name="Eva"), now=now + timedelta(days=2))
        assert "Back to version 1, in the name of Eva" in shown(as_role("manager"), expert)

    def test_leads_to_the_newest_run_of_the_readers_brands(self, as_role, learned):
        run = learned.runs.get()
        assert f'href="/runs/{run.pk}/"' in shown(as_role("analyst"), learned)
        elsewhere = browser(f.user("analyst", brand="other", market="US"))
        assert "No run that you see was made with it." in shown(elsewhere, learned)
        assert f'href="/models/{learned.pk}/"' in as_role("analyst").get(f"/runs/{run.pk}/").content.decode()
        assert f'href="/models/{learned.pk}/"' in as_role("analyst").get("/places/").content.decode()

    def test_says_what_forecasts_promise(self, as_role, learned):
        page = shown(as_role("strategist"), learned)
        assert f"creators: {schooling.PEOPLE}" in page
        assert "with 90% confidence it holds at least" in page

    def test_reads_in_russian(self, as_role, learned):
        page = shown(as_role("manager", language="ru"), learned)
        main = page.split("<main")[1]
        assert "Известные слепые зоны" in main
        assert "Групп, где случаев не меньше 10:" in main
        for english in ("What it is", "Known", "learned", "Results", "Version "):
            assert english not in main

    def test_takes_at_most_twelve_statements(self, as_role, learned, django_assert_max_num_queries):
        boss = as_role("manager")
        training._loaded.cache_clear()
        with django_assert_max_num_queries(12):
            boss.get(f"/models/{learned.pk}/")


class TestGroups:
    def test_say_nothing_under_ten_and_count_first_under_thirty(self):
        told = {"reliability": {"likely": [9, 9], "toss_up": [29, 12], "unlikely": [30, 3]}}
        found = {one.stated[0]: one for one in model_cards.groups(told)}
        assert len(found) == 6
        assert (found[0.7].is_told, found[0.7].record.count) == (False, 9)
        assert (found[0.45].is_told, found[0.45].is_few) == (True, True)
        assert (found[0.0].is_few, found[0.0].agrees) == (False, True)

    def test_disagree_where_the_interval_misses_what_was_stated(self):
        told = {"reliability": {"very_likely": [40, 20]}}
        assert [one.agrees for one in model_cards.groups(told) if one.is_told] == [False]

    def test_are_none_of_a_model_that_learned_from_nothing(self):
        assert model_cards.groups({}) == []
