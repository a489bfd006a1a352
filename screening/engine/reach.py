"""How far each table of a model moves scores in a market: where nine tenths of a pool lie, in points; numpy alone."""

from dataclasses import replace

import numpy as np

from screening.engine import tables
from screening.engine.raw import Doubles, Longs
from screening.engine.tables import POINTS, Model

TAIL = 0.05  # of a pool beyond either end, so that one odd creator makes no table look heavy


def reaches(model: Model, population: Longs) -> Doubles:
    """Return the ends (features, 2) in points from the market's mean. population: counts of codes (features, 256).

    Tables of two features are left out: counts of single features do not tell who has both.
    """
    points = tables.centred(replace(model, pairs=()), population).tables.astype(np.float64) * POINTS
    order = np.argsort(points, axis=1, kind="stable")
    points, counts = np.take_along_axis(points, order, 1), np.take_along_axis(population, order, 1)
    # Whole numbers: a share that is added up would miss an end by its last digit.
    below = counts.cumsum(axis=1)
    cut = TAIL * below[:, -1:]
    ends = np.stack([(below > cut).argmax(axis=1), (below >= below[:, -1:] - cut).argmax(axis=1)], axis=1)
    found: Doubles = np.take_along_axis(points, ends, 1) * (below[:, -1:] > 0)
    return found
