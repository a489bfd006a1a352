"""How people look at cards, from what their pages tell: active seconds, sections unfolded, place in the list.

Telemetry, never audit. What a browser says is believed only as far as the clock allows.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from review.models import Attention, ReviewTask

SLACK = 2  # seconds by which a page's clock may run ahead
MOST_AT_ONCE = 120  # seconds of one report: pages tell every 20
SECTIONS = frozenset({"factors", "history", "forecast", "conversation", "last_brand", "risk_note", "gates", "similar",
                      "past", "combined", "thread", "norms"})  # fmt: skip
MOST_PLACE = 10_000
DECIDED = """UPDATE review_attention SET decided_at = COALESCE(decided_at, %s)
  WHERE task_id = %s AND user_id = %s RETURNING active_seconds"""


def opened(task: ReviewTask, *, by: User, now: datetime, place: int | None = None) -> None:
    """Note that a person opened a card: the first opening and its place count; time is counted from here on."""
    row = Attention(task=task, user=by, opened_at=now, seen_at=now, place=place)
    Attention.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["task", "user"], update_fields=["seen_at"]
    )


def told(
    task: ReviewTask, *, by: User, now: datetime, seconds: int, sections: Iterable[str] = (), place: int | None = None
) -> Attention:
    """Add what a page tells: active seconds since its last report, capped by the time that really passed."""
    with transaction.atomic():
        row = Attention.objects.select_for_update().filter(task=task, user=by).first()
        row = row or Attention.objects.create(task=task, user=by, opened_at=now, seen_at=now)
        passed = int((now - row.seen_at).total_seconds()) + SLACK
        row.active_seconds = (row.active_seconds or 0) + max(0, min(seconds, passed, MOST_AT_ONCE))
        row.sections += [one for one in dict.fromkeys(sections) if one in SECTIONS and one not in row.sections]
        if row.place is None and place is not None and 0 < place <= MOST_PLACE:
            row.place = place
        row.seen_at = now
        row.save(update_fields=["active_seconds", "sections", "place", "seen_at"])
    return row


def decided(task: ReviewTask, *, by: User, now: datetime) -> int | None:
    """Return the active seconds of a person on a card they decide, None where unknown, and keep when it was decided."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [connection.ops.adapt_datetimefield_value(now), task.pk, by.pk])
        found = cursor.fetchone()
    return found[0] if found else None


def seconds(task: ReviewTask, *, by: User) -> int | None:
    """Return the active seconds of a person on a card until now, None where unknown."""
    return Attention.objects.filter(task=task, user=by).values_list("active_seconds", flat=True).first()
