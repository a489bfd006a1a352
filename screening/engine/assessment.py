"""Rows of a screening again, with everything a card shows: measured from their raw figures, to the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from screening.engine import codes, confidence, eligibility, features, histories, lacking, peers, pricing
from screening.engine.raw import Bytes, History, Longs, Pool
from screening.engine.reference import (
    Reference,
    References,
    Scores,
    asked_model,
    contributions,
    encoded,
    judge,
    run_codes,
)
from screening.engine.tables import Model
from screening.engine.types import (
    BANDS,
    VERDICTS,
    Assessment,
    Criteria,
    DecisionLine,
    Factor,
    Flag,
    Preferences,
    Standing,
    Verdict,
)

USUAL_LINE = DecisionLine()


def assess(
    pool: Pool, row: int, criteria: Criteria, preferences: Preferences, model: Model, *, screening: Standing,
    line: DecisionLine = USUAL_LINE,
) -> Assessment:  # fmt: skip
    """Return everything a card shows about a row of what screen() made of the same arguments, in some milliseconds.

    The screening gives the yardsticks and the rank; score, p and verdict are derived again and equal its arrays
    exactly.
    """
    return assess_rows(pool, [row], criteria, preferences, model, screening=screening, line=line)[0]


def assess_rows(
    pool: Pool, rows: Sequence[int], criteria: Criteria, preferences: Preferences, model: Model, *,
    screening: Standing, line: DecisionLine = USUAL_LINE,
) -> list[Assessment]:  # fmt: skip
    """Return what `assess` returns of each row: measured together, which takes a third of the time each."""
    asked = asked_model(model, criteria, preferences)
    some = _part(pool, np.array(rows, np.int64))
    own = features.build_for_campaign(some.raw, criteria, preferences)
    cells = run_codes(some, criteria, preferences, asked, encoded(own, asked))
    values = features.build(some.raw) | own
    references: References = screening.references
    groups, markets = peers.places(references.peers, some.raw), some.raw.code("market")
    found = []
    for place, row in enumerate(rows):
        measured = _Measured(
            one=_part(some, np.array([place])),
            cells=cells[:, place : place + 1],
            figures={name: float(column[place]) for name, column in values.items()},
            group=int(groups[place]),
            reference=references.markets[int(markets[place])],
        )
        removing = [check.criterion for check in eligibility.checks(measured.one.raw, criteria) if check.removes[0]]
        standing: dict[str, Any] = {
            "rank": int(screening.rank[row]),
            "removed_by": tuple(removing),
            "suspicion": float(screening.suspicion[row]),
            "other_profiles": _others(screening, row),
        }
        found.append(Assessment(**standing, **_assessed(measured, references.peers, model, preferences, line)))
    return found


@dataclass(frozen=True, eq=False)
class _Measured:
    """One row: alone as a pool, its codes in the asked model (features, 1), its figures, its group of peers, and the
    yardstick of its market.
    """

    one: Pool
    cells: Bytes
    figures: Mapping[str, float]
    group: int
    reference: Reference


def _assessed(
    row: _Measured, compared: peers.Peers, model: Model, preferences: Preferences, line: DecisionLine
) -> dict[str, Any]:
    one, cells, figures, reference = row.one, row.cells, row.figures, row.reference
    scores = judge(cells, one.raw, reference, line)
    missing = _missing(one, cells, reference)
    factors = _factors(cells, reference, figures, missing)
    flags = _flags(one, compared, row.group, figures)
    lacks = np.isin(reference.model.features, missing)
    case = _case(
        one, scores, factors=factors, missing=missing, flags=flags, size=int(compared.members[row.group]), model=model,
        is_far=_is_far(one, cells, reference.model),
        move=pricing.move(cells, reference.model, reference.spread, lacks),
        still_share=_known(figures["stale_share"]), misdated_share=_known(figures["misdated_share"]),
    )  # fmt: skip
    knowledge = lacking.statement(case, pricing.prices(cells, reference.model, reference.spread, lacks), preferences)
    return {
        **_identity(one, compared, row.group),
        **_judged(scores),
        **_backed(scores, reference.model),
        "is_prior": model.is_prior,
        "factors": factors,
        "missing": missing,
        "knowledge": knowledge,
        "question": lacking.question(case, knowledge),
        "flags": flags,
        "figures_days": None if case.figures_days is None else int(case.figures_days),
        "model": model.key,
    }


def with_figure(
    pool: Pool, row: int, criteria: Criteria, preferences: Preferences, model: Model, *, screening: Standing,
    feature: str, value: float, line: DecisionLine = USUAL_LINE,
) -> Scores:  # fmt: skip
    """Return what screen() would have made of a row if one feature of it had been known: score, p and verdict, (1,)
    each.

    value: in the feature's unit. The yardsticks stay those of the run. Raises KeyError for a feature the brief’s model
    does not ask about.
    """
    one = _part(pool, np.array([row]))
    asked = asked_model(model, criteria, preferences)
    if feature not in asked.features:
        raise KeyError(feature)
    cells = run_codes(one, criteria, preferences, asked)
    codes.encode_column(np.array([value], np.float32), feature, out=cells[asked.features.index(feature)])
    reference: Reference = screening.references.markets[int(one.raw.code("market")[0])]
    return judge(cells, one.raw, reference, line)


def _part(pool: Pool, rows: Longs) -> Pool:
    return Pool(pool.key, pool.raw.take(rows), np.ascontiguousarray(pool.codes[:, rows]), pool.grid)


def _identity(one: Pool, compared: peers.Peers, group: int) -> dict[str, Any]:
    return {
        "profile_id": int(one.raw.profile_ids[0]),
        "creator_id": int(one.raw.creator_ids[0]),
        "market": peers.word(one.raw, "market", int(one.raw.code("market")[0])),
        "platform": peers.word(one.raw, "platform", int(one.raw.code("platform")[0])),
        "tier": peers.tier_word(int(compared.owners[group, 2])),
    }


def _judged(scores: Scores) -> dict[str, Any]:
    return {
        "score": float(scores.score[0]),
        "p": float(scores.p[0]),
        "verdict": VERDICTS[scores.verdict[0]],
        "confidence": float(scores.confidence[0]),
        "band": BANDS[scores.band[0]],
        "missing_points": float(scores.missing_points[0]),
        "missing_sd_points": float(scores.missing_sd[0]),
    }


def _backed(scores: Scores, model: Model) -> dict[str, Any]:
    """Return what stands behind a learned chance: its band, and how verdicts as sure as this one ended."""
    if model.calibration is None:
        return {}
    p, word, verdict = float(scores.p[0]), BANDS[scores.band[0]], VERDICTS[scores.verdict[0]]
    low, high = confidence.bounds(word)
    is_told = verdict != Verdict.UNSURE
    record = model.calibration.record(low, high, is_yes=verdict == Verdict.RECOMMEND) if is_told else None
    return {"chances": model.calibration.band(p), "record": record}


def _factors(
    cells: Bytes, reference: Reference, values: Mapping[str, float], missing: Sequence[str]
) -> tuple[Factor, ...]:
    points, model = contributions(cells, reference)[:, 0], reference.model
    alone, code, n = points[: len(model.features)], cells[:, 0], len(model.features)
    found = [
        Factor(name, float(added), _known(values[name]), _known(typical), _choice(name, values[name]))
        for name, added, typical, cell in zip(model.features, alone, reference.typical, code, strict=True)
        if cell or name in missing  # elsewhere the feature cannot exist on this platform, and adds nothing
    ]
    found += [
        Factor(pair.name, float(added), None, None)
        for (pair, first, second, _keys), added in zip(model.lines, points[n:], strict=True)
        if code[first] and code[second]  # with a missing cell a pair adds nothing
    ]
    return tuple(sorted(found, key=lambda factor: -abs(factor.points)))


def _choice(name: str, value: float) -> str:
    choices = features.FEATURES[name].choices
    return choices[int(value) - 1] if choices and not np.isnan(value) else ""


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _missing(one: Pool, cells: Bytes, reference: Reference) -> tuple[str, ...]:
    applies = pricing.applicable(one.raw, reference.model.features)
    empty = zip(reference.model.features, cells[:, 0] == 0, applies, strict=True)
    return tuple(name for name, is_empty, where in empty if is_empty and (where is None or where[0]))


def _flags(one: Pool, compared: peers.Peers, group: int, values: Mapping[str, float]) -> tuple[Flag, ...]:
    places = {name: codes.POOL_NAMES.index(name) for name, _ in peers.WATCHED}
    cells = {name: int(one.codes[place, 0]) for name, place in places.items()}
    return tuple(peers.flags(compared, group, cells, values, one.raw))


def _case(
    one: Pool, scores: Scores, *, factors: tuple[Factor, ...], missing: tuple[str, ...], flags: tuple[Flag, ...],
    size: int, is_far: bool, model: Model, move: tuple[float, float], still_share: float | None,
    misdated_share: float | None,
) -> lacking.Case:  # fmt: skip
    return lacking.Case(
        factors=factors,
        missing=missing,
        flags=flags,
        group_size=size,
        p=float(scores.p[0]),
        is_unsure=VERDICTS[scores.verdict[0]] == Verdict.UNSURE,
        missing_sd=float(scores.missing_sd[0]),
        missing_move=move,
        is_prior=model.is_prior,
        is_proxy=model.is_proxy,
        is_far=is_far,
        still_share=still_share,
        misdated_share=misdated_share,
        **_record(one.raw.history, one.raw.as_of_day),
    )


def _is_far(one: Pool, cells: Bytes, model: Model) -> bool:
    if model.calibration is None:
        return False
    doubt = model.calibration.doubts(cells, pricing.applicable(one.raw, model.features))
    return bool(model.calibration.is_far(doubt)[0])


def _record(history: History, as_of_day: int) -> dict[str, Any]:
    days = history.day
    span = float(np.ptp(days)) if len(days) else 0.0
    newest = histories.last_day(history)[0]
    return {"rows": len(days), "days": span, "figures_days": _known(as_of_day - newest)}


def _others(screening: Standing, row: int) -> tuple[int, ...]:
    if screening.stands_in[row] == 0:  # removed: it stands in no list, so nothing stands beside it
        return ()
    same = (screening.creator_ids == screening.creator_ids[row]) & (screening.stands_in > 0)
    same[row] = False
    return tuple(sorted(int(found) for found in screening.profile_ids[same]))
