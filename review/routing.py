"""Who leads, as a written rule: the order of product.md section 2, first match wins, always with reasons.

Pure: facts and rules go in, a route comes out. Reasons are codes with numbers; the words are made in `words.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from review.judgement.rights import MILLION, Leads, Right
from review.models import FastTrack, Lane, OnExpiry, Route, Stakes
from screening.models import Verdict

PROVEN = 3  # results in band
FIRST_DEAL = 2  # a first deal with a creator counts double
Found = list[Any]  # [code, {name: number}]


class Reason(StrEnum):
    """Why a person is asked, or is not."""

    # guardrails
    HIGH_FEE = "high_fee"
    HIGH_SHARE = "high_share"
    NO_RATE = "no_rate"
    SERIOUS_FLAG = "serious_flag"
    SENSITIVE = "sensitive"
    UNSEEN = "unseen"
    NO_MODEL = "no_model"
    OWNER_GONE = "owner_gone"
    GATE = "gate"
    # fast track
    PROVEN = "proven"
    REFERRED = "referred"
    ONE_KEY = "one_key"
    STRAIGHT = "straight"
    # the AI alone
    OVER_LINE = "over_line"
    SPOT_CHECK = "spot_check"
    # review
    STOPPED = "stopped"
    TAKEN_BACK = "taken_back"
    SHADOW = "shadow"
    TOP = "top"
    AT_CUT = "at_cut"
    DRAWN = "drawn"
    ASKED = "asked"
    UNSURE = "unsure"
    MEDIUM = "medium"
    NOT_LEARNED = "not_learned"
    UNDER_LINE = "under_line"
    UNDER_CHANCE = "under_chance"
    TO_PEOPLE = "to_people"
    TO_EXPERT = "to_expert"
    TO_MANAGER = "to_manager"


class Shown(StrEnum):
    """Why a candidate came before anybody at all."""

    TOP = "top"
    CUT = "cut"
    DRAWN = "drawn"
    ASKED = "asked"


@dataclass(frozen=True)
class Rules:
    """What the policy says, in plain values: lines and shares 0-1, fees in minor units of the brand's currency."""

    rights: Mapping[str, Right]  # of partnerships, by stakes
    medium_fee: int
    high_fee: int
    high_budget_share: float
    trusts_referrals: bool
    is_shadow: bool
    is_owner_here: bool
    is_model_approved: bool
    is_learned: bool  # False: the expert card, a stated prior
    has_expert: bool = False  # a regional expert of the market is here
    fast: str = FastTrack.CONFIRM
    is_stopped: bool = False  # the stop button of the market or the model


@dataclass(frozen=True)
class Facts:
    """What is known of one candidate. fee: minor units of the brand's currency, None = no rate to compare it with."""

    shown: Shown
    rank: int
    wanted: int
    verdict: str
    p: float
    fee: int | None
    budget: int
    currency: str = ""
    probability: float = 1.0  # of being shown to a person
    is_first_deal: bool = True
    results_in_band: int = 0
    paid_before: int | None = None  # by the same brand, last time
    is_referred: bool = False  # by somebody whom the policy trusts
    flags: tuple[str, ...] = ()
    serious: tuple[str, ...] = ()  # features of serious flags that no market norm answers
    sensitive: tuple[str, ...] = ()  # listed topics that the creator touches
    has_open_gate: bool = False  # a market gate is closed to this profile, or nobody has answered it yet
    peers: int | None = None  # of its type in the pool, None = not counted
    is_spot_checked: bool = False

    @property
    def confidence(self) -> float:
        """Chance that the verdict proves right; for Unsure the larger side."""
        sure = {Verdict.RECOMMEND: self.p, Verdict.DECLINE: 1 - self.p}
        return sure.get(Verdict(self.verdict), max(self.p, 1 - self.p))


@dataclass(frozen=True)
class Routed:
    """Who leads, why, how much hangs on it, and what the clock does."""

    route: Route
    lane: Lane
    stakes: Stakes
    is_guarded: bool
    on_expiry: OnExpiry
    reasons: list[Found] = field(default_factory=list)
    is_alone: bool = False  # decided at once, without a person


FEWEST_PEERS = 10  # fewer profiles of a platform and size in the pool: a type the model has not seen


