"""How many things wait for a person, for the numbers beside the navigation."""

from django.db.models import QuerySet

from accounts import access
from accounts.models import User
from review.models import ReviewTask, TaskState

MOST = 100  # counted no further: the number is a hint, and it is worked out on every page


def _at_most(rows: "QuerySet[ReviewTask]") -> int:
    return rows.order_by()[:MOST].count()


def cards(user: User) -> int:
    """Return how many open cards there are where the person decides, at most MOST."""
    here = access.scope(user).query("brand", "market", access.MAY["decide"])
    return _at_most(ReviewTask.objects.filter(here, state=TaskState.OPEN))


def approvals(user: User) -> int:
    """Return how many decisions and escalated cards wait for the person as a manager, at most MOST."""
    here = access.scope(user).query("brand", "market", access.MAY["approve"])
    return _at_most(ReviewTask.objects.filter(here, state__in=[TaskState.AWAITING, TaskState.ESCALATED]))
