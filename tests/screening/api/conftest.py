"""Programs with keys of the people of a place."""

import json

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from tests import factories as make
from tests import programs


@pytest.fixture
def now():
    """The API reads the clock itself: what is screened is screened now."""
    return timezone.now()


@pytest.fixture
def elena(db):
    """A strategist of Acme in US."""
    return make.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def program(db):
    """Return somebody's program with every scope, or with some."""
    return programs.program


@pytest.fixture
def entries_of(db):
    """Return the bodies of the log's entries of a kind, oldest first."""
    return lambda kind: [json.loads(one.body) for one in AuditEntry.objects.filter(kind=kind).order_by("pk")]
