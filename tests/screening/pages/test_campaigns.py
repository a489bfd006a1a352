"""Pages of campaigns."""

import pytest

from audit.models import AuditEntry
from screening.models import Campaign
from tests import factories as f

NEW = {
    "name": "Winter Barrier", "brand": "acme", "market": "US", "objective": "orders", "budget": "50,000", "fee": "2k",
    "wanted": "8", "deadline": "2099-12-15",
}  # fmt: skip


class TestList:
    def test_shows_the_campaigns_of_the_persons_brands_only(self, strategist):
        mine = f.campaign()
        other = f.campaign(brand=f.brand("other"))
        page = strategist.get("/campaigns/").content.decode()
        assert mine.name in page
        assert other.name not in page

    def test_says_what_comes_next_when_there_is_none(self, strategist):
        assert "No campaign yet" in strategist.get("/campaigns/").content.decode()

    def test_offers_a_new_one_to_writers_only(self, strategist, as_role):
        assert "/campaigns/new/" in strategist.get("/campaigns/").content.decode()
        assert "/campaigns/new/" not in as_role("analyst").get("/campaigns/").content.decode()

    def test_sends_strangers_to_the_sign_in_page(self, client):
        assert "/sign-in/" in client.get("/campaigns/")["Location"]


class TestNew:
    def test_creates_a_campaign_and_leads_to_its_brief(self, strategist):
        f.brand()
        f.market()
        answer = strategist.post("/campaigns/new/", NEW)
        made = Campaign.objects.get()
        assert answer["Location"] == "/campaigns/winter-barrier/brief/"
        assert (made.budget_minor, made.fee_minor, made.wanted) == (5_000_000, 200_000, 8)

    def test_keeps_what_was_typed_and_names_the_field(self, strategist):
        f.brand()
        f.market()
        answer = strategist.post("/campaigns/new/", NEW | {"budget": "plenty"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "<title>Error:" in page
        assert 'href="#id_budget"' in page
        assert 'value="plenty"' in page
        assert not Campaign.objects.exists()

    def test_shows_the_refusal_of_the_verb_at_its_field(self, strategist):
        f.brand()
        f.market()
        answer = strategist.post("/campaigns/new/", NEW | {"deadline": "2020-01-01"})
        assert 'href="#id_deadline"' in answer.content.decode()

    def test_offers_no_brand_of_somebody_else(self, strategist):
        f.brand("other")
        f.market()
        answer = strategist.post("/campaigns/new/", NEW | {"brand": "other"})
        assert answer.status_code == 422
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize("role", ["analyst", "expert", "admin"])
    def test_refuses_roles_that_write_no_briefs(self, as_role, role):
        assert as_role(role).get("/campaigns/new/").status_code == 403


class TestOverview:
    def test_shows_versions_runs_and_results(self, strategist, run):
        entry = f.entry("outcome")
        profile = run.recommendations.first().profile
        run.campaign.outcomes.create(
            profile=profile, kpi="orders", actual=120, as_of_date="2026-11-01", is_success=True, audit=entry
        )
        page = strategist.get(f"/campaigns/{run.campaign.slug}/").content.decode()
        assert f"/campaigns/{run.campaign.slug}/brief/1/" in page
        assert f"/runs/{run.pk}/" in page
        assert "worked out" in page

    def test_offers_nothing_that_the_role_may_not_do(self, as_role, campaign):
        page = as_role("analyst").get(f"/campaigns/{campaign.slug}/").content.decode()
        assert "/start/" not in page
        assert f"/campaigns/{campaign.slug}/close/" not in page


class TestClose:
    def test_ends_the_campaign_and_says_so(self, strategist):
        made = f.campaign()
        page = strategist.post(f"/campaigns/{made.slug}/close/", follow=True).content.decode()
        made.refresh_from_db()
        assert made.closed_at is not None
        assert "The campaign is closed" in page
        assert AuditEntry.objects.filter(kind="campaign_closed").count() == 1

    def test_needs_a_post(self, strategist):
        assert strategist.get(f"/campaigns/{f.campaign().slug}/close/").status_code == 405

    def test_refuses_an_analyst(self, as_role):
        assert as_role("analyst").post(f"/campaigns/{f.campaign().slug}/close/").status_code == 403
