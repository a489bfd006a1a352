"""The desk: a person's view and their decision, kept together in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from review import decisions, overlays, workflow
from review.models import Decision, ReviewTask


def decide(
    task: ReviewTask, *, choice: str, by: User, now: datetime, version: int, key: str, view: dict[str, Any] | None,
    **said: Any,
) -> Decision:  # fmt: skip
    """Keep the view as the next overlay (None: nothing new) and record the decision, both or neither.

    A form that was sent twice makes one of each. Raises what `overlays.save` and `decisions.decide` raise.
    """
    with transaction.atomic():
        locked, person = workflow.lock(task, choice, by=by)
        if known := _known(locked, choice, person, key):
            return known
        overlay = overlays.save(locked, by=person, now=now, **view) if view else None
        return decisions.decide(
            locked, choice=choice, by=person, now=now, version=version, key=key, overlay=overlay, **said
        )


def _known(task: ReviewTask, choice: str, by: User, key: str) -> Decision | None:
    # The stored request names its overlay, which a second sending would write anew: the key and the choice tell.
    found = Decision.objects.filter(idempotency_key=key).select_related("task").first()
    if found is None:
        return None
    if (found.task_id, found.choice, found.decided_by_id) != (task.pk, choice, by.pk):
        raise decisions.KeyReused(_("This key was used for another decision. Load the card again."))
    return found
