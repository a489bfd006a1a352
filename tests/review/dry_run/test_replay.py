"""A run is played again under changed rules: the same candidates, the same draws, only the rules differ."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
import time_machine

from review import decisions, dry_run, policies, queue, stops
from review.models import Decision, Policy, ReviewTask, RoutedFacts
from screening.models import Brand, Campaign, Outcome, Relation
from tests import factories as make
from tests.review.replaying import LATER, NOW, by_rank, cards, changes, differences, kinds

pytestmark = pytest.mark.django_db
ONCE = pytest.mark.once("other rules are played on the facts that were kept; those are read on both databases above")
REVIEW, DRAWN = ["review", "low", False], ["drawn", "low", False]


class TestUnchangedRules:
    @pytest.mark.parametrize("fields", [
        {}, {"blind_share_u6": 300_000}, {"review_budget": 3}, {"random_share_u6": 400_000, "review_budget": 30},
        {"decision_line_u6": 600_000, "unsure_band_u6": 20_000}, {"is_shadow": True}, {"fast_track": "straight"},
        {"medium_fee_minor": 60_000}, {"high_fee_minor": 80_000, "medium_fee_minor": 70_000},
    ])  # fmt: skip
    def test_change_nothing(self, rules, ran, tried, fields):
        rules(**fields)
        ran()
        found = tried()
        assert (found["runs"], found["played"], found["n_changed"], found["changed"]) == (1, 1, 0, [])
        assert found["old"] == found["new"]
        assert found["cards"] == ReviewTask.objects.count()

    def test_change_nothing_where_the_ai_decides(self, rules, ran, tried, alone):
        rules(decision_line_u6=300_000, spot_check_share_u6=500_000, blind_share_u6=300_000)
        run = ran()
        found = tried()
        assert Counter(one[0] for one in kinds(run).values()) == found["old"]["ways"] == found["new"]["ways"]
        assert {"alone", "spot"} < set(found["old"]["ways"])
        assert (found["played"], found["n_changed"]) == (1, 0)

    def test_change_nothing_while_the_ai_was_stopped(self, campaign, rules, ran, tried, sofia, marcus, alone):
        rules(decision_line_u6=300_000)
        made = stops.stop(campaign.market, brand="acme", reason="Wrong.", by=sofia, now=NOW - timedelta(hours=1))
        ran()
        stops.propose_restart(made, by=sofia, now=NOW + timedelta(hours=1))
        stops.confirm_restart(made, by=marcus, now=NOW + timedelta(hours=2))
        found = tried()
        assert (found["played"], found["n_changed"], found["new"]["alone"]) == (1, 0, 0)

    def test_change_nothing_after_the_ai_was_stopped_and_took_back(self, campaign, rules, ran, tried, sofia, alone):
        rules(decision_line_u6=300_000)
        ran()
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            stops.stop(campaign.market, brand="acme", reason="Wrong.", by=sofia, now=NOW + timedelta(hours=1))
        assert ReviewTask.objects.filter(reasons__0__0="stopped").count() > 0
        found = tried()
        assert (found["played"], found["n_changed"], found["new"]["alone"] > 0) == (1, 0, True)

    def test_change_nothing_of_a_run_that_left_out_whom_others_had_in_hand(
        self, rules, ran, tried, decide, elena, campaign, why
    ):  # fmt: skip
        rules()
        ran()
        taken, kept, *_rest = ReviewTask.objects.order_by("recommendation__rank")
        decide(taken, "approve", by=elena)
        decide(kept, "reject", by=elena, category="context", rationale=why)
        second = ran(seed=2, hours=3)
        assert len(cards(second)) == 15
        assert not {taken.recommendation.profile_id, kept.recommendation.profile_id} & set(cards(second))
        # What happens later does not reach back: a card of the first run is let go, one of the second decided.
        decide(
            ReviewTask.objects.filter(recommendation__run=second).order_by("pk")[2],
            "approve",
            by=elena,
            after=timedelta(hours=4),
        )
        found = tried()
        assert (found["runs"], found["played"], found["n_changed"]) == (2, 2, 0)


@ONCE
class TestABudget:
    def test_of_more_shows_the_next_ones_to_the_cut(self, rules, ran, tried):
        rules()
        run = ran()
        found = tried(review_budget=18)
        near = {profile for profile, (was, would) in changes(found).items() if would == REVIEW and was is None}
        drawn = {profile for profile, one in cards(run).items() if one[3]}
        # 18 less two at random and the five that go forward: ranks 6 to 16, where it were 6 to 13.
        assert near | drawn >= by_rank(run, 14, 15, 16) >= near
        assert (found["old"]["ways"], found["new"]["ways"]) == (
            {"review": 13, "drawn": 2}, {"review": 16, "drawn": 2}
        )  # fmt: skip
        assert (found["old"]["people"], found["new"]["people"]) == (15, 18)

    @pytest.mark.parametrize("budget", [3, 9, 12, 18, 40, 200])
    def test_does_what_a_run_under_it_does(self, rules, ran, twin, budget, changes_of_all):
        rules()
        run = ran()
        told = changes_of_all(review_budget=budget)
        rules(review_budget=budget)
        assert told == differences(run, twin())


@ONCE
class TestTheRandomShare:
    def test_takes_a_place_near_the_cut(self, rules, ran, tried):
        rules()
        run = ran()
        found = tried(random_share_u6=200_000)
        assert found["new"]["ways"] == {"review": 12, "drawn": 3}
        (last,) = by_rank(run, 13)
        assert changes(found)[last][1] in (None, DRAWN)

    def test_does_what_a_run_under_it_does(self, rules, ran, twin, changes_of_all):
        rules()
        run = ran()
        told = changes_of_all(random_share_u6=330_000)
        rules(random_share_u6=330_000)
        assert told == differences(run, twin()) != {}


@ONCE
class TestTheBlindShare:
    def test_draws_the_same_number_for_each_card(self, rules, ran, tried, changes_of_all):
        rules(blind_share_u6=200_000)
        run = ran()
        number = {profile: np.random.default_rng([1, 3, profile]).random() for profile in cards(run)}
        told = changes_of_all(blind_share_u6=600_000)
        assert set(told) == {profile for profile, one in number.items() if 0.2 <= one < 0.6} != set()
        assert {would[2] for _was, would in told.values()} == {True}
        assert tried(blind_share_u6=0)["new"]["blind"] == 0
        assert tried(blind_share_u6=200_000)["old"]["blind"] == sum(one < 0.2 for one in number.values())

    def test_is_of_people_whose_controls_asked_for_more(self, campaign, rules, ran, tried, monkeypatch):
        rules(blind_share_u6=200_000)
        monkeypatch.setattr(queue.controls, "blind_least_u6", lambda *_place: 500_000)
        run = ran()
        number = {profile: np.random.default_rng([1, 3, profile]).random() for profile in cards(run)}
        monkeypatch.undo()
        found = tried(blind_share_u6=300_000)
        assert (found["played"], found["n_changed"]) == (1, 0)  # half of them either way
        assert found["new"]["blind"] == sum(one < 0.5 for one in number.values())


@ONCE
class TestSpotChecks:
    def test_draw_the_same_number_for_each_place(self, rules, ran, tried, alone):
        rules(decision_line_u6=300_000, spot_check_share_u6=100_000)
        run = ran()
        top = [next(iter(by_rank(run, rank))) for rank in range(1, 6)]
        number = dict(zip(top, np.random.default_rng([1, 2]).random(5), strict=True))
        ai = {profile for profile, one in cards(run).items() if one[0] == "auto"}
        found = tried(spot_check_share_u6=700_000)
        more = {profile for profile in ai if 0.1 <= number[profile] < 0.7}
        # A check takes a place of the budget: the change is a check, or somebody nearer the cut or drawn elsewhere.
        assert {profile for profile, (was, would) in changes(found).items() if was and would and was[0] == "alone"
                and would[0] == "spot"} == more != set()  # fmt: skip


@ONCE
class TestReferrals:
    @pytest.fixture
    def referred(self, campaign, rules, ran, elena, daniel):
        """The two best candidates of a run are referred, each by somebody else; the run is screened again."""
        rules()
        first = ran()
        one, two = (first.recommendations.get(rank=rank) for rank in (1, 2))
        for answer, person in ((one, elena), (two, daniel)):
            Relation.objects.create(creator=answer.creator, kind="referred", person=person, brand="acme",
                                    created_at=NOW)  # fmt: skip
        ReviewTask.objects.filter(recommendation__run=first).update(opened_at=NOW - timedelta(days=200))
        ran(seed=2, hours=2)
        return one.profile_id, two.profile_id

    @pytest.mark.parametrize(("named", "fast"), [
        ([], (True, True)), (["user:elena"], (True, False)), (["user:daniel"], (False, True)),
        (["role:strategist"], (True, True)), (["role:expert"], (False, False)),
    ])  # fmt: skip
    def test_count_from_whom_the_draft_names(self, referred, elena, daniel, named, fast, changes_of_all):
        ids = {"user:elena": f"user:{elena.pk}", "user:daniel": f"user:{daniel.pk}"}
        told = changes_of_all(trusts_referrals=True, trusted=[ids.get(one, one) for one in named])
        assert told == {
            profile: (REVIEW, ["fast", "low", False])
            for profile, is_fast in zip(referred, fast, strict=True)
            if is_fast
        }

    def test_that_came_later_were_not_known(self, campaign, rules, ran, elena, changes_of_all):
        rules()
        best = ran().recommendations.get(rank=1)
        Relation.objects.create(creator=best.creator, kind="referred", person=elena, brand="acme",
                                created_at=NOW + timedelta(hours=1))  # fmt: skip
        assert changes_of_all(trusts_referrals=True) == {}


@ONCE
class TestMonths:
    @pytest.mark.parametrize(("months", "is_fast"), [(24, False), (36, True)])
    def test_make_a_partner_proven_or_not(self, campaign, rules, ran, months, is_fast, changes_of_all):
        rules(results_months=24)
        best = ran().recommendations.get(rank=1)
        for day in (date(2024, 5, 1), date(2026, 1, 1), date(2026, 2, 1)):
            Outcome.objects.create(
                campaign=make.campaign(), profile=best.profile, kpi="engagement", predicted_low=1, predicted=2,
                predicted_high=3, actual=2, as_of_date=day, paid_minor=50_000, is_success=True, created_at=NOW,
                audit=make.entry("outcome"),
            )  # fmt: skip
        ReviewTask.objects.update(opened_at=NOW - timedelta(days=200))
        ran(seed=2, hours=2)
        told = changes_of_all(results_months=months)
        assert told == ({best.profile_id: (REVIEW, ["fast", "low", False])} if is_fast else {})

    def test_know_no_result_that_came_later(self, campaign, rules, ran, tried):
        rules()
        best = ran().recommendations.get(rank=1)
        Outcome.objects.create(
            campaign=make.campaign(), profile=best.profile, kpi="engagement", actual=2, as_of_date=date(2026, 1, 1),
            paid_minor=50_000, is_success=True, created_at=NOW + timedelta(days=1), audit=make.entry("outcome"),
        )  # fmt: skip
        assert tried()["played"] == 1


class TestARunThatIsNotPlayedAgain:
    def test_is_said_and_its_cards_are_routed_one_by_one(self, campaign, rules, ran, tried):
        rules(blind_share_u6=200_000)
        ran()
        Campaign.objects.filter(pk=campaign.pk).update(budget_minor=1_000_000)
        found = tried()
        assert (found["runs"], found["played"], found["unlike"], found["n_changed"]) == (1, 0, 1, 0)
        more = tried(review_budget=20)
        assert (more["n_changed"], more["new"]["people"]) == (0, 15)
        assert tried(medium_fee_minor=60_000)["new"]["stakes"] == {"medium": 15}
        assert tried(blind_share_u6=1_000_000)["new"]["blind"] == 15

    def test_keeps_its_spot_checks_one_by_one(self, campaign, rules, ran, tried, alone):
        rules(decision_line_u6=300_000, spot_check_share_u6=500_000)
        ran()
        Campaign.objects.filter(pk=campaign.pk).update(budget_minor=1_000_000)
        found = tried()
        assert (found["played"], found["n_changed"]) == (0, 0)
        assert found["old"] == found["new"]
        assert tried(spot_check_share_u6=1_000_000)["new"]["ways"].get("alone", 0) == 0

    def test_is_one_whose_cards_were_changed(self, rules, ran, tried):
        rules()
        ran()
        ReviewTask.objects.filter(pk=ReviewTask.objects.first().pk).update(probability_u6=7)
        assert tried()["unlike"] == 1

    def test_is_one_whose_pool_is_gone(self, rules, ran, tried, settings, tmp_path):
        rules()
        ran()
        settings.STORE_URL = str(tmp_path / "elsewhere")
        assert (tried()["unlike"], tried()["n_changed"]) == (1, 0)

    def test_is_one_from_before_facts_were_kept(self, rules, tried):
        policy, run = rules(), make.run(make.campaign())
        for _ in range(2):
            make.task(make.recommendation(run), policy=policy, opened_at=NOW)
        found = tried()
        assert (found["runs"], found["old_runs"], found["unknown"], found["cards"]) == (1, 1, 2, 0)


class TestSealedCards:
    def test_let_no_run_of_their_campaign_be_played_again(self, rules, ran, tried):
        rules(blind_share_u6=300_000)
        ran()
        first = ReviewTask.objects.filter(arm="blind").first()
        ReviewTask.objects.filter(pk=first.pk).update(unsealed_at=None)
        found = tried(review_budget=20)
        assert (found["sealed_runs"], found["played"], found["sealed"], found["n_changed"]) == (1, 0, 1, 0)
        assert found["cards"] == ReviewTask.objects.count() - 1

    def test_let_nothing_of_their_creator_be_counted_in_older_runs(self, rules, ran, tried):
        rules()
        ran()
        rules(blind_share_u6=1_000_000)
        second = ran(seed=2, hours=2)
        ReviewTask.objects.filter(recommendation__run=second).update(unsealed_at=None)
        found = tried()
        both = set(cards(second))
        assert found["sealed_runs"] == 2
        assert found["cards"] == ReviewTask.objects.exclude(recommendation__profile__in=both).count()


class TestWhoWasAskedFor:
    def test_stays_shown_unless_the_run_would_have_shown_them(self, campaign, rules, ran, tried, elena):
        rules()
        run = ran()
        near, far = by_rank(run, 14), by_rank(run, 60)
        for profile in {*near, *far} - set(cards(run)):
            with time_machine.travel(NOW + timedelta(hours=1), tick=False):
                queue.ask_for(run, profile, by=elena, now=NOW + timedelta(hours=1))
        found = tried()
        assert (found["played"], found["n_changed"], found["cards"]) == (1, 0, len(cards(run)))
        assert len(cards(run)) > 15


class TestADecisionOfTheAi:
    def test_that_was_taken_back_is_still_the_ais(self, rules, ran, tried, alone, sofia):
        rules(decision_line_u6=300_000, spot_check_share_u6=0)
        ran()
        task = ReviewTask.objects.filter(route="auto").first()
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            decisions.undo(task, by=sofia, now=NOW + timedelta(hours=1), version=task.version, key="back")
        task.refresh_from_db()
        assert task.route == "review"
        assert (tried()["played"], tried()["n_changed"]) == (1, 0)


def test_says_how_far_it_is(rules, ran, sofia):
    policy = rules()
    ran()
    ran(seed=2, hours=1)
    told = []
    dry_run.count(policy, now=LATER, keep=lambda **said: told.append(said))
    assert told == [{"done": 1, "total": 2}, {"done": 2, "total": 2}]


def test_a_brand_that_was_in_shadow_would_have_been_opened(rules, ran, tried, alone):
    rules(decision_line_u6=300_000)
    Brand.objects.update(is_shadow=True)
    ran()
    found = tried()
    assert (found["played"], found["old"]["alone"], found["new"]["alone"] > 0) == (1, 0, True)
    assert (found["opened"], tried(is_shadow=True)["opened"]) == (1, 0)


def test_names_some_of_every_kind_of_change(rules, ran, tried):
    rules()
    ran()
    found = tried(review_budget=60, blind_share_u6=300_000)
    told = Counter((str(was), str(would)) for was, would in changes(found).values())
    assert found["n_changed"] > dry_run.OF_A_KIND
    assert len(told) > 2
    assert max(told.values()) <= dry_run.OF_A_KIND


def test_tries_nothing_older_than_the_days(rules, ran, tried):
    rules()
    ran()
    ReviewTask.objects.update(opened_at=LATER - timedelta(days=91))
    assert (tried()["runs"], tried()["cards"]) == (0, 0)


def test_writes_nothing(rules, ran, tried):
    rules()
    ran()
    before = [model.objects.count() for model in (ReviewTask, Decision, RoutedFacts)]
    policy = Policy.objects.get(state="active")
    dry_run.count(policies.active("acme", "US"), now=LATER)
    assert [model.objects.count() for model in (ReviewTask, Decision, RoutedFacts)] == before
    assert Policy.objects.get(state="active") == policy
