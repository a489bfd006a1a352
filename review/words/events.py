"""What happened, step by step: a function by the kind of the entry."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from accounts.models import Role
from audit.models import Kind
from review import asked
from review.models import ApprovalChoice, Choice, Finding, Origin, Quick
from review.queries import Event
from review.words import team
from review.words.reasons import MILLION, Words
from screening import gates
from screening.models import Verdict


def event(step: Event) -> str:
    """Return one step of a case in words; what people wrote stands beside it."""
    said = {
        "name": step.by.name if step.by else gettext("the AI"),
        "to": step.to.name if step.to else gettext("nobody"),
    }
    if step.numbers.get("what") == asked.WHAT:
        return gettext("The AI’s question answered: %(name)s") % said
    return EVENTS.get(step.kind, _other)(step, said)


def _other(step: Event, said: dict[str, str]) -> str:
    return f"{dict(Kind.choices).get(step.kind, step.kind)}: {said['name']}"


def _answered(step: Event, _given: dict[str, str]) -> str:
    numbers = step.numbers
    return gettext("Scored %(score)s: %(verdict)s, chance %(p)s") % {
        "score": wording.number(round(numbers["score_u6"] / MILLION)),
        "verdict": Verdict(numbers["verdict"]).label,
        "p": wording.percent(numbers["p_u6"] / MILLION),
    }


CLAIMS: dict[str, Words] = {
    "claim": _("Claimed: %(name)s"),
    "next": _("Claimed: %(name)s"),
    "release": _("Released: %(name)s"),
    "take_over": _("Taken over: %(name)s"),
    "ask_release": _("%(name)s asks for the card, held by %(to)s"),
}


def _claimed(step: Event, said: dict[str, str]) -> str:
    return str(CLAIMS[step.numbers["what"]]) % said


def _viewed(step: Event, said: dict[str, str]) -> str:
    what = step.numbers.get("what")
    if what == "note":
        return gettext("Note: %(name)s") % said
    if what in team.PROMISED:
        return str(team.PROMISED[what]) % said
    if step.numbers.get("has_interest"):
        return gettext("Interest of their own declared: %(name)s. Somebody else decides.") % said
    return gettext("View: %(name)s, version %(version)d") % {**said, "version": step.numbers["version"]}


CHOSEN: dict[str, Words] = {
    Choice.APPROVE: _("Approved"),
    Choice.REJECT: _("Rejected"),
    Choice.HOLD: _("Put on hold"),
}


def _decided(step: Event, said: dict[str, str]) -> str:
    if step.numbers.get("what") == "reopen":
        return gettext("Opened again: %(name)s") % said
    given = {**said, "choice": str(CHOSEN[step.numbers["choice"]])}
    if step.numbers["origin"] == Origin.AUTO:
        return gettext("Decided by the AI under the policy: %(choice)s") % given
    if step.numbers["origin"] == Origin.FAST:
        return gettext("Decided by fast track under the policy: %(choice)s") % given
    if step.numbers["override"]:
        return gettext("%(choice)s against the AI: %(name)s") % given
    return gettext("%(choice)s: %(name)s") % given


CLOCK: dict[str, Words] = {
    "escalate": _("The deadline passed: it went to %(to)s"),
    "pass_on": _("No answer in time: %(to)s is asked"),
    "overdue": _("No answer in time and nobody left to ask: it waits"),
    "reopen": _("The hold ended: open again"),
    "check_missed": _("The spot check was missed: the AI’s approval stands"),
}


OUTCOMES: dict[str, Words] = {
    "approve": _("Decided without a person at the deadline: the AI’s Partner stands"),
    "reject": _("Decided without a person at the deadline: not shown now"),
    "hold": _("Held at the deadline"),
}


def _expired(step: Event, said: dict[str, str]) -> str:
    if "choice" in step.numbers:
        return str(OUTCOMES[step.numbers["choice"]])
    return str(CLOCK[step.numbers["what"]]) % said


ANSWERS: dict[str, Words] = {
    ApprovalChoice.APPROVE: _("Approval given: %(name)s"),
    ApprovalChoice.ASK: _("Sent back with a question: %(name)s"),
    ApprovalChoice.REJECT: _("Approval refused: %(name)s"),
}


def _approved(step: Event, said: dict[str, str]) -> str:
    return str(ANSWERS[step.numbers["choice"]]) % said


def _undone(_step: Event, said: dict[str, str]) -> str:
    return gettext("Taken back: %(name)s") % said


def _gate(step: Event, said: dict[str, str]) -> str:
    given = {**said, "gate": gates.name(step.gate) if step.gate else step.numbers["gate"]}
    if step.numbers["is_passed"]:
        return gettext("Market gate passed, “%(gate)s”: %(name)s") % given
    return gettext("Market gate not passed, “%(gate)s”: %(name)s") % given


ASKED: dict[str, Words] = {
    "knowledge": _("Question to %(asked)s: %(name)s"),
    "second": _("Second view asked of %(asked)s: %(name)s"),
    "pass_on": _("Not my area: %(name)s. Passed on to %(to)s"),
    "withdraw": _("Question withdrawn: %(name)s"),
    "lapse": _("Nobody answered in time: the clock goes on"),
    "escalate": _("Passed up to %(to)s: %(name)s"),
}


def _asked(step: Event, said: dict[str, str]) -> str:
    role, asked = step.numbers.get("role"), step.numbers.get("asked", ())
    whom = str(Role(role).label) if role else said["to"]
    if len(asked) > 1:
        whom = gettext("a panel of %(n)d") % {"n": len(asked)}
    return str(ASKED[step.numbers["what"]]) % {**said, "asked": whom}


def _replied(step: Event, said: dict[str, str]) -> str:
    quick = step.numbers.get("quick")
    if not quick:
        return gettext("Answered: %(name)s") % said
    return gettext("Answered “%(quick)s”: %(name)s") % {**said, "quick": Quick(quick).label}


def side(said: Mapping[str, Any]) -> str:
    """Return the side that a first view takes. said: its numbers; older ones took no firm side."""
    if said.get("is_firm"):
        return gettext("yes") if said["says_yes"] else gettext("no")
    return gettext("rather yes") if said["says_yes"] else gettext("rather no")


def _first_view(step: Event, said: dict[str, str]) -> str:
    numbers = step.numbers
    given = {**said, "side": side(numbers), "p": wording.share(numbers["p_u6"] / MILLION)}
    return gettext("First view: %(name)s, %(side)s, %(p)s") % given


def _revealed(_step: Event, said: dict[str, str]) -> str:
    return gettext("The AI’s verdict opened: %(name)s") % said


LOOKED: dict[str, Words] = {
    "open": _("Investigation opened, owner %(to)s"),
    "evidence": _("Evidence added: %(name)s"),
    "assign": _("Investigation handed to %(to)s: %(name)s"),
}


def _looked(step: Event, said: dict[str, str]) -> str:
    if step.numbers["what"] == "close":
        found = Finding(step.numbers["finding"]).label
        return gettext("Investigation closed, “%(finding)s”: %(name)s") % {**said, "finding": found}
    return str(LOOKED[step.numbers["what"]]) % said


EVENTS: dict[str, Callable[[Event, dict[str, str]], str]] = {
    Kind.RECOMMENDATION: _answered,
    Kind.CLAIM: _claimed,
    Kind.FIRST_VIEW: _first_view,
    Kind.REVEAL: _revealed,
    Kind.OVERLAY: _viewed,
    Kind.DECISION: _decided,
    Kind.EXPIRY: _expired,
    Kind.APPROVAL: _approved,
    Kind.UNDO: _undone,
    Kind.GATE: _gate,
    Kind.HANDOFF: team.handed,
    Kind.CREATOR_CLOCK: team.creator_clock,
    Kind.QUESTION: _asked,
    Kind.ANSWER: _replied,
    Kind.INVESTIGATION: _looked,
}
