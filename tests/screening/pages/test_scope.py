"""What is not the person's is not found, for every role and on every page; and what each page costs."""

import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from screening import gates
from screening.models import Profile
from tests import factories as f
from tests.screening.conftest import ROLES, browser

MOST_QUERIES, MOST_BYTES = 12, 60 * 1024


def pages(run) -> list[str]:
    """Return the address of every page that is about this run's campaign."""
    one, slug = run.recommendations.order_by("rank").first(), run.campaign.slug
    return [
        f"/campaigns/{slug}/", f"/campaigns/{slug}/brief/1/", f"/runs/{run.pk}/", f"/runs/{run.pk}/?list=removed",
        f"/runs/{run.pk}/progress/", f"/runs/{run.pk}/compare/?p=1,2,3,4", f"/runs/{run.pk}/creators/{one.profile_id}/",
        f"/runs/{run.pk}/export.csv", f"/api/campaigns/{slug}/runs/", f"/api/runs/{run.pk}/",
        f"/api/runs/{run.pk}/recommendations/",
    ]  # fmt: skip


def deeds(run) -> list[str]:
    """Return the address of every button."""
    slug = run.campaign.slug
    return [
        f"/campaigns/{slug}/close/", f"/campaigns/{slug}/start/", f"/campaigns/{slug}/brief/",
        f"/campaigns/{slug}/brief/counts/", f"/runs/{run.pk}/cancel/", f"/runs/{run.pk}/retry/",
        f"/api/campaigns/{slug}/runs/",
    ]  # fmt: skip


class TestScope:
    @pytest.mark.parametrize("role", ROLES)
    def test_every_role_of_the_brand_reads_every_page(self, as_role, run, role):
        client = as_role(role)
        assert {url: client.get(url).status_code for url in pages(run)} == dict.fromkeys(pages(run), 200)

    def test_another_brand_finds_nothing(self, outsider, run):
        assert {outsider.get(url).status_code for url in [*pages(run), f"/campaigns/{run.campaign.slug}/brief/"]} == {
            404
        }

    def test_another_market_finds_nothing(self, abroad, run):
        assert {abroad.get(url).status_code for url in pages(run)} == {404}

    def test_another_brand_can_press_nothing(self, outsider, run):
        assert {outsider.post(url).status_code for url in deeds(run)} == {404}

    def test_an_absent_thing_and_a_foreign_one_are_told_in_the_same_words(self, outsider, run):
        foreign = outsider.get(f"/runs/{run.pk}/").content.decode()
        absent = outsider.get("/runs/987654/").content.decode()
        assert foreign.replace(str(run.pk), "") == absent.replace("987654", "") or "Not found" in foreign

    def test_strangers_are_sent_to_sign_in(self, client, run):
        assert {client.get(url).status_code for url in pages(run) if "/api/" not in url} == {302}
        assert {client.get(url).status_code for url in pages(run) if "/api/" in url} == {401}


class TestCost:
    def grow(self) -> None:
        """Double what the pages show."""
        for n in range(12):
            made = f.profile(handle=f"more{n}", language="en", bio="skincare for the cold", categories=["Beauty"])
            f.metrics(made, followers=20_000 + n, likes_avg=100.0)

    def cost(self, client, urls) -> dict[str, int]:
        spent = {}
        for url in urls:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = client.get(url)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert len(gzip.compress(body)) < MOST_BYTES, url
            spent[url.split("?")[0].translate(str.maketrans("", "", "0123456789"))] = len(asked)
        return spent

    def test_of_a_creator_in_two_markets_with_gates_is_bounded(self, run, now):
        gates.install(f.market("RU"), by=None, now=now)
        found = run.recommendations.first().profile
        Profile.objects.filter(pk=found.pk).update(markets=["US", "RU"])
        client = browser(f.user("strategist"))
        assert max(self.cost(client, [f"/creators/{found.creator_id}/"]).values()) <= MOST_QUERIES

    def test_stays_the_same_when_there_is_twice_as_much(self, strategist, run, finish):
        creator = run.recommendations.first().creator_id
        shared = ["/campaigns/", "/campaigns/new/", "/runs/", "/creators/", f"/creators/{creator}/"]
        few = self.cost(strategist, [*pages(run), *shared, f"/campaigns/{run.campaign.slug}/brief/"])
        self.grow()
        bigger = finish(run.campaign)
        assert bigger.funnel["ranked"] > run.funnel["ranked"] * 1.5
        many = self.cost(strategist, [*pages(bigger), *shared, f"/campaigns/{run.campaign.slug}/brief/"])
        assert max(few.values()) <= MOST_QUERIES, few
        assert max(many.values()) <= MOST_QUERIES
        assert {url: n for url, n in many.items() if n > few[url] + 1} == {}
