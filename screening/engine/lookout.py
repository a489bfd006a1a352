"""What a look at a flagged profile tends to find: log-odds = level + one slope for each watched side x its z.

    lookout.learn(looks) -> Lookout      slopes by `bayes` around one common slope, chances held out by creator
    lookout.of(z) -> Look                the calibrated chance of a reason to hold back, its band, what each side adds

A look is a closed investigation of a flag. What is believed beforehand is the plain sum of `peers`: one slope for all
sides; each may depart from it as far as the evidence carries. The slopes lie on the tables of `peers.z`, so what the
sides add makes up the log-odds exactly. Engine.md section 5 ("the sum is additive; with >= 200 labels add a card").
"""

import hashlib
import json
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from screening.engine import bayes, calibration, learned
from screening.engine.learned import FOLDS
from screening.engine.peers import WATCHED
from screening.engine.raw import Bools, Doubles, Floats, Ints, Longs

SCHEMA = 1
FEWEST, FEWEST_OF_EACH = 200, 30  # looks, and of each kind: engine.md section 5; the 30 are a house rule
ROUNDED = 6  # decimals of log-odds: sums in another order must not change a stored figure


class TooFew(ValueError):
    """Raised when there are fewer looks than a card can be learned from."""


class BrokenLookout(Exception):
    """A file that is not, byte for byte, what was written, or is of another schema, grid or list of watched sides."""


@dataclass(frozen=True, eq=False)
class Looks:
    """Closed investigations of flags (n,). z: `peers.distances` of who was looked into (w, n), without what a norm
    answers. found: a reason to hold back; creators: ids.
    """

    z: Floats
    found: Bools
    creators: Longs


@dataclass(frozen=True)
class Look:
    """What a look would find. p: chance of a reason to hold back, whole percent, in low to high; added: log-odds (w)
    that each watched side adds to the level.
    """

    p: float
    low: float
    high: float
    log_odds: float
    added: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Lookout:
    """What was learned of a market. slopes: (w,) log-odds for each z; curve: a, b of the map to chances.

    seen, found: held-out chances by whole percent (101,), how many of them found a reason; low, high: the band there.
    order: how often a look that found a reason stood before one that did not (AUC), held out, and by the plain sum.
    """

    grid: str
    level: float
    slopes: Doubles
    curve: tuple[float, float]
    seen: Longs
    found: Longs
    low: Doubles
    high: Doubles
    order: tuple[float, float]
    creators: int

    @property
    def looks(self) -> int:
        """How many investigations it learned from."""
        return int(self.seen.sum())

    @property
    def reasons(self) -> int:
        """How many of them found a reason to hold back."""
        return int(self.found.sum())

    def of(self, z: Floats) -> Look:
        """Return what a look at one profile would find. z: (w,), as `peers.distances` gives it."""
        added = self.slopes * z
        log_odds = round(float(self.level + added.sum()), ROUNDED)
        p = round(float(_mapped(self.curve, np.array([log_odds]))[0]), 2)
        place = calibration.percent(p)
        return Look(p, float(self.low[place]), float(self.high[place]), log_odds, tuple(added.tolist()))

    @property
    def key(self) -> str:
        """The SHA-256 that names it."""
        return hashlib.sha256(_body(self).encode()).hexdigest()


def is_enough(looks: int, reasons: int) -> bool:
    """Tell whether so many investigations, so many of which found a reason, are enough to learn from."""
    return looks >= FEWEST and FEWEST_OF_EACH <= reasons <= looks - FEWEST_OF_EACH


def learn(told: Looks, *, grid: str) -> Lookout:
    """Learn from investigations; their order changes nothing, down to the bytes. grid: of the codes. Raises TooFew."""
    if not is_enough(len(told.found), int(told.found.sum())):
        raise TooFew(
            f"{len(told.found)} investigations, {int(told.found.sum())} of which found a reason: {FEWEST} are needed, "
            f"{FEWEST_OF_EACH} of each."
        )
    told = _in_order(told)
    level, slopes = _fitted(told, np.ones(len(told.found), bool))
    fold = learned.folds(told.creators)
    z, inner = _held_out(told, fold)
    silent = np.zeros((2, len(z)))  # nothing that is watched is missing: no distance counts as none
    p = learned.calibrated(z, inner, silent, told.found, fold)
    seen, found = calibration.tally(p, told.found)
    low, high = calibration.venn_abers(seen, found)
    curve = calibration.fit_curve(z, silent, told.found)
    return Lookout(
        grid=grid, level=_nine(level), slopes=_nines(slopes), curve=(_nine(curve[0]), _nine(curve[1])), seen=seen,
        found=found, low=_nines(low), high=_nines(high), creators=len(np.unique(told.creators)),
        order=(_nine(auc(z, told.found)), _nine(auc(told.z.sum(axis=0), told.found))),
    )  # fmt: skip


