"""The one runtime of every model: score = b0 + one table a feature + some of pairs, looked up by code; numpy alone.

Tables hold log-odds. Their values are cut to 18 significant bits, so that a float's lowest six bits are free for the
feature's number and three running maxima over packed integers give the exact top three. Method: engine.md section 1.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from screening.engine import calibration as calibrations
from screening.engine import pairs as paired
from screening.engine.calibration import Calibration
from screening.engine.pairs import Pair
from screening.engine.raw import Bytes, Doubles, Floats, Ints, Longs

# A model without calibration or pairs keeps the bytes, and so the name, that it always had.
SCHEMA, CALIBRATED, PAIRED = 1, 2, 3
BLOCK = 32_768
MOST_FEATURES = 63
NOBODY = 255
POINTS = 20 / np.log(2)  # points a unit of log-odds: 20 points double the odds
LOW_BITS = np.int32(63)
PROXY = "proxy"  # the kind of a model that learned from what is no result


class BrokenModel(Exception):
    """A model file that is not, byte for byte, what was written, or is of another schema or grid."""


class OtherFormat(BrokenModel):
    """A whole model file that this release does not read: it has another schema or another grid."""


@dataclass(frozen=True, eq=False)
class Model:
    """An additive model. tables: (features, 256) float32 log-odds, column 0 = missing.

    missing_step: (features,) float32 log-odds of a missing cell relative to the mean of the known ones, applied when
    the model is centred; NaN = column 0 as it stands. is_prior: learned from no outcome.
    calibration: of a learned model, what turns its scores into chances. pairs: tables of two features each.
    """

    kind: str
    version: str
    grid: str
    features: tuple[str, ...]
    b0: float
    tables: Floats
    missing_step: Floats
    is_prior: bool
    calibration: Calibration | None = None
    pairs: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        if len(self.terms) > MOST_FEATURES:
            raise BrokenModel(f"A model has {len(self.terms)} features and pairs; {MOST_FEATURES} is the most.")
        if len(self.pairs) > paired.MOST_PAIRS:
            raise BrokenModel(f"A model has {len(self.pairs)} pairs; {paired.MOST_PAIRS} is the most.")
        if not {name for one in self.pairs for name in (one.first, one.second)} <= set(self.features):
            raise BrokenModel("A pair is of features that the model does not look at.")

    @property
    def is_proxy(self) -> bool:
        """True where it learned from what is no result."""
        return self.kind == PROXY

    @property
    def terms(self) -> tuple[str, ...]:
        """The codes of all that adds to a score: features, then pairs."""
        return (*self.features, *(one.name for one in self.pairs))

    @property
    def schema(self) -> int:
        """The version of the file's form."""
        return PAIRED if self.pairs else SCHEMA if self.calibration is None else CALIBRATED

    @cached_property
    def lines(self) -> list[tuple[Pair, int, int, Ints]]:
        """Each pair with the places of its two features and its packed keys."""
        found, first = self.features.index, len(self.features)
        return [
            (one, found(one.first), found(one.second), one.keys(MOST_FEATURES - first - k))
            for k, one in enumerate(self.pairs)
        ]

    @cached_property
    def keys(self) -> Ints:
        """Packed (features, 256): bits of |value| with 62 - feature number below; 0 for missing cells and zeros."""
        bits = np.abs(self.tables).view(np.int32)  # positive floats order like their bits
        number = (62 - np.arange(len(self.features), dtype=np.int32))[:, None]
        return np.where((np.arange(256) == 0) | (bits == 0), 0, (bits & ~LOW_BITS) | (number + 1)).astype(np.int32)

    @cached_property
    def key(self) -> str:
        """The SHA-256 that names this model everywhere."""
        return hashlib.sha256(_body(self).encode()).hexdigest()


@dataclass(frozen=True)
class Scored:
    """score (n,) log-odds; top (3, n) numbers of terms, 255 = none; values (3, n) their contributions, heaviest
    first.
    """

    score: Floats
    top: Bytes
    values: Floats


class Buffers:
    """Scratch arrays of one block, made once a call."""

    def __init__(self) -> None:
        self.value = np.empty(BLOCK, np.float32)
        self.key, self.less = np.empty((2, BLOCK), np.int32)
        self.best = np.empty((3, BLOCK), np.int32)