def stakes_of(facts: Facts, rules: Rules) -> tuple[Stakes, Found | None]:
    """Return the stakes, and for high ones why. A first deal counts double; an unknown rate counts as high."""
    if facts.fee is None:
        return Stakes.HIGH, [Reason.NO_RATE, {"currency": facts.currency}]
    felt = facts.fee * (FIRST_DEAL if facts.is_first_deal else 1)
    if felt >= rules.high_fee:
        return Stakes.HIGH, [Reason.HIGH_FEE, {"fee": facts.fee, "line": rules.high_fee, "first": facts.is_first_deal}]
    share = facts.fee / facts.budget
    if share >= rules.high_budget_share:
        return Stakes.HIGH, [Reason.HIGH_SHARE, {"share": _percent(share), "line": _percent(rules.high_budget_share)}]
    return (Stakes.MEDIUM if felt >= rules.medium_fee else Stakes.LOW), None


def guardrails(facts: Facts, rules: Rules) -> list[Found]:
    """Return what sends this candidate to a person whatever the policy says; empty: nothing does."""
    high = stakes_of(facts, rules)[1]
    found: list[Found] = [high] if high else []
    found += [[Reason.SERIOUS_FLAG, {"feature": feature}] for feature in facts.serious[:1]]
    found += [[Reason.SENSITIVE, {"topic": topic}] for topic in facts.sensitive[:1]]
    if facts.peers is not None and facts.peers < FEWEST_PEERS:
        found.append([Reason.UNSEEN, {"peers": facts.peers}])
    if not rules.is_model_approved:
        found.append([Reason.NO_MODEL, {}])
    if not rules.is_owner_here:
        found.append([Reason.OWNER_GONE, {}])
    if facts.has_open_gate:
        found.append([Reason.GATE, {}])
    return found


def fast_track(facts: Facts, rules: Rules) -> Found | None:
    """Return why one key is enough, if it is: proven with unchanged terms, or referred; clean either way."""
    if rules.fast == FastTrack.OFF or rules.is_shadow:
        return None
    if facts.flags or facts.sensitive or facts.verdict == Verdict.DECLINE:
        return None
    same_terms = facts.paid_before is not None and facts.fee is not None and facts.fee <= facts.paid_before
    if facts.results_in_band >= PROVEN and same_terms:
        return [Reason.PROVEN, {"results": facts.results_in_band}]
    return [Reason.REFERRED, {}] if facts.is_referred and rules.trusts_referrals else None


def goes_straight(facts: Facts, rules: Rules, stakes: Stakes) -> bool:
    """Tell whether fast track needs not even a key: low stakes, who would go forward anyway, and the policy says so."""
    return (
        rules.fast == FastTrack.STRAIGHT
        and stakes == Stakes.LOW
        and facts.shown == Shown.TOP
        and facts.verdict == Verdict.RECOMMEND
        and not rules.is_stopped
    )


def may_decide_alone(facts: Facts, rules: Rules, stakes: Stakes) -> bool:
    """Tell whether the AI decides: only who goes forward, over both lines, low stakes, learned, not in shadow."""
    right = rules.rights[stakes]
    return (
        facts.shown == Shown.TOP
        and facts.verdict == Verdict.RECOMMEND
        and facts.confidence > right.auto_line_u6 / MILLION
        and not is_under_chance(facts, right)
        and stakes == Stakes.LOW
        and right.leads == Leads.AI
        and rules.is_learned
        and not rules.is_shadow
        and not rules.is_stopped
    )


def is_under_chance(facts: Facts, right: Right) -> bool:
    """Tell whether the AI's Partner lies under the chance that the rules ask for at these stakes."""
    return facts.verdict == Verdict.RECOMMEND and facts.p < right.decision_line_u6 / MILLION


def route(facts: Facts, rules: Rules) -> Routed:
    """Return who leads. Guardrails first, then fast track, then the auto line, then review."""
    stakes, _high = stakes_of(facts, rules)
    if guarded := guardrails(facts, rules):
        knows = Route.EXPERT if facts.sensitive and rules.has_expert else Route.REVIEW
        lead = Route.MANAGER if stakes == Stakes.HIGH else knows
        return _answer(facts, rules, lead, stakes, [*guarded, *_stopped(rules), *_shown(facts)], is_guarded=True)
    if fast := fast_track(facts, rules):
        straight = goes_straight(facts, rules, stakes)
        said: Found = [Reason.STRAIGHT, {}] if straight else [Reason.ONE_KEY, {}]
        return _answer(facts, rules, Route.FAST, stakes, [fast, said, *_stopped(rules)], is_alone=straight)
    if may_decide_alone(facts, rules, stakes):
        check: list[Found] = [[Reason.SPOT_CHECK, {}]] if facts.is_spot_checked else []
        over: Found = [Reason.OVER_LINE, _against_line(facts, rules.rights[stakes])]
        return _answer(facts, rules, Route.AUTO, stakes, [*check, over], is_alone=True)
    lead, asked = _asked(rules, stakes)
    return _answer(facts, rules, lead, stakes, [*_shown(facts), *_why_not_alone(facts, rules, stakes), *asked])


