"""The ladder from market to market: expert card -> the card of all other markets -> this market's own; numpy alone.

Each rung is the offset of the next, and all are tables, so they add up to one table a feature. The others' score counts
as it stands (slope 1 +- 0.2), and what this market adds to its shape begins stiff. Method: engine.md section 2 ("A new
market"). What a rung says of a creator never comes from that creator, on either rung.
"""

import numpy as np

from screening.engine import sheets
from screening.engine.bayes import Belief
from screening.engine.lessons import Lessons
from screening.engine.raw import Bools, Longs
from screening.engine.sheets import Ground
from screening.engine.tables import Model

# Outcomes, and of each kind, under which nothing is learned: alone (science.md 1.5), and beside as many elsewhere. A
# market that begins on the others' score is better from 20 on (engine.md section 2); the 200 are a house rule.
FEWEST, FEWEST_OF_EACH = 50, 10
FEWEST_BESIDE, FEWEST_OF_EACH_BESIDE = 20, 5
FEWEST_ELSEWHERE = 200
# Engine.md believes three log-units stiffer; the shapes here begin four stiffer than its own already, and half of that
# lost nothing in like markets, and 0.015 of log loss less in one that goes its own way. A level believed within 0.5
# keeps a like market's chances at 20 results, where 1.0 lost 0.018 of their R2, and follows one that is harder as well.
SLOPE, SLOPE_SD, LEVEL_SD, STIFF = 1.0, 0.2, 0.5, 1.5


def is_enough(count: int, worked: int) -> bool:
    """Tell whether so many outcomes of other markets, so many of which worked out, can carry another market's card."""
    return count >= FEWEST_ELSEWHERE and FEWEST_OF_EACH <= worked <= count - FEWEST_OF_EACH


def fewest(*, is_beside: bool) -> tuple[int, int]:
    """Return how many outcomes a market must have itself, and of each kind. is_beside: others have enough."""
    return (FEWEST_BESIDE, FEWEST_OF_EACH_BESIDE) if is_beside else (FEWEST, FEWEST_OF_EACH)


class Others:
    """The card of all other markets, learned again without whoever it is to be judged on."""

    def __init__(self, lessons: Lessons, expert: Model) -> None:
        """Lay out the lessons of the other markets. expert: the card of the market that is to stand on them."""
        self.lessons = lessons.of(expert.features).in_order()[0]
        self._sheet = sheets.laid_out(self.lessons)
        self._ground = sheets.on_expert(self.lessons, expert)
        self._known: dict[bytes, tuple[Model, float, float]] = {}

    def ground(self, here: Lessons, unseen: Longs) -> Ground:
        """Return what a fit of a market's lessons stands on. unseen: creators who must not have been learned from."""
        model, level, worth = self._learned(~np.isin(self.lessons.creators, unseen))
        said, _spread = sheets.opinion(here, model)
        return Ground(model, said, 1.0, Belief(SLOPE, SLOPE_SD, level, LEVEL_SD, STIFF), worth)

    def _learned(self, kept: Bools) -> tuple[Model, float, float]:
        # Most creators stand in one market: nearly every fold leaves out nobody here, and costs nothing.
        key = np.packbits(kept).tobytes()
        if key not in self._known:
            fitted = sheets.fitted(self._sheet, self._ground, self.lessons, kept)
            model = sheets.tabulated(fitted, self._sheet.basis, self._ground)
            self._known[key] = model, fitted.level, self._ground.worth_of(fitted)
        return self._known[key]
