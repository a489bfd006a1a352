"""Who asks the API, and how far a key reaches."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import access, tokens
from accounts.models import ApiToken, Membership
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestAKey:
    def test_acts_as_its_owner(self, program, owner, campaign):
        told = program(owner).get("/api/campaigns/").json()["items"]
        assert [one["slug"] for one in told] == [campaign.slug]

    def test_tells_who_it_is(self, program, owner):
        told = program(owner, ["read", "run"]).get("/api/me/").json()
        assert (told["id"], told["scopes"]) == (owner.pk, ["read", "run"])
        assert told["rights"] == [{"role": "strategist", "brand": "acme", "market": "US"}]

    @pytest.mark.parametrize("header", ["Bearer hmk_none", "Bearer ", "Bearer"])
    def test_that_is_unknown_is_refused_with_a_way_to_ask(self, client, header):
        answer = client.get("/api/me/", headers={"authorization": header})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert answer["Content-Type"] == "application/problem+json"

    def test_of_another_kind_is_nobody(self, client):
        assert client.get("/api/me/", headers={"authorization": "Basic eDp5"}).status_code == 401

    def test_ends_with_its_owner(self, program, owner):
        client = program(owner)
        type(owner).objects.filter(pk=owner.pk).update(is_active=False)
        assert client.get("/api/me/").status_code == 401

    def test_loses_what_its_owner_loses(self, program, owner, campaign):
        client = program(owner)
        Membership.objects.filter(user=owner).update(ended_at=timezone.now())
        assert client.get(f"/api/campaigns/{campaign.slug}/").status_code == 404

    def test_does_what_its_scopes_say_alone(self, program, owner, campaign):
        address = f"/api/campaigns/{campaign.slug}/runs/"
        refused = program(owner).post(address)
        assert refused.status_code == 403
        assert "it takes the scope “run”" in refused.json()["detail"]
        assert program(owner, ["run"]).get(address).status_code == 403  # reading is a scope of its own
        assert program(owner, ["run"]).post(address).status_code == 409  # there is no brief yet

    def test_gives_no_right_that_its_owner_lacks(self, program, campaign):
        analyst = make.user("analyst", brand="acme", market="US")
        answer = program(analyst, ["run"]).post(f"/api/campaigns/{campaign.slug}/runs/")
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("Your role does not allow this here")

    def test_writes_when_it_was_used(self, program, owner):
        program(owner).get("/api/me/")
        assert timezone.now() - ApiToken.objects.get().last_used_at < timedelta(minutes=1)

    def test_opens_no_page(self, program, owner):
        assert program(owner).get("/queue/").status_code == 302

    def test_asks_for_no_form_key_of_a_browser(self, owner, campaign):
        _token, key = tokens.make(name="x", scopes=["run"], days=1, by=owner, now=timezone.now())
        strict = Client(enforce_csrf_checks=True)
        address = f"/api/campaigns/{campaign.slug}/runs/"
        assert strict.post(address, headers={"authorization": f"Bearer {key}"}).status_code == 409
        strict.force_login(owner)
        assert strict.post(address).status_code == 403


class TestAKeyOfOneBrand:
    @pytest.fixture
    def both(self, db):
        make.brand("other")
        return make.user("strategist", market="US")

    def test_finds_nothing_of_another(self, program, both, campaign):
        other = make.campaign(brand=make.brand("other"))
        client = program(both, brand="other")
        assert [one["slug"] for one in client.get("/api/campaigns/").json()["items"]] == [other.slug]
        assert client.get(f"/api/campaigns/{campaign.slug}/").status_code == 404

    def test_keeps_to_it_where_rights_are_read_anew(self, both):
        access.narrow(both, "other")
        held = access.scope(access.renewed(both))
        assert held.rights == {("strategist", "other", "US")}

    def test_holds_no_right_that_goes_everywhere(self):
        admin = make.user("admin")
        access.narrow(admin, "other")
        assert not access.may(admin, "people")
