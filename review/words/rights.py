"""The matrix of decision rights in words: a cell, how two versions differ, what kinds of decisions have cards today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import wording
from accounts.models import Role, User
from review import policies
from review.judgement.rights import MILLION, DecisionType, Leads, Right
from review.models import FastTrack, Policy, Stakes

Words = str | Promise
KINDS: dict[str, Words] = {
    DecisionType.PARTNERSHIP: _("Partnership"),
    DecisionType.BASELINE: _("Baseline screening"),
    DecisionType.FORECAST: _("Forecast adjustment"),
    DecisionType.STRATEGY: _("Strategy"),
    DecisionType.CONTENT: _("Content and execution"),
}
# Which kinds are decided in this product today, and where: an honest line over the matrix.
TODAY: dict[str, Words] = {
    DecisionType.PARTNERSHIP: _("Every card of the queue is a decision of this kind: what stands here routes it."),
    DecisionType.BASELINE: _(
        "Screening makes no cards: a run ranks everybody who meets the hard criteria, and the rest is not shown now. "
        "What stands here is kept and audited; no card is routed by it yet."
    ),
    DecisionType.FORECAST: _(
        "A forecast is adjusted on the card of a partnership, by whoever decides that card. "
        "What stands here is kept and audited; no card is routed by it yet."
    ),
    DecisionType.STRATEGY: _(
        "Strategy is decided by people in the strategy session. "
        "What stands here is kept and audited; no card is routed by it yet."
    ),
    DecisionType.CONTENT: _(
        "Content and execution have no cards yet. What stands here is kept and audited, and nothing is routed by it."
    ),
}
LEADS: dict[str, Words] = {
    Leads.AI: _("AI decides"),
    Leads.PERSON: _("Strategist"),
    Leads.EXPERT: _("Regional expert"),
    Leads.MANAGER: _("Strategist, then manager"),
}
CLOCKS: dict[str, Words] = {
    "stands": _("the AI’s verdict stands"),
    "holds": _("held"),
    "escalates": _("up to the manager"),
}
RULES: dict[str, Words] = {
    "leads": _("who decides"),
    "decision_line_u6": _("decision line"),
    "auto_line_u6": _("auto line"),
    "blind_share_u6": _("blind-first share"),
    "spot_check_share_u6": _("spot-check share"),
    "hours": _("deadline"),
    "on_expiry": _("at expiry"),
    "deputy": _("deputy"),
}
GENERAL: dict[str, Words] = {
    "is_shadow": _("Shadow"),
    "decision_line_u6": _("Decision line"),
    "unsure_band_u6": _("Unsure on either side of the line"),
    "auto_line_u6": _("Auto line"),
    "spot_check_share_u6": _("Spot-check share"),
    "random_share_u6": _("Random share of what people see"),
    "review_budget": _("Cards of a run that people are asked about"),
    "deadline_hours": _("Deadline"),
    "undo_seconds": _("Time to take a decision back"),
    "auto_undo_hours": _("Time to take back what was decided without a person"),
    "medium_fee_minor": _("Medium stakes from"),
    "high_fee_minor": _("High stakes from"),
    "high_budget_share_u6": _("High stakes from this share of the budget"),
    "fast_track": _("Fast track"),
    "results_months": _("Age of results that prove a partner, months"),
    "trusts_referrals": _("Fast track by referral"),
    "trusted": _("Whose referral counts"),
    "card_minutes": _("Minutes of a person for one card"),
    "minute_cost_minor": _("Cost of a person’s minute"),
    "blind_share_u6": _("Blind-first share"),
    "practice_share_u6": _("Practice share"),
    "fresh_sign_in_minor": _("Password again from"),
    "has_business_hours": _("Deadlines count working hours only"),
}
YES_NO: dict[bool, Words] = {True: pgettext_lazy("rule", "yes"), False: pgettext_lazy("rule", "no")}


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown. look: a the AI, h a person, m a manager, x fast track, n nobody."""

    look: str
    who: Words
    lines: list[str]

    @property
    def voice(self) -> str:
        """Whose sign stands before it."""
        return {"a": "ai", "x": "both", "n": ""}.get(self.look, "human")


def cell(policy: Policy, kind: str, stakes: str, *, is_stopped: bool = False) -> Cell:
    """Return what a policy says of one kind of decision at these stakes."""
    right = policies.right(policy, stakes, DecisionType(kind))
    is_off = is_stopped or policies.is_shadow(policy)
    is_ai = right.leads == Leads.AI and not (is_off and kind == DecisionType.PARTNERSHIP)
    who = LEADS[right.leads] if is_ai or right.leads != Leads.AI else LEADS[Leads.PERSON]
    look = "a" if is_ai else "m" if right.leads == Leads.MANAGER else "h"
    return Cell(look, who, [*_own_lines(policy, right, is_ai=is_ai), _clock_line(right, is_off=is_off)])


