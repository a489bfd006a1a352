"""Signing in, out, and being kept out."""

import json

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/sign-in/"


def sign_in(client, user, password="correct horse", **extra):
    return client.post(extra.pop("url", URL), {"username": user.email, "password": password, **extra})


class TestSignIn:
    def test_leads_to_the_first_page_of_the_role(self, client):
        answer = sign_in(client, factories.user("admin"))
        assert answer.headers["Location"] == reverse("home")
        assert client.get("/").headers["Location"] == reverse("people")

    def test_takes_the_address_in_any_case(self, client):
        user = factories.user("admin", email="ann@example.org")
        client.post(URL, {"username": "Ann@Example.org", "password": "correct horse"})
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_returns_to_the_page_that_was_asked_for(self, client):
        assert sign_in(client, factories.user(), next="/settings/").headers["Location"] == "/settings/"

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
            "https:evil.example", "http://testserver@evil.example/", "https://testserver.evil.example/",
            "https://xn--testserver-4ya.example/", "https://tеstserver/", "javascript:alert(1)", "data:text/html,a",
            "/queue/\r\nSet-Cookie: a=b", "\t//evil.example", "http://[::1", "//evil.example/" + "x" * 10_000,
        ],
    )  # fmt: skip
    def test_goes_to_no_foreign_host(self, client, address):
        answer = sign_in(client, factories.user(), next=address)
        assert answer.status_code == 302
        assert answer.headers["Location"] in {reverse("home"), "/queue/%0D%0ASet-Cookie:%20a=b"}

    def test_writes_one_entry_to_the_log(self, client):
        user = factories.user()
        sign_in(client, user)
        entry = AuditEntry.objects.get(kind="sign_in")
        assert json.loads(entry.body)["user"] == user.pk
        assert entry.actor == f"user:{user.pk}"

    def test_lets_nobody_in_whose_entry_could_not_be_written(self, client, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError("no log")

        monkeypatch.setattr("accounts.views.record", fail)
        with pytest.raises(RuntimeError):
            sign_in(client, factories.user())
        assert "_auth_user_id" not in client.session

    def test_ends_with_the_browser_unless_asked_to_stay(self, client):
        sign_in(client, factories.user())
        assert client.session.get_expire_at_browser_close()

    def test_stays_for_twelve_hours_where_asked(self, client):
        sign_in(client, factories.user(), stay="on")
        assert 0 <= 12 * 3600 - client.session.get_expiry_age() < 60

    def test_keeps_switched_off_people_out(self, client):
        assert sign_in(client, factories.user(is_active=False)).status_code == 200


class TestWrongPair:
    def test_says_the_same_whichever_half_was_wrong(self, client):
        user = factories.user()
        wrong_password = sign_in(client, user, "wrong").content.decode()
        nobody = client.post(URL, {"username": "nobody@example.org", "password": "wrong"}).content.decode()
        sentence = "The email and the password do not match."
        assert sentence in wrong_password
        assert sentence in nobody

    def test_counts_the_tries_that_are_left_down(self, client):
        user = factories.user()
        assert "4 tries are left" in sign_in(client, user, "wrong").content.decode()
        assert "3 tries are left" in sign_in(client, user, "wrong").content.decode()

    def test_locks_out_after_the_last_try_even_with_the_right_password(self, client):
        user = factories.user()
        for _ in range(5):
            sign_in(client, user, "wrong")
        answer = sign_in(client, user)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "900"
        assert "15 minutes" in answer.content.decode()

    def test_speaks_russian_where_asked(self, client):
        answer = sign_in(client, factories.user(), "wrong", url=f"{URL}?lang=ru").content.decode()
        assert "Осталось 4\u00a0попытки, затем пауза на 15\u00a0мин." in answer


class TestLanguageOfThePublicPage:
    def test_is_kept_for_the_next_visit(self, client):
        client.get(f"{URL}?lang=ru")
        assert 'lang="ru"' in client.get(URL).content.decode()


class TestSignOut:
    def test_ends_the_session(self, client):
        client.force_login(factories.user(), "accounts.backends.Backend")
        client.post("/sign-out/")
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("path", ["/queue/", "/settings/", "/creators/999/"])
    def test_leaves_no_page_in_a_cache(self, client, path):
        client.force_login(factories.user("strategist"), "accounts.backends.Backend")
        assert client.get(path).headers["Cache-Control"] == "no-store"

    def test_takes_a_post_only(self, client):
        assert client.get("/sign-out/").status_code == 405


class TestHome:
    @pytest.mark.parametrize(("role", "page"), [("admin", "people"), (None, "settings")])
    def test_follows_the_role(self, client, role, page):
        client.force_login(factories.user(*([role] if role else [])), "accounts.backends.Backend")
        assert client.get("/").headers["Location"] == reverse(page)

    def test_leads_an_admin_of_one_brand_to_a_page_that_is_open_to_them(self, client):
        client.force_login(factories.user("admin", brand="acme"), "accounts.backends.Backend")
        assert client.get("/").headers["Location"] == reverse("import")

    def test_asks_strangers_to_sign_in(self, client):
        assert client.get("/").headers["Location"] == reverse("sign-in")
