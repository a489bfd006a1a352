"""Pair tables: collapsed without loss, in score, top three, file and price, and words for what both add."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from screening import words
from screening.engine import card, codes, lessons, pairs, pricing, reference, screen, tables, wishes
from screening.engine.pairs import Pair
from screening.engine.tables import POINTS, BrokenModel
from screening.engine.types import Preferences, Wish, WishKind
from tests.engine.lessons import CRITERIA, EXPERT, WISHES, market
from tests.engine.lessons import lessons as drawn

POOL = market(count=500)


def table(dice, kinds=5):
    """A table over all codes with few kinds of rows and columns."""
    small = dice.normal(size=(kinds, kinds))
    return small[np.ix_(dice.integers(0, kinds, 256), dice.integers(0, kinds, 256))]


def with_pairs(model, *names, seed=0):
    """A model and pairs of random tables on these features."""
    dice = np.random.default_rng(seed)
    made = [pairs.collapsed(first, second, table(dice) / 4) for first, second in names]
    return replace(model, pairs=tuple(one.valued(tables.snapped(one.values)) for one in made))


PAIRED = with_pairs(EXPERT, ("followers", "engagement_rate"), ("engagement_rate", "audience_match"))


@st.composite
def cases(draw):
    """A model of 4 features with up to ten pairs, few distinct values (so that ties happen), and rows of codes."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names, decimals = EXPERT.features[:5], draw(st.integers(0, 5))
    alone = tables.snapped(dice.normal(size=(5, 256)).round(decimals))
    every = [(one, other) for k, one in enumerate(names) for other in names[k + 1 :]]
    chosen = dice.permutation(len(every))[: draw(st.integers(1, 10))]
    both = [pairs.collapsed(*every[k], table(dice).round(decimals)) for k in chosen]
    both = tuple(one.valued(tables.snapped(one.values)) for one in both)
    model = tables.Model("test", "1", codes.grid_key(), names, 0.5, alone, np.full(5, np.nan, np.float32), False)
    cells = dice.integers(0, 256, (5, draw(st.integers(1, 40))), np.uint8)
    cells[dice.random(cells.shape) < 0.2] = 0
    return replace(model, pairs=both), cells


class TestCollapsed:
    @settings(max_examples=30)
    @given(seed=st.integers(0, 2**32 - 1), kinds=st.integers(1, 20))
    def test_loses_nothing_but_what_is_said_of_missing_cells(self, seed, kinds):
        whole = table(np.random.default_rng(seed), kinds).astype(np.float32)
        pair = pairs.collapsed("followers", "posts", whole)
        first, second = np.repeat(np.arange(256, dtype=np.uint8), 256), np.tile(np.arange(256, dtype=np.uint8), 256)
        said = np.take(pair.values, pair.places(first, second)).reshape(256, 256)
        assert (said[1:, 1:] == whole[1:, 1:]).all()
        assert max(pair.values.shape) <= kinds + 1
        assert not said[0].any()
        assert not said[:, 0].any()

    def test_refuses_a_table_of_more_than_thirty_one_kinds(self):
        with pytest.raises(ValueError, match="31 is the most"):
            pairs.collapsed("followers", "posts", np.random.default_rng(0).normal(size=(256, 256)))


class TestScoreTop:
    @settings(max_examples=100, deadline=None)
    @given(cases())
    def test_adds_up_and_equals_a_full_sort(self, case):
        model, cells = case
        found, parts = tables.score_top(cells, model), tables.contributions(cells, model)
        assert parts.shape == (len(model.terms), cells.shape[1])
        added = parts.astype(np.float64).sum(axis=0) + model.b0
        assert np.abs(added - found.score).max() <= 1e-5 * max(parts.std(), 1.0)
        assert (tables.score(cells, model) == found.score).all()
        known = np.where(pairs.missing_of(model.pairs, model.features, (cells == 0).T).T, 0, parts)
        order = np.argsort(-np.abs(known), axis=0, kind="stable")[:3]
        expected = np.take_along_axis(known, order, axis=0)
        assert (found.values == expected).all()
        assert (np.where(expected == 0, 255, order) == found.top).all()

    def test_adds_by_hand(self):
        rows = np.array([0] + [1] * 255, np.uint8)
        values = np.array([[0, 0], [0, 2]], np.float32)
        model = tables.Model("test", "1", codes.grid_key(), ("followers", "posts"), 0.5, np.zeros((2, 256), np.float32),
                             np.full(2, np.nan, np.float32), False,
                             pairs=(Pair("followers", "posts", rows, rows, values),))  # fmt: skip
        found = tables.score_top(np.array([[7, 7, 0], [9, 0, 0]], np.uint8), model)
        assert found.score.tolist() == [2.5, 0.5, 0.5]
        assert found.top[0].tolist() == [2, 255, 255]


