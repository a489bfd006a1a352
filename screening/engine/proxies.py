"""A model of what is no result: its order is learned, its chances are not, and it says so; numpy alone."""

from dataclasses import replace

import numpy as np

from screening.engine import sheets
from screening.engine.learned import Learned
from screening.engine.tables import PROXY, Model

NEXT_MONTH = "1-next-month"


def stated(found: Learned, expert: Model, *, version: str = NEXT_MONTH) -> Model:
    """Return what was learned from a proxy as a prior: no calibration, its points as wide as the expert card's.

    A proxy tells who is ahead of whom. How much likelier a campaign's goal is with them it cannot tell (house rule).
    """
    card, own = (float(sheets.opinion(found.studied.lessons, one)[0].std()) for one in (expert, found.model))
    factor = np.float32(card / own if own > 0 else 0.0)
    return replace(
        found.model, kind=PROXY, version=version, is_prior=True, calibration=None,
        tables=found.model.tables * factor, missing_step=found.model.missing_step * factor,
    )  # fmt: skip
