"""The page of a discovery, without script."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from screening import discovery, sealed, standings
from screening.models import Discovery, Exposure, Profile, ScreeningRun
from tests import factories as f

BACKEND = "accounts.backends.Backend"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def elena(db):
    client = Client()
    client.force_login(f.user("strategist", brand="acme", market="US"), BACKEND)
    return client


@pytest.fixture
def searched(campaign, finish, now):
    finish(campaign)
    until = (now + timedelta(days=3)).date()
    return discovery.start(campaign, commit_date=until, by=f.user("manager", brand="acme"), now=now)


def at(name, campaign, *more):
    return reverse(name, args=[campaign.slug, *more])


class TestPage:
    def test_says_what_it_needs_before_there_is_a_run(self, elena, campaign):
        assert b"nothing to search in" in elena.get(at("discovery", campaign)).content

    def test_is_opened_by_its_form(self, elena, campaign, finish, now):
        finish(campaign)
        refused = elena.post(at("discovery-open", campaign), {"commit_date": "2020-01-01"})
        assert refused.status_code == 422
        elena.post(at("discovery-open", campaign), {"commit_date": now.date().isoformat()})
        assert Discovery.objects.get().commit_date == now.date()

    def test_says_that_its_ranking_is_not_kept_any_more(self, elena, searched, campaign):
        ScreeningRun.objects.filter(pk=searched.run_id).update(result_sha256="0" * 64)
        answer = elena.get(at("discovery", campaign))
        assert (answer.status_code, b"is not kept any more: start a new run" in answer.content) == (410, True)

    def test_switches_the_taste_and_goes_on_in_the_next_run(self, elena, searched, campaign, finish, now):
        elena.post(at("discovery-mark", campaign, int(standings.field(searched.run).ids[-1]), "pick"))
        assert "the team’s taste" in elena.get(at("discovery", campaign)).content.decode()
        elena.post(at("discovery-taste", campaign, "off"))
        page = elena.get(at("discovery", campaign)).content.decode()
        assert 'aria-checked="false"' in page
        assert "switched off: the list is the AI’s own" in page
        assert "the team’s taste +" not in page
        elena.post(at("discovery-taste", campaign, "on"))
        run = finish(campaign)
        assert f"Go on in run {run.number}" in elena.get(at("discovery", campaign)).content.decode()
        elena.post(at("discovery-next", campaign), {"commit_date": now.date().isoformat()})
        assert Discovery.objects.get().run == run
        assert "Go on in run" not in elena.get(at("discovery", campaign)).content.decode()

    def test_a_pick_a_hint_and_a_round_by_their_buttons(self, elena, searched, campaign):
        first, second = standings.field(searched.run).ids[:2].tolist()
        assert elena.post(at("discovery-mark", campaign, first, "pick")).status_code == 302
        elena.post(at("discovery-mark", campaign, second, "reject"))
        elena.post(at("discovery-hint", campaign), {"feature": "followers", "kind": "less"})
        elena.post(at("discovery-round", campaign, 1))
        page = elena.get(at("discovery", campaign)).content.decode()
        assert "Round 2" in page
        assert "1 of 1 pick stands" in page
        assert f'id="c-{second}"' not in page
        mark = searched.marks.get(kind="reject")
        elena.post(at("discovery-undo", campaign, mark.pk))
        assert f'id="c-{second}"' in elena.get(at("discovery", campaign)).content.decode()

    def test_notes_who_has_seen_what_the_ai_says_of_whom_it_lists(self, elena, searched, campaign):
        listed = [int(one) for one in standings.field(searched.run).ids]
        page = elena.get(at("discovery", campaign)).content.decode()
        shown = {one for one in listed if f'id="c-{one}"' in page}
        seen = set(Exposure.objects.filter(campaign=campaign).values_list("creator", flat=True))
        assert shown
        assert seen == set(Profile.objects.filter(pk__in=shown).values_list("creator", flat=True))

    def test_counts_nobody_sealed_in_the_ais_places(self, elena, searched, campaign, monkeypatch):
        best = int(standings.field(searched.run).ids[0])
        monkeypatch.setattr(sealed, "profiles", lambda campaign, user=None: frozenset({best}))
        places = re.findall(r"AI \d+, place (\d+)", elena.get(at("discovery", campaign)).content.decode())
        assert places == [str(n) for n in range(1, len(places) + 1)]

    def test_htmx_gets_the_part_that_changed(self, elena, searched, campaign):
        first = standings.field(searched.run).ids[0]
        answer = elena.post(at("discovery-mark", campaign, first, "pick"), headers={"HX-Request": "true"})
        assert answer.content.lstrip().startswith(b'<div class="duo"')
        assert b"picked" in answer.content

    def test_another_brands_discovery_is_not_there(self, searched, campaign):
        stranger = Client()
        stranger.force_login(f.user("strategist", brand="other", market="US"), BACKEND)
        assert stranger.get(at("discovery", campaign)).status_code == 404
        assert stranger.post(at("discovery-round", campaign, 1)).status_code == 404

    def test_an_analyst_reads_it_and_marks_nobody(self, searched, campaign):
        reader = Client()
        reader.force_login(f.user("analyst", brand="acme", market="US"), BACKEND)
        page = reader.get(at("discovery", campaign))
        assert b"More like this" not in page.content
        first = standings.field(searched.run).ids[0]
        assert reader.post(at("discovery-mark", campaign, first, "pick")).status_code == 403

    def test_a_frozen_list_leads_on_to_a_person(self, elena, searched, campaign):
        elena.post(at("discovery-freeze", campaign))
        page = elena.get(at("discovery", campaign)).content.decode()
        assert "Put before a person" in page
        assert "More like this" not in page

    def test_needs_at_most_twelve_queries(self, elena, searched, campaign, django_assert_max_num_queries):
        first, second = standings.field(searched.run).ids[:2].tolist()
        elena.post(at("discovery-mark", campaign, first, "pick"))
        elena.post(at("discovery-mark", campaign, second, "reject"))
        with django_assert_max_num_queries(12):
            elena.get(at("discovery", campaign))
