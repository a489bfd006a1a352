"""Reliance on the AI: indicators by hand, an alarm that may be read after every case, and when a question is due."""

import random
from dataclasses import replace

import pytest

from review.judgement import reliance
from review.judgement.reliance import Case, Review, Share


def cases(n, **fields):
    return [Case(**fields)] * n


class TestShares:
    # Ten wrong advices, four overridden; twenty right ones, three overridden.
    KNOWN = [
        *cases(4, ai=True, truth=False, final=False),
        *cases(6, ai=True, truth=False, final=True),
        *cases(3, ai=True, truth=True, final=False),
        *cases(17, ai=False, truth=False, final=False),
    ]

    def test_count_overrides_of_wrong_and_of_right_advice_apart(self):
        assert reliance.catch_rate(self.KNOWN) == Share(4, 10)
        assert reliance.false_override(self.KNOWN) == Share(3, 20)

    def test_have_an_interval_of_ninety_percent(self):
        # Wilson, 4 of 10, z 1.645: (.4 + .1353 +- 1.645 * sqrt(.024 + .00676)) / 1.2706
        assert Share(4, 10).interval == pytest.approx((0.1943, 0.6483), abs=5e-4)
        assert Share(0, 0).value is None
        assert Share(0, 0).interval == (0.0, 1.0)

    def test_tell_those_who_had_spoken_first(self):
        known = [
            *cases(3, ai=True, truth=True, first=False, final=True),  # given up rightly
            *cases(1, ai=True, truth=True, first=False, final=False),
            *cases(2, ai=False, truth=True, first=True, final=True),  # kept rightly
            *cases(2, ai=False, truth=True, first=True, final=False),
            *cases(5, ai=True, truth=True, first=True, final=True),
            *cases(7, ai=True, truth=False, final=True),  # nobody was asked first
        ]
        assert (reliance.rair(known), reliance.rsr(known)) == (Share(3, 4), Share(2, 4))
        assert reliance.switch_fraction(known) == Share(5, 8)

    def test_reproduce_sensitivity_and_criterion_by_hand(self):
        # H = 4.5/11 = .4091 -> z -.2299; F = 3.5/21 = .1667 -> z -.9674
        found = reliance.detection(Share(4, 10), Share(3, 20))
        assert (found.sensitivity, found.criterion) == pytest.approx((0.7375, 0.5987), abs=1e-3)

    def test_of_a_rubber_stamp_have_no_sensitivity_and_a_high_criterion(self):
        found = reliance.detection(Share(0, 20), Share(0, 20))
        assert found.sensitivity == pytest.approx(0)
        assert found.criterion > 1.5

    def test_expect_independent_judges_to_agree_by_chance_alone(self):
        assert reliance.expected_agreement(0.65, 0.72) == pytest.approx(0.566)

    def test_of_anchoring_are_the_difference_of_the_arms(self):
        assert reliance.anchoring(Share(32, 40), Share(24, 40)) == pytest.approx(0.2)
        assert reliance.anchoring(Share(0, 0), Share(24, 40)) is None

    def test_weigh_advice_only_where_it_differs_by_five_points(self):
        trios = [(40, 80, 60), (50, 52, 90), (60, 20, 80), (30, 70, 30)]
        assert reliance.weight_of_advice(trios) == 0  # moves of .5, 0 (away from it) and 0
        assert reliance.weight_of_advice([(50, 52, 60)]) is None


class TestAlarm:
    def test_needs_nine_misses_in_a_row(self):
        assert [reliance.is_alarm(0, n) for n in (8, 9)] == [False, True]

    def test_gives_the_value_by_hand(self):
        # One miss: the mean of (1 - .04 j) / .6 over j = 1..9 is (1 - .2) / .6.
        assert reliance.e_value(0, 1) == pytest.approx(4 / 3)
        assert reliance.e_value(1, 1) == pytest.approx(0.5)
        assert reliance.e_value(0, 0) == pytest.approx(1)

    def test_lets_ordinary_people_alone(self):
        assert not reliance.is_alarm(19, 40)  # 47 %
        assert not reliance.is_alarm(14, 40)  # 35 %

    def test_shares_its_errors_among_more_than_ten_reviewers(self):
        assert reliance.is_alarm(0, 9, reviewers=10)
        assert not reliance.is_alarm(0, 9, reviewers=11)

    def test_is_false_for_at_most_one_in_twenty_however_often_one_looks(self):
        rng = random.Random(7)
        assert sum(_ever(rng, 0.4) for _ in range(1000)) <= 50

    def test_finds_nearly_everybody_who_catches_one_in_ten(self):
        rng = random.Random(11)
        assert sum(_ever(rng, 0.1) for _ in range(400)) >= 380

    def test_sees_a_good_start_give_way(self):
        assert reliance.decay([True] * 20 + [False] * 20) is not None
        assert reliance.decay([True, False] * 20) is None


def _ever(rng, catch, looks=40):
    caught = 0
    for n in range(1, looks + 1):
        caught += rng.random() < catch
        if reliance.is_alarm(caught, n):
            return True
    return False


QUICK, SLOW = Review(True, 20, 90), Review(True, 46, 90)


class TestFriction:
    def asks(self, newest, *, reviews=20, cards_since=None, missed=(0, 0)):
        return reliance.friction(newest, reviews=reviews, cards_since=cards_since, missed=missed)

    def test_asks_after_four_quick_approvals_and_shows_the_record(self):
        assert self.asks([QUICK] * 4) == reliance.Record(4, 80, 90)

    @pytest.mark.parametrize("other", [
        SLOW, replace(QUICK, seconds=45), replace(QUICK, is_approval=False), replace(QUICK, seconds=None),
        replace(QUICK, usual=None), replace(QUICK, is_fast_track=True),
    ])  # fmt: skip
    @pytest.mark.parametrize("place", range(4))
    def test_asks_nothing_where_one_of_the_four_is_another(self, other, place):
        row = [QUICK] * 4
        row[place] = other
        assert self.asks(row) is None

    def test_asks_nothing_after_three(self):
        assert self.asks([QUICK] * 3) is None

    def test_asks_nobody_with_fewer_than_twenty_reviews(self):
        assert self.asks([QUICK] * 4, reviews=19) is None

    def test_asks_no_more_than_once_in_ten_cards(self):
        assert [bool(self.asks([QUICK] * 4, cards_since=n)) for n in (0, 9, 10)] == [False, False, True]

    def test_asks_after_missed_controls_too(self):
        assert self.asks([SLOW], missed=(0, 9))
        assert self.asks([SLOW], missed=(0, 8)) is None

    def test_knows_no_usual_time_of_a_team_with_few_reviews(self):
        assert reliance.usual([10.0] * 19) is None
        assert reliance.usual([10.0] * 10 + [30.0] * 10) == 20
