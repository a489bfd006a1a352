"""A creator, somebody who works there, and the creator's page."""

import pytest

from tests import factories as f


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
