"""Who leads, as a written rule."""

from dataclasses import replace

import pytest

from review.models import FastTrack, Lane, OnExpiry, Route, Stakes
from review.routing import Facts, Reason, Rules, Shown, route, stakes_of
from tests import factories as make

RULES = Rules(
    rights=make.rights(), medium_fee=100_000, high_fee=1_000_000, high_budget_share=0.4, trusts_referrals=False,
    is_shadow=False, is_owner_here=True, is_model_approved=True, is_learned=True,
)  # fmt: skip
SURE = Facts(
    shown=Shown.TOP, rank=1, wanted=5, verdict="recommend", p=0.86, fee=50_000, budget=5_000_000, is_first_deal=False
)  # fmt: skip
STRAIGHT = replace(RULES, fast=FastTrack.STRAIGHT)
PROVEN = replace(SURE, results_in_band=3, paid_before=50_000)


def codes(routed):
    return [code for code, _numbers in routed.reasons]


GUARDED = {
    Reason.HIGH_FEE: ({"fee": 1_000_000}, {}),
    Reason.HIGH_SHARE: ({"fee": 900_000, "budget": 2_000_000}, {}),
    Reason.NO_RATE: ({"fee": None, "currency": "KZT"}, {}),
    Reason.SERIOUS_FLAG: ({"serious": ("growth_spike",), "flags": ("growth_spike",)}, {}),
    Reason.SENSITIVE: ({"sensitive": ("politics",)}, {}),
    Reason.UNSEEN: ({"peers": 9}, {}),
    Reason.NO_MODEL: ({}, {"is_model_approved": False}),
    Reason.OWNER_GONE: ({}, {"is_owner_here": False}),
}


class TestGuardrails:
    @pytest.mark.parametrize("code", GUARDED)
    def test_send_to_a_person_whatever_else_is_true(self, code):
        facts, rules = GUARDED[code]
        found = route(replace(PROVEN, **facts), replace(RULES, **rules))
        assert (found.is_guarded, found.reasons[0][0]) == (True, code)
        assert found.route in {Route.REVIEW, Route.MANAGER}

    @pytest.mark.parametrize("code", GUARDED)
    def test_are_never_approved_by_the_clock(self, code):
        facts, rules = GUARDED[code]
        assert route(replace(PROVEN, **facts), replace(RULES, **rules)).on_expiry == OnExpiry.ESCALATES

    @pytest.mark.parametrize("code", [Reason.HIGH_FEE, Reason.HIGH_SHARE, Reason.NO_RATE])
    def test_send_high_stakes_to_a_manager_as_well(self, code):
        assert route(replace(SURE, **GUARDED[code][0]), RULES).route == Route.MANAGER

    def test_send_a_sensitive_topic_to_who_knows_the_market_where_somebody_does(self):
        leads = [
            route(replace(SURE, sensitive=("politics",), fee=fee), replace(RULES, has_expert=known)).route
            for fee, known in ((50_000, True), (50_000, False), (1_000_000, True))
        ]
        assert leads == [Route.EXPERT, Route.REVIEW, Route.MANAGER]
        assert route(SURE, replace(RULES, has_expert=True)).route == Route.AUTO

    def test_name_all_that_they_found(self):
        found = route(replace(SURE, fee=2_000_000, serious=("growth_spike",), sensitive=("politics",)), RULES)
        assert codes(found)[:3] == [Reason.HIGH_FEE, Reason.SERIOUS_FLAG, Reason.SENSITIVE]

    def test_let_a_flag_that_is_not_serious_pass(self):
        assert route(replace(SURE, flags=("engagement_rate",)), RULES).route == Route.AUTO


class TestStakes:
    @pytest.mark.parametrize(("fee", "stakes"), [
        (99_999, Stakes.LOW), (100_000, Stakes.MEDIUM), (999_999, Stakes.MEDIUM), (1_000_000, Stakes.HIGH),
    ])  # fmt: skip
    def test_follow_the_fee(self, fee, stakes):
        assert stakes_of(replace(SURE, fee=fee), RULES)[0] == stakes

    @pytest.mark.parametrize(("fee", "stakes"), [
        (49_999, Stakes.LOW), (50_000, Stakes.MEDIUM), (500_000, Stakes.HIGH),
    ])  # fmt: skip
    def test_count_a_first_deal_double(self, fee, stakes):
        assert stakes_of(replace(SURE, fee=fee, is_first_deal=True), RULES)[0] == stakes

    def test_are_high_from_a_share_of_the_budget(self):
        assert stakes_of(replace(SURE, fee=80_000, budget=200_000), RULES)[0] == Stakes.HIGH

    def test_never_guess_a_missing_rate(self):
        stakes, why = stakes_of(replace(SURE, fee=None, currency="KZT"), RULES)
        assert (stakes, why) == (Stakes.HIGH, [Reason.NO_RATE, {"currency": "KZT"}])


