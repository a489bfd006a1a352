"""Newton’s method with a floor under the curvature and halved steps, for fits of a few parameters; numpy alone."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Goal = Callable[[Doubles], tuple[float, Doubles]]  # parameters -> value, gradient

STEP = 1e-5  # of the differences that give the curvature
FLAT = 1e-6  # least curvature along any direction
ROUNDS, HALVINGS = 100, 40


def minimise(goal: Goal, start: Doubles) -> Doubles:
    """Return the parameters (d,) at the nearest minimum of a smooth function; the same start gives the same end."""
    at = np.asarray(start, np.float64)
    value, gradient = goal(at)
    for _ in range(ROUNDS):
        if np.max(np.abs(gradient)) < 1e-9 * (1 + abs(value)):
            break
        step = np.linalg.solve(curvature(goal, at), gradient)
        for _half in range(HALVINGS):
            there = at - step
            next_value, next_gradient = goal(there)
            if next_value < value:
                break
            step = step / 2
        else:
            break  # no shorter step is lower: rounding is all that is left
        at, value, gradient = there, next_value, next_gradient
    return at


def curvature(goal: Goal, at: Doubles) -> Doubles:
    """Return the second derivatives (d, d) by differences of the gradient, each direction bent upwards."""
    rows = [(goal(at + move)[1] - goal(at - move)[1]) / (2 * STEP) for move in np.eye(len(at)) * STEP]
    bent, directions = np.linalg.eigh((np.stack(rows) + np.stack(rows).T) / 2)
    return np.asarray(directions @ np.diag(np.maximum(np.abs(bent), FLAT)) @ directions.T)
