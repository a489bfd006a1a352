"""What missing cells could change: an additive model prices each of them.

Contributions of a market are taken as jointly normal: covariance S, mean of the known. With k the known cells and m
those that a profile lacks, the sum of what it lacks has variance 1'(S_mm - S_mk S_kk^-1 S_km)1 and mean
1'S_mk S_kk^-1 (c_k - mean_k) beside the plain one. A cell's worth is by how much its figure would lower that variance:
what the AI asks for first. Engine.md section 4. One solve a pattern of missing cells, not a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screening.engine.features import FEATURES
from screening.engine.raw import Bools, Bytes, Doubles, Floats, Longs, RawTable, draws
from screening.engine.tables import POINTS, Model

ENOUGH = 30
SAMPLE = 1 << 14  # rows from which a covariance is learned; chosen by their ids, in whatever order they come
GRAIN = 1024.0  # contributions are cut to 1/1024 point before they are summed: whole numbers add up alike in any order
LEAST_SHARE = 1e-3  # of the variance of a cell that all others together must leave open: two of one figure are not one
BLOCK = 1 << 16
PATTERNS = 512  # solved at once
TENTH = 1.2815515655446004  # standard normal quantile at 90 %


@dataclass(frozen=True, eq=False)
class Spread:
    """Contributions of those in whom a feature is known, points: mean, least and most (features,), share of known
    cells; covariance (features, features).
    """

    mean: Doubles
    least: Doubles
    most: Doubles
    known_share: Doubles
    covariance: Doubles


@dataclass(frozen=True, eq=False)
class Missing:
    """What missing data does to each row (n,): points it adds, sd of what it could change, number of cells."""

    points: Floats
    sd: Floats
    count: Bytes


@dataclass(frozen=True)
class Price:
    """What knowing one missing cell could change, points: sd = the doubt of the score that would be gone (root of
    variance); low, high = 10 % and 90 % ends of the score's move; known_share = part of the market that has it.
    """

    sd: float
    low: float
    high: float
    known_share: float


def sample(cells: Bytes, ids: Longs) -> Bytes:
    """Return the columns of codes (features, n) that a covariance is learned from. ids: (n,) of the profiles."""
    chosen = draws(ids, 0) < SAMPLE / max(len(ids), 1)
    return cells if chosen.all() else cells[:, chosen]


def spread(chosen: Bytes, model: Model, population: Longs) -> Spread:
    """Learn the spread of contributions from a market's counts of codes (features, 256) and a sample of its codes.

    Where fewer than 30 know two features together, these are independent.
    """
    points = model.tables.astype(np.float64) * POINTS
    mean, sd = moments(model, population)
    # A cell that adds the same to everybody tells nothing; the thousandth of a point keeps the solves regular.
    covariance = _correlation(chosen, points) * np.outer(sd, sd) + np.eye(len(mean)) / GRAIN**2
    known_share = population[:, 1:].sum(axis=1) / np.maximum(population.sum(axis=1), 1)
    return Spread(mean, points[:, 1:].min(axis=1), points[:, 1:].max(axis=1), known_share, covariance)


def moments(model: Model, population: Longs) -> tuple[Doubles, Doubles]:
    """Return mean and sd (features,), points, of the contributions of known cells. population: (features, 256).

    Where fewer than 30 know a feature, every code of its table is as likely as any other.
    """
    points = model.tables.astype(np.float64) * POINTS
    weights = population.astype(np.float64)
    weights[:, 0] = 0
    weights[weights.sum(axis=1) < ENOUGH, 1:] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    mean = (weights * points).sum(axis=1)
    return mean, np.sqrt((weights * (points - mean[:, None]) ** 2).sum(axis=1))


def _correlation(cells: Bytes, points: Doubles) -> Doubles:
    known = (cells > 0).astype(np.float64)
    value = np.take_along_axis(np.rint(points * GRAIN), cells.astype(np.intp), axis=1) * known
    n, total, product, square = known @ known.T, value @ known.T, value @ value.T, value**2 @ known.T
    pairs = np.maximum(n, 1)
    var = np.maximum(square / pairs - (total / pairs) ** 2, 0)  # of the row's feature, where the column's is known
    scale = np.sqrt(var * var.T)
    enough = (n >= ENOUGH) & (scale > 0)
    found = np.where(enough, (product / pairs - total * total.T / pairs**2) / np.where(enough, scale, 1), 0)
    # Few pairs look more alike than they are; and each entry comes from rows of its own, so that together they need
    # not be a correlation matrix: the nearest floor of its eigenvalues makes it one.
    found *= n / (n + len(cells) / 8)
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh(found)
    whole = vectors * np.maximum(values, LEAST_SHARE) @ vectors.T
    unit = 1 / np.sqrt(np.diag(whole))
    return whole * np.outer(unit, unit)


def missing(cells: Bytes, model: Model, known: Spread, applies: Sequence[Bools | None]) -> Missing:
    """Price the missing cells of codes (features, n). applies: rows in which a feature can exist, None = all."""
    n = cells.shape[1]
    out = Missing(np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.uint8))
    empty, outside = _bits(cells, applies)
    for kind in np.unique(outside):  # a platform lacks the same features in all its rows
        rows = np.flatnonzero(outside == kind)
        patterns, place = np.unique(empty[rows], return_inverse=True)
        nothing = _sets(patterns, len(cells))
        lacks = nothing & ~_sets(kind[None], len(cells))
        # Points are added everywhere, so that the score adds up; doubt and counts only where a value could exist.
        out.points[rows] = (nothing @ _empty_points(model)).astype(np.float32)[place]
        out.sd[rows] = np.sqrt(_variances(lacks, ~nothing, known.covariance)).astype(np.float32)[place]
        out.count[rows] = lacks.sum(axis=1).astype(np.uint8)[place]
    return out


def prices(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> dict[str, Price]:
    """Return what each missing cell of one row could change. cells: (features, 1); lacks: (features,), these."""
    middle, left = _rest(cells, model, known, lacks)
    now, own = _empty_points(model), np.sqrt(np.diag(left))
    worth = np.abs(left.sum(axis=1)) / own
    low, high = (
        np.clip(middle + side * own, known.least[lacks], known.most[lacks]) - now[lacks] for side in (-TENTH, TENTH)
    )
    columns = zip(np.flatnonzero(lacks), worth, low, high, known.known_share[lacks], strict=True)
    return {model.features[j]: Price(*map(float, numbers)) for j, *numbers in columns}


def move(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> tuple[float, float]:
    """Return 10 % and 90 % ends, points, of the score's move if all missing cells of one row became known at once."""
    middle, left = _rest(cells, model, known, lacks)
    mean, sd = middle.sum() - _empty_points(model)[lacks].sum(), np.sqrt(left.sum())
    return float(mean - TENTH * sd), float(mean + TENTH * sd)