def score(codes: Bytes, model: Model) -> Floats:
    """Return scores (n,) float32 log-odds of codes (features, n)."""
    out = np.empty(codes.shape[1], np.float32)
    for start in range(0, len(out), BLOCK):
        block, total = codes[:, start : start + BLOCK], out[start : start + BLOCK]
        total[:] = model.b0
        for row, table in zip(block, model.tables, strict=True):
            total += np.take(table, row, mode="clip")
        for pair, first, second, _keys in model.lines:
            total += np.take(pair.values, pair.places(block[first], block[second]))
    return out


def score_top(codes: Bytes, model: Model) -> Scored:
    """Return scores and the three heaviest known cells of codes (features, n); of equals the earlier feature first."""
    n = codes.shape[1]
    out = Scored(np.empty(n, np.float32), np.empty((3, n), np.uint8), np.empty((3, n), np.float32))
    buffers = Buffers()
    for start in range(0, n, BLOCK):
        part = slice(start, min(n, start + BLOCK))
        best = _block(codes[:, part], model, out.score[part], buffers)
        _read(best, codes[:, part], model, out.top[:, part], out.values[:, part])
    return out


def _block(codes: Bytes, model: Model, total: Floats, buffers: Buffers) -> Ints:
    # Three running maxima: what falls out of one is offered to the next. No branches, no (features, n) matrix.
    n = len(total)
    value, key, less, best = buffers.value[:n], buffers.key[:n], buffers.less[:n], buffers.best[:, :n]
    total[:], best[:] = model.b0, 0
    for row, table, keys in zip(codes, model.tables, model.keys, strict=True):
        np.take(table, row, out=value, mode="clip")
        np.add(total, value, out=total)
        np.take(keys, row, out=key, mode="clip")
        _offer(key, less, best)
    for pair, one, other, keys in model.lines:
        places = pair.places(codes[one], codes[other])
        np.take(pair.values, places, out=value, mode="clip")
        np.add(total, value, out=total)
        np.take(keys, places, out=key, mode="clip")
        _offer(key, less, best)
    return best


def _offer(key: Ints, less: Ints, best: Ints) -> None:
    first, second, third = best
    np.minimum(first, key, out=less)
    np.maximum(first, key, out=first)
    np.minimum(second, less, out=key)
    np.maximum(second, less, out=second)
    np.maximum(third, key, out=third)


def _read(best: Ints, codes: Bytes, model: Model, top: Bytes, values: Floats) -> None:
    low = best & LOW_BITS
    number = np.where(low == 0, 0, MOST_FEATURES - low)
    alone = np.minimum(number, len(model.features) - 1)
    found = np.take(model.tables, (alone << 8) + codes[alone, np.arange(codes.shape[1])])
    for k, (pair, first, second, _keys) in enumerate(model.lines):
        slot, row = np.nonzero(number == len(model.features) + k)
        found[slot, row] = np.take(pair.values, pair.places(codes[first, row], codes[second, row]))
    top[:] = np.where(low == 0, NOBODY, number)
    values[:] = np.where(low == 0, 0, found)


def contributions(codes: Bytes, model: Model) -> Floats:
    """Return what every term adds (features + pairs, n) in log-odds; with b0 they add up to the score."""
    alone = np.take_along_axis(model.tables, codes.astype(np.intp), axis=1)
    both = [np.take(one.values, one.places(codes[first], codes[second])) for one, first, second, _keys in model.lines]
    return np.concatenate([alone, np.stack(both)]) if both else alone


def counts(codes: Bytes) -> Longs:
    """Return how often each code occurs in codes (features, n): (features, 256)."""
    return np.stack([np.bincount(row, minlength=256) for row in codes]) if len(codes) else np.zeros((0, 256), np.int64)


def only(model: Model, kept: Longs) -> Model:
    """Return the model with some of its features, and the pairs of which both are left. Its calibration stays."""
    names = tuple(model.features[place] for place in kept)
    return replace(
        model, features=names, tables=model.tables[kept], missing_step=model.missing_step[kept],
        pairs=tuple(one for one in model.pairs if {one.first, one.second} <= set(names)),
    )  # fmt: skip


def scaled(model: Model, scales: Doubles) -> Model:
    """Return the model with each feature's table and missing step multiplied (features,); 0 leaves the feature out.

    A pair is multiplied by the root of both its features' factors, house rule. Not rounded: that is done once, where
    the market is the mean (`centred`).
    """
    factor = scales.astype(np.float32)
    both = [(one, np.sqrt(scales[first] * scales[second])) for one, first, second, _keys in model.lines]
    return replace(
        model, tables=model.tables * factor[:, None], missing_step=model.missing_step * factor,
        pairs=tuple(one.valued(one.values * weight) for one, weight in both),
    )  # fmt: skip