class TestModel:
    def test_keeps_its_bytes_and_is_refused_with_one_changed(self):
        text = tables.to_json(PAIRED)
        assert '"schema":3,' in text
        back = tables.from_json(text, grid=codes.grid_key())
        assert (tables.to_json(back), back.key) == (text, PAIRED.key)
        for place in range(0, len(text), 1499):
            changed = text[:place] + ("7" if text[place] != "7" else "8") + text[place + 1 :]
            with pytest.raises(BrokenModel):
                tables.from_json(changed, grid=codes.grid_key())

    def test_without_pairs_keeps_the_bytes_it_always_had(self):
        assert '"schema":1,' in tables.to_json(EXPERT)
        assert "pairs" not in tables.to_json(EXPERT)

    def test_refuses_what_is_no_pair_of_its_features(self):
        pair, other = PAIRED.pairs
        for wrong in ((replace(pair, first="nothing"),), (pair,) * 11):
            with pytest.raises(BrokenModel):
                replace(EXPERT, pairs=wrong)
        with pytest.raises(ValueError, match="places up to"):
            replace(pair, rows=np.zeros(256, np.uint8))
        with pytest.raises(ValueError, match="missing"):
            replace(pair, values=pair.values + np.float32(1))
        with pytest.raises(ValueError, match="table"):
            replace(pair, values=other.values[:-1])

    def test_leaves_a_pair_out_where_the_brief_does_not_ask_for_both(self):
        asked = reference.asked_model(PAIRED, CRITERIA, Preferences())
        assert [one.name for one in asked.pairs] == ["followers*engagement_rate"]
        weighed = Preferences((WISHES.wishes[0], Wish(WishKind.ENGAGEMENT, 0.6)))
        both = reference.asked_model(PAIRED, CRITERIA, weighed)
        assert [one.name for one in both.pairs] == ["followers*engagement_rate", "engagement_rate*audience_match"]
        factor = np.sqrt(wishes.scales(CRITERIA, weighed)["engagement_rate"])
        assert both.pairs[0].values == pytest.approx(PAIRED.pairs[0].values * factor, rel=1e-5)

    def test_is_centred_on_those_who_have_both(self):
        cells = lessons.coded(POOL, CRITERIA, WISHES, PAIRED).cells
        centred = tables.centred(PAIRED, tables.counts(cells), cells)
        added = tables.contributions(cells, centred)[len(EXPERT.features) :]
        empty = pairs.missing_of(PAIRED.pairs, PAIRED.features, (cells == 0).T).T[len(EXPERT.features) :]
        assert empty.any(axis=1).all()
        assert not added[empty].any()
        assert np.abs(added.mean(axis=1)).max() < 1e-6
        with pytest.raises(ValueError, match="sample"):
            tables.centred(PAIRED, tables.counts(cells))


@pytest.fixture(scope="module")
def told():
    """A run with two pairs."""
    return screen.screen(POOL, CRITERIA, WISHES, PAIRED)


