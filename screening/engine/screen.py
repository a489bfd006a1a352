"""The one door of the engine: screen() judges a whole pool for a brief, assess() re-derives any row of it exactly.

The score is centred on each market of the pool: 50 points + all signed contributions = the score, 50 = the market's
average. The answer depends on its arguments alone, not on the order of rows or the size of chunks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from screening.engine import codes, eligibility, peers
from screening.engine.assessment import assess
from screening.engine.raw import Bools, Bytes, Floats, Ints, Longs, Pool, RawTable, draws
from screening.engine.reference import OtherGrid, Reference, References, Scores, asked_model, judge, refer, run_codes
from screening.engine.tables import Model
from screening.engine.types import Criteria, DecisionLine, Norm, Preferences, Screening

__all__ = ["OtherGrid", "assess", "draws", "ranks", "screen"]
USUAL_LINE = DecisionLine()
STEP = 1e6  # scores are rounded to 1e-6 points before ranking, so that rounding noise never orders two creators


def screen(
    pool: Pool, criteria: Criteria, preferences: Preferences, model: Model, *, norms: Sequence[Norm] = (),
    seed: int = 0, line: DecisionLine = USUAL_LINE,
) -> Screening:  # fmt: skip
    """Judge every profile of a pool for a brief. Raises OtherGrid. Needs about 2 * features + 100 bytes a row.

    All rows are scored and compared with their peers; those that pass the criteria are ranked, one row a creator.
    """
    asked = asked_model(model, criteria, preferences)
    checks = eligibility.checks(pool.raw, criteria)
    removed = eligibility.removed_by(checks, len(pool))
    markets, scores = _by_market(pool.raw, run_codes(pool, criteria, preferences, asked), asked, line)
    compared = peers.compare(pool.raw, pool.codes, codes.POOL_NAMES, norms)
    bits, suspicion = peers.watch(compared, pool.codes, codes.POOL_NAMES)
    rank, stands_in = ranks(pool.raw, scores["score"], removed == 0)
    return Screening(
        profile_ids=pool.raw.profile_ids,
        creator_ids=pool.raw.creator_ids,
        rank=rank,
        stands_in=stands_in,
        removed_by=removed,
        flag_bits=bits,
        suspicion=suspicion,
        draw=draws(pool.raw.profile_ids, seed),
        features=asked.features,
        funnel=eligibility.funnel(checks, len(pool)),
        references=References(markets, compared),
        model=model.key,
        seed=seed,
        **scores,
    )


def ranks(raw: RawTable, score: Floats, passes: Bools) -> tuple[Ints, Longs]:
    """Return rank (n,) 1.. of each creator's best passing profile, else 0, and the id of the profile that stands for
    it.

    Order: score rounded to 1e-6 points, then the lower profile id. stands_in is 0 where a profile does not pass.
    """
    rank, stands_in = np.zeros(len(raw), np.int32), np.zeros(len(raw), np.int64)
    rows = np.flatnonzero(passes)
    # Whole millionths of a point compare exactly; the sort's second key settles what is equal.
    height = -np.round(score[rows].astype(np.float64) * STEP)
    best_first = rows[np.lexsort((raw.profile_ids[rows], height))]
    _, first, creator = np.unique(raw.creator_ids[best_first], return_index=True, return_inverse=True)
    rank[best_first[np.sort(first)]] = np.arange(1, len(first) + 1)
    stands_in[best_first] = raw.profile_ids[best_first[first[creator.reshape(-1)]]]
    return rank, stands_in


def _by_market(
    raw: RawTable, cells: Bytes, model: Model, line: DecisionLine
) -> tuple[Mapping[int, Reference], dict[str, Any]]:
    market = raw.code("market")
    found: dict[int, Reference] = {}
    parts: list[tuple[Longs, Scores]] = []
    for code in np.unique(market):  # each market is its own average: 50 points here are not 50 points there
        rows = np.flatnonzero(market == code)
        part, table = (cells, raw) if len(rows) == len(raw) else (cells[:, rows], raw.take(rows))
        found[int(code)] = refer(part, table.profile_ids, model)
        parts.append((rows, judge(part, table, found[int(code)], line)))
    return found, {field.name: _joined(field.name, parts, len(raw)) for field in fields(Scores)}


def _joined(name: str, parts: Sequence[tuple[Longs, Scores]], n: int) -> Bytes | Floats:
    shape = (3, n) if name.startswith("top") else (n,)
    kind = np.uint8 if name in {"top", "missing_count", "verdict", "band"} else np.float32
    out = np.zeros(shape, kind)
    for rows, scores in parts:
        out[..., rows] = getattr(scores, name)
    return out