def centred(model: Model, population: Longs, sample: Bytes | None = None) -> Model:
    """Return the same model with mean contribution 0 on a population, the means in b0. population: counts (features,
    256); sample: codes (features, n) of some of it, on which a model's pairs are centred.

    A missing cell first gets the mean of the known cells plus its step, a pair with one the mean of the known pairs.
    The score changes only by that. Raises ValueError for pairs without a sample.
    """
    if model.pairs and sample is None:
        raise ValueError("Pairs are centred on a sample: counts of single features do not tell who has both.")
    both = [
        (one, one.moments(one.counts(sample[first], sample[second]))[0])
        for one, first, second, _keys in model.lines if sample is not None
    ]  # fmt: skip
    tables = model.tables.astype(np.float64)
    step = model.missing_step.astype(np.float64)
    relative = ~np.isnan(step)
    tables[relative, 0] = (known_means(tables, population) + step)[relative]
    means = (tables * population).sum(axis=1) / np.maximum(population.sum(axis=1), 1)
    return replace(
        model,
        b0=float(np.float32(model.b0 + means.sum() + sum(mean for _pair, mean in both))),
        tables=snapped(tables - means[:, None]),
        pairs=tuple(one.valued(snapped(one.values - np.float32(mean))) for one, mean in both),
        missing_step=np.full_like(model.missing_step, np.nan),
    )


def known_means(tables: Doubles, population: Longs) -> Doubles:
    """Return the mean contribution of the known cells (features,), 0 where nobody is known."""
    known = population[:, 1:]
    return (tables[:, 1:] * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def snapped(tables: Doubles | Floats) -> Floats:
    """Return float32 tables rounded to 18 significant bits (4e-6 relative), their low six bits zero."""
    bits = np.ascontiguousarray(tables, np.float32).view(np.int32)
    # Half a step is added before the cut: rounding, not truncation. The sign bit is untouched.
    return ((bits + 32) & ~LOW_BITS).view(np.float32)


def to_json(model: Model) -> str:
    """Return the model file: its SHA-256, then the body. Nine digits keep every float32 exactly."""
    return f'{{"sha256":"{model.key}","model":{_body(model)}}}\n'


def from_json(text: str, *, grid: str) -> Model:
    """Read a model file. Raises BrokenModel if any byte differs from what was written, or schema or grid are others."""
    try:
        content = json.loads(text)
        body = content["model"]
        told = body.get("calibration")
        model = Model(
            kind=body["kind"], version=body["version"], grid=body["grid"], features=tuple(body["features"]),
            b0=body["b0"], tables=np.array(body["tables"], np.float32).reshape(-1, 256), is_prior=body["is_prior"],
            missing_step=np.array([np.nan if step is None else step for step in body["missing_step"]], np.float32),
            calibration=None if told is None else calibrations.read(told),
            pairs=tuple(paired.read(one) for one in body.get("pairs", ())),
        )  # fmt: skip
        schema, sha256, same = body["schema"], content["sha256"], to_json(model) == text
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BrokenModel(f"Cannot read the model: {error}") from error
    if schema not in (SCHEMA, CALIBRATED, PAIRED):
        raise OtherFormat(f"The model has schema {schema}; this release reads {SCHEMA} to {PAIRED}.")
    if not same:
        raise BrokenModel(f"The model's bytes do not give its SHA-256 {sha256}: it was changed after writing.")
    if model.grid != grid:
        raise OtherFormat(f"The model was made on grid {model.grid}; the codes are of grid {grid}.")
    return model


def _body(model: Model) -> str:
    content: dict[str, Any] = {
        "schema": model.schema,
        "kind": model.kind,
        "version": model.version,
        "grid": model.grid,
        "is_prior": model.is_prior,
        "features": list(model.features),
        "b0": _digits(model.b0),
        "missing_step": [None if np.isnan(step) else _digits(step) for step in model.missing_step],
        "tables": [[_digits(value) for value in table] for table in model.tables],
    }
    if model.calibration is not None:
        content["calibration"] = model.calibration.plain()
    if model.pairs:
        content["pairs"] = [one.plain() for one in model.pairs]
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True)


def _digits(value: float) -> float:
    return float(f"{float(value):.9g}")