class TestScreen:
    def test_explains_every_score_exactly_and_names_the_pair(self, told):
        bar, named = 1e-5 * told.score.std(), set()
        for row in range(0, len(POOL), 13):
            shown = screen.assess(POOL, row, CRITERIA, WISHES, PAIRED, screening=told)
            assert abs(50 + sum(one.points for one in shown.factors) - shown.score) <= bar
            assert (shown.score, shown.p) == (told.score[row], told.p[row])
            top = [told.features[k] for k in told.top[:, row] if k != 255]
            known = [one.feature for one in shown.factors if one.feature not in shown.missing]
            assert top == known[: len(top)]
            named |= set(top)
        assert {one.name for one in PAIRED.pairs} & named

    @pytest.mark.parametrize("block", [1, 7, 333])
    def test_gives_the_same_in_any_chunks_and_order(self, told, monkeypatch, block):
        for module in ("tables", "pricing"):
            monkeypatch.setattr(f"screening.engine.{module}.BLOCK", block)
        order = np.random.default_rng(block).permutation(len(POOL))
        mixed = replace(POOL, raw=POOL.raw.take(order), codes=np.ascontiguousarray(POOL.codes[:, order]))
        there = screen.screen(mixed, CRITERIA, WISHES, PAIRED).columns()
        assert all((values[order] == there[name]).all() for name, values in told.columns().items())

    def test_is_judged_alike_as_lessons(self, told):
        taught = drawn(POOL, 100)
        said = lessons.chances(PAIRED, taught)
        rows = np.searchsorted(POOL.raw.creator_ids, taught.creators)
        assert np.abs(said - told.p[rows]).max() < 1e-6

    def test_is_named_by_both_features_in_the_reader_s_language(self):
        assert words.factor("followers*fee_per_thousand", None) == "Followers × price per 1,000 followers"
        with translation.override("ru"):
            first, second = words.factor("followers*fee_per_thousand", None).split(" × ")
            assert (first, second) == (words.feature("followers"), words.feature("fee_per_thousand").lower())
            assert first == "Подписчики"


class TestPrices:
    """Contributions of two features are their codes, and of their pair is a product: known laws."""

    @pytest.fixture
    def known(self):
        dice = np.random.default_rng(1)
        cells = np.clip(np.round(128 + 30 * dice.normal(size=(3, 20_000))), 1, 254).astype(np.uint8)
        step = np.clip((np.arange(256) - 128) / 30, -2, 2).round()
        alone = np.zeros((3, 256))
        alone[2] = 0.6 * (np.arange(256) - 128) / 30
        model = tables.Model("test", "1", codes.grid_key(), ("followers", "posts", "like_rate"), 0.0,
                             tables.snapped(alone), np.zeros(3, np.float32), False,
                             pairs=(pairs.collapsed("followers", "posts", 0.5 * np.outer(step, step)),))  # fmt: skip
        added = 0.5 * step[cells[0]] * step[cells[1]]
        return cells, reference.refer(cells, np.arange(20_000), model), float(added.std())

    def test_of_a_missing_cell_hold_what_it_could_add_with_the_other(self, known):
        cells, market_of, sd = known
        one = cells[:, :1].copy()
        one[0] = 0
        price = pricing.prices(one, market_of.model, market_of.spread, one[:, 0] == 0)["followers"]
        assert price.sd == pytest.approx(sd * POINTS, rel=0.03)  # alone it adds nothing: all of it is the pair's
        assert price.low < -1 < 1 < price.high
        found = pricing.missing(one, market_of.model, market_of.spread, [None] * 3)
        assert found.sd[0] == pytest.approx(sd * POINTS, rel=0.03)
        assert (found.count[0], found.points[0]) == (1, pytest.approx(0, abs=1e-4))

    def test_of_both_missing_cells_leave_the_pair_to_whoever_comes_last(self, known):
        cells, market_of, sd = known
        one = cells[:, :1].copy()
        one[:2] = 0
        prices = pricing.prices(one, market_of.model, market_of.spread, one[:, 0] == 0)
        assert max(price.sd for price in prices.values()) < 0.1 * sd * POINTS  # one of them alone tells nothing yet
        found = pricing.missing(one, market_of.model, market_of.spread, [None] * 3)
        assert (found.count[0], found.sd[0]) == (2, pytest.approx(sd * POINTS, rel=0.03))

    def test_cover_what_is_revealed(self, known):
        cells, market_of, _sd = known
        inside = []
        for row in range(300):
            one = cells[:, row : row + 1].copy()
            one[row % 2] = 0
            low, high = pricing.move(one, market_of.model, market_of.spread, one[:, 0] == 0)
            moved = (tables.score(cells[:, row : row + 1], market_of.model) - tables.score(one, market_of.model))[0]
            inside.append(low - 1e-3 <= moved * POINTS <= high + 1e-3)
        assert np.mean(inside) > 0.78

    def test_leave_out_pairs_with_what_a_platform_cannot_have(self, known):
        cells, market_of, _sd = known
        two = cells[:, :2].copy()
        two[:2] = 0
        found = pricing.missing(two, market_of.model, market_of.spread, [np.array([True, False]), None, None])
        assert found.count.tolist() == [2, 1]
        assert found.sd[1] < 0.01 * found.sd[0]


def test_an_expert_card_has_no_pairs():
    assert card.compile_card().pairs == ()
