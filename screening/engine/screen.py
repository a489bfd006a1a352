"""The one door of the engine: screen() judges a whole pool for a brief, assess() re-derives any row of it exactly.

The score is centred on each market of the pool: 50 points + all signed contributions = the score, 50 = the market's
average. The answer depends on its arguments alone, not on the order of rows or the size of chunks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from screening.engine import codes, eligibility, peers, ranges
from screening.engine.assessment import assess
from screening.engine.ranges import USUAL_LINE, Ask
from screening.engine.raw import Bools, Bytes, Floats, Ints, Longs, Pool, RawTable, draws
from screening.engine.reference import OtherGrid, Reference, References, Scores, judge
from screening.engine.tables import Model
from screening.engine.types import Criteria, DecisionLine, Norm, Preferences, Screening

__all__ = ["OtherGrid", "assess", "draws", "ranks", "screen", "sift"]
STEP = 1e6  # scores are rounded to 1e-6 points before ranking, so that rounding noise never orders two creators


def screen(
    pool: Pool, criteria: Criteria, preferences: Preferences, model: Model, *, norms: Sequence[Norm] = (),
    seed: int = 0, line: DecisionLine = USUAL_LINE,
) -> Screening:  # fmt: skip
    """Judge every profile of a pool for a brief. Raises OtherGrid. Needs about 2 * features + 100 bytes a row.

    All rows are scored and compared with their peers; those that pass the criteria are ranked, one row a creator.
    """
    ask = Ask(criteria, preferences, model, tuple(norms), seed, line)
    cells = ask.codes(pool)
    found = sift(pool, cells, ask, ranges.references(ranges.count(pool, cells), ask, pool.raw.words))
    rank, stands_in = ranks(pool.raw.profile_ids, pool.raw.creator_ids, found.score, found.removed_by == 0)
    return replace(found, rank=rank, stands_in=stands_in)


def sift(pool: Pool, cells: Bytes, ask: Ask, references: References) -> Screening:
    """Judge rows of a pool, all of them or a range, against the yardsticks of the whole; nobody is ranked yet.

    cells: their codes (`Ask.codes`).
    """
    checks = eligibility.checks(pool.raw, ask.criteria)
    bits, suspicion = peers.watch(references.peers, pool.raw, pool.codes, codes.POOL_NAMES)
    return Screening(
        profile_ids=pool.raw.profile_ids,
        creator_ids=pool.raw.creator_ids,
        rank=np.zeros(len(pool), np.int32),
        stands_in=np.zeros(len(pool), np.int64),
        removed_by=eligibility.removed_by(checks, len(pool)),
        flag_bits=bits,
        suspicion=suspicion,
        draw=draws(pool.raw.profile_ids, ask.seed),
        features=ask.asked.terms,
        funnel=eligibility.funnel(checks, len(pool)),
        references=references,
        model=ask.model.key,
        seed=ask.seed,
        **_by_market(pool.raw, cells, references.markets, ask.line),
    )


def ranks(profile_ids: Longs, creator_ids: Longs, score: Floats, passes: Bools) -> tuple[Ints, Longs]:
    """Return rank (n,) 1.. of each creator's best passing profile, else 0, and the id of the profile that stands for
    it.

    Order: score rounded to 1e-6 points, then the lower profile id. stands_in is 0 where a profile does not pass.
    """
    rank, stands_in = np.zeros(len(score), np.int32), np.zeros(len(score), np.int64)
    rows = np.flatnonzero(passes)
    if not len(rows):
        return rank, stands_in
    if not is_rising(profile_ids):
        rows = rows[np.argsort(profile_ids[rows])]
    best_first, creator = _best_first(score[rows]), _numbered(creator_ids[rows])
    first, is_lead = _firsts(creator[best_first])
    leads = rows[best_first[is_lead]]
    rank[leads] = np.arange(1, len(leads) + 1)
    stands_in[rows] = profile_ids[rows[best_first[first]]][creator]
    return rank, stands_in


def _best_first(score: Floats) -> Longs:
    """Return the places of scores (n,), the highest first, of equals the earlier one first."""
    # Whole millionths of a point with the place below: one sort of whole numbers settles what is equal as well. In
    # place, all of it: a run of ten million has no room for copies.
    bits, key = len(score).bit_length(), np.round(score.astype(np.float64) * STEP).astype(np.int64)
    np.subtract(key.max(), key, out=key)
    key <<= bits
    key += np.arange(len(key), dtype=np.int32)
    key.sort()
    key &= (1 << bits) - 1
    return key


def _firsts(numbers: Longs) -> tuple[Ints, Bools]:
    """Return where each number from 0 on occurs first (0 where it does not), and which places (n,) these are."""
    place = np.arange(len(numbers), dtype=np.int32)
    first = np.zeros(int(numbers.max()) + 1, np.int32)
    first[numbers[::-1]] = place[::-1]  # of a number's places the last one written is the first
    return first, first[numbers] == place


def is_rising(ids: Longs) -> bool:
    """Tell whether each number is higher than the one before it, as the ids of a frozen pool are."""
    return bool((ids[1:] > ids[:-1]).all())


def _numbered(ids: Longs) -> Longs:
    # Ids of the database lie close together: counting from the lowest is a numbering without a sort.
    lowest, width = int(ids.min()), int(ids.max()) - int(ids.min())
    return ids - lowest if width < 8 * len(ids) + 1024 else np.unique(ids, return_inverse=True)[1].reshape(-1)


def _by_market(raw: RawTable, cells: Bytes, markets: Mapping[int, Reference], line: DecisionLine) -> dict[str, Any]:
    market = raw.code("market")
    parts: list[tuple[Longs, Scores]] = []
    for code in np.flatnonzero(np.bincount(market + 1)) - 1:  # 50 points here are not 50 points there
        rows = np.flatnonzero(market == code)
        if len(rows) == len(raw):
            return vars(judge(cells, raw, markets[int(code)], line))
        parts.append((rows, judge(cells[:, rows], raw.take(rows), markets[int(code)], line)))
    return {field.name: _joined(field.name, parts, len(raw)) for field in fields(Scores)}


def _joined(name: str, parts: Sequence[tuple[Longs, Scores]], n: int) -> Bytes | Floats:
    shape = (3, n) if name.startswith("top") else (n,)
    kind = np.uint8 if name in {"top", "missing_count", "verdict", "band"} else np.float32
    out = np.zeros(shape, kind)
    for rows, scores in parts:
        out[..., rows] = getattr(scores, name)
    return out
