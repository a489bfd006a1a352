"""The geometry of the drawings."""

import itertools
from datetime import date

import pytest

from screening import charts


class TestBars:
    def test_stack_positive_points_right_of_zero_and_negative_left(self):
        drawn = charts.bars([10.0, -5.0, 20.0], charts.Reach(below=5, above=30))
        first, down, second = drawn.pieces
        zero = float(drawn.zero)
        assert float(first.x) == zero
        assert float(second.x) == pytest.approx(zero + 10 * charts.Reach(5, 30).unit, abs=0.06)
        assert float(down.x) + float(down.width) == pytest.approx(zero - charts.GAP, abs=0.11)
        assert [piece.is_negative for piece in drawn.pieces] == [False, True, False]

    def test_stay_inside_the_drawing(self):
        scale = charts.reach([[30.0, -2.0], [5.0, -40.0]])
        ends = [
            float(p.x) + float(p.width) for row in ([30.0, -2.0], [5.0, -40.0]) for p in charts.bars(row, scale).pieces
        ]
        assert max(ends) <= charts.ROW_WIDTH
        assert min(float(p.x) for p in charts.bars([5.0, -40.0], scale).pieces) >= 0

    def test_draw_nothing_for_nothing(self):
        assert charts.bars([0.0], charts.reach([])).pieces == ()


class TestHistory:
    def test_puts_the_newest_figure_at_the_right_end(self):
        drawn = charts.history([charts.Figure(date(2026, 1, 1), 10), charts.Figure(date(2026, 6, 1), 30)])
        assert drawn.last.x == drawn.right
        assert float(drawn.last.y) < float(drawn.first.y)

    def test_leaves_one_date_to_the_table(self):
        assert charts.history([charts.Figure(date(2026, 1, 1), 10), charts.Figure(date(2026, 1, 1), 12)]) is None

    def test_keeps_dates_under_the_axis_apart(self):
        figures = [charts.Figure(date(2026, 1, 1 + n), n) for n in range(28)]
        drawn = charts.history(figures)
        places = [float(dot.x) for dot in drawn.labels]
        assert all(right - left >= charts.CLOSEST_LABELS for left, right in itertools.pairwise(places))
        assert drawn.labels[-1] is drawn.last

    def test_writes_coordinates_with_a_point_in_any_language(self):
        drawn = charts.history([charts.Figure(date(2026, 1, 1), 1), charts.Figure(date(2026, 1, 4), 2)])
        assert "," not in drawn.path


class TestUsual:
    FIGURES = (charts.Figure(date(2026, 1, 1), 0.02), charts.Figure(date(2026, 6, 1), 0.09))

    def test_lies_behind_the_line_on_its_axis_and_marks_what_is_outside(self):
        drawn = charts.history(self.FIGURES, usual=charts.Usual(0.01, 0.03, 0.05))
        top, foot = float(drawn.band.y), float(drawn.band.y) + float(drawn.band.height)
        assert top < float(drawn.band.median) < foot
        assert top < float(drawn.first.y) < foot
        assert float(drawn.last.y) < top
        assert [dot.is_unusual for dot in drawn.dots] == [False, True]
        assert float(drawn.across) == float(drawn.right) - float(drawn.left)

    def test_widens_the_axis_to_hold_it(self):
        drawn = charts.history(self.FIGURES, usual=charts.Usual(0.001, 0.03, 0.3))
        assert drawn.ticks[-1].value >= 0.3
        assert charts.TOP <= float(drawn.band.y) <= drawn.height

    def test_is_nothing_where_it_is_not_known(self):
        drawn = charts.history(self.FIGURES)
        assert drawn.band is None
        assert not any(dot.is_unusual for dot in drawn.dots)


class TestNiceSteps:
    @pytest.mark.parametrize(("low", "high"), [(0, 1), (148_000, 214_000), (0.079, 0.099), (5, 5), (0, 0), (-3, 12)])
    def test_hold_both_ends_in_few_round_steps(self, low, high):
        steps = charts.nice_steps(low, high)
        assert steps[0] <= low
        assert steps[-1] >= high
        assert 2 <= len(steps) <= 7