class TestFastTrack:
    def test_takes_a_proven_partner_with_unchanged_terms(self):
        found = route(PROVEN, RULES)
        assert (found.route, found.lane, codes(found)) == (Route.FAST, Lane.FAST, [Reason.PROVEN, Reason.ONE_KEY])

    @pytest.mark.parametrize("change", [
        {"results_in_band": 2}, {"paid_before": 49_999}, {"paid_before": None}, {"flags": ("growth_rate",)},
        {"verdict": "decline", "p": 0.3},
    ])  # fmt: skip
    def test_is_lost_by_what_is_not_proven_unchanged_or_clean(self, change):
        assert route(replace(PROVEN, **change), RULES).route != Route.FAST

    def test_takes_a_referral_only_where_the_policy_trusts_them(self):
        referred = replace(SURE, is_referred=True)
        assert route(referred, RULES).route == Route.AUTO
        assert codes(route(referred, replace(RULES, trusts_referrals=True))) == [Reason.REFERRED, Reason.ONE_KEY]

    def test_goes_straight_through_where_the_policy_says_so(self):
        found = route(PROVEN, STRAIGHT)
        assert (found.route, found.is_alone, codes(found)) == (Route.FAST, True, [Reason.PROVEN, Reason.STRAIGHT])

    @pytest.mark.parametrize("change", [
        {"fee": 100_000, "paid_before": 100_000}, {"verdict": "unsure", "p": 0.5}, {"shown": Shown.CUT},
        {"shown": Shown.DRAWN}, {"shown": Shown.ASKED},
    ])  # fmt: skip
    def test_asks_for_one_key_at_medium_stakes_and_for_who_would_not_go_forward(self, change):
        found = route(replace(PROVEN, **change), STRAIGHT)
        assert (found.route, found.is_alone, codes(found)[-1]) == (Route.FAST, False, Reason.ONE_KEY)

    @pytest.mark.parametrize("code", GUARDED)
    def test_is_nobodys_whom_a_guardrail_stops(self, code):
        facts, rules = GUARDED[code]
        assert not route(replace(PROVEN, **facts), replace(STRAIGHT, **rules)).is_alone

    def test_can_be_off(self):
        assert route(PROVEN, replace(RULES, fast=FastTrack.OFF)).route == Route.AUTO

    def test_is_off_in_shadow(self):
        assert route(PROVEN, replace(RULES, is_shadow=True)).route == Route.REVIEW


class TestTheAiAlone:
    def test_decides_low_stakes_over_the_line(self):
        found = route(SURE, RULES)
        assert (found.route, codes(found)) == (Route.AUTO, [Reason.OVER_LINE])

    @pytest.mark.parametrize("change", [
        {"p": 0.7}, {"p": 0.69}, {"fee": 100_000}, {"verdict": "unsure"}, {"verdict": "decline", "p": 0.1},
        {"shown": Shown.CUT}, {"shown": Shown.DRAWN},
    ])  # fmt: skip
    def test_decides_nothing_else(self, change):
        assert route(replace(SURE, **change), RULES).route == Route.REVIEW

    def test_decides_nothing_in_shadow(self):
        assert route(SURE, replace(RULES, is_shadow=True)).route == Route.REVIEW

    def test_decides_nothing_by_a_prior(self):
        found = route(SURE, replace(RULES, is_learned=False))
        assert (found.route, Reason.NOT_LEARNED in codes(found)) == (Route.REVIEW, True)

    def test_says_that_a_person_checks_it(self):
        found = route(replace(SURE, is_spot_checked=True), RULES)
        assert (found.lane, codes(found)) == (Lane.SPOT, [Reason.SPOT_CHECK, Reason.OVER_LINE])


class TestReview:
    @pytest.mark.parametrize(("change", "lane", "first"), [
        ({"shown": Shown.CUT, "rank": 7}, Lane.CUT, Reason.AT_CUT),
        ({"p": 0.6}, Lane.TOP, Reason.TOP),
        ({"verdict": "unsure", "p": 0.5}, Lane.UNCERTAIN, Reason.TOP),
        ({"shown": Shown.DRAWN, "probability": 0.002}, Lane.EXPLORE, Reason.DRAWN),
    ])  # fmt: skip
    def test_puts_each_card_in_one_lane(self, change, lane, first):
        found = route(replace(SURE, **change), RULES)
        assert (found.lane, codes(found)[0]) == (lane, first)

    def test_logs_the_chance_of_being_drawn(self):
        found = route(replace(SURE, shown=Shown.DRAWN, probability=0.002), RULES)
        assert found.reasons[0] == [Reason.DRAWN, {"probability_u6": 2000}]

    def test_says_how_far_under_the_line_it_is(self):
        found = route(replace(SURE, p=0.61), RULES)
        assert [Reason.UNDER_LINE, {"confidence": 61, "line": 70}] in found.reasons


