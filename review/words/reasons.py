"""Why a person is asked, in a few words for the list and as a sentence on the card."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import sight, wording
from review.models import ReviewTask, Stakes
from review.routing import Reason
from review.seals import SAID_FOR_ANY_VERDICT
from screening import words as screening

Words = str | Promise


Numbers = Mapping[str, Any]


MILLION = 1_000_000
PRICES = frozenset({"fee", "share"})  # of one creator, in money and of the budget


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
            "Fast track: proven partner, %(results)s in band, and the terms are no worse than last time."
        ),
    ),
    Reason.REFERRED: (
        _("Referred by a colleague"),
        _("Fast track: referred by a colleague whose word the rules trust, nothing unusual against peers."),
    ),
    Reason.ONE_KEY: (_("One key approves"), _("One key approves.")),
    Reason.STRAIGHT: (
        _("Straight through"),
        _("Straight through: the rules ask for no key at low stakes; it can be taken back."),
    ),
    Reason.OVER_LINE: (
        _("Decided by the AI"),
        _("The AI decides low stakes alone from %(line)s; it is %(confidence)s sure."),
    ),
    Reason.SPOT_CHECK: (
        _("Spot check"),
        _("Spot check: some of the AI’s own decisions come to a person, so that we know how often it is wrong."),
    ),
    Reason.STOPPED: (_("The AI is stopped"), _("The AI is stopped here: people decide everything.")),
    Reason.TAKEN_BACK: (
        _("Taken back from the AI"),
        _("A manager took back what was decided without a person: a person decides."),
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
    Reason.UNDER_CHANCE: (
        _("A chance of %(p)s, asked for is %(line)s"),
        _("The chance is %(p)s; at these stakes the rules ask for %(line)s."),
    ),
    Reason.TO_PEOPLE: (_("People decide low stakes here"), _("The rules leave low stakes to people here.")),
    Reason.TO_EXPERT: (
        _("The rules ask a regional expert"),
        _("At these stakes (%(stakes)s) the rules ask a regional expert of the market."),
    ),
    Reason.TO_MANAGER: (
        _("The rules ask a manager as well"),
        _("At these stakes (%(stakes)s) the rules ask a manager as well."),
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
    if "stakes" in numbers:
        out["stakes"] = str(Stakes(numbers["stakes"]).label)
    if "feature" in numbers:
        out["feature"] = screening.feature(numbers["feature"])
    if "results" in numbers:
        out["results"] = ngettext("%(n)d result", "%(n)d results", numbers["results"]) % {"n": numbers["results"]}
    if "peers" in numbers:
        out["peers"] = ngettext("%(n)d profile", "%(n)d profiles", numbers["peers"]) % {"n": numbers["peers"]}
    if "probability_u6" in numbers:
        out["chance"] = small_chance(numbers["probability_u6"] / MILLION)
    return out if sight.sees(sight.FEE) else out | dict.fromkeys(PRICES & out.keys(), str(sight.HIDDEN))


def opened(reasons: Sequence[tuple[str, Numbers]]) -> list[tuple[str, Numbers]]:
    """Return codes and numbers as a program may read them: without prices that the reader's role does not need."""
    if sight.sees(sight.FEE):
        return list(reasons)
    return [(code, {name: one for name, one in numbers.items() if name not in PRICES}) for code, numbers in reasons]


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


def reasons_sealed(task: ReviewTask) -> list[str]:
    """Return the reasons that would be said whatever the AI's verdict were."""
    currency = task.campaign.brand.currency
    said = [(code, numbers) for code, numbers in task.reasons if code in SAID_FOR_ANY_VERDICT]
    return [reason(code, numbers, currency) for code, numbers in said]


def short_reason(task: ReviewTask) -> str:
    """Return the first reason in a few words, for the list."""
    if not task.reasons:
        return ""
    code, numbers = task.reasons[0]
    return str(REASONS[Reason(code)][0]) % _said(numbers, task.campaign.brand.currency)
