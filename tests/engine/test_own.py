"""A score of one's own: the AI's contributions weighed otherwise, and how its order is compared on results."""

import numpy as np
import pytest

from screening.engine import card, codes, own, reference, tables
from screening.engine.own import Own, Rule, Side
from tests.engine.lessons import lessons, market

EXPERT = card.compile_card()


@pytest.fixture(scope="module")
def people():
    """Codes (features, n) of 400 candidates and the card as a run centres it on them."""
    dice = np.random.default_rng(3)
    cells = dice.integers(0, 255, (len(EXPERT.features), 400)).astype(np.uint8)
    return cells, reference.refer(cells, np.arange(400), EXPERT).model


def code(feature, value):
    out = np.zeros(1, np.uint8)
    codes.encode_column(np.array([value], np.float32), feature, out=out)
    return int(out[0])


class TestPoints:
    def test_without_a_change_are_the_ais(self, people):
        cells, centred = people
        ours = own.points(cells, centred, Own())
        assert np.allclose(ours, 50 + tables.score(cells, centred).astype(float) * tables.POINTS, atol=1e-3)

    def test_add_up_from_weighed_contributions_and_rules(self, people):
        cells, centred = people
        wanted = Own({"followers": 2.0, "posts": 0.0}, (Rule("account_age", Side.LEAST, 7, 2.0),))
        parts = tables.contributions(cells, centred).astype(float) * tables.POINTS
        place = {name: k for k, name in enumerate(centred.features)}
        parts[place["followers"]] *= 2
        parts[place["posts"]] = 0
        holds = cells[place["account_age"]] >= code("account_age", 2.0)
        assert np.allclose(own.points(cells, centred, wanted), 50 + parts.sum(axis=0) + 7 * holds, atol=2e-2)

    def test_a_forbidden_factor_changes_nothing_whatever_its_value(self, people):
        cells, centred = people
        other = cells.copy()
        row = centred.features.index("followers")
        other[row] = np.roll(other[row], 7)
        wanted = Own({"followers": 0.0})
        assert np.array_equal(own.points(cells, centred, wanted), own.points(other, centred, wanted))

    def test_what_the_brief_does_not_ask_does_nothing(self, people):
        cells, centred = people
        wanted = Own({"no_such": 3.0}, (Rule("no_such", Side.UNKNOWN, 20),))
        assert np.array_equal(own.points(cells, centred, wanted), own.points(cells, centred, Own()))


class TestRule:
    def test_holds_from_its_value_on(self):
        holds = Rule("followers", Side.LEAST, 5, 10_000).cells()
        at = code("followers", 10_000)
        assert (holds[at], holds[at - 1], holds[254], holds[0]) == (True, False, True, False)

    def test_holds_up_to_its_value_and_never_for_the_unknown(self):
        holds = Rule("followers", Side.MOST, 5, 10_000).cells()
        at = code("followers", 10_000)
        assert (holds[at], holds[at + 1], holds[1], holds[0]) == (True, False, True, False)

    def test_of_the_unknown_holds_for_no_value(self):
        assert Rule("followers", Side.UNKNOWN, -5).cells().nonzero()[0].tolist() == [0]


class TestCompare:
    def test_by_hand(self):
        worked = np.array([True, False, True, False, False])
        mine = np.array([5.0, 1.0, 3.0, 3.0, 2.0])  # of six pairs: five right, one tied
        ais = np.array([1.0, 2.0, 2.5, 3.0, 0.0])  # (1>0), (2.5>2), (2.5>0): three of six
        found = own.compare(mine, ais, worked, np.arange(5))
        assert (found.count, found.worked) == (5, 2)
        assert found.own[0] == pytest.approx(5.5 / 6)
        assert found.official[0] == pytest.approx(3 / 6)
        assert found.gain[0] == pytest.approx(2.5 / 6)

    def test_tells_a_surely_better_order_from_one_that_cannot_be_told(self):
        dice = np.random.default_rng(5)
        worth = dice.normal(size=400)
        worked = dice.random(400) < 1 / (1 + np.exp(-2 * worth))
        noise = dice.normal(size=400)
        better = own.compare(worth, noise, worked, np.arange(400))
        assert better.is_better
        assert not better.is_worse
        assert own.compare(noise, worth, worked, np.arange(400)).is_worse
        alike = own.compare(worth + 0.01 * noise, worth, worked, np.arange(400))
        assert not alike.is_better
        assert not alike.is_worse

    def test_somebody_with_many_results_counts_as_one(self):
        dice = np.random.default_rng(6)
        worth = dice.normal(size=40)
        worked = dice.random(40) < 1 / (1 + np.exp(-worth))
        noise = dice.normal(size=40)
        once = own.compare(worth, noise, worked, np.arange(40))
        many = own.compare(*(np.repeat(one, 9) for one in (worth, noise, worked, np.arange(40))))
        assert many.gain == pytest.approx(once.gain)

    def test_needs_both_kinds(self):
        with pytest.raises(ValueError, match="both kinds"):
            own.compare(np.zeros(3), np.zeros(3), np.ones(3, bool), np.arange(3))

    def test_is_the_same_twice(self):
        dice = np.random.default_rng(7)
        given = (dice.normal(size=90), dice.normal(size=90), dice.random(90) < 0.5, np.arange(90))
        assert own.compare(*given) == own.compare(*given)


class TestOfLessons:
    def test_is_what_the_run_before_the_result_would_have_said(self):
        frozen = market(300)
        found = lessons(frozen, 80)
        cells = found.cells[[k for k, scale in enumerate(found.settings[0].scales) if scale]]
        said = own.of_lessons(EXPERT, found, Own())
        changed = own.of_lessons(EXPERT, found, Own(rules=(Rule("followers", Side.LEAST, 11, 100),)))
        known = cells[EXPERT.features.index("followers")] > 0
        assert np.allclose(changed - said, 11 * known, atol=1e-3)
        assert np.std(said) > 1


class TestMoved:
    def test_counts_places_won(self):
        assert own.moved(np.array([7, 3, 9]), np.array([9, 7, 3])).tolist() == [2, -1, -1]
