"""Entries to read and export."""

import pytest

from accounts.models import Role
from tests import factories


@pytest.fixture
def analyst(client, db):
    """An analyst of every brand, signed in."""
    person = factories.user(Role.ANALYST, name="Ada Analyst")
    client.force_login(person)
    return person


@pytest.fixture
def acme_analyst(client, db):
    """An analyst of one brand in one market, signed in."""
    person = factories.user(Role.ANALYST, brand="acme", market="US")
    client.force_login(person)
    return person


@pytest.fixture
def decision(db):
    """Write the entry of a decision: `decision(override=True, rationale="...")`."""

    def make(*, override=False, rationale="", by=None, **fields):
        personal = {"rationale": rationale} if rationale else None
        body = {"override": override, "choice": "reject"}
        return factories.entry("decision", by=by, body=body, personal=personal, brand="acme", market="US", **fields)

    return make
