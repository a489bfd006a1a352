"""People with their browsers, and a campaign that has been screened."""

import pytest
from django.test import Client

from accounts.models import Role
from tests import factories as f

ROLES = tuple(Role.values)


def browser(user) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_role(db):
    """Return the browser of somebody with a role in the default brand and market."""

    def sign_in(role, **fields):
        return browser(f.user(role, brand="acme", market="US", **fields))

    return sign_in


@pytest.fixture
def strategist(as_role):
    """The browser of a strategist."""
    return as_role("strategist")


@pytest.fixture
def run(campaign, finish):
    """A finished run of the campaign."""
    return finish(campaign)


@pytest.fixture
def outsider(db):
    """The browser of a strategist of another brand in the same market."""
    return browser(f.user("strategist", brand="other", market="US"))


@pytest.fixture
def abroad(db):
    """The browser of a strategist of the same brand in another market."""
    return browser(f.user("strategist", brand="acme", market="RU"))


@pytest.fixture
def creator(db):
    """A creator of market US, for whom Acme looks."""
    f.market()
    f.brand()
    f.brand("other")
    return f.profile().creator


@pytest.fixture
def elena(creator):
    """A strategist of Acme in US."""
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def page(creator):
    """The address of the creator's page."""
    return f"/creators/{creator.pk}/"
