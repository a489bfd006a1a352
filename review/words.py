"""Words for the codes of review, in the reader's language (ux.md section 6): why a person is asked, what the clock
does, what happened, what the rules say. Only codes and numbers are stored; sentences are made here, at the face.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from audit.models import Kind
from review.deadlines import Up
from review.models import ApprovalChoice, Choice, OnExpiry, Origin, Policy, ReviewTask, TaskState
from review.queries import Event
from review.routing import Reason
from screening import gates
from screening import words as screening
from screening.models import Verdict

Words = str | Promise
Numbers = Mapping[str, Any]
MILLION = 1_000_000

# One line in the list, and the sentence on the card. %(...)s are numbers as `_said` writes them.
REASONS: dict[Reason, tuple[Words, Words]] = {
    Reason.HIGH_FEE: (
        _("High stakes: a manager approves"),
        _("Guardrail: high stakes, %(fee)s; they begin at %(line)s."),
    ),
    Reason.HIGH_SHARE: (
        _("High stakes: a manager approves"),
        _("Guardrail: high stakes, %(share)s of the budget; they begin at %(line)s."),
    ),
    Reason.NO_RATE: (
        _("No exchange rate"),
        _("Guardrail: the price is in %(currency)s and no rate is known, so it counts as high stakes."),
    ),
    Reason.SERIOUS_FLAG: (
        _("A figure far outside peers"),
        _("Guardrail: %(feature)s lies far outside peers. That is a reason to look, not a verdict."),
    ),
    Reason.SENSITIVE: (_("Sensitive topic"), _("Guardrail: the topic “%(topic)s” is sensitive for this brand.")),
    Reason.UNSEEN: (
        _("A type the model has not seen"),
        _("Guardrail: the model has hardly seen this type of creator, only %(peers)s like this one."),
    ),
    Reason.NO_MODEL: (_("No approved model"), _("Guardrail: nobody has approved the model of this market.")),
    Reason.OWNER_GONE: (_("The policy has no owner"), _("Guardrail: the policy’s owner has left, so people decide.")),
    Reason.GATE: (
        _("A market gate is open"),
        _("Guardrail: a market gate is open, and only a person can answer it before money is spoken of."),
    ),
    Reason.PROVEN: (
        _("Proven partner"),
        _(
            "Fast track: proven partner, %(results)s in band, and the terms are no worse than last time. "
            "One key approves."
        ),
    ),
    Reason.REFERRED: (
        _("Referred by a colleague"),
        _("Fast track: referred by a colleague, nothing unusual against peers. One key approves."),
    ),
    Reason.OVER_LINE: (
        _("Decided by the AI"),
        _("The AI decides low stakes alone from %(line)s; it is %(confidence)s sure."),
    ),
    Reason.SPOT_CHECK: (
        _("Spot check"),
        _("Spot check: some of the AI’s own decisions come to a person, so that we know how often it is wrong."),
    ),
    Reason.SHADOW: (_("Shadow: people decide"), _("In shadow the AI scores and people decide.")),
    Reason.TOP: (
        _("Among the first %(wanted)s"),
        _("Place %(rank)s: whoever would go forward is decided by a person (%(wanted)s are wanted)."),
    ),
    Reason.AT_CUT: (
        _("Near the cut, place %(rank)s"),
        _("Place %(rank)s, near the cut after place %(wanted)s: here a person’s view changes who goes forward."),
    ),
    Reason.DRAWN: (
        _("Drawn at random"),
        _(
            "Drawn at random from everybody else in the run, so that we learn what the AI overlooks; "
            "the chance was %(chance)s."
        ),
    ),
    Reason.ASKED: (_("A colleague wants to look"), _("A colleague asked to look at this creator.")),
    Reason.UNSURE: (_("The AI is unsure"), _("The AI is unsure: the chance is %(p)s, too near the line.")),
    Reason.MEDIUM: (_("Medium stakes"), _("Medium stakes: the AI decides alone only at low ones.")),
    Reason.NOT_LEARNED: (
        _("Not learned yet"),
        _("The score is an expert prior, not learned yet: the AI decides nothing alone."),
    ),
    Reason.UNDER_LINE: (
        _("%(confidence)s sure, under %(line)s"),
        _("The AI is %(confidence)s sure, under the line of %(line)s."),
    ),
}  # fmt: skip


def _said(numbers: Numbers, currency: str) -> dict[str, str]:
    """Return the numbers of a reason as the reader writes them."""
    out = {name: str(value) for name, value in numbers.items()}
    money = isinstance(numbers.get("fee"), int)
    for name in ("fee", "line") if money else ():
        out[name] = wording.money(numbers[name], currency)
    for name in ("share", "p", "confidence", *(() if money else ("line",))):
        if name in numbers:
            out[name] = wording.share(numbers[name] / 100)
    if "feature" in numbers:
        out["feature"] = screening.feature(numbers["feature"])
    if "results" in numbers:
        out["results"] = ngettext("%(n)d result", "%(n)d results", numbers["results"]) % {"n": numbers["results"]}
    if "peers" in numbers:
        out["peers"] = ngettext("%(n)d profile", "%(n)d profiles", numbers["peers"]) % {"n": numbers["peers"]}
    if "probability_u6" in numbers:
        out["chance"] = small_chance(numbers["probability_u6"] / MILLION)
    return out


def small_chance(share: float) -> str:
    """Return the chance of a draw: 4%, 0.3%, or under 0.1%."""
    if share < 0.001:
        return gettext("under %(share)s") % {"share": wording.share(0.001, 1)}
    return wording.share(share, 1 if share < 0.01 else 0)


def reason(code: str, numbers: Numbers, currency: str) -> str:
    """Return why a person is asked, as a sentence."""
    return str(REASONS[Reason(code)][1]) % _said(numbers, currency)


def reasons(task: ReviewTask) -> list[str]:
    """Return all reasons of a card as sentences, the most important first; for a doubled first deal that too."""
    currency = task.campaign.brand.currency
    found = [reason(code, numbers, currency) for code, numbers in task.reasons]
    if any(numbers.get("first") for _code, numbers in task.reasons):
        found.insert(1, gettext("A first deal with a creator counts double."))
    return found


def short_reason(task: ReviewTask) -> str:
    """Return the first reason in a few words, for the list."""
    if not task.reasons:
        return ""
    code, numbers = task.reasons[0]
    return str(REASONS[Reason(code)][0]) % _said(numbers, task.campaign.brand.currency)


def rule(policy: Policy) -> str:
    """Return a policy version's short name: US-4."""
    return f"{policy.market_id}-{policy.version}"


