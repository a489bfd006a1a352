"""Where a card stands in the queue: by the worth of asking, a sealed one by its deadline, which says nothing of it.

Everything that moves a deadline or an offer asks `moved` what becomes of the place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import F

from review import seals
from review.judgement import value
from review.models import ReviewTask

# What asking is worth where nothing is known of the chance, at medium stakes: where sealed cards stand in the queue.
OF_UNKNOWN = float(value.of_selection(np.full(2, 0.5), np.ones(2), wanted=1)[0])
A_SECOND = 1e-12  # of worth: puts sealed cards in the order of their deadlines, and before or behind no other card
FIRST = 1_000.0  # more than any worth of asking, in units of the stake: who waits for our answer comes first


def sealed(due: datetime) -> float:
    """Return what a sealed card is ordered by: an earlier deadline comes first."""
    return OF_UNKNOWN - due.timestamp() * A_SECOND


def moved(task: ReviewTask, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `value` that goes with changes of a card, nothing where its place stays.

    A sealed card that stays sealed gets the place of its deadline, without one it keeps its last; an offer lifts any.
    """
    due, offer = (changes.get(name, getattr(task, name)) for name in ("due_at", "offer_until"))
    step = FIRST * ((offer is not None) - (task.offer_until is not None))
    if seals.is_sealed(task) and "unsealed_at" not in changes and due is not None and due != task.due_at:
        return {"value": sealed(due) + (FIRST if offer is not None else 0.0)}
    return {"value": F("value") + step} if step else {}
