"""One's own language, theme, keys and password."""

import json

import pytest

from accounts import keymap
from audit.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.Backend"


@pytest.fixture
def person(client):
    user = factories.user("strategist")
    client.force_login(user, BACKEND)
    return user


class TestSettings:
    def test_keeps_what_was_chosen(self, client, person):
        form = {"language": "ru", "theme": "dark", "time_zone": "Europe/Moscow"}
        client.post("/settings/", form)
        person.refresh_from_db()
        kept = (person.language, person.theme, person.time_zone, person.shortcuts)
        assert kept == ("ru", "dark", "Europe/Moscow", False)

    def test_answers_in_the_language_just_chosen(self, client, person):
        form = {"language": "ru", "theme": "system", "time_zone": "UTC", "shortcuts": "on"}
        page = client.post("/settings/", form, follow=True).content.decode()
        assert "Сохранено." in page
        assert '<html lang="ru"' in page

    def test_refuses_a_time_zone_that_is_none(self, client, person):
        page = client.post("/settings/", {"language": "en", "theme": "dark", "time_zone": "Mars/Base"})
        assert "errsum" in page.content.decode()


class TestKeys:
    def test_are_remapped_and_named_in_the_list_of_keys(self, client, person):
        assert client.post("/settings/keys/", {"key-a": "y", "key-r": "n", "key-n": "o"}).status_code == 302
        person.refresh_from_db()
        assert person.keys == {"a": "y", "r": "n", "n": "o"}
        assert keymap.changed(person) == {"a": "", "r": "", "y": "a", "n": "r", "o": "n"}
        page = client.get("/settings/").content.decode()
        assert "data-remapped=" in page
        assert '<span class="kbd">Y</span></span>Approve' in page

    @pytest.mark.parametrize(("asked", "words"), [
        ({"key-a": "r"}, "Two actions have the same key: R."), ({"key-a": "g"}, "but not G."),
        ({"key-a": "7"}, "but not G."), ({"key-j": "K", "key-k": "K"}, "Two actions have the same key: ⇧K."),
    ])  # fmt: skip
    def test_are_refused_where_two_clash_or_none_is_meant(self, client, person, asked, words):
        answer = client.post("/settings/keys/", asked)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        person.refresh_from_db()
        assert person.keys == {}

    def test_of_a_russian_layout_mean_their_places(self, client, person):
        client.post("/settings/keys/", {"key-a": "н", "key-A": "Н"})
        person.refresh_from_db()
        assert person.keys == {"a": "y", "A": "Y"}

    def test_go_back_to_the_usual_ones(self, client, person):
        client.post("/settings/keys/", {"key-a": "y"})
        client.post("/settings/keys/", {"key-a": "y", "usual": "1"})
        person.refresh_from_db()
        assert (person.keys, keymap.changed(person)) == ({}, {})


class TestSwitches:
    def test_turn_the_theme_and_return_to_the_page(self, client, person):
        answer = client.post("/settings/quick/", {"theme": "dark", "next": "/settings/?a=1"})
        assert answer.headers["Location"] == "/settings/?a=1"
        assert 'data-theme="dark"' in client.get("/settings/").content.decode()

    def test_turn_the_language(self, client, person):
        client.post("/settings/quick/", {"language": "ru"})
        assert '<html lang="ru"' in client.get("/settings/").content.decode()

    def test_keep_what_they_do_not_know(self, client, person):
        client.post("/settings/quick/", {"language": "tlh", "theme": "pink"})
        person.refresh_from_db()
        assert (person.language, person.theme) == ("en", "system")

    def test_lead_to_no_foreign_host(self, client, person):
        assert client.post("/settings/quick/", {"next": "//evil.example/"}).headers["Location"] == "/"

    def test_serve_people_without_an_account_by_cookie(self, client):
        client.post("/settings/quick/", {"theme": "dark"})
        assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()


class TestPassword:
    NEW = {"old_password": "correct horse", "new_password1": "a longer staple", "new_password2": "a longer staple"}

    def test_ends_every_other_session(self, client, person, django_user_model):
        other = type(client)()
        other.force_login(person, BACKEND)
        client.post("/settings/password/", self.NEW)
        assert client.get("/settings/").status_code == 200
        assert other.get("/settings/").status_code == 302

    def test_needs_the_old_one(self, client, person):
        answer = client.post("/settings/password/", self.NEW | {"old_password": "wrong"})
        assert "errsum" in answer.content.decode()
        person.refresh_from_db()
        assert person.check_password("correct horse")
        assert not AuditEntry.objects.exists()

    def test_is_an_entry_when_it_changes(self, client, person):
        client.post("/settings/password/", self.NEW)
        entry = AuditEntry.objects.get(kind="password")
        assert json.loads(entry.body)["change"] == "changed"
        assert (entry.stream, entry.actor) == (f"user:{person.pk}",) * 2

    def test_stays_where_the_entry_cannot_be_written(self, client, person, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError("no log")

        monkeypatch.setattr("accounts.views.record", fail)
        with pytest.raises(RuntimeError):
            client.post("/settings/password/", self.NEW)
        person.refresh_from_db()
        assert person.check_password("correct horse")
