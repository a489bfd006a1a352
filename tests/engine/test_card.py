"""The expert card says what its lines say, and more of a good thing never costs points."""

import numpy as np
import pytest

from screening.engine import card, codes, tables
from screening.engine.features import CHOICE, FEATURES


def points(name, value):
    """Points of the compiled card at a value."""
    model = card.compile_card()
    cell = np.zeros(1, np.uint8)
    codes.encode_column(np.array([value], np.float32), name, out=cell)
    return model.tables[model.features.index(name), cell[0]] * tables.POINTS


class TestCompileCard:
    def test_has_one_line_a_feature_with_a_reason(self):
        first = [name for name, feature in FEATURES.items() if feature.since == 1]
        assert sorted(line.feature for line in card.CARD) == sorted(first)
        assert all(len(why) > 20 for why in card.reasons().values())

    def test_gives_the_points_of_a_line_at_its_values(self):
        assert points("engagement_rate", 0.02) == pytest.approx(1, abs=0.1)
        assert points("tier_fit", 1.0) == pytest.approx(-8, abs=0.1)
        assert points("platform", 3) == pytest.approx(1.5, abs=0.001)  # YouTube

    def test_draws_straight_lines_on_the_feature_s_scale(self):
        assert points("engagement_rate", 0.01) == pytest.approx(-1, abs=0.1)  # halfway from 0.005 to 0.02 in decades

    @pytest.mark.parametrize("name", [line.feature for line in card.CARD if FEATURES[line.feature].direction])
    def test_never_lowers_a_score_for_more_of_a_good_thing(self, name):
        model = card.compile_card()
        known = ~np.isnan(codes.middles(name))
        steps = np.diff(model.tables[model.features.index(name), known]) * FEATURES[name].direction
        assert (steps >= 0).all()
        assert steps.max() > 0

    @pytest.mark.parametrize("line", card.CARD, ids=lambda line: line.feature)
    def test_stays_inside_the_grid_and_never_rewards_a_hole(self, line):
        feature = FEATURES[line.feature]
        assert line.missing <= 0
        if feature.scale != CHOICE:
            at = [value for value, _ in line.at]
            assert at == sorted(at)
            assert feature.low <= at[0]
            assert at[-1] <= feature.high

    @pytest.mark.parametrize("line", card.CARD, ids=lambda line: line.feature)
    def test_costs_nothing_to_lack_what_a_platform_cannot_have(self, line):
        assert not FEATURES[line.feature].platforms or line.missing == 0

    def test_reads_prices_in_the_money_of_the_market(self):
        roubles = card.compile_card(dollar=80.0)
        cell = np.zeros(1, np.uint8)
        codes.encode_column(np.array([800], np.float32), card.PRICED, out=cell)
        found = roubles.tables[roubles.features.index(card.PRICED), cell[0]] * tables.POINTS
        assert found == pytest.approx(points(card.PRICED, 10), abs=0.1)

    def test_says_nothing_of_prices_in_money_that_nobody_compared(self):
        silent = card.compile_card(dollar=None)
        assert set(card.compile_card().features) - set(silent.features) == {card.PRICED}

    def test_is_the_same_model_every_time(self):
        assert card.compile_card().key == card.compile_card().key
