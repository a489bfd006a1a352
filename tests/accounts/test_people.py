"""The list of people, as an admin uses it."""

import json
import re

import pytest

from accounts.models import User
from audit.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.Backend"
WHY = "Joins the team in Moscow"


@pytest.fixture
def admin(client):
    user = factories.user("admin", name="Oleg Reznik")
    client.force_login(user, BACKEND)
    return user


class TestPeople:
    def test_are_shown_to_admins_only(self, client):
        client.force_login(factories.user("manager"), BACKEND)
        answer = client.get("/people/")
        assert answer.status_code == 403
        assert "It takes this role for all brands and all markets: admin." in answer.content.decode()

    @pytest.mark.parametrize("place", [{"brand": "acme"}, {"market": "US"}])
    def test_are_closed_to_an_admin_of_one_place(self, client, place):
        someone = factories.user("admin", **place)
        client.force_login(someone, BACKEND)
        everything = {"role": "manager", "brand": "", "market": "", "reason": WHY}
        assert client.get("/people/").status_code == 403
        assert client.post(f"/people/{someone.pk}/grant/", everything).status_code == 403
        assert someone.memberships.count() == 1

    def test_say_that_an_admin_of_one_brand_gives_no_roles(self, client, admin):
        page = client.get(f"/people/{factories.user('admin', brand='acme').pk}/").content.decode()
        assert "gives no roles" in page

    def test_name_the_brand_and_market_of_each_role(self, client, admin):
        factories.brand("acme")
        factories.market("RU")
        factories.user("strategist", brand="acme", market="RU")
        assert "Acme · Russia" in client.get("/people/").content.decode()

    def test_are_found_by_role_and_by_name(self, client, admin):
        factories.user("analyst", name="Ann Analyst")
        factories.user("manager", name="Max Manager")
        page = client.get("/people/?role=analyst").content.decode()
        assert "Ann Analyst" in page
        assert "Max Manager" not in page
        assert "Max Manager" in client.get("/people/?search=max").content.decode()

    def test_answer_not_found_for_nobody(self, client, admin):
        assert client.get("/people/999999/").status_code == 404


class TestGrant:
    def test_gives_the_role(self, client, admin):
        person = factories.user()
        factories.market("RU")
        client.post(f"/people/{person.pk}/grant/", {"role": "expert", "market": "RU", "reason": WHY})
        assert person.memberships.get().market == "RU"

    def test_shows_why_it_was_refused_and_keeps_what_was_typed(self, client, admin):
        person = factories.user()
        answer = client.post(f"/people/{person.pk}/grant/", {"role": "expert", "reason": "short"})
        assert answer.status_code == 400
        assert "Write why, at least 10 characters" in answer.content.decode()
        assert 'value="short"' in answer.content.decode()

    def test_refuses_a_market_that_does_not_exist(self, client, admin):
        person = factories.user()
        client.post(f"/people/{person.pk}/grant/", {"role": "expert", "market": "XX", "reason": WHY})
        assert not person.memberships.exists()


class TestEnd:
    def test_does_not_end_the_role_of_somebody_else_by_address(self, client, admin):
        other = factories.user("strategist").memberships.get()
        person = factories.user()
        assert client.post(f"/people/{person.pk}/end/{other.pk}/", {"reason": WHY}).status_code == 404

    def test_says_that_the_last_admin_stays(self, client, admin):
        row = admin.memberships.get()
        answer = client.post(f"/people/{admin.pk}/end/{row.pk}/", {"reason": WHY})
        assert "The last admin cannot be removed" in answer.content.decode()


class TestInvitation:
    FORM = {"name": "Nina Park", "email": "nina@example.org", "language": "en", "role": "analyst", "reason": WHY}

    def test_leads_from_the_link_to_a_first_sign_in(self, client, admin, django_user_model):
        page = client.post("/people/invite/", self.FORM).content.decode()
        path = re.search(r"http://testserver(/sign-in/link/[^<]+)", page)[1]
        nina = type(client)()
        form = nina.get(path, follow=True)
        new = {"new_password1": "a longer staple", "new_password2": "a longer staple"}
        nina.post(form.redirect_chain[-1][0], new)
        entry = AuditEntry.objects.get(kind="password")
        assert json.loads(entry.body)["change"] == "link"
        assert entry.actor == f"user:{User.objects.get(email='nina@example.org').pk}"
        answer = nina.post("/sign-in/", {"username": "nina@example.org", "password": "a longer staple"})
        assert answer.status_code == 302

    def test_makes_nobody_without_a_role(self, client, admin):
        client.post("/people/invite/", self.FORM | {"role": "king"})
        assert not User.objects.filter(email="nina@example.org").exists()

    def test_link_works_once(self, client, admin):
        person = factories.user()
        page = client.post(f"/people/{person.pk}/link/").content.decode()
        path = re.search(r"http://testserver(/sign-in/link/[^<]+)", page)[1]
        person.set_password("changed meanwhile")
        person.save()
        assert "This link is used or too old" in type(client)().get(path).content.decode()
