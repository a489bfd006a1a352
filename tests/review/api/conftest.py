"""Programs with keys of the room's people."""

import pytest
from django.utils import timezone

from tests import programs


@pytest.fixture
def now():
    """The API reads the clock itself: cards are opened now."""
    return timezone.now()


@pytest.fixture
def program(db):
    """Return somebody's program with every scope, or with some."""
    return programs.program
