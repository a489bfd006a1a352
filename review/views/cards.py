"""A card in words: who, why a person decides, what the AI says, what is known, and what people added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import sight, wording
from accounts.models import User
from audit.models import Kind
from review import words
from review.forms import ENDS, TOP, DeskForm, Vote
from review.models import Choice, Relationship
from review.overlays import Field
from review.queries import Button, Card, Event, Past, View, version_of
from review.queries.precedents import Precedent
from review.views import rows
from screening import gates, look_words
from screening import words as screening
from screening.engine.tables import PROXY
from screening.engine.types import DecisionLine
from screening.judging import line_used
from screening.models import Recommendation, Verdict

Words = str | Promise
MILLION = 1_000_000
AVERAGE = 50  # score points of the market's average
PEERS = {"band": (0.05, 0.95), "median": 0.5, "axis": (0.0, 1.0)}  # a flag's place among peers, as shares


@dataclass(frozen=True)
class Factor:
    """One signed part of the score. vote: what the desk asks about it."""

    code: str
    label: str
    detail: str
    points: float
    vote: Vote | None = None


@dataclass(frozen=True)
class Score:
    """What moved the score: the top factors, the rest as one part, all of them, and the longest bar in points."""

    top: list[Factor]
    rest: Factor
    all: list[Factor]
    scale: float


@dataclass(frozen=True)
class Gate:
    """What a market gate says, with its evidence."""

    result: gates.GateResult
    kind: str
    sign: str
    detail: str


@dataclass(frozen=True)
class Step:
    """One step of the history. voice: whose it is."""

    voice: str
    text: str
    at: datetime
    quotes: list[str]
    lines: list[str]  # of an overlay: what that version said


@dataclass(frozen=True)
class Act:
    """A button of a decision: its words, what pressing it asks for, and whether it can be pressed."""

    choice: str
    label: str
    key: str
    is_override: bool
    asks: str  # override, reason, hold, or empty: nothing
    is_open: bool


@dataclass(frozen=True)
class Said:
    """What a colleague added, in lines."""

    by: User
    at: datetime
    lines: list[str]


@dataclass(frozen=True)
class Face:
    """Everything that the page says about one card."""

    card: Card
    name: str
    language: str
    place: str
    sign: str
    why: list[str]
    rule: str
    expiry: str
    stakes: str
    fee: str
    verdict: str
    confidence: float
    line: float  # the policy's auto line
    judged: DecisionLine  # against which the run set its verdict
    is_prior: bool
    is_proxy: bool  # learned from what is no result
    chances: tuple[float, float] | None  # where the chance may lie in truth, of a learned model
    score: Score
    rank: int  # counted without cards that are sealed for the reader
    know: dict[str, list[str]]
    flags: list[Mapping[str, Any]]
    look: str  # what a look at them would find; empty where nothing tells
    gates: list[Gate]
    market: str
    history: list[Step]
    views: list[Said]
    acts: list[Act]
    figures: str


def is_proxy(knowledge: Mapping[str, Any]) -> bool:
    """Tell whether an answer says of itself that it learned from what is no result."""
    return any(one["code"] == PROXY for one in knowledge.get("uncertain", ()))


def face(card: Card, *, form: DeskForm, now: datetime) -> Face:
    """Return a card in the reader's words."""
    task, answer = card.task, card.answer
    name = answer.creator.name or f"@{answer.profile.handle}"
    market = task.campaign.market
    found = {step.uid: step.words.get("evidence", "") for step in card.history}
    return Face(
        card=card, name=name, language=rows.script(name),
        place=" · ".join(dict.fromkeys(filter(None, (market.code, answer.profile.country)))),
        sign=rows.sign(task), why=words.reasons(task), rule=words.rule(task.policy),
        expiry=expiry(card, now=now),
        stakes=_("%(stakes)s stakes") % {"stakes": task.get_stakes_display()},
        fee=sight.fee(task),
        verdict=str(Verdict(answer.verdict).label),
        confidence=answer.p if answer.confidence is None else answer.confidence,
        line=task.policy.auto_line_u6 / MILLION, judged=line_used(answer.run.norms),
        is_prior=bool(answer.knowledge.get("is_prior", True)), is_proxy=is_proxy(answer.knowledge),
        chances=answer.knowledge.get("chances"),
        score=score(answer, votes=form.votes), rank=answer.rank - (getattr(task, "sealed_above", None) or 0),
        know={part: [screening.knowledge(one) for one in answer.knowledge.get(part, ())] for part in KNOW},
        flags=[_flag(told) for told in answer.flags], look=look_words.said(answer.knowledge.get("look")),
        gates=[gate(one, found) for one in card.gates],
        market=market.name_ru if wording.is_russian() else market.name_en,
        history=[step(one) for one in card.history if one.kind != Kind.CLAIM], views=[_said(one) for one in card.views],
        acts=_acts(card), figures=_figures(card),
    )  # fmt: skip