def by_when(moment: datetime, *, now: datetime) -> str:
    """Return a deadline: the time alone today, with its date on other days."""
    same_day = timezone.localtime(moment).date() == timezone.localtime(now).date()
    return wording.clock(moment) if same_day else f"{wording.day(moment, now=now)} {wording.clock(moment)}"


def on_expiry(task: ReviewTask, *, now: datetime, manager: str = "", up: Up | None = None) -> str:
    """Return what happens if nobody decides, as it is said beforehand.

    manager: the name of whoever is asked then. up: why an open card goes to the manager, None where the clock decides.
    """
    if task.due_at is None:
        return _without_clock(task)
    given = {"time": by_when(task.due_at, now=now), "name": manager or gettext("the manager")}
    return str(UP[up] if up else _clock_sentence(task)) % given


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
        return _("If nobody decides by %(time)s, it is held: the AI is unsure.")
    if task.recommendation.verdict == Verdict.RECOMMEND:
        return _(
            "If nobody decides by %(time)s, the AI’s Partner stands and is recorded as decided without a person. "
            "Nothing is sent to the creator."
        )
    return _("If nobody decides by %(time)s, the AI’s Do not partner stands: not shown now, never rejected for good.")


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
    Up.GATE: _(
        "If nobody decides by %(time)s, it goes up to %(name)s. The clock approves nobody while a market gate is open."
    ),
}


