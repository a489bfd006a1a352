"""What asking a person is worth, and who is asked (science.md section 2); numpy alone.

A reviewer's yes or no moves the chance by a logistic combination with stated priors: 60 % of the weight of a reviewer
who is right in 65 % of cases. As long as there are no outcomes nothing else is known, and nothing else is used.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EDGE = 1e-6  # chances are kept this far from 0 and 1
EVEN = 1e-12  # a smaller worth is rounding


@dataclass(frozen=True)
class Reviewer:
    """What is believed of a reviewer: P(yes | good), P(yes | bad), and the weight b2 of their word (prior means)."""

    says_yes_to_good: float = 0.65
    says_yes_to_bad: float = 0.35
    weight: float = 0.6


def after_vote(p: Doubles, reviewer: Reviewer) -> tuple[Doubles, Doubles, Doubles]:
    """Return P(yes), the chance after a yes and the chance after a no, each (n,).

    Both chances are shifted by the same amount so that their mean is p: a vote not yet given changes nothing.
    """
    a = np.clip(p.astype(np.float64), EDGE, 1 - EDGE)
    yes = a * reviewer.says_yes_to_good + (1 - a) * reviewer.says_yes_to_bad
    up = reviewer.weight * np.log(reviewer.says_yes_to_good / reviewer.says_yes_to_bad)
    down = reviewer.weight * np.log((1 - reviewer.says_yes_to_good) / (1 - reviewer.says_yes_to_bad))
    logit = np.log(a / (1 - a))
    after_yes, after_no = 1 / (1 + np.exp(-logit - up)), 1 / (1 + np.exp(-logit - down))
    shift = a - (yes * after_yes + (1 - yes) * after_no)
    return yes, after_yes + shift, after_no + shift


def of_selection(p: Doubles, stake: Doubles, *, wanted: int, reviewer: Reviewer | None = None) -> Doubles:
    """Return the expected value of a review (n,), in units of `stake`, when the best `wanted` of n are selected.

    For each candidate t is the chance it competes with: the wanted-th best of the others. A review that cannot change
    who is in is worth nothing. Raises ValueError unless 1 <= wanted.
    """
    if wanted < 1:
        raise ValueError(f"Nobody is selected with wanted={wanted}; it is 1 at least.")
    if len(p) <= wanted:
        return np.zeros(len(p))
    yes, after_yes, after_no = after_vote(p, reviewer or Reviewer())
    rival = rivals(p, wanted)
    gain = yes * np.maximum(after_yes - rival, 0) + (1 - yes) * np.maximum(after_no - rival, 0)
    worth = gain - np.maximum(p - rival, 0)
    return stake * np.where(worth > EVEN, worth, 0.0)


def above_cost(worth: Doubles, *, cost: float) -> Doubles:
    """Return what asking is worth (n,), and 0 where it is not more than `cost`, in the same unit."""
    return np.where(worth > cost, worth, 0.0)


def rivals(p: Doubles, wanted: int) -> Doubles:
    """Return for each candidate the chance at the cut: of the first outside for those inside, of the last inside for
    those outside (n,).
    """
    best = np.partition(p, [len(p) - wanted - 1, len(p) - wanted])
    last_in, first_out = best[len(p) - wanted], best[len(p) - wanted - 1]
    return np.where(p >= last_in, first_out, last_in)


@dataclass(frozen=True)
class Draw:
    """Who is shown to people: indexes, and each candidate's chance of being shown (n,)."""

    nearest: Longs
    drawn: Longs
    probability: Doubles


def choose(value: Doubles, sure: Bools, *, budget: int, random_share: float, seed: int) -> Draw:
    """Choose whom people are asked about: `sure` ones, then the worthiest within the budget, and a random share.

    value (n,): worth of asking. sure (n,): shown in any case, inside the budget or over it. The random part is drawn
    with equal chances from all the others, so everybody has a known chance above 0. Same seed, same draw.
    """
    n_random = min(int(np.ceil(budget * random_share)), int((~sure).sum())) if random_share > 0 else 0
    left = max(0, budget - n_random - int(sure.sum()))
    worth = np.where(sure | (value <= 0), -np.inf, value)
    order = np.argsort(-worth, kind="stable")[:left]
    nearest = order[np.isfinite(worth[order])]
    shown = sure.copy()
    shown[nearest] = True
    rest = np.flatnonzero(~shown)
    drawn = np.sort(np.random.default_rng([seed, 1]).choice(rest, min(n_random, len(rest)), replace=False))
    probability = np.where(shown, 1.0, len(drawn) / max(1, len(rest)))
    return Draw(nearest.astype(np.int64), drawn.astype(np.int64), probability)


def spot_checks(n: int, *, share: float, seed: int) -> Bools:
    """Return which of n decisions of the AI a person checks (n,): each with chance `share`, on its own."""
    return np.random.default_rng([seed, 2]).random(n) < share