def _asked(rules: Rules, stakes: Stakes) -> tuple[Route, list[Found]]:
    leads = rules.rights[stakes].leads
    if leads == Leads.EXPERT and rules.has_expert:
        return Route.EXPERT, [[Reason.TO_EXPERT, {"stakes": str(stakes)}]]
    if leads == Leads.MANAGER:
        return Route.MANAGER, [[Reason.TO_MANAGER, {"stakes": str(stakes)}]]
    is_low = stakes == Stakes.LOW and leads != Leads.AI
    return Route.REVIEW, [[Reason.TO_PEOPLE, {}]] if is_low else []


def _answer(
    facts: Facts,
    rules: Rules,
    lead: Route,
    stakes: Stakes,
    reasons: list[Found],
    *,
    is_guarded: bool = False,
    is_alone: bool = False,
) -> Routed:
    clock = on_expiry(facts, rules, stakes, is_guarded=is_guarded)
    return Routed(lead, lane_of(facts, lead), stakes, is_guarded, clock, reasons, is_alone)


def on_expiry(facts: Facts, rules: Rules, stakes: Stakes, *, is_guarded: bool) -> OnExpiry:
    """Return what the clock does. It approves nothing high, guarded, in shadow or stopped, and holds what is Unsure."""
    right = rules.rights[stakes]
    if stakes == Stakes.HIGH or is_guarded or rules.is_shadow or rules.is_stopped:
        return OnExpiry.ESCALATES
    if right.on_expiry == OnExpiry.STANDS and (facts.verdict == Verdict.UNSURE or is_under_chance(facts, right)):
        return OnExpiry.HOLDS
    return OnExpiry(right.on_expiry)


def lane_of(facts: Facts, lead: Route) -> Lane:
    """Return the part of the queue a card stands in."""
    if lead == Route.AUTO:
        return Lane.SPOT
    if lead == Route.FAST:
        return Lane.FAST
    if facts.shown == Shown.DRAWN:
        return Lane.EXPLORE
    if facts.verdict == Verdict.UNSURE:
        return Lane.UNCERTAIN
    return Lane.TOP if facts.shown == Shown.TOP else Lane.CUT


def _shown(facts: Facts) -> list[Found]:
    if facts.shown == Shown.DRAWN:
        return [[Reason.DRAWN, {"probability_u6": round(facts.probability * 1e6)}]]
    if facts.shown == Shown.ASKED:
        return [[Reason.ASKED, {}]]
    if facts.shown == Shown.TOP:
        return [[Reason.TOP, {"rank": facts.rank, "wanted": facts.wanted}]]
    return [[Reason.AT_CUT, {"rank": facts.rank, "wanted": facts.wanted}]]


def _stopped(rules: Rules) -> list[Found]:
    return [[Reason.STOPPED, {}]] if rules.is_stopped else []


def _why_not_alone(facts: Facts, rules: Rules, stakes: Stakes) -> list[Found]:
    right = rules.rights[stakes]
    found: list[Found] = _stopped(rules)
    found += [[Reason.SHADOW, {}]] if rules.is_shadow else []
    if facts.verdict == Verdict.UNSURE:
        found.append([Reason.UNSURE, {"p": _percent(facts.p)}])
    if stakes != Stakes.LOW:
        found.append([Reason.MEDIUM, {}])
    if is_under_chance(facts, right):
        line = round(right.decision_line_u6 / MILLION * 100)
        found.append([Reason.UNDER_CHANCE, {"p": _percent(facts.p), "line": line}])
    if not rules.is_learned:
        found.append([Reason.NOT_LEARNED, {}])
    elif facts.verdict != Verdict.UNSURE and facts.confidence <= right.auto_line_u6 / MILLION:
        found.append([Reason.UNDER_LINE, _against_line(facts, right)])
    return found


def _against_line(facts: Facts, right: Right) -> dict[str, int]:
    return {"confidence": _percent(facts.confidence), "line": _percent(right.auto_line_u6 / MILLION)}


def _percent(share: float) -> int:
    return round(share * 100)
