"""How a learned model's chances came true in parts of its lessons: by platform, tier and completeness; numpy alone.

A part's calibration error is the mean gap, by whole bands of chance, between what was stated and what happened. Small
parts have gaps by chance alone: beside each stands what 95 of 100 parts with true chances stay under, by drawing the
results again from the chances themselves (engine.md section 4).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from screening.engine import codes, peers
from screening.engine.features import PLATFORMS
from screening.engine.lessons import Lessons
from screening.engine.raw import TIERS, Bools, Doubles

EDGES = (0.30, 0.45, 0.55, 0.70)  # where the bands of wording part, of a chance
DRAWS, USUAL, SEED = 400, 0.95, 0
PARTS = ("least", "middle", "most")  # thirds of the lessons, by how complete their profiles were


@dataclass(frozen=True)
class Slice:
    """A part of the lessons. kind, name: platform youtube. stated: the mean chance. gap: the calibration error; usual:
    what it stays under by chance alone, 19 times of 20.
    """

    kind: str
    name: str
    count: int
    worked: int
    stated: float
    gap: float
    usual: float


def slices(lessons: Lessons, p: Doubles) -> list[Slice]:
    """Return how chances p (n,) of creators not seen came true by part, in a fixed order; empty parts are left out."""
    return [_slice(kind, name, p[rows], lessons.worked[rows]) for kind, name, rows in _parts(lessons) if rows.any()]


def _parts(lessons: Lessons) -> Iterator[tuple[str, str, Bools]]:
    cells = dict(zip(lessons.features, lessons.cells, strict=True))
    for code, name in enumerate(PLATFORMS, 1):
        yield "platform", name, cells["platform"] == code
    tier = peers.tiers(codes.middles("followers")[cells["followers"]])
    for place, name in enumerate(TIERS):
        yield "tier", name, tier == place
    # Equal values stay together, so that the order of the lessons changes nothing.
    known = cells["completeness"].astype(np.int64)
    low, high = (np.sort(known)[len(known) * third // 3] for third in (1, 2))
    third = (known >= low).astype(int) + (known >= high) if len(known) else known
    for place, name in enumerate(PARTS):
        yield "completeness", name, third == place


def _slice(kind: str, name: str, p: Doubles, worked: Bools) -> Slice:
    dice = np.random.default_rng(SEED)
    drawn = [gap(p, dice.random(len(p)) < p) for _ in range(DRAWS)]
    return Slice(
        kind, name, len(p), int(worked.sum()), float(p.mean()), gap(p, worked), float(np.quantile(drawn, USUAL))
    )


def gap(p: Doubles, worked: Bools) -> float:
    """Return the calibration error of chances (n,): by band, how far what worked out lies from what was stated."""
    band = np.searchsorted(EDGES, p, "right")
    apart = np.bincount(band, weights=p - worked, minlength=len(EDGES) + 1)
    return float(np.abs(apart).sum() / max(len(p), 1))
