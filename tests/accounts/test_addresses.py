"""Whose address counts: that of the person at the keyboard, not the proxy's, and not one that they made up."""

import pytest

from accounts import addresses
from tests import factories

PROXY, ANN, EVE = "10.0.0.1", "203.0.113.7", "198.51.100.9"


@pytest.fixture
def seen(rf, settings):
    def ask(proxies, forwarded=None):
        settings.PROXIES = proxies
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return addresses.of_client(rf.get("/", headers=headers, REMOTE_ADDR=PROXY))

    return ask


class TestOfClient:
    def test_is_the_nearest_without_proxies_whatever_is_claimed(self, seen):
        assert seen(0, ANN) == PROXY

    def test_is_what_the_proxy_saw(self, seen):
        assert seen(1, ANN) == ANN

    def test_is_not_what_the_asker_claimed(self, seen):
        assert seen(1, f"{EVE}, {ANN}") == ANN
        assert seen(2, f"{EVE}, {ANN}, 10.0.0.2") == ANN

    @pytest.mark.parametrize("forwarded", [None, "", "unknown", "1.2.3.4:80", "' OR 1=1", "9" * 5_000])
    def test_is_the_nearest_where_the_header_names_no_address(self, seen, forwarded):
        assert seen(1, forwarded) == PROXY


@pytest.mark.django_db
class TestLockOut:
    @pytest.fixture
    def sign_in(self, client, settings):
        settings.PROXIES = 1

        def ask(user, password, *forwarded):
            headers = {"X-Forwarded-For": ", ".join(forwarded)}
            form = {"username": user.email, "password": password}
            return client.post("/sign-in/", form, headers=headers, REMOTE_ADDR=PROXY).status_code

        return ask

    def test_of_a_stranger_leaves_the_owner_alone(self, sign_in):
        ann = factories.user()
        assert [sign_in(ann, "guess", EVE) for _try in range(6)][-1] == 429
        assert sign_in(ann, "correct horse", ANN) == 302

    def test_is_not_escaped_by_a_forged_header(self, sign_in):
        ann = factories.user()
        forged = [sign_in(ann, "guess", f"192.0.2.{n}", EVE) for n in range(6)]
        assert forged[-1] == 429
