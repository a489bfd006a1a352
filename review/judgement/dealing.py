"""When a person is dealt practice, and which case: drawn, with its chance; pure (science.md 3.3).

As many cases where the AI was right as where it was wrong, else going against it would be the winning guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MILLION = 1_000_000
OFTEN_U6, SELDOM_U6 = MILLION // 10, MILLION // 25  # of a person's cards: until they have seen ERRORS, and from then on
ERRORS = 10  # AI errors a person has to have seen before their catch rate says anything
FIRST = 3  # a newcomer's first cards
LEAST_EACH = 5  # closed cases of a place where the AI was wrong, and where it was right: fewer would be recognised
BITS = 52  # of a seed: the log holds it exactly


@dataclass(frozen=True)
class Pile:
    """The closed cases of a place that a person may be dealt. share_u6: the policy's, times 10^6."""

    share_u6: int
    wrong: Sequence[int]  # ids of cases where the AI was wrong
    right: Sequence[int]

    @property
    def is_open(self) -> bool:
        """Whether both kinds are left: from one kind alone the answer could be guessed."""
        return self.share_u6 > 0 and bool(self.wrong) and bool(self.right)


@dataclass(frozen=True)
class Dealt:
    """The case that was drawn. share_u6: chance of any practice at this turn; probability_u6: of this very case."""

    pile: int
    case: int
    ai_was_right: bool
    share_u6: int
    probability_u6: int


def share_u6(policy_u6: int, *, errors: int, given: int) -> int:
    """Return the chance that a person's next card is practice: the policy's share is the most, 0 switches it off.

    errors: AI errors the person has seen. given: cards they have had; a newcomer's first ones are all practice.
    """
    if not policy_u6:
        return 0
    return MILLION if given < FIRST else min(policy_u6, OFTEN_U6 if errors < ERRORS else SELDOM_U6)


def deal(piles: Sequence[Pile], *, errors: int, given: int, seed: int) -> Dealt | None:
    """Draw whether the next card is practice, and which case; None for no. The same seed draws the same again."""
    left = [n for n, pile in enumerate(piles) if pile.is_open]
    if not left:
        return None
    dice = np.random.default_rng(seed)
    place = left[int(dice.integers(len(left)))]
    pile = piles[place]
    share = share_u6(pile.share_u6, errors=errors, given=given)
    if dice.random() * MILLION >= share:
        return None
    is_right = bool(dice.random() < 0.5)
    cases = pile.right if is_right else pile.wrong
    case = cases[int(dice.integers(len(cases)))]
    return Dealt(place, case, is_right, share, round(share / len(left) / 2 / len(cases)))
