"""Small drawings: their geometry, and that they hold no style of their own."""

import re

import pytest

from hybridmkt import charts


def numbers(svg, attribute):
    return [float(value) for value in re.findall(rf'{attribute}="(-?[\d.]+)%?"', svg)]


class TestContribBar:
    def test_grows_to_the_right_from_the_middle(self):
        assert 'class="bar-pos" x="50.0" y="1" width="24.0"' in charts.contrib_bar(5, 10)

    def test_grows_to_the_left_for_a_loss(self):
        assert 'class="bar-neg" x="26.0" y="1" width="24.0"' in charts.contrib_bar(-5, 10)

    def test_never_leaves_its_box(self):
        assert 'width="48.0"' in charts.contrib_bar(99, 10)

    def test_draws_nothing_where_nothing_counts(self):
        assert 'width="0.0"' in charts.contrib_bar(0, 0)


class TestPlace:
    @pytest.mark.parametrize(("value", "at"), [(0, "0.0%"), (5, "50.0%"), (10, "100.0%"), (-3, "0.0%"), (99, "100.0%")])
    def test_stays_on_the_axis(self, value, at):
        assert charts.place(value, 0, 10) == at

    def test_puts_everything_in_the_middle_of_an_empty_axis(self):
        assert charts.place(3, 3, 3) == "50.0%"


class TestIntervalStrip:
    def test_draws_outer_inner_target_and_middle(self):
        svg = charts.interval_strip((12, 24), (15, 19), 17, axis=(0, 40), target=20, label="Cost")
        assert 'class="st-80" x1="30.0%" x2="60.0%"' in svg
        assert 'class="st-50" x1="37.5%" x2="47.5%"' in svg
        assert 'class="st-target" x1="50.0%" x2="50.0%"' in svg
        assert 'cx="42.5%"' in svg
        assert 'role="img" aria-label="Cost"' in svg

    def test_leaves_out_what_is_not_known(self):
        svg = charts.interval_strip((12, 24), None, 17, axis=(0, 40))
        assert "st-50" not in svg
        assert "st-target" not in svg


class TestPeerStrip:
    def test_is_orange_outside_the_band(self):
        assert "pe-me" in charts.peer_strip(9, (1, 5), 3, axis=(0, 10))

    def test_is_blue_inside_the_band(self):
        assert "pe-ok" in charts.peer_strip(5, (1, 5), 3, axis=(0, 10))


class TestEveryDrawing:
    DRAWINGS = (
        charts.contrib_bar(1, 2),
        charts.share_bar(0.3, "ai lg"),
        charts.interval_strip((1, 3), (1.5, 2.5), 2, axis=(0, 4), target=3, label="<x>"),
        charts.chance_strip(0.6, line=0.7, around=(0.5, 0.7)),
        charts.peer_strip(1, (0, 2), 1, axis=(0, 3), label="<x>"),
        charts.together_strip(0.6, 0.7, line=0.7, line_label="<x>", label="<x>"),
    )

    @pytest.mark.parametrize("svg", DRAWINGS)
    def test_holds_no_style_and_escapes_words(self, svg):
        assert "style" not in svg
        assert "<x>" not in svg
        assert svg.count("<svg") == svg.count("</svg>")
