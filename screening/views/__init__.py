"""Pages of screening: each view parses, makes one call of a verb or a query, and renders.

campaigns  the list, a new one, the overview        briefs     the editor, its live counts, a version
runs       the list, a running and a finished run   ranking    the rows of a finished run, compare, one row
creators   the registry, a creator's page           exports    the ranking as CSV and JSON Lines
"""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def person(request: HttpRequest) -> User:
    """Return who asks; every view here stands behind `login_required`."""
    return cast(User, request.user)
