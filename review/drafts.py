"""Drafts: what was typed on a card and not sent survives a closed browser. Only whoever typed it ever gets it back.

Not the record: nothing here is logged, and it goes when the card is decided or the view is saved.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from review import workflow
from review.models import Draft, ReviewTask

NOT_KEPT = frozenset({"csrfmiddlewaretoken", "version", "key", "choice", "worry", "active", "sections", "place", "was"})
MOST_FIELDS = 80
MOST_CHARACTERS = 8_000  # of one field


def keep(task: ReviewTask, *, by: User, now: datetime, fields: Mapping[str, str]) -> Draft | None:
    """Keep what stands in a form; None where the card waits for nobody any more."""
    if task.state not in workflow.WAITING:
        return None
    named = [(name, str(text)) for name, text in fields.items() if name not in NOT_KEPT and len(name) <= 80]
    kept = {name: text.replace("\0", "")[:MOST_CHARACTERS] for name, text in named[:MOST_FIELDS] if text.strip()}
    return Draft.objects.update_or_create(task=task, by=by, defaults={"fields": kept, "at": now})[0]


def of(task: ReviewTask, *, by: User) -> QuerySet[Draft]:
    """Return a person's own draft on a card, or no row."""
    return Draft.objects.filter(task=task, by=by)


def drop(task: ReviewTask, *, by: User | None = None) -> None:
    """Erase the drafts on a card: a person's own, or with the decision everybody's."""
    drafts = Draft.objects.filter(task=task)
    (drafts if by is None else drafts.filter(by=by)).delete()
