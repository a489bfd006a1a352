"""The stated prior, the verdict and the words of a probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.engine import confidence
from screening.engine.types import VERDICTS, Band, DecisionLine, Verdict


def prior(log_odds, sd=0.0):
    return float(confidence.prior_p(np.array([log_odds], np.float32), np.array([sd], np.float32))[0])


class TestPriorP:
    @given(st.floats(-50, 50), st.floats(0, 20))
    def test_stays_between_31_and_69_percent(self, log_odds, sd):
        assert 0.31 - 1e-6 <= prior(log_odds, sd) <= 0.69 + 1e-6

    def test_is_even_at_the_market_s_average(self):
        assert prior(0.0) == 0.5

    def test_has_the_logistic_slope_there(self):
        assert (prior(0.01) - 0.5) / 0.01 == pytest.approx(0.25, rel=1e-3)

    def test_shrinks_by_hand(self):
        # 1 / sqrt(1 + pi * 4 / 8) = 0.6237; tanh(0.6237 / 0.76) = 0.6752; 0.5 + 0.19 * 0.6752
        assert prior(1.0, 2.0) == pytest.approx(0.6283, abs=1e-4)

    @given(st.floats(-5, 5), st.floats(0.01, 5))
    def test_goes_towards_even_when_more_is_missing(self, log_odds, sd):
        assert abs(prior(log_odds, sd) - 0.5) <= abs(prior(log_odds) - 0.5)

    @given(st.floats(-5, 5), st.floats(-5, 5))
    def test_keeps_the_order_of_scores(self, one, other):
        assert (prior(one) <= prior(other)) or one > other


class TestVerdicts:
    def test_compares_p_with_the_line_and_its_band(self):
        found = confidence.verdicts(np.array([0.61, 0.5, 0.489, 0.4], np.float32), DecisionLine(0.5, 0.02))
        expected = [Verdict.RECOMMEND, Verdict.UNSURE, Verdict.UNSURE, Verdict.DECLINE]
        assert [VERDICTS[code] for code in found] == expected

    def test_follows_a_line_that_a_policy_moved(self):
        found = confidence.verdicts(np.array([0.55], np.float32), DecisionLine(0.6, 0.02))
        assert VERDICTS[found[0]] == Verdict.DECLINE

    def test_is_as_sure_of_a_no_as_p_is_low(self):
        p = np.array([0.61, 0.4, 0.49], np.float32)
        found = confidence.confidences(p, confidence.verdicts(p, DecisionLine()))
        assert found == pytest.approx([0.61, 0.6, 0.51])


class TestBands:
    @pytest.mark.parametrize(
        ("probability", "band"),
        [
            (0.86, Band.VERY_LIKELY), (0.85, Band.VERY_LIKELY), (0.84, Band.LIKELY), (0.70, Band.LIKELY),
            (0.694, Band.LEANING_YES), (0.55, Band.LEANING_YES), (0.54, Band.TOSS_UP), (0.45, Band.TOSS_UP),
            (0.44, Band.LEANING_NO), (0.30, Band.LEANING_NO), (0.29, Band.UNLIKELY),
        ],
    )  # fmt: skip
    def test_words_the_percent_that_stands_beside_it(self, probability, band):
        assert confidence.band(probability) == band