def auc(score: Doubles | Floats, found: Bools) -> float:
    """Return how often a row of `found` has the higher score than one that is not, ties half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place.reshape(-1)]
    n = int(found.sum())
    return float((rank[found].sum() - n * (n + 1) / 2) / (n * (len(found) - n)))


def _in_order(told: Looks) -> Looks:
    order = np.lexsort((*told.z, told.found, told.creators))
    return Looks(np.ascontiguousarray(told.z[:, order], np.float64), told.found[order], told.creators[order])


def _fitted(told: Looks, kept: Bools) -> tuple[float, Doubles]:
    """Return the level and the slopes (w,) that some of the looks teach."""
    columns = np.ascontiguousarray(told.z[:, kept].T, np.float64)
    total = columns.sum(axis=1)
    unit = float(total.std()) or 1.0
    found = bayes.fit(columns, np.zeros(len(told.z), np.int32), total / unit, told.found[kept])
    return found.level, found.slope / unit + found.weights


def _held_out(told: Looks, fold: Ints) -> tuple[Doubles, Doubles]:
    """Return log-odds of each look by a version without its creator's fold (n,), and, for each fold, of the others by
    versions that had seen neither (folds, n).
    """
    z, inner = np.zeros(len(fold)), np.zeros((FOLDS, len(fold)))
    for one, other in combinations_with_replacement(range(FOLDS), 2):
        level, slopes = _fitted(told, (fold != one) & (fold != other))
        said = level + slopes @ told.z
        if one == other:
            z[fold == one] = said[fold == one]
        inner[one, fold == other], inner[other, fold == one] = said[fold == other], said[fold == one]
    return z, inner


def _mapped(curve: tuple[float, float], log_odds: Doubles) -> Doubles:
    return calibration.mapped(np.array([*curve, 0, 0, 0, 0]), log_odds, np.zeros((2, len(log_odds))))


def _nine(value: float) -> float:
    return float(f"{float(value):.9g}")


def _nines(values: Doubles) -> Doubles:
    return np.array([_nine(value) for value in values])


def to_json(found: Lookout) -> str:
    """Return the file: its SHA-256, then the body."""
    return f'{{"sha256":"{found.key}","lookout":{_body(found)}}}\n'


def _body(found: Lookout) -> str:
    content = {
        "schema": SCHEMA, "grid": found.grid, "watched": [":".join(one) for one in WATCHED], "level": found.level,
        "slopes": found.slopes.tolist(), "curve": list(found.curve), "seen": found.seen.tolist(),
        "found": found.found.tolist(), "low": found.low.tolist(), "high": found.high.tolist(),
        "order": list(found.order), "creators": found.creators,
    }  # fmt: skip
    return json.dumps(content, separators=(",", ":"))


def from_json(text: str, *, grid: str) -> Lookout:
    """Read a file. Raises BrokenLookout if any byte differs from what was written, or it was made for another grid,
    another schema, or other watched sides.
    """
    try:
        body = json.loads(text)["lookout"]
        found = Lookout(
            grid=body["grid"], level=body["level"], slopes=np.array(body["slopes"], np.float64),
            curve=(body["curve"][0], body["curve"][1]), seen=np.array(body["seen"], np.int64),
            found=np.array(body["found"], np.int64), low=np.array(body["low"], np.float64),
            high=np.array(body["high"], np.float64), order=(body["order"][0], body["order"][1]),
            creators=body["creators"],
        )  # fmt: skip
        is_whole = body["schema"] == SCHEMA and to_json(found) == text
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BrokenLookout(f"Cannot read the lookout: {error}") from error
    if not is_whole:  # other watched sides give other bytes too
        raise BrokenLookout("The lookout's bytes are not those that were written.")
    if found.grid != grid:
        raise BrokenLookout(f"The lookout was made on grid {found.grid}; the codes are of grid {grid}.")
    return found
