"""How many things wait for a person, for the numbers beside the navigation: all of them in one query."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from accounts import access
from accounts.models import User
from review import investigations, notices, questions
from review.models import ReviewTask, TaskState

MOST = 100  # counted no further: the number is a hint, and it is worked out on every page


def _cards(user: User) -> "QuerySet[ReviewTask]":
    here = access.scope(user).query("brand", "market", access.MAY["decide"])
    return ReviewTask.objects.filter(here, state=TaskState.OPEN)


def _approvals(user: User) -> "QuerySet[ReviewTask]":
    here = access.scope(user).query("brand", "market", access.MAY["approve"])
    return ReviewTask.objects.filter(here, state__in=[TaskState.AWAITING, TaskState.ESCALATED])


# What is counted: open cards where the person decides, questions they can answer, decisions and escalated cards that
# wait for them as a manager, investigations that they own, notices that are new to them.
ROWS: dict[str, Callable[[User], "QuerySet[Any]"]] = {
    "queue": _cards, "questions": questions.open_of, "approvals": _approvals,
    "investigations": investigations.open_of,
    "notices": lambda user: notices.of(user).filter(read_at__isnull=True),
}  # fmt: skip


def counts(user: User, names: Iterable[str]) -> dict[str, int]:
    """Return how many things of each name in ROWS wait for the person, each at most MOST. One query."""
    found, parts = dict.fromkeys(names, 0), dict[str, str]()
    values: list[Any] = []
    for name in found:
        try:
            sql, given = ROWS[name](user).order_by().values("pk")[:MOST].query.sql_with_params()
        except EmptyResultSet:
            continue  # nothing can be there: no role of the person's reaches it
        parts[name] = f"(SELECT COUNT(*) FROM ({sql}) AS few)"
        values += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts.values())}", values)
            found |= zip(parts, cursor.fetchone(), strict=True)
    return found
