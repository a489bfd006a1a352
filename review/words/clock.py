"""What the clock does, as it is said beforehand."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from review.deadlines import Up
from review.models import OnExpiry, ReviewTask, Stakes, TaskState
from review.words.reasons import Words
from screening.models import Verdict


def by_when(moment: datetime, *, now: datetime) -> str:
    """Return a deadline: the time alone today, with its date on other days."""
    same_day = timezone.localtime(moment).date() == timezone.localtime(now).date()
    return wording.clock(moment) if same_day else f"{wording.day(moment, now=now)} {wording.clock(moment)}"


def on_expiry(task: ReviewTask, *, now: datetime, manager: str = "", up: Up | None = None) -> str:
    """Return what happens if nobody decides, as it is said beforehand.

    manager: the name of whoever is asked then. up: why an open card goes to the manager, None where the clock decides.
    """
    if task.paused_at is not None and task.state in {TaskState.OPEN, TaskState.ESCALATED}:
        return gettext("The clock stands while somebody is asked. It goes on with the answer.")
    if task.due_at is None:
        return _without_clock(task)
    given = {"time": by_when(task.due_at, now=now), "name": manager or gettext("the manager")}
    return str(UP[up] if up else _clock_sentence(task)) % given


UP: dict[Up, Words] = {
    Up.HIGH: _(
        "If you give no view by %(time)s, it goes to %(name)s without one. High stakes are never approved by the clock."
    ),
    Up.GUARDED: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. "
        "What a guardrail sent to a person is never approved by the clock."
    ),
    Up.NO_POLICY: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. No policy is in force: the clock decides nothing."
    ),
    Up.SHADOW: _("If nobody decides by %(time)s, it goes up to %(name)s. In shadow the clock decides nothing."),
    Up.OWNER_GONE: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. The policy’s owner has left: the clock decides nothing."
    ),
    Up.STOPPED: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. The AI is stopped here: the clock decides nothing."
    ),
    Up.TAKEN_BACK: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. "
        "What a manager took back the clock does not decide again."
    ),
    Up.RULE: _("If nobody decides by %(time)s, it goes up to %(name)s, as the rules say at these stakes."),
    Up.GATE: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. The clock approves nobody while a market gate is open."
    ),
}


SEALED: dict[str, Words] = {
    Stakes.LOW: _("If nobody decides by %(time)s, the rule for low stakes applies. Nothing is sent to the creator."),
    Stakes.MEDIUM: _(
        "If nobody decides by %(time)s, the rule for medium stakes applies. Nothing is sent to the creator."
    ),
    Stakes.HIGH: UP[Up.HIGH],
}


def on_expiry_sealed(task: ReviewTask, *, now: datetime, manager: str = "") -> str:
    """Return what a sealed card says of its deadline: the rule for its stakes, not what comes of it."""
    if task.due_at is None:
        return _without_clock(task)
    given = {"time": by_when(task.due_at, now=now), "name": manager or gettext("the manager")}
    return str(_clock_sentence(task) if task.state == TaskState.ESCALATED else SEALED[task.stakes]) % given


def _without_clock(task: ReviewTask) -> str:
    if task.state == TaskState.HELD:
        return gettext("Held without a date. Open it again when you know more.")
    if task.state in {TaskState.AWAITING, TaskState.ESCALATED}:
        return gettext("The deadline has passed. The clock never approves: it waits for a manager.")
    return ""


def _clock_sentence(task: ReviewTask) -> Words:
    if task.state == TaskState.HELD:
        return _("Held until %(time)s, then it opens again.")
    if task.state in {TaskState.AWAITING, TaskState.ESCALATED}:
        return _("If there is no answer by %(time)s, %(name)s is asked; the clock never approves.")
    if task.is_spot_check:
        return _("If nobody checks by %(time)s, the AI’s approval stands and the check is counted as missed.")
    if task.on_expiry == OnExpiry.HOLDS:
        if task.recommendation.verdict != Verdict.UNSURE:
            return _("If nobody decides by %(time)s, it is held, as the rules say at these stakes.")
        return _("If nobody decides by %(time)s, it is held: the AI is unsure.")
    if task.recommendation.verdict == Verdict.RECOMMEND:
        return _(
            "If nobody decides by %(time)s, the AI’s Partner stands and is recorded as decided without a person. "
            "Nothing is sent to the creator."
        )
    return _("If nobody decides by %(time)s, the AI’s Do not partner stands: not shown now, never rejected for good.")