def _own_lines(policy: Policy, right: Right, *, is_ai: bool) -> list[str]:
    if is_ai:
        return [
            gettext("auto line %(line)s") % {"line": _share(right.auto_line_u6)},
            gettext("%(share)s spot-checked, undo %(hours)d h")
            % {"share": _share(right.spot_check_share_u6), "hours": policy.auto_undo_hours},
        ]
    found = [gettext("%(share)s blind-first") % {"share": _share(right.blind_share_u6)}]
    if right.decision_line_u6 != policy.decision_line_u6:
        found.insert(0, gettext("Partner only from %(line)s") % {"line": _share(right.decision_line_u6)})
    return found


def _clock_line(right: Right, *, is_off: bool) -> str:
    then = CLOCKS["escalates"] if is_off else CLOCKS[right.on_expiry]
    return gettext("%(hours)d h, then %(what)s") % {"hours": right.hours, "what": then}


def fast_cells(policy: Policy) -> list[Cell]:
    """Return the row of fast track: low, medium, high."""
    if policy.fast_track == FastTrack.OFF or policies.is_shadow(policy):
        return [Cell("n", _("Off"), [])] * 2 + [Cell("m", LEADS[Leads.MANAGER], [])]
    months = policy.results_months
    proven = gettext("3 results in band, terms unchanged")
    fresh = ngettext("of the last %(n)d month", "of the last %(n)d months", months) % {"n": months}
    straight, one_key = _("Straight through"), _("One-click confirm")
    low = straight if policy.fast_track == FastTrack.STRAIGHT else one_key
    undo = gettext("undo %(hours)d h") % {"hours": policy.auto_undo_hours}
    return [
        Cell("x", low, [proven, fresh, undo] if low is straight else [proven, fresh]),
        Cell("x", one_key, [gettext("any change of terms ends it"), gettext("any flag ends it")]),
        Cell("m", LEADS[Leads.MANAGER], [gettext("a guardrail: no fast track")]),
    ]


def random_cells(policy: Policy) -> list[Cell]:
    """Return the row of exploration picks: low, medium, high."""
    share = gettext("%(share)s of what people see") % {"share": _share(policy.random_share_u6)}
    drawn = gettext("drawn at random, chance logged")
    person = Cell("h", LEADS[Leads.PERSON], [share, drawn])
    return [person, person, Cell("m", LEADS[Leads.MANAGER], [drawn])]


def differences(old: Policy, new: Policy) -> list[str]:
    """Return how the rules of two versions differ, a line each; owner and deputy first."""
    lines = [(label, one, two) for label, one, two in _people(old, new) if one != two]
    for name, label in GENERAL.items():
        one, two = getattr(old, name), getattr(new, name)
        if one != two:
            lines.append((str(label), _value(old, name, one), _value(new, name, two)))
    lines += _cells(old, new)
    return [f"{label}: {one} → {two}" for label, one, two in lines]


def _people(old: Policy, new: Policy) -> list[tuple[str, str, str]]:
    nobody = gettext("nobody")
    return [
        (gettext("Owner"), old.owner.name, new.owner.name),
        (gettext("Deputy"), str(old.deputy or nobody), str(new.deputy or nobody)),
    ]


def _cells(old: Policy, new: Policy) -> list[tuple[str, str, str]]:
    found = []
    for kind in DecisionType:
        for band in Stakes:
            was, now = old.rights.get(kind, {}).get(band, {}), new.rights.get(kind, {}).get(band, {})
            for name in sorted({*was, *now}):
                if was.get(name) != now.get(name):
                    place = gettext("%(kind)s, stakes %(stakes)s, %(rule)s") % {
                        "kind": KINDS[kind], "stakes": band.label, "rule": RULES.get(name, name),
                    }  # fmt: skip
                    found.append((place, _cell_value(name, was), _cell_value(name, now)))
    return found


def _cell_value(name: str, cell: Mapping[str, Any]) -> str:
    if name not in cell:
        return gettext("as for all")
    value = cell[name]
    if name == "leads":
        return str(LEADS.get(value, value))
    if name == "on_expiry":
        return str(CLOCKS.get(value, value))
    if name == "deputy":
        return str(User.objects.filter(pk=value).first() or gettext("nobody"))
    return gettext("%(hours)d h") % {"hours": value} if name == "hours" else _share(value)


def _value(policy: Policy, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(YES_NO[value])
    if value is None:
        return gettext("as usual")
    if name == "fast_track":
        return str(FastTrack(value).label)
    if name == "trusted":
        return trusted(value)
    if name.endswith("_minor"):
        return wording.money(value, policy.brand.currency)
    if name.endswith("_u6"):
        return _share(value)
    hours = {"deadline_hours", "auto_undo_hours"}
    unit = _("%(n)s h") if name in hours else _("%(n)s s") if name == "undo_seconds" else "%(n)s"
    return str(unit) % {"n": wording.number(value)}


def trusted(codes: Iterable[str]) -> str:
    """Return whose referral counts, in words."""
    named = [code.partition(":") for code in codes]
    people = User.objects.filter(pk__in=[key for what, _sep, key in named if what == "user" and key.isdigit()])
    roles = [str(Role(key).label) for what, _sep, key in named if what == "role" and key in Role.values]
    return ", ".join([*roles, *people.values_list("name", flat=True)]) or gettext("any colleague")


def _share(value_u6: int) -> str:
    return wording.share(value_u6 / MILLION, 0 if value_u6 % 10_000 == 0 else 1)