KNOW = ("know", "uncertain", "no_data")


def expiry(card: Card, *, now: datetime) -> str:
    """Return what happens if nobody answers in time, with the name of whoever is asked then."""
    return words.on_expiry(card.task, now=now, manager=str(card.asked_next or ""), up=card.up)


def _figures(card: Card) -> str:
    size = screening.compact(card.followers) if card.followers is not None else ""
    return f"{card.answer.profile.get_platform_display()} {size}".strip()


def score(answer: Recommendation, *, votes: Mapping[str, Vote] | None = None) -> Score:
    """Return the signed parts of a score: 50 and the parts make it up, missing data is one of them."""
    typical = answer.knowledge.get("typical", {})
    known = [
        _factor(code, points, value, typical, votes or {})
        for code, points, value in answer.factors
        if value is not None
    ]
    missing = answer.score - AVERAGE - sum(one.points for one in known)
    lacking = [Factor("", _lacking(answer.missing), _("counted at its average, never as a zero"), missing)]
    everything = known + (lacking if answer.missing else [])
    rest, n = everything[TOP:], len(everything[TOP:])
    label = ngettext("%(n)d smaller factor", "%(n)d smaller factors", n) % {"n": n}
    top = known[:TOP]
    whole = Factor("", label, "", answer.score - AVERAGE - sum(one.points for one in top)) if rest else None
    scale = max([abs(one.points) for one in (*everything, *([whole] if whole else ()))], default=1.0)
    return Score(top, whole or Factor("", "", "", 0.0), everything, scale or 1.0)


def _lacking(count: int) -> str:
    return ngettext("Missing data: %(n)d figure", "Missing data: %(n)d figures", count) % {"n": count}


def _factor(code: str, points_u6: int, value: Any, typical: Mapping[str, float], votes: Mapping[str, Vote]) -> Factor:
    usual = screening.value(code, typical[code]) if code in typical and not isinstance(value, str) else ""
    detail = _("usual in this market: %(typical)s") % {"typical": usual} if usual else ""
    return Factor(code, screening.factor(code, value), detail, points_u6 / MILLION, votes.get(code))


def _flag(told: Mapping[str, Any]) -> dict[str, Any]:
    title = screening.factor(told["feature"], told["value"])
    return {
        "title": title,
        "text": screening.flag(told),
        "value": told["percentile"],
        "is_normal": bool(told.get("norm")),
    }


GATE = {
    gates.GateState.PASSED: ("ok", "check"),
    gates.GateState.BLOCKED: ("ask", "x"),
    gates.GateState.QUESTION: ("ask", "alert"),
    gates.GateState.NOT_DUE: ("wait", "clock"),
}


def gate(result: gates.GateResult, found: Mapping[UUID | None, str]) -> Gate:
    """Return what a gate says; found: what was looked up, by the entry of the answer."""
    kind, sign = GATE[result.state]
    detail = screening.gate(result.reason, result.numbers)
    if made := result.answer:
        detail = ", ".join(filter(None, (found.get(made.audit_id), wording.day(made.at))))
    return Gate(result, kind, sign, detail)


QUOTED = (
    "first_view", "rationale", "proof", "note", "question", "answer", "reason", "conditions", "evidence", "finding",
    "promise", "missing", "ai_answer",
)  # fmt: skip


