"""What stands around every page: navigation by role, language, theme."""

import pytest
from django.urls import resolve

from accounts.models import User
from hybridmkt import waiting
from hybridmkt.shell import Shell
from tests import factories

pytestmark = pytest.mark.django_db


def shell(rf, user, path="/settings/", **cookies):
    request = rf.get(path)
    request.user = user
    request.COOKIES.update(cookies)
    request.resolver_match = resolve(path)
    return Shell(request)


def names(frame):
    return {link.item.name for _title, links in frame.nav for link in links}


class TestNavigation:
    def test_leaves_out_what_the_role_may_not_use(self, rf):
        assert "people" not in names(shell(rf, factories.user("strategist")))

    def test_leaves_out_people_for_an_admin_of_one_brand(self, rf):
        assert "people" not in names(shell(rf, factories.user("admin", brand="acme")))

    def test_shows_people_to_admins_and_no_queue(self, rf):
        seen = names(shell(rf, factories.user("admin")))
        assert "people" in seen
        assert "queue" not in seen

    def test_shows_nothing_to_somebody_without_a_role(self, rf):
        assert names(shell(rf, factories.user())) == set()

    def test_marks_the_page_the_reader_is_on(self, rf):
        frame = shell(rf, factories.user("admin"), "/people/")
        assert frame.here[1].item.name == "people"

    def test_marks_it_on_every_page_below_as_well(self, rf):
        person = factories.user("admin")
        assert shell(rf, person, f"/people/{person.pk}/").here[1].item.name == "people"

    def test_counts_what_waits(self, rf, monkeypatch):
        monkeypatch.setitem(waiting.ROWS, "people", lambda user: User.objects.all())
        links = [link for _title, links in shell(rf, factories.user("admin")).nav for link in links]
        assert next(link for link in links if link.item.name == "people").count == 1


class TestTheme:
    def test_is_left_to_the_system_where_nothing_was_chosen(self, rf):
        assert shell(rf, factories.user()).theme == ""

    def test_follows_the_account_before_the_cookie(self, rf):
        assert shell(rf, factories.user(theme="dark"), theme="light").theme == "dark"


class TestFrame:
    def test_costs_a_public_page_no_query(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            client.get("/sign-in/")

    def test_offers_no_keys_where_they_are_turned_off(self, client):
        client.force_login(factories.user(shortcuts=False), "accounts.backends.Backend")
        page = client.get("/settings/").content.decode()
        assert 'data-keys="off"' in page
        assert 'id="keys"' not in page

    def test_escapes_names(self, client):
        client.force_login(factories.user(name="<b>Bold</b>"), "accounts.backends.Backend")
        assert "<b>Bold" not in client.get("/settings/").content.decode()

    def test_allows_only_its_own_scripts_and_styles(self, client):
        policy = client.get("/sign-in/").headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
