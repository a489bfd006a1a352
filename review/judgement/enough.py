"""How much data a figure needs before it is shown (science.md 1.4, 1.5), and the intervals it is shown with; numpy."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from review.judgement.combine import Bools, logistic, logit
from review.judgement.newton import Doubles, curvature, minimise
from review.judgement.shrinkage import Shrunk

FOR_A_NUMBER, OF_EACH_CLASS = 50, 10
FOR_SURE = 200
OF_A_REVIEWER = 30
FOR_THE_REGIME, FOR_NO_SIGN = 100, 500
FOR_A_RECORD, COUNT_FIRST = 10, 30
Z90, Z95 = 1.645, 1.96


class Standing(StrEnum):
    """What Together may say of itself."""

    WORDS = "words"  # no number: the stated weights, and words
    PROVISIONAL = "provisional"
    PROVED = "proved"
    AI_ALONE = "ai_alone"  # held out, the combination was worse than the AI: the AI’s own chance is shown


def standing(*, good: int, bad: int, loss: float | None, ai_loss: float | None) -> Standing:
    """Return how Together is shown, from outcomes with both p and a vote, and held-out log losses."""
    if good + bad < FOR_A_NUMBER or min(good, bad) < OF_EACH_CLASS or loss is None or ai_loss is None:
        return Standing.WORDS
    if loss > ai_loss:
        return Standing.AI_ALONE
    return Standing.PROVED if good + bad >= FOR_SURE else Standing.PROVISIONAL


def accuracy(right: int, n: int, believed: Shrunk) -> tuple[float, float, float] | None:
    """Return a reviewer’s shrunk accuracy with its 90 % interval; None under 30 outcomes of own votes."""
    if n < OF_A_REVIEWER:
        return None
    middle, weight = float(believed.rate(right, n)), n + believed.strength
    half = Z90 * float(np.sqrt(middle * (1 - middle) / (weight + 1)))
    return middle, max(0.0, middle - half), min(1.0, middle + half)


class Regime(StrEnum):
    """Whether people add information to the AI’s."""

    HIDDEN = "hidden"
    ADDS = "adds"
    UNKNOWN = "unknown"
    NO_SIGN = "no_sign"


@dataclass(frozen=True)
class Added:
    """What a vote adds beyond the AI, in log-odds (yes = +1, no = -1), with its 95 % interval."""

    regime: Regime
    n: int
    coefficient: float = 0.0
    low: float = 0.0
    high: float = 0.0


def added(p: Doubles, yes: Bools, good: Bools) -> Added:
    """Answer “does this team add information?”: outcome on logit p and vote (n,), one vote a case (science.md 1.4)."""
    n = len(p)
    if n < FOR_THE_REGIME:
        return Added(Regime.HIDDEN, n)
    rows, sign = np.stack([np.ones(n), logit(p), np.where(yes, 1.0, -1.0)]), np.where(good, 1.0, -1.0)

    def goal(at: Doubles) -> tuple[float, Doubles]:
        z = at @ rows
        # The slight pull keeps a perfect separation finite.
        return float(np.logaddexp(0, -sign * z).sum() + 0.005 * at @ at), rows @ (logistic(z) - good) + 0.01 * at

    found = minimise(goal, np.array([0.0, 1.0, 0.0]))
    half = Z95 * float(np.sqrt(np.linalg.inv(curvature(goal, found))[2, 2]))
    low, high = float(found[2] - half), float(found[2] + half)
    crosses = Regime.NO_SIGN if n >= FOR_NO_SIGN else Regime.UNKNOWN
    return Added(Regime.ADDS if low > 0 else crosses, n, float(found[2]), low, high)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, hits of n (Wilson 1927). Raises ValueError for n = 0."""
    if n < 1:
        raise ValueError("No interval without cases.")
    share, z = hits / n, Z95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