class TestOnExpiry:
    @pytest.mark.parametrize(("facts", "rules", "clock"), [
        ({}, {}, OnExpiry.STANDS),
        ({"fee": 100_000}, {}, OnExpiry.STANDS),
        ({"verdict": "decline", "p": 0.2}, {}, OnExpiry.STANDS),
        ({"verdict": "unsure", "p": 0.5}, {}, OnExpiry.HOLDS),
        ({"fee": 1_000_000}, {}, OnExpiry.ESCALATES),
        ({"serious": ("growth_spike",)}, {}, OnExpiry.ESCALATES),
        ({}, {"is_shadow": True}, OnExpiry.ESCALATES),
        ({"verdict": "unsure", "p": 0.5}, {"is_shadow": True}, OnExpiry.ESCALATES),
        ({}, {"is_stopped": True}, OnExpiry.ESCALATES),
    ])  # fmt: skip
    def test_is_known_beforehand(self, facts, rules, clock):
        assert route(replace(SURE, shown=Shown.CUT, **facts), replace(RULES, **rules)).on_expiry == clock

    @pytest.mark.parametrize("clock", [OnExpiry.HOLDS, OnExpiry.ESCALATES])
    def test_is_what_the_cell_of_the_matrix_says(self, clock):
        rules = replace(RULES, rights=make.rights(medium={"on_expiry": clock}))
        assert route(replace(SURE, fee=100_000), rules).on_expiry == clock
        assert route(replace(SURE, shown=Shown.CUT), rules).on_expiry == OnExpiry.STANDS

    def test_never_approves_high_stakes_whatever_a_cell_says(self):
        rules = replace(RULES, rights=make.rights(high={"on_expiry": "stands"}))
        assert route(replace(SURE, fee=1_000_000), rules).on_expiry == OnExpiry.ESCALATES


def cells(**said):
    return replace(RULES, rights=make.rights(**said), has_expert=True)


class TestTheMatrix:
    @pytest.mark.parametrize(("leads", "found", "why"), [
        ("person", Route.REVIEW, Reason.TO_PEOPLE), ("expert", Route.EXPERT, Reason.TO_EXPERT),
        ("manager", Route.MANAGER, Reason.TO_MANAGER),
    ])  # fmt: skip
    def test_takes_low_stakes_from_the_ai(self, leads, found, why):
        answer = route(SURE, cells(low={"leads": leads}))
        assert (answer.route, answer.is_alone, codes(answer)[-1]) == (found, False, why)

    def test_asks_an_expert_only_where_there_is_one(self):
        assert route(SURE, replace(cells(low={"leads": "expert"}), has_expert=False)).route == Route.REVIEW

    def test_never_lets_the_ai_decide_above_low_stakes(self):
        for band, fee in (("medium", 100_000), ("high", 1_000_000)):
            assert not route(replace(SURE, fee=fee), cells(**{band: {"leads": "ai"}})).is_alone

    def test_has_an_auto_line_of_its_own(self):
        assert route(SURE, cells(low={"auto_line_u6": 860_000})).route == Route.REVIEW
        assert route(SURE, cells(low={"auto_line_u6": 850_000})).route == Route.AUTO

    def test_never_lowers_the_auto_line_under_70_percent(self):
        assert route(replace(SURE, p=0.65), cells(low={"auto_line_u6": 600_000})).route == Route.REVIEW

    def test_asks_for_a_chance_without_which_no_partner_stands(self):
        found = route(replace(SURE, fee=100_000, p=0.62), cells(medium={"decision_line_u6": 650_000}))
        assert (found.on_expiry, [Reason.UNDER_CHANCE, {"p": 62, "line": 65}] in found.reasons) == (
            OnExpiry.HOLDS,
            True,
        )


class TestTheStopButton:
    STOPPED = replace(RULES, is_stopped=True)

    def test_sends_everything_to_people(self):
        found = route(SURE, self.STOPPED)
        assert (found.route, found.is_alone, Reason.STOPPED in codes(found)) == (Route.REVIEW, False, True)

    def test_leaves_no_proven_partner_straight_through(self):
        found = route(PROVEN, replace(self.STOPPED, fast=FastTrack.STRAIGHT))
        assert (found.route, found.is_alone, Reason.STOPPED in codes(found)) == (Route.FAST, False, True)

    def test_is_named_beside_a_guardrail(self):
        assert Reason.STOPPED in codes(route(replace(SURE, peers=2), self.STOPPED))
