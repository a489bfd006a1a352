"""Pages of review: each view parses, makes one call of a verb or a query, and renders.

workbench  the queue with one card and its desk      rows       a line of the list, in words
steps      what is done to a card: decide, undo ...  cards      the card, in words
approvals  a manager's list, page and answer         records    the decision record
rules      policies, read and approved
"""

from typing import Any, cast

from django.http import Http404, HttpRequest

from accounts.models import User
from review import queries
from review.models import ReviewTask


def person(request: HttpRequest) -> User:
    """Return who asks; every view here stands behind `login_required`."""
    return cast(User, request.user)


def found(request: HttpRequest, task_id: int) -> ReviewTask:
    """Return a card with all that pages show of it; 404 for what the person may not see, as for what is not there."""
    try:
        return queries.find(task_id, user=person(request))
    except ReviewTask.DoesNotExist as missing:
        raise Http404 from missing


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of the page: a page that it restores from history is whole."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request
