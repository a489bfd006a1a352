"""What a card was when its form was shown, beside what it is now: shown where somebody was faster (409).

The form carries it in a field. Only what everybody sees of the card is in it, so that a sealed one gives nothing away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts import sight, wording
from accounts.models import User
from review.models import ReviewTask, Stakes, TaskState
from review.workflow import Case

SALT = "review.card-as-shown"


@dataclass(frozen=True)
class Changed:
    """A field of a card in words, before and now."""

    label: str | Promise
    before: str
    now: str

    @property
    def is_new(self) -> bool:
        """Whether it changed while the card was open."""
        return self.before != self.now


def _state(value: Any, _task: ReviewTask) -> str:
    return str(TaskState(value).label)


def _fee(value: Any, task: ReviewTask) -> str:
    return sight.amount(int(value), task.campaign.brand.currency, task)


def _stakes(value: Any, _task: ReviewTask) -> str:
    return str(Stakes(value).label)


def _due(value: Any, _task: ReviewTask) -> str:
    return wording.when(datetime.fromisoformat(value)) if value else _("no deadline")


def _holder(value: Any, _task: ReviewTask) -> str:
    found = User.objects.filter(pk=value).first() if value else None
    return found.name if found else _("nobody")


FIELDS: dict[str, tuple[str | Promise, Callable[[Any, ReviewTask], str]]] = {
    "state": (gettext_lazy("State"), _state), "fee": (pgettext_lazy("changed", "Fee"), _fee),
    "stakes": (gettext_lazy("Stakes"), _stakes), "due": (gettext_lazy("Deadline"), _due),
    "holder": (gettext_lazy("Held by"), _holder),
}  # fmt: skip


def _facts(task: ReviewTask, now: datetime) -> dict[str, Any]:
    holder = Case(task, User(), now).holder
    return {
        "state": str(task.state), "fee": task.fee_minor, "stakes": str(task.stakes),
        "due": task.due_at.isoformat() if task.due_at else "", "holder": holder.pk if holder else 0,
    }  # fmt: skip


def keep(task: ReviewTask, *, now: datetime) -> str:
    """Return what a form keeps of a card as it is shown."""
    return signing.dumps(_facts(task, now), salt=SALT, compress=True)


def since(task: ReviewTask, kept: str, *, now: datetime) -> list[Changed]:
    """Return the fields of a card before and now, those that changed first; none where nothing changed or was kept."""
    try:
        before = signing.loads(kept, salt=SALT)
    except signing.BadSignature:
        return []
    facts = _facts(task, now)
    found = [
        Changed(label, words(before[name], task), words(facts[name], task))
        for name, (label, words) in FIELDS.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.is_new) if any(one.is_new for one in found) else []
