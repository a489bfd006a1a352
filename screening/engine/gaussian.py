"""Bayesian linear regression around an expert's opinion, its shrinkage and noise found by evidence; numpy alone.

The Gaussian form of `bayes`: y = a + b card + X m + noise, in standard deviations of y. a is free, b is believed as
told, m ~ N(0, 1 / l) with one l for slopes, hats and steps each, noise ~ N(0, s2). The three l and s2 maximise the
evidence (closed form; MacKay 1992) under weak log-normal priors. What a fit without a row, or without all rows of a
creator, would have said of them is closed form too (Cook and Weisberg 1982, 2.2). Method: engine.md sections 2 and 3.
"""

from dataclasses import dataclass

import numpy as np

from screening.engine.bayes import CARD_SD, CARD_SLOPE, FREE
from screening.engine.raw import Doubles, Ints, Longs

# Log-precisions of slopes, hats, steps and of the noise, and how loosely they are held (engine.md section 2).
USUAL, WIDTH = np.array([3.0, 4.0, 3.0, 0.5]), np.array([2.0, 2.0, 2.0, np.inf])
SHAPES = np.array([1.0, 1.0, 1.0, 0.0])  # which of them are of m
STEPS = (2.0, 1.0, 0.5, 0.25)
# Precision of the noise: below a ten-thousandth of y's variance rounding would be read as knowledge.
MOST_PRECISE = float(np.log(1e4))


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be explained. design: (n, 2 + k), 1 and the card before the columns; target: (n,) in
    standard deviations, less what is believed of the card; group: kinds of the columns (k,). believed_sd: of b. stiff:
    by how much the log-precisions of m begin higher than usual.
    """

    design: Doubles
    target: Doubles
    group: Ints
    believed_sd: float = CARD_SD
    stiff: float = 0.0

    @property
    def usual(self) -> Doubles:
        """Where the log-precisions begin (4,)."""
        return USUAL + self.stiff * SHAPES

    def precision(self, looseness: Doubles) -> Doubles:
        """Return the prior precision of every coefficient (2 + k,)."""
        return np.concatenate([[FREE, self.believed_sd**-2], np.exp(looseness[:3])[self.group]])


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was learned, in units of y. level: a; slope: b, for each standard deviation of the card; weights: m (k,).

    looseness: log-precisions of slopes, hats, steps, noise (4,), in standard deviations of y. noise: its standard
    deviation. spread: (2 + k, 2 + k), the coefficients' covariance.
    """

    level: float
    slope: float
    weights: Doubles
    looseness: Doubles
    noise: float
    spread: Doubles

    def said(self, columns: Doubles, card: Doubles) -> Doubles:
        """Return what is expected of y (n,) given columns (n, k) and the card in its standard deviations (n,)."""
        found: Doubles = self.level + self.slope * card + columns @ self.weights
        return found

    def error(self, columns: Doubles, card: Doubles) -> Doubles:
        """Return the predictive standard deviation (n,): the noise, and how little was seen of such rows."""
        design = _design(columns, card)
        return np.sqrt(self.noise**2 + ((design @ self.spread) * design).sum(axis=1))

    def held_out(self, columns: Doubles, card: Doubles, y: Doubles, owner: Longs | None = None) -> Doubles:
        """Return how far each row that was fitted lies from what a fit without it would have said (n,).

        owner: (n,) whose rows they are: all rows of one are left out together. The precisions stay as they are.
        """
        design, residual = _design(columns, card), y - self.said(columns, card)
        if owner is None:
            leverage = ((design @ self.spread) * design).sum(axis=1) / self.noise**2
            return residual / (1 - leverage)
        found = np.empty_like(residual)
        _, place = np.unique(owner, return_inverse=True)
        order = np.argsort(place.reshape(-1), kind="stable")
        for rows in np.split(order, np.cumsum(np.bincount(place.reshape(-1)))[:-1]):
            block = design[rows] @ self.spread @ design[rows].T / self.noise**2
            found[rows] = np.linalg.solve(np.eye(len(rows)) - block, residual[rows])
        return found


def fit(
    columns: Doubles, group: Ints, card: Doubles, y: Doubles, *, believed: float = CARD_SLOPE,
    believed_sd: float = CARD_SD, stiff: float = 0.0, looseness: Doubles | None = None,
    measure: tuple[float, float] | None = None,
) -> Fitted:  # fmt: skip
    """Fit a card to measured results. columns: (n, k), group: kinds (k,), card: (n,) in its sd, y: (n,), n >= 2.

    believed: what is thought of b beforehand, in standard deviations of y; a card of zeros says nothing. stiff: by how
    much m begins stiffer. looseness: as found before, not to be searched for. measure: mean and standard deviation of
    y, where not its own. About a second for 1,000 rows and 250 columns.
    """
    centre, unit = measure or (float(y.mean()), float(y.std()) or 1.0)
    moving = np.flatnonzero(columns.any(axis=0))  # what is 0 for all keeps its prior exactly
    problem = Problem(_design(columns[:, moving], card), (y - centre) / unit - believed * card, group[moving],
                      believed_sd, stiff)  # fmt: skip
    square, cross = problem.design.T @ problem.design, problem.design.T @ problem.target
    given = _climb(problem, square, cross, float((problem.target**2).sum())) if looseness is None else looseness
    noise = np.exp(-given[3])
    hessian = square / noise
    precision = problem.precision(given)
    hessian[np.diag_indices_from(hessian)] += precision
    inverse = np.linalg.inv(hessian)
    found = inverse @ cross / noise
    places = np.concatenate([[0, 1], 2 + moving]).astype(np.intp)
    spread = np.diag(np.concatenate([[0.0, 0.0], np.exp(-given[:3])[group]]))
    spread[np.ix_(places, places)] = inverse
    weights = np.zeros(columns.shape[1])
    weights[moving] = found[2:] * unit
    return Fitted(
        float(centre + unit * found[0]), float(unit * (believed + found[1])), weights, given,
        float(unit * np.sqrt(noise)), spread * unit**2,
    )  # fmt: skip


def _design(columns: Doubles, card: Doubles) -> Doubles:
    return np.column_stack([np.ones(len(card)), card, columns])


def _climb(problem: Problem, square: Doubles, cross: Doubles, own: float) -> Doubles:
    # Compass search, as `bayes` does: a smooth function of four numbers, wanted to a quarter of a log-unit.
    place, best = problem.usual, _evidence(problem, problem.usual, square, cross, own)
    for width in STEPS:
        is_moving = True
        while is_moving:
            is_moving = False
            for move in np.concatenate([np.eye(4), -np.eye(4)]) * width:
                height = _evidence(problem, place + move, square, cross, own)
                if height > best + 1e-6:
                    place, best, is_moving = place + move, height, True
    return place


def _evidence(problem: Problem, looseness: Doubles, square: Doubles, cross: Doubles, own: float) -> float:
    """Return the log of the evidence and of the priors of the precisions, but for a constant."""
    if looseness[3] > MOST_PRECISE:
        return -np.inf
    noise, precision = np.exp(-looseness[3]), problem.precision(looseness)
    hessian = square / noise
    hessian[np.diag_indices_from(hessian)] += precision
    lower = np.linalg.cholesky(hessian)
    half = np.linalg.solve(lower, cross / noise)
    explained = own / noise - half @ half
    shape = np.log(precision).sum() / 2 - np.log(np.diag(lower)).sum() + len(problem.target) * looseness[3] / 2
    held = (((looseness - problem.usual) / WIDTH) ** 2).sum() / 2
    return float(shape - explained / 2 - held)
