"""The list of people, as an admin uses it."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import in_hand
from accounts.models import User
from audit.models import AuditEntry
from review import claims, questions
from review.models import ReviewTask
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


class TestInHand:
    def test_counts_what_waits_for_each_person(self, client, admin):
        elena = factories.user("strategist", brand="acme", market="US", name="Elena Markova")
        ruth = factories.user("expert", brand="acme", market="US", name="Ruth Abbott")
        now = timezone.now()
        policy = factories.policy(factories.brand(), factories.market(), owner=factories.user("manager"))
        tasks = [factories.task(policy=policy) for _n in range(4)]
        for task in tasks[:2]:
            claims.claim(task, by=elena, now=now)
        claims.claim(tasks[2], by=elena, now=now - timedelta(hours=2))
        questions.ask(tasks[3], text="Is this usual here?", to=[ruth], by=elena, now=now, hours=24)
        found = in_hand.of([elena.pk, ruth.pk, admin.pk], now=now)
        assert found == {elena.pk: {("acme", "US"): 2}, ruth.pk: {("acme", "US"): 1}}
        page = client.get(f"/people/{elena.pk}/").content.decode()
        assert "2 cards and questions are in their hands." in page
        assert "in their hands" not in client.get(f"/people/{admin.pk}/").content.decode()

    def test_counts_a_card_once_that_went_up_to_whoever_holds_it(self, client, admin):
        sofia, now = factories.user("manager", brand="acme", market="US"), timezone.now()
        task = factories.task(policy=factories.policy(factories.brand(), factories.market(), owner=sofia))
        held = {"claimed_by": sofia, "claimed_at": now, "claimed_until": now + timedelta(minutes=10)}
        ReviewTask.objects.filter(pk=task.pk).update(**held, escalated_to=sofia, state="escalated")
        assert in_hand.of([sofia.pk], now=now) == {sofia.pk: {("acme", "US"): 1}}
        assert in_hand.of([sofia.pk], now=now + timedelta(hours=1)) == {sofia.pk: {("acme", "US"): 1}}


class TestChange:
    def sent(self, row, **fields):
        said = {"role": row.role, "brand": row.brand, "market": row.market, **fields}
        return {f"{name}-{row.pk}": value for name, value in said.items()}

    def test_ends_the_old_role_and_gives_the_new_one(self, client, admin):
        factories.market("RU")
        factories.market("US")
        elena = factories.user("strategist", "expert", market="US")
        kept, moved = elena.memberships.get(role="strategist"), elena.memberships.get(role="expert")
        sent = self.sent(kept) | self.sent(moved, role="manager", market="RU") | {"reason": WHY}
        assert client.post(f"/people/{elena.pk}/roles/", sent).status_code == 302
        live = elena.memberships.filter(ended_at__isnull=True)
        assert set(live.values_list("role", "market")) == {("strategist", "US"), ("manager", "RU")}
        assert live.get(role="strategist") == kept
        entries = AuditEntry.objects.filter(stream=f"user:{elena.pk}", kind="role_change").order_by("uid")
        assert [json.loads(one.body)["change"] for one in entries] == ["ended", "granted"]

    def test_says_that_nothing_differs_and_keeps_what_was_typed(self, client, admin):
        row = factories.user("strategist").memberships.get()
        answer = client.post(f"/people/{row.user_id}/roles/", self.sent(row) | {"reason": WHY})
        assert answer.status_code == 400
        assert "Nothing differs" in answer.content.decode()
        assert WHY in answer.content.decode()

    @pytest.mark.parametrize("fields", [{"role": "manager", "reason": ""}, {"market": "XX"}, {"role": "king"}])
    def test_needs_a_reason_and_a_place_that_there_is(self, client, admin, fields):
        row = factories.user("strategist").memberships.get()
        reason = {"reason": fields.pop("reason", WHY)}
        answer = client.post(f"/people/{row.user_id}/roles/", self.sent(row, **fields) | reason)
        assert answer.status_code == 400
        row.refresh_from_db()
        assert row.ended_at is None

    def test_is_all_or_nothing(self, client, admin):
        person = factories.user("strategist", "analyst")
        one, other = person.memberships.order_by("role")
        sent = self.sent(one, role="manager") | self.sent(other, role="manager") | {"reason": WHY}
        answer = client.post(f"/people/{person.pk}/roles/", sent)
        assert "holds this role there already" in answer.content.decode()
        assert person.memberships.filter(ended_at__isnull=True).count() == 2

    def test_leaves_the_last_admin(self, client, admin):
        row = admin.memberships.get()
        answer = client.post(f"/people/{admin.pk}/roles/", self.sent(row, role="analyst") | {"reason": WHY})
        assert "The last admin cannot be removed" in answer.content.decode()
        assert admin.memberships.get(ended_at__isnull=True) == row

    def test_does_not_reach_the_roles_of_somebody_else(self, client, admin):
        row, other = (factories.user("strategist").memberships.get() for _n in range(2))
        sent = self.sent(row) | self.sent(other, role="manager") | {"reason": WHY}
        assert client.post(f"/people/{row.user_id}/roles/", sent).status_code == 400
        other.refresh_from_db()
        assert (other.role, other.ended_at) == ("strategist", None)


class TestExport:
    def test_is_what_the_list_shows_a_line_a_role(self, client, admin):
        ann = factories.user("analyst", "manager", brand="acme", name="=Ann Analyst")
        factories.user("strategist", name="Max")
        answer = client.get("/people/export.csv", {"role": "analyst", "delimiter": "semicolon"})
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines[0] == "name;email;state;last_sign_in;role;brand;market;since"
        assert [line.split(";")[:6] for line in lines[1:]] == [
            ["'=Ann Analyst", ann.email, "invited", "", role, "acme"] for role in ("analyst", "manager")
        ]
        entry = json.loads(AuditEntry.objects.get(kind="export").body)
        assert {"what": "people", "format": "csv", "rows": 1}.items() <= entry.items()

    def test_is_for_admins_and_counts_towards_the_files_of_an_hour(self, client, admin, settings):
        settings.EXPORTS_AN_HOUR = 1
        assert client.get("/people/export.csv").status_code == 200
        assert client.get("/people/export.csv").status_code == 429
        client.force_login(factories.user("manager"), BACKEND)
        assert client.get("/people/export.csv").status_code == 403
