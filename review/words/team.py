"""Hand-offs, promises and the creator's own clock in words."""

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from review.models import ReviewTask, TaskState
from review.queries import Event
from review.words.clock import by_when
from review.words.reasons import Words

HANDED: dict[str, Words] = {
    "hand": _("Handed over: %(name)s, to %(to)s"),
    "take": _("Taken over: %(to)s"),
    "absence": _("Away, so it went to the deputy: %(to)s"),
    "enough": _("The hand-off was enough: %(name)s"),
    "missing": _("Something was missing at the hand-off: %(name)s"),
}
SAYS: dict[str, Words] = {
    "offer": _("The creator has another offer until %(until)s. Recorded: %(name)s"),
    "withdrawn": _("The creator withdrew. Recorded: %(name)s"),
    "taken": _("The creator took another offer. Recorded: %(name)s"),
    "back": _("The creator is free again. Recorded: %(name)s"),
}
PROMISED: dict[str, Words] = {
    "promise": _("Promised to the creator: %(name)s"),
    "kept": _("Promise kept: %(name)s"),
}


def handed(step: Event, said: dict[str, str]) -> str:
    """Return a hand-off, or its answer."""
    return str(HANDED[step.numbers["what"]]) % said


def creator_clock(step: Event, said: dict[str, str]) -> str:
    """Return what the creator's own clock said."""
    until = step.numbers.get("until")
    moment = wording.when(datetime.fromisoformat(until)) if until else ""
    return str(SAYS[step.numbers["what"]]) % {**said, "until": moment}


NEXT: dict[str, Words] = {
    TaskState.OPEN: _("Decide by %(time)s."),
    TaskState.ESCALATED: _("The deadline passed: a manager decides by %(time)s."),
    TaskState.HELD: _("Held until %(time)s; then decide. It can be opened again before."),
    TaskState.AWAITING: _("A manager answers by %(time)s: %(name)s."),
    TaskState.APPROVED: _("Approved. Write the playbook and the first message."),
    TaskState.REJECTED: _("Rejected. Nothing is to be done; the creator can be looked at again at any time."),
    TaskState.NOT_SHOWN: _("Not shown now. You can always look: open it again."),
    TaskState.WITHDRAWN: _("The creator withdrew. If that changes, say that they are free again."),
    TaskState.TAKEN: _("The creator took another offer. If that changes, say that they are free again."),
}


def next_step(task: ReviewTask, *, now: datetime) -> str:
    """Return what is to be done next on a card; the same for every verdict of the AI."""
    time = by_when(task.due_at, now=now) if task.due_at else gettext("no date")
    name = task.escalated_to.name if task.escalated_to else gettext("nobody is left to ask")
    return str(NEXT[task.state]) % {"time": time, "name": name}