def event(step: Event) -> str:
    """Return one step of a case in words; what people wrote stands beside it."""
    said = {
        "name": step.by.name if step.by else gettext("the AI"),
        "to": step.to.name if step.to else gettext("nobody"),
    }
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
}


def _claimed(step: Event, said: dict[str, str]) -> str:
    return str(CLAIMS[step.numbers["what"]]) % said


def _viewed(step: Event, said: dict[str, str]) -> str:
    if step.numbers.get("what") == "note":
        return gettext("Note: %(name)s") % said
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
    "hold": _("Held at the deadline: the AI is unsure"),
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


EVENTS: dict[str, Callable[[Event, dict[str, str]], str]] = {
    Kind.RECOMMENDATION: _answered,
    Kind.CLAIM: _claimed,
    Kind.OVERLAY: _viewed,
    Kind.DECISION: _decided,
    Kind.EXPIRY: _expired,
    Kind.APPROVAL: _approved,
    Kind.UNDO: _undone,
    Kind.GATE: _gate,
}


def rules(policy: Policy) -> list[str]:
    """Return what a policy says, as sentences in the order in which its rules are asked."""
    currency = policy.brand.currency
    given = {
        "medium": wording.money(policy.medium_fee_minor, currency),
        "high": wording.money(policy.high_fee_minor, currency),
        "budget_share": wording.share(policy.high_budget_share_u6 / MILLION),
        "line": wording.share(policy.auto_line_u6 / MILLION),
        "checks": wording.share(policy.spot_check_share_u6 / MILLION),
        "random": wording.share(policy.random_share_u6 / MILLION),
        "decision_line": wording.share(policy.decision_line_u6 / MILLION),
        "owner": policy.owner.name,
    }
    lines = [GUARDRAILS, STAKES, FAST, REFERRALS[policy.trusts_referrals], ALONE[policy.is_shadow], LINE, OWNER]
    return [str(line) % given for line in lines] + _counted(policy, given)


GUARDRAILS = _(
    "Always a person: high stakes, a serious flag, a sensitive topic, a type of creator the model has not seen, "
    "no approved model, no owner, an open market gate. No policy can switch this off."
)
STAKES = _(
    "Stakes are medium from %(medium)s, high from %(high)s or %(budget_share)s of the budget. "
    "A first deal counts double."
)
FAST = _("Fast track: 3 or more results in band, unchanged terms, nothing unusual against peers. One key approves.")
REFERRALS = {
    True: _("Fast track also for those whom a colleague referred."),
    False: _("A referral alone gives no fast track."),
}
ALONE = {
    True: _("In shadow: the AI scores, people decide, what expires goes to the manager."),
    False: _(
        "The AI decides alone: Partner, low stakes, over %(line)s. A person checks %(checks)s of these at random."
    ),
}
LINE = _("Partner from a chance of %(decision_line)s; near it the AI is unsure.")
OWNER = _("What the AI decides, and what the clock decides, is owned by %(owner)s.")


def _counted(policy: Policy, given: Mapping[str, str]) -> list[str]:
    budget, hours, seconds = policy.review_budget, policy.deadline_hours, policy.undo_seconds
    return [
        ngettext(
            "People are asked about %(n)d card of a run; %(random)s of them are drawn at random.",
            "People are asked about %(n)d cards of a run; %(random)s of them are drawn at random.",
            budget,
        )
        % {**given, "n": budget},
        ngettext("A card is due after %(n)d hour.", "A card is due after %(n)d hours.", hours) % {"n": hours},
        ngettext(
            "A decision can be taken back for %(n)d second.", "A decision can be taken back for %(n)d seconds.", seconds
        )
        % {"n": seconds},
    ]
