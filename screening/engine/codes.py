"""One byte a value: 0 = missing, 1-254 = the place of the value on its feature's fixed grid; numpy alone.

Cut points are spread evenly over the feature's range on its own scale and snapped to the bfloat16 grid, so that a
float32 becomes its code by ONE table lookup on its upper 16 bits. The grid depends on neither data nor model: codes of
different pools compare. A negative value counts as the bfloat16 next to it towards zero. Method: engine.md sections 0
and 1.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

import numpy as np

from screening.engine.features import CAMPAIGN_FEATURES, CHOICE, FEATURES, LOG, POOL_FEATURES, Feature
from screening.engine.raw import Bytes, Doubles, Floats

GRID_VERSION = 1
CUTS = 253
BLOCK = 1 << 16
POOL_NAMES = tuple(feature.name for feature in POOL_FEATURES)
CAMPAIGN_NAMES = tuple(feature.name for feature in CAMPAIGN_FEATURES)


@cache
def cuts(name: str) -> Floats:
    """Return the rising cut points of a feature, 253 at most, all on the bfloat16 grid; code = 1 + those not above."""
    feature = FEATURES[name]
    if feature.scale == CHOICE:
        return np.arange(2, len(feature.choices) + 1, dtype=np.float32)
    places = np.linspace(_place(feature, feature.low), _place(feature, feature.high), CUTS)
    values = np.power(10, places) if feature.scale == LOG else places
    snapped = (values.astype(np.float32).view(np.uint32) >> 16 << 16).view(np.float32)
    return np.unique(snapped + np.float32(0))  # + 0 joins -0 and 0


@cache
def lookup(name: str) -> Bytes:
    """Return the table (65,536,) from the upper half of a float32 to its code. NaN is 0, infinities are the ends."""
    cells = (np.arange(1 << 16, dtype=np.uint32) << 16).view(np.float32)
    found = np.searchsorted(cuts(name), cells, "right") + 1
    found[np.isnan(cells)] = 0
    return found.astype(np.uint8)


@cache
def middles(name: str) -> Floats:
    """Return the value that stands for each code (256,): its bin's middle on the scale; NaN for 0 and unused ones."""
    feature, edges = FEATURES[name], cuts(name)
    if feature.scale == CHOICE:
        values = np.arange(1, len(edges) + 2, dtype=np.float64)
    else:
        ends = np.array(
            [_place(feature, min(feature.low, edges[0])), *_places(feature, edges), _place(feature, feature.high)]
        )
        values = (ends[:-1] + ends[1:]) / 2
        values = np.power(10, values) if feature.scale == LOG else values
    table = np.full(256, np.nan, np.float32)
    table[1 : len(values) + 1] = values
    return table


def encode(columns: Mapping[str, Floats], names: tuple[str, ...]) -> Bytes:
    """Return codes (len(names), n) of float32 columns (n,), in the order of `names`; absent ones are 0."""
    n = len(next(iter(columns.values()))) if columns else 0
    out = np.zeros((len(names), n), np.uint8)
    for row, name in zip(out, names, strict=True):
        if name in columns:
            encode_column(columns[name], name, out=row)
    return out


def encode_column(values: Floats, name: str, *, out: Bytes) -> None:
    """Write the codes of one column (n,) float32 into `out` (n,)."""
    halves = np.ascontiguousarray(values, "<f4").view("<u2")[1::2]
    table = lookup(name)
    for start in range(0, len(out), BLOCK):  # blocks of 64 k stay in the cache beside the table
        np.take(table, halves[start : start + BLOCK], out=out[start : start + BLOCK], mode="clip")


@cache
def grid_key() -> str:
    """Return the version of the grid and the SHA-256 of its first cut points; grids are never mixed.

    A feature that came later joins the grid without a new key: what was stored before holds no code of it. Its cut
    points never change either, which a test holds; another grid is a new GRID_VERSION.
    """
    digest = hashlib.sha256()
    for name in POOL_NAMES + CAMPAIGN_NAMES:
        if FEATURES[name].since > 1:
            continue
        digest.update(name.encode() + b"\0" + cuts(name).astype("<f4").tobytes())
    return f"{GRID_VERSION}-{digest.hexdigest()}"


def padded(codes: Bytes) -> Bytes:
    """Return the codes of a pool with a row for each feature: all missing for those that are younger than the pool."""
    lacks = len(POOL_NAMES) - len(codes)
    return np.concatenate([codes, np.zeros((lacks, codes.shape[1]), np.uint8)]) if lacks > 0 else codes


def _place(feature: Feature, value: float) -> float:
    return float(np.log10(value)) if feature.scale == LOG else float(value)


def _places(feature: Feature, values: Floats) -> Doubles:
    return np.log10(values, dtype=np.float64) if feature.scale == LOG else values.astype(np.float64)
