"""What a person is told, in words: from the kind, codes and numbers, never from a sentence that was stored."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sight, wording
from jobs import dispatch
from jobs.models import Status
from review.models import About, ApprovalChoice, HandoffWhy, Notice, QuestionState


def title(notice: Notice) -> str:
    """Return the first line of a notice: what happened or what is asked."""
    special = TITLES.get(notice.about)
    return (special(notice) if special else "") or str(notice.get_about_display())


def _answered(notice: Notice) -> str:
    return {
        ApprovalChoice.APPROVE: _("Approval given"),
        ApprovalChoice.ASK: _("Sent back with a question"),
        ApprovalChoice.REJECT: _("Approval refused"),
    }.get(notice.numbers.get("choice", ""), "")


def _due(notice: Notice) -> str:
    numbers = notice.numbers
    if "at" not in numbers:
        return ""
    at = wording.when(datetime.fromisoformat(numbers["at"]))
    if n := numbers.get("count", 0):
        return ngettext(
            "%(n)d card that nobody holds is due by %(at)s", "%(n)d cards that nobody holds are due by %(at)s", n
        ) % {"n": n, "at": at}
    return _("Due: %(at)s") % {"at": at}


def _escalated(_notice: Notice) -> str:
    return _("The deadline passed: you are asked")


def _handed(notice: Notice) -> str:
    numbers = notice.numbers
    if "is_enough" in numbers:
        return _("Your hand-off was enough") if numbers["is_enough"] else _("Something was missing at your hand-off")
    return _("You stand in for somebody who is away") if numbers.get("why") == HandoffWhy.ABSENCE else ""


def _question(notice: Notice) -> str:
    return {
        QuestionState.LAPSED: _("Nobody answered your question in time"),
        QuestionState.PASSED: _("Nobody here can answer your question"),
    }.get(notice.numbers.get("state", ""), "")


def _investigation(notice: Notice) -> str:
    return {
        "open": _("You own an investigation"),
        "assign": _("An investigation is yours now"),
        "close": _("An investigation ended with a finding"),
        "late": _("Your investigation is overdue"),
    }.get(notice.numbers.get("what", ""), "")


def _session(notice: Notice) -> str:
    numbers = notice.numbers
    if "number" not in numbers:
        return ""
    is_action = numbers.get("what") == "action"
    said = _("An action of strategy session %(n)s is yours") if is_action else _("Strategy session %(n)s is open")
    return said % {"n": numbers["number"]}


def _stop(notice: Notice) -> str:
    return {
        "propose": _("Somebody asks to start the AI again: a second person answers"),
        "restart": _("The AI decides again, by two persons"),
    }.get(notice.numbers.get("what", ""), "")


def _work(notice: Notice) -> str:
    numbers = notice.numbers
    work = dispatch.WORK.get(numbers.get("kind", ""))
    if work is None:
        return ""
    said = _("Ready: %(work)s") if numbers.get("status") == Status.SUCCEEDED else _("It failed: %(work)s")
    return said % {"work": work.title}


TITLES: dict[str, Any] = {
    About.WORK: _work,
    About.ANSWER: _question,
    About.INVESTIGATION: _investigation,
    About.SESSION: _session,
    About.STOP: _stop,
    About.HANDOFF: _handed,
    About.APPROVED: _answered,
    About.DUE: _due,
    About.ESCALATED: _escalated,
}


def receipt_url(notice: Notice) -> str:
    """Return where the receipt that a notice carries is checked; empty where it carries none."""
    kept = notice.numbers
    return f"{reverse('audit-receipt')}?entry={kept['entry']}&receipt={kept['receipt']}" if "receipt" in kept else ""


def detail(notice: Notice) -> str:
    """Return whom it is about, of which campaign, for how much, and who did it."""
    parts = []
    if task := notice.task:
        answer = task.recommendation
        parts += [answer.creator.name or f"@{answer.profile.handle}", task.campaign.name]
        if "fee_minor" in notice.numbers:
            parts.append(sight.amount(notice.numbers["fee_minor"], task.campaign.brand.currency, task))
    elif market := notice.numbers.get("market"):
        parts.append(" ".join(str(one) for one in (notice.numbers.get("brand", ""), market) if one))
    if notice.by:
        parts.append(notice.by.name)
    return " · ".join(parts)
