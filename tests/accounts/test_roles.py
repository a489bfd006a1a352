"""Giving and ending roles, and who stays."""

import json

import pytest
from django.utils import timezone

from accounts import access, roles
from accounts.models import Membership, User
from audit.models import AuditEntry, AuditPayload
from tests import factories

pytestmark = pytest.mark.django_db
WHY = "Takes over the Russian market"


def boss():
    return factories.user("admin")


def grant(person, by, role="strategist", reason=WHY, **where):
    return roles.grant(person, role=role, reason=reason, by=by, now=timezone.now(), **where)


class TestGrant:
    def test_writes_who_gave_what_where_and_why(self):
        admin, person = boss(), factories.user()
        grant(person, admin, brand="acme", market="RU")
        entry = AuditEntry.objects.get(kind="role_change")
        body = json.loads(entry.body)
        assert (body["change"], body["role"], body["user"]) == ("granted", "strategist", person.pk)
        assert (entry.brand, entry.market, entry.actor) == ("acme", "RU", f"user:{admin.pk}")
        assert json.loads(AuditPayload.objects.get(entry=entry).payload) == {"reason": WHY}

    def test_refuses_without_a_reason_and_changes_nothing(self):
        person = factories.user()
        with pytest.raises(roles.RoleRefused, match="Write why"):
            grant(person, boss(), reason="  because ")
        assert not person.memberships.exists()
        assert not AuditEntry.objects.exists()

    def test_refuses_the_same_role_twice_at_one_place(self):
        admin, person = boss(), factories.user()
        grant(person, admin, market="RU")
        with pytest.raises(roles.RoleRefused, match="already"):
            grant(person, admin, market="RU")
        assert AuditEntry.objects.count() == 1


class TestRight:
    """Roles are given by admins of all brands and markets, and by nobody else."""

    CHANGES = {
        "grant": lambda person, by: grant(person, by),
        "end": lambda person, by: roles.end(person.memberships.get(), reason=WHY, by=by, now=timezone.now()),
        "switch": lambda person, by: roles.switch(person, on=False, reason=WHY, by=by, now=timezone.now()),
        "link": lambda person, by: roles.hand_link(person, by=by),
        "invite": lambda person, by: roles.invite(
            email="new@example.org", name="N", language="en", reason=WHY, by=by, now=timezone.now()
        ),
    }  # fmt: skip

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("place", [{"brand": "acme"}, {"market": "US"}])
    def test_is_not_that_of_an_admin_of_one_place(self, change, place):
        with pytest.raises(access.NotAllowed, match="for all brands and all markets"):
            self.CHANGES[change](factories.user("expert"), factories.user("admin", **place))
        assert not AuditEntry.objects.exists()

    def test_is_read_anew_when_it_counts(self):
        admin, person = boss(), factories.user()
        assert access.may(admin, "people")
        admin.memberships.update(ended_at=timezone.now())
        with pytest.raises(access.NotAllowed):
            grant(person, admin)


class TestEnd:
    def test_keeps_the_row_with_its_date(self):
        person = factories.user("strategist")
        ended = roles.end(person.memberships.get(), reason=WHY, by=boss(), now=timezone.now())
        assert ended.ended_at is not None

    def test_refuses_to_end_a_role_twice(self):
        row = factories.user("strategist").memberships.get()
        admin = boss()
        roles.end(row, reason=WHY, by=admin, now=timezone.now())
        with pytest.raises(roles.RoleRefused, match="meanwhile"):
            roles.end(row, reason=WHY, by=admin, now=timezone.now())

    def test_refuses_to_remove_the_last_admin(self):
        admin = boss()
        with pytest.raises(roles.RoleRefused, match="last admin"):
            roles.end(admin.memberships.get(), reason=WHY, by=admin, now=timezone.now())
        assert Membership.objects.get().ended_at is None

    def test_lets_an_admin_go_where_another_stays(self):
        admin, other = boss(), boss()
        roles.end(admin.memberships.get(), reason=WHY, by=other, now=timezone.now())
        assert Membership.objects.filter(ended_at__isnull=True).get().user == other

    def test_does_not_count_an_admin_who_is_switched_off(self):
        admin = boss()
        factories.user("admin", is_active=False)
        with pytest.raises(roles.RoleRefused, match="last admin"):
            roles.end(admin.memberships.get(), reason=WHY, by=admin, now=timezone.now())


class TestSwitch:
    def test_ends_every_session_of_the_person(self, client):
        person = factories.user("strategist")
        client.force_login(person, "accounts.backends.Backend")
        roles.switch(person, on=False, reason=WHY, by=boss(), now=timezone.now())
        assert client.get("/settings/").status_code == 302
        assert not User.objects.get(pk=person.pk).is_active

    def test_refuses_the_last_admin(self):
        admin = boss()
        with pytest.raises(roles.RoleRefused, match="last admin"):
            roles.switch(admin, on=False, reason=WHY, by=admin, now=timezone.now())


class TestInvite:
    def test_makes_an_account_that_has_no_password_yet(self):
        person = roles.invite(
            email="New@Example.org", name="New", language="ru", reason=WHY, by=boss(), now=timezone.now()
        )
        assert person.email == "new@example.org"
        assert not person.has_usable_password()

    def test_refuses_an_address_that_is_taken(self):
        taken = factories.user().email
        with pytest.raises(roles.RoleRefused, match="email already"):
            roles.invite(email=taken, name="N", language="en", reason=WHY, by=boss(), now=timezone.now())
