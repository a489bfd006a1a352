"""What holds of every trainer, whatever it is given: tables that add up, deaf to order, refused once changed."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.engine import boosted, card, codes, features, learned, screen, tables
from screening.engine.assessment import with_figure
from screening.engine.ladder import Others
from screening.engine.reference import asked_model
from screening.engine.tables import BrokenModel
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests.engine.lessons import CRITERIA, EXPERT, WISHES, lessons, market, profile
from tests.engine.profiles import pool

POOL, ABROAD = market(count=400), market(count=400, seed=7)
LESSONS, ELSEWHERE = lessons(POOL, 60), lessons(ABROAD, 200)


def by_grade(here):
    """The same lessons, each as far over or under its goal as its creator's number says."""
    far = 0.1 + here.creators % 97 / 97
    return replace(here, grades=np.where(here.worked, far, -far))


# A trainer, by name: lessons of a market and of all others to a model. The expert card asks for neither.
TRAINERS = {
    "expert": lambda here, elsewhere: card.compile_card(dollar=80.0),
    "learned": lambda here, elsewhere: learned.learn(here, EXPERT).model,
    "graded": lambda here, elsewhere: learned.learn(by_grade(here), EXPERT).model,
    "ladder": lambda here, elsewhere: learned.learn(here, EXPERT, others=Others(elsewhere, EXPERT)).model,
    "boosted": lambda here, elsewhere: boosted.boost(learned.learn(here, EXPERT), bags=2, rounds=20).model,
}


def asking(weight):
    """A brief that asks for everything that a feature measures."""
    words = {WishKind.TOPICS: ("beauty",), WishKind.CATEGORIES: ("beauty",), WishKind.AUDIENCE: ("US",),
             WishKind.COUNTRY: ("US",), WishKind.LANGUAGE: ("en",), WishKind.ENGAGEMENT: ()}  # fmt: skip
    spans = {WishKind.SIZE: (1e4, 3e5), WishKind.POSTING: (1, 7), WishKind.PRICE: (0, 5e3)}
    named = [Wish(kind, weight, word) for kind, word in words.items()]
    return Preferences((*named, *(Wish(kind, weight, low=low, high=high) for kind, (low, high) in spans.items())))


@cache
def asked_of(dollar, weight):
    """A card at a price of the dollar, a brief, and the run of both."""
    model, asks = card.compile_card(dollar=dollar), asking(weight)
    return model, asks, screen.screen(POOL, Criteria(), asks, model)


NAMED_GOOD = [
    name for name in asked_model(EXPERT, Criteria(), asking(0.3)).features if features.FEATURES[name].direction
]
WORDS = st.text(min_size=1, max_size=12).filter(lambda word: word.casefold() not in features.PLATFORMS)


@pytest.fixture(scope="module", params=TRAINERS)
def trainer(request):
    return request.param


@pytest.fixture(scope="module")
def model(trainer):
    """What the trainer makes of the same lessons, once."""
    return TRAINERS[trainer](LESSONS, ELSEWHERE)


@pytest.fixture(scope="module")
def told(model):
    """Its run of the pool, in one piece."""
    return screen.screen(POOL, CRITERIA, WISHES, model)


def mixed(whole, seed):
    """The same lessons in another order."""
    order = np.random.default_rng(seed).permutation(len(whole))
    return replace(
        whole, cells=np.ascontiguousarray(whole.cells[:, order]), exists=whole.exists[:, order],
        setting=whole.setting[order], worked=whole.worked[order], creators=whole.creators[order],
    )  # fmt: skip


