"""The brief's editor, its live counts, and its versions."""

import pytest
from django.db import transaction
from django.test import Client

from screening import pools
from screening.models import Brief, ScreeningRun
from tests import factories as f

TYPED = {
    "base": "1", "use_platform": "on", "platforms": ["youtube"], "use_followers": "on", "followers_min": "10k",
    "weight_topics": "20", "words_topics": "skincare, cold", "note": "Smaller channels in",
}  # fmt: skip


@pytest.fixture
def url(campaign, now):
    """Where the brief of a campaign with a pool is edited."""
    pools.freeze(campaign.market, by=None, now=now)
    return f"/campaigns/{campaign.slug}/brief/"


class TestEditor:
    def test_shows_the_newest_version_as_it_can_be_typed(self, strategist, url):
        page = strategist.get(url).content.decode()
        assert 'value="8,000"' in page
        assert "YouTube, Instagram" in page
        assert 'value="skincare, cold"' in page

    def test_says_what_each_criterion_removes_alone_and_what_comes_back_without_it(self, strategist, url):
        page = strategist.get(url).content.decode()
        assert 'id="left">10<' in page
        # Alone it removes c0 (no figures), c1 (4,400) and the second profile (500), which the platform removes as well.
        assert 'id="n-followers"><b>3</b>' in page
        assert 'id="o-followers">+2<' in page

    def test_works_without_a_pool(self, strategist, campaign):
        page = strategist.get(f"/campaigns/{campaign.slug}/brief/").content.decode()
        assert "import a file of creators first" in page

    @pytest.mark.parametrize("role", ["analyst", "expert", "admin"])
    def test_refuses_roles_that_write_no_briefs(self, as_role, url, role):
        answer = as_role(role).get(url)
        assert answer.status_code == 403
        assert "strategist" in answer.content.decode()

    def test_counts_without_script_and_saves_nothing(self, strategist, url):
        answer = strategist.post(url, TYPED | {"action": "count", "note": "half written"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'id="left">' in page
        assert 'value="half written"' in page
        assert Brief.objects.count() == 1

    def test_refuses_a_post_without_a_token(self, url, campaign):
        client = Client(enforce_csrf_checks=True)
        client.force_login(f.user("strategist", brand="acme", market="US"))
        assert client.post(url, TYPED | {"action": "save"}).status_code == 403


class TestSave:
    def test_makes_the_next_version_and_leads_to_the_campaign(self, strategist, url, campaign):
        answer = strategist.post(url, TYPED | {"action": "save"})
        made = Brief.objects.get(version=2)
        assert answer["Location"] == f"/campaigns/{campaign.slug}/"
        assert made.criteria["followers_min"] == 10_000
        assert made.preferences["wishes"][0]["words"] == ["skincare", "cold"]
        assert made.note == "Smaller channels in"

    def test_shows_errors_at_their_fields_and_loses_nothing(self, strategist, url):
        answer = strategist.post(url, TYPED | {"action": "save", "followers_min": "many", "words_tone": "sincere"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'href="#id_followers_min"' in page
        assert 'value="many"' in page
        assert 'value="sincere"' in page
        assert "<title>Error:" in page

    def test_refuses_to_overwrite_a_version_that_came_meanwhile(self, strategist, url, campaign):
        strategist.post(url, TYPED | {"action": "save"})
        answer = strategist.post(url, TYPED | {"action": "save", "followers_min": "12k", "note": "mine"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Not saved" in page
        assert 'value="mine"' in page
        assert 'name="base" value="2"' in page
        assert Brief.objects.count() == 2

    def test_says_so_when_nothing_differs(self, strategist, url):
        strategist.post(url, TYPED | {"action": "save"})
        page = strategist.post(url, TYPED | {"base": "2", "action": "save"}, follow=True).content.decode()
        assert Brief.objects.count() == 2
        assert "no new version was made" in page


class TestSaveAndRun:
    def test_starts_a_run_of_the_saved_version(self, strategist, url):
        answer = strategist.post(url, TYPED | {"action": "run"})
        run = ScreeningRun.objects.get()
        assert answer["Location"] == f"/runs/{run.pk}/"
        assert run.brief.version == 2

    def test_runs_the_last_version_again_when_nothing_differs(self, strategist, url):
        strategist.post(url, TYPED | {"action": "save"})
        strategist.post(url, TYPED | {"base": "2", "action": "run"})
        assert ScreeningRun.objects.get().brief.version == 2

    def test_starts_none_when_nobody_is_left_and_says_what_to_loosen_first(self, strategist, url):
        asked = TYPED | {"action": "run", "followers_min": "5M", "weight_topics": "0"}
        answer = strategist.post(url, asked)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "0 of 13 candidates are left." in page
        assert page.index("#id_use_followers") < page.index("No run is started for nobody") + 400
        assert not ScreeningRun.objects.exists()

    def test_starts_one_while_those_who_came_in_are_not_counted_yet(self, strategist, url, now):
        with transaction.atomic():
            pools.freeze_soon("US", by=None, now=now)
        answer = strategist.post(url, TYPED | {"action": "run", "followers_min": "5M", "weight_topics": "0"})
        assert answer.status_code == 302
        assert "New figures have come in" in strategist.get(url).content.decode()


class TestCounts:
    def test_answer_with_fragments_for_every_criterion(self, strategist, url):
        page = strategist.post(f"{url}counts/", TYPED).content.decode()
        assert page.startswith('<div id="counts">') or '<div id="counts">' in page
        assert 'id="n-platform" hx-swap-oob="true"' in page
        assert "<html" not in page

    def test_count_what_can_be_read_while_somebody_types(self, strategist, url):
        answer = strategist.post(f"{url}counts/", TYPED | {"followers_min": "10k and"})
        assert answer.status_code == 200
        assert 'id="left">' in answer.content.decode()

    def test_tell_what_differs_from_the_last_version(self, strategist, url):
        page = strategist.post(f"{url}counts/", TYPED).content.decode()
        assert "Followers, from: 8,000 → 10,000" in page


class TestVersion:
    def test_is_read_only_and_says_what_it_changed(self, strategist, url, campaign):
        strategist.post(url, TYPED | {"action": "save"})
        page = strategist.get(f"{url}2/").content.decode()
        assert "Followers, from: 8,000 → 10,000" in page
        assert 'rel="prev" href="/campaigns/' in page
        assert "<textarea" not in page

    def test_can_be_read_by_everybody_of_the_brand(self, as_role, url):
        assert as_role("analyst").get(f"{url}1/").status_code == 200

    def test_is_not_found_where_there_is_none(self, strategist, url):
        assert strategist.get(f"{url}9/").status_code == 404
