"""Additive tables: the sum is the score, the top three are the top three, a file is what was written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import card, codes, tables
from screening.engine.features import FEATURES
from screening.engine.tables import BrokenModel, Model


def model_of(values, step=np.nan):
    values = tables.snapped(np.array(values))
    names = tuple(list(FEATURES)[: len(values)])
    return Model("test", "1", codes.grid_key(), names, 0.5, values, np.full(len(values), step, np.float32), False)


@st.composite
def cases(draw):
    """A model of 1-12 features with few distinct values (so that ties happen) and 1-40 rows of codes."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, rows = draw(st.integers(1, 12)), draw(st.integers(1, 40))
    values = dice.normal(size=(count, 256)).round(draw(st.integers(0, 6)))
    return model_of(values), dice.integers(0, 256, (count, rows), np.uint8)


class TestScoreTop:
    def test_adds_up_by_hand(self):
        table = np.zeros((3, 256))
        table[0, 7], table[1, 9], table[2, 0] = 1.0, -2.0, 4.0
        found = tables.score_top(np.array([[7], [9], [0]], np.uint8), model_of(table))
        assert found.score.tolist() == [3.5]  # 0.5 + 1 - 2 + 4
        assert found.top[:, 0].tolist() == [1, 0, 255]  # the missing cell is no factor
        assert found.values[:, 0].tolist() == [-2.0, 1.0, 0.0]

    @settings(max_examples=200)
    @given(cases())
    def test_equals_a_full_sort(self, case):
        model, cells = case
        found = tables.score_top(cells, model)
        known = np.where(cells == 0, 0, tables.contributions(cells, model))
        order = np.argsort(-np.abs(known), axis=0, kind="stable")[:3]
        expected = np.take_along_axis(known, order, axis=0)
        assert (found.values[: len(order)] == expected).all()
        assert (np.where(expected == 0, 255, order) == found.top[: len(order)]).all()

    @given(cases())
    def test_adds_up_to_the_contributions(self, case):
        model, cells = case
        parts = tables.contributions(cells, model).astype(np.float64)
        sd = max(parts.std(), 1.0)
        assert np.abs(parts.sum(axis=0) + model.b0 - tables.score_top(cells, model).score).max() <= 1e-5 * sd
        assert (tables.score(cells, model) == tables.score_top(cells, model).score).all()

    @given(cases())
    def test_does_not_depend_on_neighbours(self, case):
        model, cells = case
        whole = tables.score_top(cells, model)
        for row in range(cells.shape[1]):
            alone = tables.score_top(cells[:, row : row + 1], model)
            assert alone.score[0] == whole.score[row]
            assert (alone.top[:, 0] == whole.top[:, row]).all()

    def test_tells_near_ties_apart(self):
        table = np.zeros((4, 256))
        table[:, 1] = 1 + np.arange(4) * 2.0**-17  # one step of the cut apart, rising
        assert tables.score_top(np.ones((4, 1), np.uint8), model_of(table)).top[:, 0].tolist() == [3, 2, 1]

    def test_keeps_the_low_six_bits_for_the_feature_s_number(self):
        values = tables.snapped(np.random.default_rng(1).normal(size=1000))
        assert (values.view(np.int32) & 63 == 0).all()

    def test_refuses_more_features_than_six_bits_count(self):
        with pytest.raises(BrokenModel, match="63 is the most"):
            Model(
                "test", "1", "", ("posts",) * 64, 0.0, np.zeros((64, 256), np.float32), np.zeros(64, np.float32), False
            )


class TestCentred:
    def test_makes_the_population_the_average(self):
        dice = np.random.default_rng(3)
        cells = dice.integers(0, 5, (4, 500), np.uint8)
        model = tables.centred(model_of(dice.normal(size=(4, 256)), step=-0.1), tables.counts(cells))
        parts = tables.contributions(cells, model)
        assert np.abs(parts.mean(axis=1)).max() < 1e-5
        assert tables.score(cells, model).mean() == pytest.approx(model.b0, abs=1e-5)

    def test_prices_a_missing_cell_from_the_mean_of_the_known(self):
        table = np.zeros((1, 256))
        table[0, 1], table[0, 2] = 1.0, 3.0
        cells = np.array([[1, 2, 0, 0]], np.uint8)
        model = tables.centred(model_of(table, step=-0.5), tables.counts(cells))
        # known mean 2, missing 1.5, mean of all 1.75
        assert tables.contributions(cells, model)[0] == pytest.approx([-0.75, 1.25, -0.25, -0.25], abs=1e-5)

    def test_leaves_out_what_nobody_has(self):
        cells = np.zeros((1, 9), np.uint8)
        model = tables.centred(model_of(np.ones((1, 256)), step=-0.5), tables.counts(cells))
        assert (tables.contributions(cells, model) == 0).all()


class TestModelFile:
    def test_reads_back_what_it_wrote_to_the_bit(self):
        model = card.compile_card()
        back = tables.from_json(tables.to_json(model), grid=codes.grid_key())
        assert back.key == model.key
        assert back.features == model.features
        assert (back.tables.view(np.int32) == model.tables.view(np.int32)).all()

    def test_refuses_any_changed_byte(self):
        text = tables.to_json(model_of(np.random.default_rng(0).normal(size=(2, 256))))
        for place in range(0, len(text), 97):
            changed = text[:place] + ("7" if text[place] != "7" else "8") + text[place + 1 :]
            with pytest.raises(BrokenModel):
                tables.from_json(changed, grid=codes.grid_key())

    def test_refuses_added_space(self):
        with pytest.raises(BrokenModel, match="changed after writing"):
            tables.from_json(tables.to_json(card.compile_card()) + " ", grid=codes.grid_key())

    def test_refuses_another_grid(self):
        with pytest.raises(BrokenModel, match="grid"):
            tables.from_json(tables.to_json(card.compile_card()), grid="2-0")