class TestEveryTrainer:
    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), holes=st.floats(0, 0.9))
    def test_makes_tables_whose_contributions_add_up_to_the_score(self, model, seed, holes):
        dice = np.random.default_rng(seed)
        cells = dice.integers(1, 255, (len(model.features), 300), np.uint8)
        cells[dice.random(cells.shape) < holes] = 0
        centred = tables.centred(model, tables.counts(cells), cells)
        said = tables.score_top(cells, centred).score.astype(np.float64)
        parts = tables.contributions(cells, centred).astype(np.float64)
        assert np.abs(parts.sum(axis=0) + centred.b0 - said).max() <= 1e-5 * said.std()

    def test_explains_every_creator_of_a_run_exactly(self, model, told):
        bar = 1e-5 * told.score.std()
        for row in range(0, len(POOL), 29):
            shown = screen.assess(POOL, row, CRITERIA, WISHES, model, screening=told)
            assert abs(50 + sum(factor.points for factor in shown.factors) - shown.score) <= bar

    @settings(max_examples=2, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_makes_the_same_bytes_whatever_the_order_of_the_lessons(self, trainer, model, seed):
        again = TRAINERS[trainer](mixed(LESSONS, seed), mixed(ELSEWHERE, seed + 1))
        assert tables.to_json(again) == tables.to_json(model)

    @settings(max_examples=5, deadline=None)
    @given(word=WORDS)
    def test_takes_a_category_that_no_table_knows_as_unknown(self, model, word):
        rows = [profile(np.random.default_rng(place), place) for place in range(9)]
        said = []
        for platform in (word, ""):
            rows[0]["platform"] = platform
            frozen = pool(rows)
            run = screen.screen(frozen, CRITERIA, WISHES, model)
            shown = screen.assess(frozen, 0, CRITERIA, WISHES, model, screening=run)
            assert "platform" in shown.missing
            said.append((shown.score, next(one.points for one in shown.factors if one.feature == "platform")))
        assert said[0] == said[1]

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_makes_a_file_that_is_refused_with_one_byte_changed(self, model, data):
        text = tables.to_json(model)
        place = data.draw(st.integers(0, len(text) - 1))
        byte = data.draw(st.sampled_from([one for one in '0123456789-.e,:[]{}" an' if one != text[place]]))
        with pytest.raises(BrokenModel):
            tables.from_json(text[:place] + byte + text[place + 1 :], grid=codes.grid_key())
        assert tables.from_json(text, grid=codes.grid_key()).key == model.key

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(block=st.integers(1, 500))
    def test_is_run_alike_in_chunks_of_any_size(self, model, told, monkeypatch, block):
        with monkeypatch.context() as patch:
            for module in ("tables", "pricing", "calibration", "codes"):
                patch.setattr(f"screening.engine.{module}.BLOCK", block)
            parts = screen.screen(POOL, CRITERIA, WISHES, model).columns()
        assert all((parts[name] == values).all() for name, values in told.columns().items())

    @settings(max_examples=5, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_is_run_alike_in_any_order_of_rows(self, model, told, seed):
        order = np.random.default_rng(seed).permutation(len(POOL))
        other = replace(POOL, raw=POOL.raw.take(order), codes=np.ascontiguousarray(POOL.codes[:, order]))
        there = screen.screen(other, CRITERIA, WISHES, model).columns()
        assert all((values[order] == there[name]).all() for name, values in told.columns().items())


class TestExpertCard:
    @settings(max_examples=60, deadline=None)
    @given(
        name=st.sampled_from(NAMED_GOOD), place=st.integers(0, len(POOL) - 1), data=st.data(),
        dollar=st.sampled_from([0.01, 1.0, 80.0]), weight=st.sampled_from([0.1, 0.3, 1.0]),
    )  # fmt: skip
    def test_never_lowers_a_score_for_more_of_what_is_named_good(self, name, place, data, dollar, weight):
        feature = features.FEATURES[name]
        shares = sorted([data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))], reverse=feature.direction < 0)
        less, more = (feature.low + share * (feature.high - feature.low) for share in shares)
        model, asks, run = asked_of(dollar, weight)
        scores = [
            with_figure(POOL, place, Criteria(), asks, model, screening=run, feature=name, value=value).score[0]
            for value in (less, more)
        ]
        assert scores[0] <= scores[1]
