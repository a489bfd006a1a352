"""What the AI knows, is uncertain about, has no data for, and what it asks.

What a missing cell could change is priced in pricing.py; the dearest is asked for first.

Codes of items. know: known (value, typical), history (rows, days). uncertain: prior (nothing learned yet), unlike
(nobody like this was learned from), stale (days), still, misdated (share), short_history (rows), few_peers
(size), near_line (p), wide (low, high), flag (percentile, group_size, z). no_data: missing (sd, low, high, known_share:
pricing.Price), wish (weight).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from screening.engine.pricing import Price
from screening.engine.types import Factor, Flag, KnowledgeItem, KnowledgeKind, Preferences, Question
from screening.engine.wishes import UNMEASURED, USUAL_WEIGHT

ENOUGH = 30
STALE_DAYS = 60
FEW_ROWS = 3
STILL_SHARE = 0.5  # of steps without a changed digit, from which the source is held to repeat itself
WIDE_POINTS = 10.0
MOST_KNOWN = 6
LEAST_POINTS = 1.0
WISH_POINTS = 5.0  # what a wish of the usual weight could change, house rule
KNOW, UNCERTAIN, NO_DATA = KnowledgeKind.KNOW, KnowledgeKind.UNCERTAIN, KnowledgeKind.NO_DATA


@dataclass(frozen=True)
class Case:
    """What is said of one row.

    rows, days: dated rows of figures and the days they span. figures_days: age of the newest. group_size: its peers.
    still_share, misdated_share: of its series (series.py), None = too short to tell.
    missing_sd, missing_move: what the missing cells could change together, points: sd, and 10 % and 90 % ends.
    """

    factors: Sequence[Factor]
    missing: Sequence[str]
    flags: Sequence[Flag]
    rows: int
    days: float
    figures_days: float | None
    group_size: int
    p: float
    is_unsure: bool
    missing_sd: float
    missing_move: tuple[float, float]
    is_prior: bool
    is_far: bool = False
    is_proxy: bool = False
    still_share: float | None = None
    misdated_share: float | None = None


def statement(case: Case, prices: Mapping[str, Price], preferences: Preferences) -> tuple[KnowledgeItem, ...]:
    """Return the knowledge statement: known things by weight, doubts, missing cells from the dearest on."""
    return (*_known(case), *_doubts(case), *_lacks(case, prices, preferences))


def question(case: Case, items: Sequence[KnowledgeItem]) -> Question | None:
    """Return what the AI asks: about the strongest flag that no norm answers, else for the dearest missing cell,
    else nothing.
    """
    open_flags = [flag for flag in case.flags if not flag.norm]
    if open_flags:
        return Question("flag", open_flags[0].feature, _numbers_of(open_flags[0]))
    dearest = next((item for item in items if item.kind == NO_DATA and item.points >= LEAST_POINTS), None)
    return Question(dearest.code, dearest.feature, dearest.numbers) if dearest else None


def _known(case: Case) -> list[KnowledgeItem]:
    heavy = [factor for factor in case.factors if factor.value is not None and abs(factor.points) >= LEAST_POINTS]
    found = [KnowledgeItem(KNOW, "known", f.feature, f.points, _figures(f)) for f in heavy[:MOST_KNOWN]]
    if case.rows >= FEW_ROWS:
        found.append(KnowledgeItem(KNOW, "history", "", 0.0, {"rows": case.rows, "days": case.days}))
    return found


def _figures(factor: Factor) -> dict[str, float]:
    numbers = {"value": factor.value, "typical": factor.typical}
    return {key: number for key, number in numbers.items() if number is not None}


def _doubts(case: Case) -> list[KnowledgeItem]:
    found = [KnowledgeItem(UNCERTAIN, "flag", flag.feature, 0.0, _numbers_of(flag)) for flag in case.flags]
    if case.is_far:
        found.append(KnowledgeItem(UNCERTAIN, "unlike", "", 0.0))
    if case.figures_days is not None and case.figures_days > STALE_DAYS:
        found.append(KnowledgeItem(UNCERTAIN, "stale", "figures_age", 0.0, {"days": case.figures_days}))
    if (case.still_share or 0) >= STILL_SHARE:
        found.append(KnowledgeItem(UNCERTAIN, "still", "stale_share", 0.0, {"share": case.still_share or 0.0}))
    if case.misdated_share:
        found.append(KnowledgeItem(UNCERTAIN, "misdated", "misdated_share", 0.0, {"share": case.misdated_share}))
    if case.rows < FEW_ROWS:
        found.append(KnowledgeItem(UNCERTAIN, "short_history", "", 0.0, {"rows": case.rows}))
    if case.group_size < ENOUGH:
        found.append(KnowledgeItem(UNCERTAIN, "few_peers", "", 0.0, {"size": case.group_size}))
    if case.is_unsure and not case.is_far:
        found.append(KnowledgeItem(UNCERTAIN, "near_line", "", 0.0, {"p": case.p}))
    if case.missing_sd >= WIDE_POINTS:
        low, high = case.missing_move
        found.append(KnowledgeItem(UNCERTAIN, "wide", "", 0.0, {"low": low, "high": high}))
    return (
        [*found, KnowledgeItem(UNCERTAIN, "proxy" if case.is_proxy else "prior", "", 0.0)] if case.is_prior else found
    )


def _lacks(case: Case, prices: Mapping[str, Price], preferences: Preferences) -> list[KnowledgeItem]:
    found = [KnowledgeItem(NO_DATA, "missing", name, prices[name].sd, asdict(prices[name])) for name in case.missing]
    for kind in UNMEASURED:
        wish = preferences.wish(kind)
        if wish and wish.weight > 0:
            points = wish.weight / USUAL_WEIGHT * WISH_POINTS
            found.append(KnowledgeItem(NO_DATA, "wish", kind.value, points, {"weight": wish.weight}))
    return sorted(found, key=lambda item: (-item.points, item.feature))


def _numbers_of(flag: Flag) -> dict[str, float]:
    return {
        "value": flag.value,
        "percentile": flag.percentile,
        "median": flag.median,
        "group_size": flag.group_size,
        "z": flag.z,
    }
