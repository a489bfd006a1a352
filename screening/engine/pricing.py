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
from screening.engine.pairs import missing_of
from screening.engine.raw import Bools, Bytes, Doubles, Floats, Longs, RawTable, draws
from screening.engine.tables import POINTS, Model, contributions

ENOUGH = 30
SAMPLE = 1 << 14  # rows from which a covariance is learned; chosen by their ids, in whatever order they come
GRAIN = 1024.0  # contributions are cut to 1/1024 point before they are summed: whole numbers add up alike in any order
LEAST_SHARE = 1e-3  # of the variance of a cell that all others together must leave open: two of one figure are not one
BLOCK = 1 << 16
PATTERNS = 512  # solved at once
DIGIT, MOST_COUNTED = 16, 1 << 22  # bits counted at once, and combinations of them
FEW = 1 << 10  # rows that are sorted sooner than counted
TENTH = 1.2815515655446004  # standard normal quantile at 90 %


@dataclass(frozen=True, eq=False)
class Spread:
    """Contributions of those in whom a term (feature or pair) is known, points: mean, least and most (terms,), share of
    known cells; covariance (terms, terms).
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
    picked = chosen(ids, np.int64(len(ids)))
    return cells if picked.all() else cells[:, picked]


def chosen(ids: Longs, rows: Longs | np.int64) -> Bools:
    """Tell which profiles (n,) are in the sample of a market with so many rows; in that of fewer rows they are too."""
    found: Bools = draws(ids, 0) < (SAMPLE / np.maximum(rows, 1)).astype(np.float32)
    return found


def spread(chosen: Bytes, model: Model, population: Longs) -> Spread:
    """Learn the spread of contributions from a market's counts of codes (features, 256) and a sample of its codes.

    Where fewer than 30 know two features together, these are independent.
    """
    points = model.tables.astype(np.float64) * POINTS
    mean, sd = moments(model, population)
    counts = [one.counts(chosen[first], chosen[second]) for one, first, second, _keys in model.lines]
    both = [one.moments(count) for (one, *_line), count in zip(model.lines, counts, strict=True)]
    mean, sd = np.concatenate([np.column_stack([mean, sd]), np.reshape(both, (-1, 2)) * POINTS]).T
    # A cell that adds the same to everybody tells nothing; the thousandth of a point keeps the solves regular.
    covariance = _correlation(chosen, model) * np.outer(sd, sd) + np.eye(len(mean)) / GRAIN**2
    known_share = population[:, 1:].sum(axis=1) / np.maximum(population.sum(axis=1), 1)
    known_share = np.append(known_share, [count.sum() / max(chosen.shape[1], 1) for count in counts])
    tables = [*points[:, 1:], *(one.values[1:, 1:].astype(np.float64) * POINTS for one in model.pairs)]
    least, most = (np.array([end(table) for table in tables]) for end in (np.min, np.max))
    return Spread(mean, least, most, known_share, covariance)


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


def _correlation(cells: Bytes, model: Model) -> Doubles:
    known = (~missing_of(model.pairs, model.features, (cells == 0).T)).T.astype(np.float64)
    value = np.rint(contributions(cells, model).astype(np.float64) * POINTS * GRAIN) * known
    n, total, product, square = known @ known.T, value @ known.T, value @ value.T, value**2 @ known.T
    pairs = np.maximum(n, 1)
    var = np.maximum(square / pairs - (total / pairs) ** 2, 0)  # of the row's feature, where the column's is known
    scale = np.sqrt(var * var.T)
    enough = (n >= ENOUGH) & (scale > 0)
    found = np.where(enough, (product / pairs - total * total.T / pairs**2) / np.where(enough, scale, 1), 0)
    # Few pairs look more alike than they are; and each entry comes from rows of its own, so that together they need
    # not be a correlation matrix: the nearest floor of its eigenvalues makes it one.
    found *= n / (n + len(known) / 8)
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh(found)
    whole = vectors * np.maximum(values, LEAST_SHARE) @ vectors.T
    unit = 1 / np.sqrt(np.diag(whole))
    return whole * np.outer(unit, unit)


def missing(cells: Bytes, model: Model, known: Spread, applies: Sequence[Bools | None]) -> Missing:
    """Price the missing cells of codes (features, n). applies: rows in which a feature can exist, None = all."""
    empty, outside = _bits(cells, applies)
    # A platform lacks the same features in all its rows: what is missing and what cannot be are few sets together.
    (sets, lacked), (kinds, kind) = _distinct(empty, len(cells)), _distinct(outside, len(cells))
    both, place = _counted(lacked * len(kinds) + kind, len(sets) * len(kinds))
    empties, never = _sets(sets[both // len(kinds)], len(cells)), _sets(kinds[both % len(kinds)], len(cells))
    nothing = missing_of(model.pairs, model.features, empties)
    lacks = nothing & ~missing_of(model.pairs, model.features, never)
    # Points are added everywhere, so that the score adds up; doubt and counts only where a value could exist.
    points, doubt = nothing @ _empty_points(model), np.sqrt(_variances(lacks, ~nothing, known.covariance))
    count = (empties & ~never).sum(axis=1).astype(np.uint8)
    return Missing(points.astype(np.float32)[place], doubt.astype(np.float32)[place], count[place])


def prices(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> dict[str, Price]:
    """Return what each missing cell of one row could change. cells: (features, 1); lacks: (features,), these.

    With a cell come its pairs with known cells.
    """
    terms = _terms(cells, model, lacks)
    middle, left = _rest(cells, model, known, terms)
    now, places = _empty_points(model), np.flatnonzero(terms)
    found: dict[str, Price] = {}
    for j in np.flatnonzero(lacks):
        others = lacks & (np.arange(len(lacks)) != j)
        group = np.flatnonzero(~_terms(np.where(others[:, None], 0, 1), model, others)[places])
        moved, own = left[:, group].sum(axis=0), left[np.ix_(group, group)]
        worth, sd = np.sqrt(moved @ np.linalg.solve(own, moved)), np.sqrt(own.sum())
        least, most, before = (ends[places[group]].sum() for ends in (known.least, known.most, now))
        low, high = (np.clip(middle[group].sum() + side * sd, least, most) - before for side in (-TENTH, TENTH))
        found[model.features[j]] = Price(float(worth), float(low), float(high), float(known.known_share[j]))
    return found


def move(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> tuple[float, float]:
    """Return 10 % and 90 % ends, points, of the score's move if all missing cells of one row became known at once."""
    terms = _terms(cells, model, lacks)
    middle, left = _rest(cells, model, known, terms)
    mean, sd = middle.sum() - _empty_points(model)[terms].sum(), np.sqrt(left.sum())
    return float(mean - TENTH * sd), float(mean + TENTH * sd)


