"""Pages for requests that could not be answered."""

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import translation

from hybridmkt import errors
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.Backend"


class TestNotFound:
    def test_says_the_same_for_absent_and_foreign_things(self, client):
        client.force_login(factories.user("strategist"), BACKEND)
        answer = client.get("/nowhere/at/all/")
        assert answer.status_code == 404
        assert "There is nothing at this address for you" in answer.content.decode()

    def test_speaks_the_language_of_the_account(self, client):
        client.force_login(factories.user("strategist", language="ru"), BACKEND)
        assert "По этому адресу для вас ничего нет" in client.get("/nowhere/").content.decode()

    def test_offers_sign_in_to_strangers(self, client):
        assert "Sign in" in client.get("/nowhere/").content.decode()


class TestForbidden:
    def test_names_the_rule_and_the_own_roles(self, client):
        client.force_login(factories.user("strategist"), BACKEND)
        page = client.get("/people/").content.decode()
        assert "It takes this role for all brands and all markets: admin." in page
        assert "Your roles: strategist." in page


class TestExpiredForm:
    def test_says_that_the_text_is_kept(self):
        client = Client(enforce_csrf_checks=True)
        answer = client.post("/settings/quick/", {"theme": "dark"})
        assert answer.status_code == 403
        assert "Your text is kept in this browser" in answer.content.decode()


class TestServerError:
    def test_needs_no_database(self, rf, django_assert_num_queries):
        with django_assert_num_queries(0), translation.override("ru"):
            answer = errors.server_error(rf.get("/"))
        assert answer.status_code == 500
        assert "Сбой произошёл у нас" in answer.content.decode()


class TestDatabaseAway:
    @pytest.mark.parametrize("error", [OperationalError("no room"), InterfaceError("connection already closed")])
    @pytest.mark.parametrize("path", ["/queue/", "/api/me/"])
    def test_is_told_as_such_and_when_to_come_again(self, rf, path, error):
        try:
            raise error
        except (OperationalError, InterfaceError):
            answer = errors.server_error(rf.get(path))
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert b"no room" not in answer.content

    def test_says_that_what_was_confirmed_stands(self, client):
        def fails(*_args):
            raise OperationalError("the database system is in recovery mode")

        client.raise_request_exception = False
        client.force_login(factories.user("strategist"), BACKEND)
        with connection.execute_wrapper(fails):
            answer = client.get("/queue/")
        assert answer.status_code == 503
        assert "What was confirmed to you stands" in answer.content.decode()
