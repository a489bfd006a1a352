"""Decision rights: who decides one kind of decision at one stake, and the bounds that no policy may pass. Pure.

A policy gives a cell of the matrix values of its own; what it leaves open is filled in from the policy's general rules.
Lines and shares are whole numbers of 10^-6.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

MILLION = 1_000_000
LOW, MEDIUM, HIGH = "low", "medium", "high"
BANDS = (LOW, MEDIUM, HIGH)
LOWEST_AUTO_LINE = 700_000
LONGEST = 720  # hours that a card may wait


class DecisionType(StrEnum):
    """Kind of decision."""

    PARTNERSHIP = "partnership"
    BASELINE = "baseline"
    FORECAST = "forecast"
    STRATEGY = "strategy"
    CONTENT = "content"


class Leads(StrEnum):
    """Who decides."""

    AI = "ai"
    PERSON = "person"
    EXPERT = "expert"
    MANAGER = "manager"  # a person, then a manager


class Clock(StrEnum):
    """What happens at the deadline."""

    STANDS = "stands"
    HOLDS = "holds"
    ESCALATES = "escalates"


class Bound(StrEnum):
    """What no cell of the matrix may say."""

    UNKNOWN = "unknown"
    AI_AT_HIGH = "ai_at_high"
    AI_ABOVE_LOW = "ai_above_low"
    CLOCK_AT_HIGH = "clock_at_high"
    AUTO_LINE = "auto_line"
    BLIND_AT_HIGH = "blind_at_high"
    SHARE = "share"
    HOURS = "hours"


@dataclass(frozen=True)
class Right:
    """One cell: who decides, from which lines, how often a person looks first or checks, how long, and then what."""

    leads: str
    decision_line_u6: int
    auto_line_u6: int
    blind_share_u6: int
    spot_check_share_u6: int
    hours: int
    on_expiry: str
    deputy: int | None = None  # id of who is asked after the manager


NAMES = tuple(one.name for one in fields(Right))
AI_LEADS = {DecisionType.BASELINE: (LOW, MEDIUM), DecisionType.PARTNERSHIP: (LOW,)}  # where the AI may decide at all


def usual(kind: str, stakes: str, general: Right) -> Right:
    """Return what a cell says where the policy leaves it open: `general` with who leads and what the clock does."""
    if stakes == HIGH:
        return replace(general, leads=Leads.MANAGER, blind_share_u6=MILLION, on_expiry=Clock.ESCALATES)
    leads = Leads.AI if stakes in AI_LEADS.get(DecisionType(kind), ()) else Leads.PERSON
    clock = Clock.STANDS if kind in AI_LEADS else Clock.ESCALATES  # where the AI gives no verdict none can stand
    return replace(general, leads=leads, on_expiry=clock)


def right(kind: str, stakes: str, general: Right, cell: Mapping[str, Any]) -> Right:
    """Return a cell of the matrix. A stored value that passes a bound is read as the bound."""
    found = usual(kind, stakes, general)
    known = {name: value for name, value in cell.items() if name in NAMES}
    said = replace(found, **known)
    return found if broken(kind, stakes, said) else said


def broken(kind: str, stakes: str, said: Right) -> Bound | None:
    """Return which bound a cell passes; None: it may say that."""
    if said.leads not in set(Leads) or said.on_expiry not in set(Clock):
        return Bound.UNKNOWN
    if stakes == HIGH:
        if said.leads != Leads.MANAGER:
            return Bound.AI_AT_HIGH
        if said.on_expiry != Clock.ESCALATES:
            return Bound.CLOCK_AT_HIGH
        if said.blind_share_u6 != MILLION:
            return Bound.BLIND_AT_HIGH
    if said.leads == Leads.AI and stakes not in AI_LEADS.get(DecisionType(kind), ()):
        return Bound.AI_ABOVE_LOW
    if not LOWEST_AUTO_LINE <= said.auto_line_u6 < MILLION:
        return Bound.AUTO_LINE
    shares = (said.decision_line_u6, said.blind_share_u6, said.spot_check_share_u6)
    if not all(0 <= one <= MILLION for one in shares):
        return Bound.SHARE
    return None if 1 <= said.hours <= LONGEST else Bound.HOURS


def own(kind: str, stakes: str, general: Right, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a filled-in cell differs from what it would say by itself: only that is stored."""
    plain = asdict(usual(kind, stakes, general))
    return {name: value for name, value in said.items() if name in plain and value != plain[name]}
