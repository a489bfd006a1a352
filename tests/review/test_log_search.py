"""The audit log's search over cards, creators and rules, and that a sealed card's verdict is not found by it."""

import pytest
from django.urls import reverse

from audit import faces, search
from audit.queries import Filter, visible
from review.models import Arm
from screening.models import Creator
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(policy, now):
    """A card of Anna Petrova, with the entry of its AI answer."""
    run = make.run(make.campaign())
    said = make.entry("recommendation", brand="acme", market="US", stream=f"campaign:{run.campaign_id}")
    task = make.task(make.recommendation(run, audit=said), policy=policy, opened_at=now)
    Creator.objects.filter(pk=task.recommendation.creator_id).update(name="Anna Petrova")
    return task


@pytest.fixture
def priya(db):
    return make.user("analyst", brand="acme", market="US")


def stream(task):
    return f"creator:{task.recommendation.creator.subject.hex}"


class TestCreator:
    def test_is_found_by_name_and_nick_and_leads_to_all_about_them(self, anna, card, decide, elena, priya):
        other = card()
        for task in (anna, other):
            decide(task, "approve", by=elena)
        handle = anna.recommendation.profile.handle
        assert [one.stream for one in search.find(priya, "petrova")] == [stream(anna)]
        assert stream(anna) in [one.stream for one in search.find(priya, f"@{handle}")]
        found = visible(priya).filter(Filter(stream=stream(anna)).query())
        told = set(found.values_list("kind", flat=True))
        assert {"recommendation", "decision"} <= told
        assert other.decisions.get().audit not in found
        assert other.recommendation.audit not in found

    def test_is_not_found_by_a_reader_of_another_market(self, anna):
        reader = make.user("analyst", brand="acme", market="RU")
        assert search.find(reader, "petrova") == []
        assert faces.called(reader, stream(anna)) == ""

    def test_is_named_where_the_log_is_filtered_by_them(self, client, anna, priya):
        client.force_login(priya, "accounts.backends.Backend")
        page = client.get(reverse("audit"), {"q": "petrova"}, follow=True).content.decode()
        assert "Anna Petrova<svg" in page

    def test_gives_no_verdict_away_while_the_card_is_sealed(self, anna, sofia, priya):
        type(anna).objects.filter(pk=anna.pk).update(arm=Arm.BLIND, lane="")
        asked = Filter(stream=stream(anna)).query()
        kinds = [set(visible(who).filter(asked).values_list("kind", flat=True)) for who in (sofia, priya)]
        assert ["recommendation" in one for one in kinds] == [False, True]


class TestRules:
    @pytest.mark.parametrize("text", ["US-1", "rule us-1", "правило US-1"])
    def test_are_found_by_their_number(self, policy, priya, text):
        (found,) = search.find(priya, text)
        assert (found.stream, found.name) == ("policy:acme:US", f"US-1, {policy.brand.name}")
        assert faces.called(priya, found.stream) == found.name

    def test_of_another_brand_are_not(self, policy):
        reader = make.user("analyst", brand="other", market="US")
        assert search.find(reader, "US-1") == []
        assert faces.called(reader, "policy:acme:US") == ""


@pytest.mark.parametrize("odd", ["creator:", "creator:x", "creator:" + "f" * 32, "policy:", "policy:a", "none:1", ":"])
def test_a_stream_that_nothing_has_is_called_nothing_and_finds_nothing(priya, odd):
    assert faces.called(priya, odd) == ""
    assert not visible(priya).filter(Filter(stream=odd).query()).exists()
