"""What the AI knows, is uncertain about, has no data for, and what it asks.

An additive model prices every missing cell: what it could change is the spread of that feature's contribution among
those in whom it is known (market population; under 30 known, the spread of the model's own table). Cells are taken as
independent.

Codes of items. know: known (value, typical), history (rows, days). uncertain: prior (nothing learned yet), unlike
(nobody like this was learned from), stale (days), short_history (rows), few_peers (size), near_line (p), wide (sd),
flag (percentile, group_size, z). no_data: missing (sd, low, high, known_share), wish (weight).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from screening.engine.features import FEATURES
from screening.engine.raw import Bools, Bytes, Doubles, Floats, Longs, RawTable
from screening.engine.tables import POINTS, Model
from screening.engine.types import Factor, Flag, KnowledgeItem, KnowledgeKind, Preferences, Question
from screening.engine.wishes import UNMEASURED, USUAL_WEIGHT

ENOUGH = 30
STALE_DAYS = 60
FEW_ROWS = 3
WIDE_POINTS = 10.0
MOST_KNOWN = 6
LEAST_POINTS = 1.0
WISH_POINTS = 5.0  # what a wish of the usual weight could change, house rule
BLOCK = 1 << 16
KNOW, UNCERTAIN, NO_DATA = KnowledgeKind.KNOW, KnowledgeKind.UNCERTAIN, KnowledgeKind.NO_DATA


@dataclass(frozen=True, eq=False)
class Spread:
    """What a missing cell could add (features,), points: sd, 10 % and 90 % ends; and the share of known cells."""

    sd: Doubles
    low: Doubles
    high: Doubles
    known_share: Doubles


@dataclass(frozen=True, eq=False)
class Missing:
    """What missing data does to each row (n,): points it adds, sd of what it could change, number of cells."""

    points: Floats
    sd: Floats
    count: Bytes


def spread(model: Model, population: Longs) -> Spread:
    """Return the spread of known contributions. population: counts of codes (features, 256)."""
    points = model.tables.astype(np.float64) * POINTS
    weights = population.astype(np.float64)
    weights[:, 0] = 0
    known = weights.sum(axis=1)
    weights[known < ENOUGH, 1:] = 1.0  # nobody to learn the spread from: every code is taken as equally likely
    weights /= weights.sum(axis=1, keepdims=True)
    mean = (weights * points).sum(axis=1)
    sd = np.sqrt((weights * (points - mean[:, None]) ** 2).sum(axis=1))
    low, high = (_quantile(points, weights, share) for share in (0.1, 0.9))
    return Spread(sd, low, high, known / np.maximum(population.sum(axis=1), 1))


def missing(codes: Bytes, model: Model, sd_points: Doubles, applies: Sequence[Bools | None]) -> Missing:
    """Add up the missing cells of codes (features, n). applies: rows in which a feature can exist, None = all."""
    n = codes.shape[1]
    out = Missing(np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.uint8))
    parts = (slice(start, start + BLOCK) for start in range(0, n, BLOCK))
    for part in parts:
        for row, value, sd, where in zip(codes, model.tables[:, 0], sd_points, applies, strict=True):
            empty = row[part] == 0
            # Points are added everywhere, so that the score adds up; doubt and counts only where a value could exist.
            out.points[part] += np.float32(value * POINTS) * empty
            empty = empty if where is None else empty & where[part]
            out.sd[part] += np.float32(sd**2) * empty
            out.count[part] += empty
    np.sqrt(out.sd, out=out.sd)
    return out


def applicable(raw: RawTable, names: Sequence[str]) -> list[Bools | None]:
    """Return per feature the rows (n,) whose platform can have it; None = all."""
    words = [word.casefold() for word in raw.words.get("platform", ())]
    found: list[Bools | None] = []
    for name in names:
        platforms = FEATURES[name].platforms
        table = np.array([*(word in platforms for word in words), True])
        found.append(table[raw.code("platform")] if platforms else None)
    return found


@dataclass(frozen=True)
class Case:
    """What is said of one row.

    rows, days: dated rows of figures and the days they span. figures_days: age of the newest. group_size: its peers.
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
    is_prior: bool
    is_far: bool = False


def statement(
    case: Case, prices: Mapping[str, Mapping[str, float]], preferences: Preferences
) -> tuple[KnowledgeItem, ...]:
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
    if case.rows < FEW_ROWS:
        found.append(KnowledgeItem(UNCERTAIN, "short_history", "", 0.0, {"rows": case.rows}))
    if case.group_size < ENOUGH:
        found.append(KnowledgeItem(UNCERTAIN, "few_peers", "", 0.0, {"size": case.group_size}))
    if case.is_unsure and not case.is_far:
        found.append(KnowledgeItem(UNCERTAIN, "near_line", "", 0.0, {"p": case.p}))
    if case.missing_sd >= WIDE_POINTS:
        found.append(KnowledgeItem(UNCERTAIN, "wide", "", 0.0, {"sd": case.missing_sd}))
    return [*found, KnowledgeItem(UNCERTAIN, "prior", "", 0.0)] if case.is_prior else found


def _lacks(case: Case, prices: Mapping[str, Mapping[str, float]], preferences: Preferences) -> list[KnowledgeItem]:
    found = [KnowledgeItem(NO_DATA, "missing", name, prices[name]["sd"], prices[name]) for name in case.missing]
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


def _quantile(points: Doubles, weights: Doubles, share: float) -> Doubles:
    order = np.argsort(points, axis=1, kind="stable")
    cumulated = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    place = np.argmax(cumulated >= share, axis=1)
    return np.take_along_axis(points, order, axis=1)[np.arange(len(points)), place]
