"""The creator's own clock on a card: another offer, withdrawn, taken, free again."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.models import User
from review import creator_clock, workflow
from review.models import ClockSays, ReviewTask

TOLD: dict[str, str | Promise] = {
    ClockSays.OFFER: gettext_lazy("Recorded. The card comes first now and is due before the other offer ends."),
    ClockSays.WITHDRAWN: gettext_lazy("Recorded. The card is closed without a decision; this can be taken back."),
    ClockSays.TAKEN: gettext_lazy("Recorded. The card is closed without a decision; this can be taken back."),
    ClockSays.BACK: gettext_lazy("Recorded. The card stands as it did before."),
}


def shown(task: ReviewTask, *, user: User, now: datetime) -> dict[str, Any]:
    """Return what the card's template needs of the clock."""
    may = access.may(user, "decide", brand=task.brand, market=task.market)
    has_word = task.state in creator_clock.GONE or task.offer_until is not None
    return {
        "clock_key": uuid4().hex,  # of a sealed card's form, which has no decision and so no key of its own
        "offer_is_over": task.offer_until is not None and task.offer_until <= now,
        "clock_open": may and task.state in workflow.UNDECIDED,
        "clock_back": may and has_word and task.state in (*workflow.UNDECIDED, *creator_clock.GONE),
    }
