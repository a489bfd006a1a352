"""What a person was told, and how much of it is new."""

from accounts.models import User
from review import notices
from review.models import Notice

SHOWN_WITH = (
    "user", "by", "task__recommendation__creator", "task__recommendation__profile", "task__campaign__brand",
    "task__policy",
)  # fmt: skip
PAGE = 50


def page_of(user: User, *, before: int = 0) -> tuple[list[Notice], int]:
    """Return a page of a person's notices, newest first, and the id to go on from; 0 at the end."""
    rows = notices.of(user).select_related(*SHOWN_WITH[1:]).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0