def step(event: Event) -> Step:
    """Return a step of the history in words; what people wrote stands beside it."""
    voice = "ai" if event.kind == Kind.RECOMMENDATION else "human" if event.by else ""
    quotes = [event.words[name] for name in QUOTED if name in event.words]
    view = version_of(event)
    return Step(voice, words.event(event), event.at, quotes, lines_of(view) if view else [])


RELATED: dict[str, Words] = {
    Relationship.KNOW: gettext_lazy("knows the creator"),
    Relationship.WORKED: gettext_lazy("worked with the creator"),
    Relationship.REFERRAL: gettext_lazy("was referred to the creator"),
}


def _said(view: View) -> Said:
    return Said(view.overlay.by, view.overlay.at, lines_of(view))


def lines_of(view: View) -> list[str]:
    """Return an overlay in lines: relationship, scales, then what was written."""
    row = view.overlay
    lines = [str(RELATED[row.relationship])] if row.relationship in RELATED else []
    if row.referred_by:
        lines = [_("referred by %(name)s") % {"name": row.referred_by}]
    lines += [f"{label}: {getattr(row, name)}/5" for name, (label, _ends) in ENDS.items() if getattr(row, name)]
    for code, vote in row.factor_views.items():
        if vote == "disagree":
            said = _("disagrees: %(factor)s") % {"factor": screening.feature(code)}
            why = view.words.get(f"factor:{code}")
            lines.append(f"{said} ({why})" if why else said)
    if row.forecast_percent is not None:
        lines.append(_("forecast moved by %(share)s") % {"share": _signed(row.forecast_percent)})
    return lines + [f"{field.label}: {view.words[field]}" for field in Field if view.words.get(field)]


def _signed(percent: int) -> str:
    return f"{'+' if percent > 0 else ''}{wording.share(percent / 100)}"


def _acts(card: Card) -> list[Act]:
    keys = {Choice.APPROVE: "a", Choice.REJECT: "r", Choice.HOLD: "h"}
    return [_act(card, choice, card.buttons[choice], key) for choice, key in keys.items()]


def _act(card: Card, choice: Choice, button: Button, key: str) -> Act:
    asks = (
        "hold"
        if choice == Choice.HOLD
        else "override"
        if button.is_override
        else "reason"
        if button.needs_reason
        else ""
    )
    label = _("Send to %(name)s") % {"name": button.to.name.split()[0]} if button.to else str(choice.label)
    return Act(choice, label, key, button.is_override, asks, choice in card.allowed)


@dataclass(frozen=True)
class Work:
    """A line of past work. tone: of its chip."""

    when: datetime | Any
    campaign: str
    what: str
    chip: str
    tone: str
    sign: str


def work(past: Past) -> Work:
    """Return earlier work with a creator in words: how it ended, or what was decided."""
    if past.outcome:
        told = past.outcome
        tone, sign = ("ok", "check") if told.is_success else ("warn", "x")
        return Work(past.at, past.campaign, str(OBJECTIVES.get(told.kpi, told.kpi)), result(told), tone, sign)
    made = past.decision
    assert made is not None
    who = str(made.decided_by) if made.decided_by else _("without a person")
    return Work(past.at, past.campaign, who, rows.ended(made), "", "person")


def result(one: Precedent) -> str:
    """Return a result in words, beside its forecast where there was one."""
    given = {"actual": screening.compact(one.actual)}
    if one.low is None or one.high is None:
        return (_("Met the goal: %(actual)s") if one.is_success else _("Missed the goal: %(actual)s")) % given
    given |= {"low": screening.compact(one.low), "high": screening.compact(one.high)}
    if one.actual < one.low:
        return _("Missed: %(actual)s, forecast %(low)s–%(high)s") % given
    if one.actual > one.high:
        return _("Beat: %(actual)s, forecast %(low)s–%(high)s") % given
    return _("In band: %(actual)s, forecast %(low)s–%(high)s") % given


OBJECTIVES: dict[str, Words] = {
    "reach": gettext_lazy("Reach"), "engagement": gettext_lazy("Engagement"), "orders": gettext_lazy("Orders"),
}  # fmt: skip
