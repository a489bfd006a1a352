"""What a team's picks and rejections say about the rest: one linear direction, so one more exact factor; numpy alone.

Picks are told from the whole population, not from the rejections: among the best-scored that would be noise. The
direction is Fisher's (1936) with the population's covariance, shrunk by the number of picks (engine.md section 6):

    q = mean(picks) - mean(all) - (mean(rejections) - mean(all)) / 2        w = (Cov + 0.3 I)^-1 q * n / (n + 10)
    taste = x.w in standard deviations of the AI's score
"""

from dataclasses import dataclass

import numpy as np

from screening.engine.raw import Bytes, Doubles, Floats, Longs

RIDGE = 0.3
SHRINK = 10  # picks at which the direction counts half
REJECTIONS = 0.5  # weight of a rejection beside a pick
MOST_FOR_COVARIANCE = 65_536  # rows; more add nothing that shows in a weight
BLOCK = 65_536


@dataclass(frozen=True, eq=False)
class Population:
    """Everybody who is ranked: codes (d, n), and mean and spread (d,) of the known ones on the grid's own scale."""

    codes: Bytes
    mean: Doubles
    spread: Doubles

    @classmethod
    def of(cls, codes: Bytes) -> "Population":
        """Measure a population by how often each code occurs. A feature that nobody varies in has spread 0."""
        places = np.arange(256, dtype=np.float64)
        known = np.stack([np.bincount(row, minlength=256) for row in codes]).astype(np.float64)
        known[:, 0] = 0
        n = np.maximum(known.sum(axis=1), 1)
        mean = known @ places / n
        spread = np.sqrt(np.maximum(known @ places**2 / n - mean**2, 0))
        return cls(codes, mean, spread)

    def standard(self, rows: Longs | slice) -> Floats:
        """Return some rows in standard deviations (m, d); a missing value is average, 0."""
        tables = self.tables
        return np.stack([table[row[rows]] for table, row in zip(tables, self.codes, strict=True)], axis=1)

    @property
    def tables(self) -> Floats:
        """The standard value of each code (d, 256)."""
        spread = np.where(self.spread > 0, self.spread, np.inf)
        found = (np.arange(256)[None, :] - self.mean[:, None]) / spread[:, None]
        found[:, 0] = 0
        return found.astype(np.float32)


@dataclass(frozen=True)
class Hint:
    """An answer to "what is the AI missing?": a feature (index) that should count more (+1) or less (-1)."""

    feature: int
    side: int


@dataclass(frozen=True, eq=False)
class Remembered:
    """Picks and rejections of an earlier list who are not in this one, (k, d) and (m, d) standard deviations there."""

    picks: Doubles
    rejections: Doubles


def learn(
    population: Population, picks: Longs, rejections: Longs, hints: tuple[Hint, ...] = (),
    remembered: Remembered | None = None,
) -> Doubles:  # fmt: skip
    """Return the direction w (d,) of what the team looks for; zeros without a pick or a hint.

    picks, rejections: rows of the population; who is remembered counts like them. A hint counts as one pick that lies
    one standard deviation out on its feature and is average in everything else.
    """
    d = len(population.codes)
    remembered = remembered or Remembered(np.zeros((0, d)), np.zeros((0, d)))
    n = len(picks) + len(hints) + len(remembered.picks)
    if not n:
        return np.zeros(d)
    imagined = np.zeros((len(hints), d))
    for row, hint in zip(imagined, hints, strict=True):
        row[hint.feature] = hint.side
    towards = np.concatenate([population.standard(picks), imagined, remembered.picks]).mean(axis=0)
    against = np.concatenate([population.standard(rejections).astype(np.float64), remembered.rejections])
    away = against.mean(axis=0) if len(against) else np.zeros(d)
    q = towards - REJECTIONS * away  # means of all are 0: these are deviations, and what is missing is average
    return np.linalg.solve(_covariance(population) + RIDGE * np.eye(d), q) * (n / (n + SHRINK))


def _covariance(population: Population) -> Doubles:
    n = population.codes.shape[1]
    step = max(1, -(-n // MOST_FOR_COVARIANCE))
    x = population.standard(slice(0, n, step)).astype(np.float32)
    return (x.T @ x).astype(np.float64) / max(1, len(x))


def taste(population: Population, direction: Doubles) -> Floats:
    """Return x.w of everybody (n,), mean 0: in standard deviations of the AI's score."""
    weighted = (population.tables * direction[:, None]).astype(np.float32)
    out = np.zeros(population.codes.shape[1], np.float32)
    for start in range(0, len(out), BLOCK):
        part = slice(start, start + BLOCK)
        for row, table in zip(population.codes, weighted, strict=True):
            out[part] += np.take(table, row[part], mode="clip")
    return out


def order(score: Doubles, ids: Longs) -> Longs:
    """Return places, best first: by score to 1e-6 points, then the lower id, as the run's own ranking."""
    return np.lexsort((ids, -np.round(score * 1e6)))


def changed_share(before: Longs, after: Longs, *, top: int = 20) -> float:
    """Return which share of the first places is taken by others than before; 0 where nobody is ranked."""
    most = min(top, len(before), len(after))
    return 1 - len(np.intersect1d(before[:most], after[:most])) / most if most else 0.0
