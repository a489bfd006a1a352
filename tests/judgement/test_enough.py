"""When a figure is shown, and with which interval."""

import numpy as np
import pytest

from review.judgement import enough
from review.judgement.enough import Regime, Standing, standing
from review.judgement.shrinkage import Shrunk
from tests.judgement.test_combine import regime


class TestStanding:
    @pytest.mark.parametrize(("good", "bad", "losses", "found"), [
        (25, 24, (0.5, 0.6), Standing.WORDS),
        (41, 9, (0.5, 0.6), Standing.WORDS),
        (40, 10, (0.5, 0.6), Standing.PROVISIONAL),
        (150, 49, (0.5, 0.6), Standing.PROVISIONAL),
        (150, 50, (0.5, 0.6), Standing.PROVED),
        (150, 50, (0.6, 0.6), Standing.PROVED),
        (150, 50, (0.61, 0.6), Standing.AI_ALONE),
        (40, 10, (0.61, 0.6), Standing.AI_ALONE),
        (150, 50, (None, None), Standing.WORDS),
    ])  # fmt: skip
    def test_follows_the_table_of_minimum_data(self, good, bad, losses, found):
        assert standing(good=good, bad=bad, loss=losses[0], ai_loss=losses[1]) == found


class TestAccuracy:
    def test_is_not_shown_under_thirty_outcomes(self):
        assert enough.accuracy(29, 29, Shrunk(0.62, 20)) is None

    def test_is_shrunk_and_has_its_interval(self):
        middle, low, high = enough.accuracy(30, 30, Shrunk(0.62, 20))
        assert middle == pytest.approx((30 + 12.4) / 50)
        assert low < middle < high < 0.95


class TestAdded:
    def test_is_hidden_under_a_hundred(self):
        p, votes, good = regime(shared=False, reviewers=1, cases=99, seed=1)
        assert enough.added(p, votes.yes, good).regime == Regime.HIDDEN

    def test_finds_people_who_know_more(self):
        p, votes, good = regime(shared=False, reviewers=1, cases=200, seed=1)
        found = enough.added(p, votes.yes, good)
        assert (found.regime, found.low > 0) == (Regime.ADDS, True)

    @pytest.mark.parametrize(("cases", "found"), [(150, Regime.UNKNOWN), (800, Regime.NO_SIGN)])
    def test_does_not_find_it_in_votes_drawn_by_lot(self, cases, found):
        p, _votes, good = regime(shared=True, reviewers=1, cases=cases, seed=3)
        lot = np.random.default_rng(8).random(cases) < 0.5
        assert enough.added(p, lot, good).regime == found


class TestWilson:
    def test_gives_the_interval_of_the_mockup(self):
        low, high = enough.wilson(133, 214)
        assert (round(100 * low), round(100 * high)) == (55, 68)

    def test_has_none_of_nothing(self):
        with pytest.raises(ValueError, match="without cases"):
            enough.wilson(0, 0)
