"""API keys: who makes them, what they may do, and how they end."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import access, roles, tokens
from accounts.models import ApiToken
from audit.models import AuditEntry, AuditPayload
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def owner():
    return make.user("strategist", brand="acme")


def made(by, **more):
    return tokens.make(**{"name": "Reports", "scopes": ["read"], "days": 30, "now": NOW, **more}, by=by)


class TestMake:
    def test_returns_a_key_that_is_kept_nowhere(self, owner):
        token, key = made(owner)
        assert key.startswith("hmk_")
        assert len(key) > 40
        stored = json.dumps(list(ApiToken.objects.values()), default=str)
        assert key not in stored + "".join(AuditPayload.objects.values_list("payload", flat=True))
        assert token.hint == key[:10]

    def test_stands_in_the_log_with_its_scopes(self, owner):
        token, _key = made(owner, scopes=["run", "read"])
        body = json.loads(AuditEntry.objects.get(kind="role_change").body)
        said = (body["change"], body["token"], body["scopes"], body["days"])
        assert said == ("token_made", token.pk, ["read", "run"], 30)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"), ({"days": 0}, "days"),
         ({"scopes": ["people"]}, "scopes"), ({"days": 366}, "days"), ({"brand": "other"}, "brand")],
    )  # fmt: skip
    def test_refuses_what_is_out_of_bounds(self, owner, wrong, field):
        with pytest.raises(tokens.TokenRefused) as refused:
            made(owner, **wrong)
        assert refused.value.field == field
        assert not ApiToken.objects.exists()

    def test_makes_twenty_at_most(self, owner):
        for _ in range(tokens.MOST_LIVE):
            made(owner)
        with pytest.raises(tokens.TokenRefused, match="Withdraw one"):
            made(owner)

    def test_one_that_ends_before_it_begins_cannot_be_stored(self, owner):
        token, _key = made(owner)
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(expires_at=NOW)


class TestFound:
    def test_finds_its_owner(self, owner):
        _token, key = made(owner)
        assert tokens.found(key, now=NOW).user == owner

    @pytest.mark.parametrize("text", ["", "hmk_", "hmk_" + "x" * 43, "\udce4", "ключ"])
    def test_finds_nobody_by_another_text(self, owner, text):
        made(owner)
        assert tokens.found(text, now=NOW) is None

    def test_finds_nobody_once_it_expired(self, owner):
        _token, key = made(owner, days=1)
        assert tokens.found(key, now=NOW + timedelta(days=1)) is None

    def test_notes_its_use_once_a_minute(self, owner):
        token, key = made(owner)
        for seconds in (1, 30, 70):
            tokens.found(key, now=NOW + timedelta(seconds=seconds))
            token.refresh_from_db()
            assert token.last_used_at == NOW + timedelta(seconds=70 if seconds == 70 else 1)


class TestWithdraw:
    def test_ends_it_at_once_and_is_logged_once(self, owner):
        token, key = made(owner)
        for _ in range(2):
            tokens.withdraw(token, by=owner, now=NOW)
        assert tokens.found(key, now=NOW) is None
        assert [json.loads(one.body)["change"] for one in AuditEntry.objects.order_by("uid")] == [
            "token_made", "token_withdrawn"
        ]  # fmt: skip

    def test_is_done_by_an_admin_too_and_by_nobody_else(self, owner):
        token, _key = made(owner)
        with pytest.raises(access.NotAllowed):
            tokens.withdraw(token, by=make.user("manager"), now=NOW)
        assert tokens.withdraw(token, by=make.user("admin"), now=NOW).withdrawn_at == NOW

    def test_comes_with_being_switched_off_and_stays(self, owner):
        _token, key = made(owner)
        admin = make.user("admin")
        for on in (False, True):
            roles.switch(owner, on=on, reason="Leaves the company", by=admin, now=NOW)
        assert tokens.found(key, now=NOW) is None


class TestPage:
    def sent(self, client, **fields):
        return client.post("/settings/api-keys/", {"name": "Reports", "scopes": ["read"], "days": 9, **fields})

    def test_shows_a_new_key_once(self, client, owner):
        client.force_login(owner)
        page = self.sent(client).content.decode()
        key = page.split('mono link">')[1].split("<")[0]
        assert tokens.found(key, now=timezone.now()).user == owner
        again = client.get("/settings/api-keys/")
        assert key not in again.content.decode()
        assert key[:10] in again.content.decode()
        assert again["Cache-Control"] == "no-store"

    def test_says_what_is_wrong(self, client, owner):
        client.force_login(owner)
        assert self.sent(client, scopes=[]).status_code == 422
        assert self.sent(client, brand="elsewhere").status_code == 422
        assert not ApiToken.objects.exists()

    def test_withdraws_ones_own_and_finds_no_others(self, client, owner):
        token, _key = made(owner)
        client.force_login(make.user("manager"))
        assert client.post(f"/settings/api-keys/{token.pk}/withdraw/").status_code == 404
        client.force_login(owner)
        assert client.post(f"/settings/api-keys/{token.pk}/withdraw/").status_code == 302
        token.refresh_from_db()
        assert token.withdrawn_by == owner

    def test_of_another_person_is_an_admins_and_makes_none(self, client, owner):
        token, _key = made(owner)
        client.force_login(make.user("manager"))
        assert client.get(f"/people/{owner.pk}/api-keys/").status_code == 403
        client.force_login(make.user("admin"))
        page = client.get(f"/people/{owner.pk}/api-keys/").content.decode()
        assert token.hint in page
        assert 'name="scopes"' not in page
        assert client.post(f"/settings/api-keys/{token.pk}/withdraw/").url == f"/people/{owner.pk}/api-keys/"