def _empty_points(model: Model) -> Doubles:
    return model.tables[:, 0].astype(np.float64) * POINTS


def _rest(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> tuple[Doubles, Doubles]:
    # Means and covariance of the missing contributions of a row, given its known ones.
    there = cells[:, 0] > 0
    away = model.tables[np.arange(len(cells)), cells[:, 0]].astype(np.float64) * POINTS - known.mean
    shared = known.covariance[np.ix_(there, lacks)]
    pull = np.linalg.solve(known.covariance[np.ix_(there, there)], shared)
    return known.mean[lacks] + away[there] @ pull, known.covariance[np.ix_(lacks, lacks)] - shared.T @ pull


def applicable(raw: RawTable, names: Sequence[str]) -> list[Bools | None]:
    """Return per feature the rows (n,) whose platform can have it; None = all."""
    words = [word.casefold() for word in raw.words.get("platform", ())]
    found: list[Bools | None] = []
    for name in names:
        platforms = FEATURES[name].platforms
        table = np.array([*(word in platforms for word in words), True])
        found.append(table[raw.code("platform")] if platforms else None)
    return found


def _bits(cells: Bytes, applies: Sequence[Bools | None]) -> tuple[Longs, Longs]:
    # One number a row, bit j = feature j: of empty cells, and of cells that could not be.
    n = cells.shape[1]
    empty, outside = np.zeros((2, n), np.int64)
    for start in range(0, n, BLOCK):
        part = slice(start, start + BLOCK)
        for j, (row, where) in enumerate(zip(cells, applies, strict=True)):
            nothing = row[part] == 0
            empty[part] |= nothing.astype(np.int64) << j
            if where is not None:
                outside[part] |= (nothing & ~where[part]).astype(np.int64) << j
    return empty, outside


def _sets(bits: Longs, features: int) -> Bools:
    found: Bools = (bits[:, None] >> np.arange(features)) & 1 == 1
    return found


def _variances(lacks: Bools, there: Bools, covariance: Doubles) -> Doubles:
    # Cells that are not known are cut out of S_kk by ones on its diagonal: every pattern is a solve of one shape.
    out = np.zeros(len(lacks))
    for start in range(0, len(lacks), PATTERNS):
        part = slice(start, start + PATTERNS)
        gap, known = lacks[part].astype(np.float64), there[part].astype(np.float64)
        inside = covariance * known[:, :, None] * known[:, None, :]
        inside += np.eye(len(covariance)) * (1 - known)[:, :, None]
        shared = (gap @ covariance) * known
        pull = np.linalg.solve(inside, shared[:, :, None])[:, :, 0]
        out[part] = ((gap @ covariance) * gap).sum(axis=1) - (shared * pull).sum(axis=1)
    return np.maximum(out, 0)
