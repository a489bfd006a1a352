"""A program with a key, and somebody's campaign to ask for."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens
from tests import factories as make


@pytest.fixture
def owner(db):
    """A strategist of Acme in US."""
    make.brand("other")
    return make.user("strategist", brand="acme", market="US")


@pytest.fixture
def program(db):
    """Return a program that asks by a new key of somebody; more: what the key is made with."""

    def made(by, scopes=("read",), **more):
        moment = timezone.now() - timedelta(seconds=1)
        _token, key = tokens.make(name="Reports", scopes=scopes, **{"days": 9, "now": moment, **more}, by=by)
        return Client(headers={"authorization": f"Bearer {key}"})

    return made


@pytest.fixture
def campaign(db):
    """A campaign of Acme in US."""
    return make.campaign()
