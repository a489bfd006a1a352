"""What a run measures rows against, and the scoring of any set of rows against it: the same code for a pool and for
one row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from screening.engine import codes, confidence, features, pricing, tables, wishes
from screening.engine.peers import Peers
from screening.engine.raw import Bools, Bytes, Doubles, Floats, Longs, Pool, RawTable
from screening.engine.tables import POINTS, Model
from screening.engine.types import Criteria, DecisionLine, Preferences

AVERAGE = 50.0


class OtherGrid(Exception):
    """The codes of a pool, a model and this release do not share one grid."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A market's yardstick.

    model: centred on the market's rows, b0 = 0. spread: of contributions, points. typical: medians of known values.
    """

    model: Model
    spread: pricing.Spread
    typical: Floats


@dataclass(frozen=True, eq=False)
class References:
    """All yardsticks of a run: one a market code, and the peers of the pool."""

    markets: Mapping[int, Reference]
    peers: Peers


@dataclass(frozen=True, eq=False)
class Scores:
    """What is judged of n rows, points where a unit is due: the arrays of `types.Screening` of the same names."""

    score: Floats
    top: Bytes
    top_points: Floats
    missing_points: Floats
    missing_sd: Floats
    missing_count: Bytes
    p: Floats
    verdict: Bytes
    confidence: Floats
    band: Bytes


def asked_model(model: Model, criteria: Criteria, preferences: Preferences) -> Model:
    """Return the model with the features that the brief asks for, weighed as it wishes. Raises OtherGrid."""
    if model.grid != codes.grid_key():
        raise OtherGrid(f"The model was made on grid {model.grid}; this release has {codes.grid_key()}.")
    found = wishes.scales(criteria, preferences)
    scales = [found.get(name, 0.0 if features.FEATURES[name].per_campaign else 1.0) for name in model.features]
    kept = np.flatnonzero(scales)
    part = replace(
        tables.only(model, kept),
        calibration=model.calibration and model.calibration.asked(kept, np.array(scales)),
    )
    return tables.scaled(part, np.array(scales)[kept])


def campaign_codes(pool: Pool, criteria: Criteria, preferences: Preferences, model: Model) -> Bytes:
    """Measure the brief's own features: codes (those of them in the asked model, n), in its order."""
    return encoded(features.build_for_campaign(pool.raw, criteria, preferences), model)


def encoded(measured: Mapping[str, Floats], model: Model) -> Bytes:
    """Return the codes of the brief's own features as measured (n,): those in the asked model, n, in its order."""
    return codes.encode(measured, tuple(name for name in model.features if name in measured))


def run_codes(
    pool: Pool, criteria: Criteria, preferences: Preferences, model: Model, own: Bytes | None = None
) -> Bytes:
    """Return codes (features of the asked model, n): those of the pool, and the brief's own: as given, else measured
    now. Raises OtherGrid.
    """
    if pool.grid != codes.grid_key():
        raise OtherGrid(
            f"The pool's codes are of grid {pool.grid}; this release has {codes.grid_key()}. Freeze it again."
        )
    out = np.empty((len(model.features), len(pool)), np.uint8)
    asked = iter(campaign_codes(pool, criteria, preferences, model) if own is None else own)
    for row, name in zip(out, model.features, strict=True):
        row[:] = next(asked) if features.FEATURES[name].per_campaign else pool.codes[codes.POOL_NAMES.index(name)]
    return out


def refer(cells: Bytes, ids: Longs, model: Model) -> Reference:
    """Make a market's yardstick from the codes (features, n) and profile ids (n,) of all its rows."""
    return refer_to(tables.counts(cells), pricing.sample(cells, ids), model)


def refer_to(population: Longs, sample: Bytes, model: Model) -> Reference:
    """Make a market's yardstick from how often each code occurs in it (features, 256), and from a sample of its codes
    (pricing.sample).
    """
    # b0 is the market's mean, which 50 points stand for: without it the sum is the deviation that points measure.
    centred = replace(tables.centred(model, population, sample), b0=0.0)
    typical = [_median(name, row) for name, row in zip(model.features, population, strict=True)]
    return Reference(centred, pricing.spread(sample, centred, population), np.array(typical, np.float32))


def judge(cells: Bytes, raw: RawTable, reference: Reference, line: DecisionLine) -> Scores:
    """Score rows (features, n) against a yardstick and say what follows from the score."""
    return judged(cells, pricing.applicable(raw, reference.model.features), reference, line)


def judged(cells: Bytes, applies: Sequence[Bools | None], reference: Reference, line: DecisionLine) -> Scores:
    """Do what `judge` does, where it is known which features can exist: applies, (n,) each, None = in all rows."""
    scored = tables.score_top(cells, reference.model)
    missing = pricing.missing(cells, reference.model, reference.spread, applies)
    p, is_far = _chances(cells, scored.score, missing, applies, reference.model)
    verdict = confidence.verdicts(p, line, is_far)
    sure = confidence.confidences(p, verdict)
    return Scores(
        score=np.float32(AVERAGE) + scored.score * np.float32(POINTS),
        top=scored.top,
        top_points=scored.values * np.float32(POINTS),
        missing_points=missing.points,
        missing_sd=missing.sd,
        missing_count=missing.count,
        p=p,
        verdict=verdict,
        confidence=sure,
        band=confidence.bands(sure),
    )


def _chances(
    cells: Bytes, score: Floats, missing: pricing.Missing, applies: Sequence[Bools | None], model: Model
) -> tuple[Floats, Bools | None]:
    if model.calibration is None:
        return confidence.prior_p(score, missing.sd / np.float32(POINTS)), None
    doubt = model.calibration.doubts(cells, applies)
    return model.calibration.chance(score, doubt), model.calibration.is_far(doubt)


def _median(name: str, population: Longs) -> float:
    known = np.cumsum(population[1:])
    return float(codes.middles(name)[1 + np.searchsorted(known, known[-1] / 2)]) if known[-1] else float("nan")


def contributions(cells: Bytes, reference: Reference) -> Doubles:
    """Return the points that each term adds (features + pairs, n)."""
    return tables.contributions(cells, reference.model).astype(np.float64) * POINTS
