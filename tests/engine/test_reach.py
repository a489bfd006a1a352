"""How far a table moves a pool, in points."""

from dataclasses import replace

import numpy as np
import pytest

from screening.engine import card
from screening.engine.reach import reaches
from screening.engine.tables import POINTS


def model(table):
    """Return a model of one feature."""
    made = card.compile_card(dollar=1.0)
    tables = np.zeros((1, 256), np.float32)
    tables[0, : len(table)] = table
    return replace(made, features=made.features[:1], tables=tables, missing_step=np.full(1, np.nan, np.float32))


def counted(*counts):
    """Return counts of codes of one feature."""
    found = np.zeros((1, 256), np.int64)
    found[0, : len(counts)] = counts
    return found


class TestReaches:
    def test_lies_between_the_ends_of_nine_tenths_around_the_mean(self):
        ends = reaches(model([0, -1, 1]), counted(0, 50, 50))
        assert ends[0] == pytest.approx([-POINTS, POINTS], rel=1e-4)

    def test_is_not_stretched_by_one_in_twenty(self):
        ends = reaches(model([0, 0, 9]), counted(0, 95, 5))
        assert ends[0, 0] == ends[0, 1]
        wider = reaches(model([0, 0, 9]), counted(0, 94, 6))
        assert wider[0, 1] - wider[0, 0] == pytest.approx(9 * POINTS, rel=1e-4)

    def test_counts_missing_cells_as_the_model_does(self):
        ends = reaches(model([-2, 0]), counted(50, 50))
        assert ends[0] == pytest.approx([-POINTS, POINTS], rel=1e-4)

    def test_is_nothing_where_there_is_nobody(self):
        assert reaches(model([0, 1, 2]), counted()).tolist() == [[0, 0]]