def _empty_points(model: Model) -> Doubles:
    return np.append(model.tables[:, 0].astype(np.float64) * POINTS, np.zeros(len(model.pairs)))


def _terms(cells: Bytes, model: Model, lacks: Bools) -> Bools:
    # A pair is lacking where one of its cells is, and the other can exist.
    never = (cells[:, 0] == 0) & ~lacks
    return missing_of(model.pairs, model.features, lacks) & ~missing_of(model.pairs, model.features, never)


def _rest(cells: Bytes, model: Model, known: Spread, lacks: Bools) -> tuple[Doubles, Doubles]:
    # Means and covariance of the missing contributions of a row, given its known ones.
    there = ~missing_of(model.pairs, model.features, cells[:, 0] == 0)
    away = contributions(cells, model)[:, 0].astype(np.float64) * POINTS - known.mean
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
    # One number a row, bit j = feature j: of empty cells, and of cells that could not be. Made of its bytes: eight
    # features at a time take an eighth of the memory's pace that whole numbers would.
    found = np.zeros((2, cells.shape[1], 8), np.uint8)
    for start in range(0, cells.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        for first in range(0, len(cells), 8):
            empty, outside = np.zeros((2, len(found[0, part])), np.uint8)
            for bit, (row, where) in enumerate(zip(cells[first : first + 8], applies[first : first + 8], strict=True)):
                nothing = row[part] == 0
                empty |= nothing.view(np.uint8) << np.uint8(bit)
                if where is not None:
                    outside |= (nothing & ~where[part]).view(np.uint8) << np.uint8(bit)
            found[:, part, first // 8] = empty, outside
    bits = found.view("<i8")[:, :, 0]
    return bits[0], bits[1]


def _distinct(bits: Longs, width: int) -> tuple[Longs, Longs]:
    """Return what np.unique does with its inverse, by counting: sorting a million rows takes ten times as long.

    bits: (n,) numbers of `width` bits.
    """
    if len(bits) < FEW:
        return np.unique(bits, return_inverse=True)
    values, place = np.zeros(1, np.int64), np.zeros(len(bits), np.int64)
    for shift in range(
        (width - 1) // DIGIT * DIGIT, -1, -DIGIT
    ):  # from the highest digit on, so that all stays in order
        digit = bits >> shift & (1 << DIGIT) - 1
        low, low_place = _counted(digit, 1 << DIGIT)
        if len(values) * len(low) > MOST_COUNTED:
            return np.unique(bits, return_inverse=True)
        if min(len(values), len(low)) == 1:
            values, place = values << DIGIT | low, place if len(low) == 1 else low_place
            continue
        found, place = _counted(place * len(low) + low_place, len(values) * len(low))
        values = values[found // len(low)] << DIGIT | low[found % len(low)]
    return values, place


def _counted(numbers: Longs, end: int) -> tuple[Longs, Longs]:
    is_there = np.bincount(numbers, minlength=end) > 0
    return np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[numbers]


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
