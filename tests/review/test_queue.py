"""A finished run is routed over all its candidates, and the chosen ones become cards."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from audit.models import AuditEntry
from jobs import dispatch
from jobs.models import Job
from review import claims, decisions, facts, policies, queue, workflow
from review.models import Decision, Lane, ReviewTask, Route, TaskState
from screening import runs, training
from screening.models import Brand, Outcome, Profile, Relation, ScoringModel
from tests import factories as make

pytestmark = pytest.mark.django_db
PEOPLE = 60
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def campaign(db):
    """A campaign with sixty candidates of one platform and size, in a market whose card is approved."""
    rng = np.random.default_rng(3)
    for _ in range(PEOPLE):
        made = make.profile(bio="Skin care and running", language="en", country="US")
        likes = float(rng.uniform(200, 4_000))
        make.metrics(made, followers=50_000, likes_avg=likes, comments_avg=likes / 20, posts=300)
    found = make.campaign(wanted=5, fee_minor=40_000)
    make.brief(found)
    training.approve(training.publish_card(found.market, by=None, now=NOW), by=make.user("manager"), now=NOW)
    return found


def screen(campaign, seed=1):
    run = runs.start(
        campaign, by=None, now=NOW, seed=seed, line=policies.decision_line(campaign.brand, campaign.market)
    )
    dispatch.run(run.job_id, worker="test")
    run.refresh_from_db()
    assert run.status == "completed", run.error or Job.objects.get(pk=run.job_id).error
    return run


def price(fee_minor, currency):
    """Let every profile name a price."""
    for profile in Profile.objects.all():
        make.metrics(profile, taken_at=date(2026, 11, 10), fee_minor=fee_minor, currency=currency, likes_avg=None)


def learned(campaign):
    """Pretend that the market's model was learned and is sure: p stays what it is, the line is what it takes."""
    before = NOW - timedelta(days=200)  # the rules were put in force on its record
    ScoringModel.objects.filter(market=campaign.market).update(kind="learned", approved_at=before)


class TestOpenForRun:
    def test_asks_people_about_the_budget_and_says_so_in_one_entry(self, campaign, policy):
        run = screen(campaign)
        tasks = ReviewTask.objects.filter(recommendation__run=run)
        body = json.loads(AuditEntry.objects.get(kind="routing").body)
        assert tasks.count() == policy.review_budget == 15
        assert (body["candidates"], body["not_shown"], body["result"]) == (PEOPLE, PEOPLE - 15, run.result_sha256)
        assert body["shown"] == {"top": 5, "cut": 8, "drawn": 2}

    def test_decides_nothing_alone_by_a_prior(self, campaign, policy):
        screen(campaign)
        assert Counter(ReviewTask.objects.values_list("route", flat=True)) == {Route.REVIEW: 15}
        assert not Decision.objects.exists()

    def test_asks_about_everybody_who_would_go_forward_and_the_nearest_to_the_cut(self, campaign, policy):
        screen(campaign)
        asked = ReviewTask.objects.filter(is_exploration=False).values_list("recommendation__rank", flat=True)
        assert sorted(asked) == list(range(1, 14))

    def test_orders_by_the_value_of_review(self, campaign, policy):
        screen(campaign)
        first = ReviewTask.objects.order_by("-value").first()
        assert first.recommendation.rank in {5, 6}

    def test_logs_the_chance_of_each_random_card(self, campaign, policy):
        screen(campaign)
        drawn = ReviewTask.objects.filter(is_exploration=True)
        assert {task.lane for task in drawn} == {Lane.EXPLORE}
        assert {task.probability_u6 for task in drawn} == {round(2 / 47 * 1e6)}

    def test_opens_the_same_cards_for_the_same_run_once(self, campaign, policy):
        run = screen(campaign)
        before = list(ReviewTask.objects.values_list("pk", flat=True))
        again = queue.open_for_run(run, now=NOW)
        assert sorted(task.pk for task in again) == sorted(before)
        assert AuditEntry.objects.filter(kind="routing").count() == 1

    def test_draws_by_the_seed_of_the_run(self, campaign, policy):
        first = screen(campaign, seed=1)
        drawn = set(first.recommendations.filter(task__is_exploration=True).values_list("profile", flat=True))
        other = make.campaign(wanted=5)
        make.brief(other)
        same = screen(other, seed=1)
        assert set(same.recommendations.filter(task__is_exploration=True).values_list("profile", flat=True)) == drawn

    def test_gives_48_hours(self, campaign, policy):
        run = screen(campaign)
        hours = {(task.due_at - task.opened_at).total_seconds() / 3600 for task in ReviewTask.objects.all()}
        assert (hours, run.finished_at is not None) == ({48.0}, True)

    def test_opens_nothing_without_a_policy_and_says_so(self, campaign):
        screen(campaign)
        assert not ReviewTask.objects.exists()
        assert json.loads(AuditEntry.objects.get(kind="routing").body)["what"] == "no_policy"

    def test_sends_everything_to_people_when_the_owner_has_left(self, campaign, policy, sofia):
        type(sofia).objects.filter(pk=sofia.pk).update(is_active=False)
        screen(campaign)
        found = ReviewTask.objects.all()
        assert {task.reasons[0][0] for task in found} == {"owner_gone"}
        assert {(task.is_guarded, task.on_expiry) for task in found} == {(True, "escalates")}

    def test_escalates_everything_in_shadow(self, campaign, policy):
        Brand.objects.update(is_shadow=True)
        screen(campaign)
        assert set(ReviewTask.objects.values_list("on_expiry", flat=True)) == {"escalates"}

    def test_guards_sensitive_topics_of_the_brand(self, campaign, policy):
        Brand.objects.update(sensitive_topics=["Runn"])
        screen(campaign)
        assert {task.reasons[0][0] for task in ReviewTask.objects.all()} == {"sensitive"}

    def test_sends_them_to_the_markets_expert_where_there_is_one(self, campaign, policy):
        make.user("expert", brand="acme", market="RU")
        Brand.objects.update(sensitive_topics=["Runn"])
        first = screen(campaign)
        make.user("expert", brand="acme", market="US")
        second = screen(campaign, seed=2)
        routes = [set(ReviewTask.objects.filter(recommendation__run=one).values_list("route", flat=True))
                  for one in (first, second)]  # fmt: skip
        assert routes == [{Route.REVIEW}, {Route.EXPERT}]

    def test_guards_a_type_that_the_pool_hardly_has(self, campaign, policy):
        made = make.profile("telegram", country="US", language="en")
        make.metrics(made, followers=50_000, likes_avg=9_000.0, comments_avg=900.0)
        run = screen(campaign)
        task = queue.ask_for(run, made.pk, by=make.user("strategist"), now=NOW)
        assert ["unseen", {"peers": 1}] in task.reasons

    def test_takes_the_creators_own_price_in_the_brands_currency(self, campaign, policy):
        price(5_000_00, "USD")
        screen(campaign)
        found = ReviewTask.objects.first()
        assert (found.fee_minor, found.stakes) == (500_000, "high")

    def test_asks_for_a_missing_rate(self, campaign, policy):
        price(5_000_00, "KZT")
        screen(campaign)
        found = ReviewTask.objects.first()
        assert (found.stakes, found.reasons[0]) == ("high", ["no_rate", {"currency": "KZT"}])

    def test_leaves_out_whom_somebody_has_in_hand(self, campaign, policy, decide, elena):
        first = screen(campaign)
        task = ReviewTask.objects.filter(recommendation__run=first).order_by("recommendation__rank").first()
        decide(task, "hold", by=elena, hold_until=date(2026, 12, 24))
        again = screen(campaign, seed=2)
        creators = ReviewTask.objects.filter(recommendation__run=again)
        assert not creators.filter(recommendation__creator=task.recommendation.creator).exists()

    def test_closes_the_cards_that_a_newer_run_replaces(self, campaign, policy):
        first = screen(campaign)
        screen(campaign, seed=2)
        older = ReviewTask.objects.filter(recommendation__run=first)
        body = json.loads(AuditEntry.objects.filter(kind="routing").latest("uid").body)
        assert set(older.values_list("state", flat=True)) == {TaskState.NOT_SHOWN}
        assert sorted(body["replaced"]) == sorted(task.pk for task in older)

    def test_keeps_a_card_that_somebody_holds(self, campaign, policy, elena):
        first = screen(campaign)
        now = first.finished_at
        held = claims.claim_next(by=elena, now=now)
        screen(campaign, seed=2)
        held.refresh_from_db()
        assert held.state == TaskState.OPEN


class TestTheAiAlone:
    @pytest.fixture
    def sure(self, campaign, policy, monkeypatch):
        """A learned model that is sure of everybody, and a policy whose decision line everybody passes."""
        type(policy).objects.update(state="retired")
        make.policy(campaign.brand, campaign.market, owner=policy.owner, decision_line_u6=300_000)
        monkeypatch.setattr(facts.Facts, "confidence", property(lambda self: 0.9))
        learned(campaign)
        return campaign

    def test_decides_who_goes_forward_and_the_owner_owns_it(self, sure, sofia):
        screen(sure)
        alone = ReviewTask.objects.filter(route=Route.AUTO)
        made = Decision.objects.filter(origin="auto")
        assert made.count() == alone.count() > 0
        assert {(one.decided_by_id, one.owner) for one in made} == {(None, sofia)}
        assert {one.task.recommendation.verdict for one in made} == {"recommend"}

    def test_leaves_the_budget_to_the_others(self, sure, policy):
        screen(sure)
        people = ReviewTask.objects.filter(state=TaskState.OPEN)
        assert people.count() == policy.review_budget

    def test_is_checked_at_random_by_people(self, sure, policy):
        made = policies.propose(
            sure.brand, sure.market, owner=policy.owner, by=make.user("manager"), now=NOW, is_shadow=False,
            spot_check_share_u6=1_000_000, decision_line_u6=300_000, medium_fee_minor=200_000, high_fee_minor=1_000_000,
        )  # fmt: skip
        policies.approve(made, by=make.user("manager"), now=NOW)
        screen(sure)
        checks = ReviewTask.objects.filter(is_spot_check=True)
        assert checks.count() > 0
        assert {(task.state, task.lane, task.probability_u6) for task in checks} == {("open", "spot", 1_000_000)}
        assert all(task.decisions.get().origin == "auto" for task in checks)


@pytest.fixture
def partner(campaign, policy):
    """The best candidate of a first run; `partner(day, ...)` gives them a result in band on each of these days."""
    best = screen(campaign).recommendations.get(rank=1)
    if best.flags or best.verdict == "decline":
        pytest.fail("the best candidate of this data is clean")

    def made(*days):
        for day in days:
            Outcome.objects.create(
                campaign=make.campaign(), profile=best.profile, kpi="engagement", predicted_low=1, predicted=2,
                predicted_high=3, actual=2, as_of_date=day, paid_minor=50_000, is_success=True,
                audit=make.entry("outcome"),
            )  # fmt: skip
        return best

    return made


def again(campaign, best):
    """Screen once more and return the card of a creator."""
    screen(campaign, seed=2)
    return ReviewTask.objects.get(recommendation__creator=best.creator, state=TaskState.OPEN)


class TestFastTrack:
    def test_takes_who_delivered_three_times_on_the_same_terms(self, campaign, partner):
        best = partner(*(date(2026, month, 1) for month in (1, 2, 3)))
        task = again(campaign, best)
        assert (task.route, task.lane, task.reasons) == ("fast", "fast", [["proven", {"results": 3}], ["one_key", {}]])
        assert task.facts.facts["results_in_band"] == 3

    @pytest.mark.parametrize(("months", "oldest", "in_band"), [
        (24, date(2024, 11, 20), 3),  # 730 days: just inside two years
        (24, date(2024, 11, 19), 2),
        (36, date(2024, 11, 19), 3),  # a policy that looks back further
    ])  # fmt: skip
    def test_forgets_results_that_are_older_than_the_policy_says(self, campaign, policy, partner, months, oldest,
                                                                 in_band):  # fmt: skip
        type(policy).objects.filter(state="active").update(state="retired")
        make.policy(campaign.brand, campaign.market, results_months=months)
        task = again(campaign, partner(oldest, date(2026, 1, 1), date(2026, 2, 1)))
        assert task.facts.facts["results_in_band"] == in_band
        assert (task.route == Route.FAST) is (in_band == 3)
        assert task.facts.facts["is_first_deal"] is False  # an old deal is a deal all the same

    def test_takes_a_referral_where_the_policy_trusts_them(self, campaign, policy, elena):
        type(policy).objects.update(state="retired")
        make.policy(campaign.brand, campaign.market, trusts_referrals=True)
        first = screen(campaign)
        best = first.recommendations.get(rank=1)
        Relation.objects.create(creator=best.creator, kind="referred", person=elena, brand="acme")
        assert again(campaign, best).reasons == [["referred", {}], ["one_key", {}]]

    @pytest.mark.parametrize(("named", "is_trusted"), [
        (["user:elena"], True), (["user:daniel"], False), (["role:strategist"], True), (["role:expert"], False),
        (["role:expert", "user:elena"], True),
    ])  # fmt: skip
    def test_trusts_the_word_of_those_alone_whom_the_policy_names(self, campaign, policy, elena, daniel, named,
                                                                  is_trusted):  # fmt: skip
        ids = {"user:elena": f"user:{elena.pk}", "user:daniel": f"user:{daniel.pk}"}
        type(policy).objects.update(state="retired")
        make.policy(
            campaign.brand, campaign.market, trusts_referrals=True, trusted=[ids.get(one, one) for one in named]
        )
        best = screen(campaign).recommendations.get(rank=1)
        Relation.objects.create(creator=best.creator, kind="referred", person=elena, brand="acme")
        task = again(campaign, best)
        assert (task.route == Route.FAST, task.facts.facts["is_referred"]) == (is_trusted, is_trusted)


class TestCost:
    """A review that is worth less than it costs is not asked for (science.md 2.1)."""

    @pytest.fixture
    def dear(self, campaign, policy):
        """Makes rules in force whose minute of a person costs this much, in minor units."""

        def made(minute):
            type(policy).objects.update(state="retired")
            make.policy(campaign.brand, campaign.market, card_minutes=1, minute_cost_minor=minute)
            return campaign

        return made

    def test_stops_asking_near_the_cut_and_keeps_the_top_and_the_random_share(self, dear):
        campaign = dear(1_000_000)
        learned(campaign)
        screen(campaign)
        body = json.loads(AuditEntry.objects.get(kind="routing").body)
        assert body["shown"] == {"top": 5, "drawn": 2}

    def test_asks_where_the_answer_is_worth_it(self, dear):
        campaign = dear(0)
        learned(campaign)
        screen(campaign)
        assert json.loads(AuditEntry.objects.get(kind="routing").body)["shown"] == {"top": 5, "cut": 8, "drawn": 2}

    def test_counts_only_cards_whose_worth_is_over_the_price(self, dear):
        # Worth is in units of medium stakes (1,000.00): a price between two cards' worth parts them.
        campaign = dear(None)
        learned(campaign)
        near = {"rank__gt": 5, "task__is_exploration": False}
        values = list(screen(campaign).recommendations.filter(**near).values_list("task__value", flat=True))
        low, high = sorted(set(values))[1:3]
        dear(round((low + high) / 2 * 100_000))
        asked = screen(campaign).recommendations.filter(**near).values_list("task__value", flat=True)
        assert sorted(asked) == sorted(one for one in values if one >= high)
        assert 0 < len(asked) < len(values)

    def test_is_nothing_before_the_model_has_learned(self, dear):
        screen(dear(1_000_000))
        assert json.loads(AuditEntry.objects.get(kind="routing").body)["shown"] == {"top": 5, "cut": 8, "drawn": 2}


class TestAskFor:
    def test_puts_somebody_who_is_not_shown_before_a_person(self, campaign, policy, elena):
        run = screen(campaign)
        hidden = run.recommendations.filter(task__isnull=True).first()
        task = queue.ask_for(run, hidden.profile_id, by=elena, now=NOW)
        assert (task.recommendation, task.state, task.reasons[0][0]) == (hidden, TaskState.OPEN, "asked")

    def test_returns_the_card_that_is_there(self, campaign, policy, elena):
        run = screen(campaign)
        known = ReviewTask.objects.first()
        assert queue.ask_for(run, known.recommendation.profile_id, by=elena, now=NOW) == known

    def test_leads_to_the_card_of_a_newer_run(self, campaign, policy, elena):
        first = screen(campaign)
        screen(campaign, seed=2)
        newer = ReviewTask.objects.filter(state=TaskState.OPEN).first()
        assert queue.ask_for(first, newer.recommendation.profile_id, by=elena, now=NOW) == newer
        assert set(Counter(in_hand(campaign)).values()) == {1}

    def test_refuses_who_is_not_in_the_ranking(self, campaign, policy, elena):
        run = screen(campaign)
        with pytest.raises(queue.NotRouted):
            queue.ask_for(run, make.profile().pk, by=elena, now=NOW)


class TestReopen:
    def test_is_refused_while_a_newer_run_asks_about_the_same_creator(self, campaign, policy, elena):
        first = screen(campaign)
        screen(campaign, seed=2)
        asked_again = ReviewTask.objects.filter(recommendation__creator__in=in_hand(campaign))
        older = asked_again.filter(recommendation__run=first).first()
        assert "reopen" not in workflow.allowed(older, by=elena, now=NOW)
        with pytest.raises(workflow.Refused, match="A newer card of this creator"):
            decisions.reopen(older, by=elena, now=older.opened_at, version=older.version)

    def test_takes_whom_no_newer_card_is_about(self, campaign, policy, elena):
        screen(campaign)
        screen(campaign, seed=2)
        older = ReviewTask.objects.exclude(recommendation__creator__in=in_hand(campaign)).first()
        decisions.reopen(older, by=elena, now=older.opened_at, version=older.version)
        assert set(Counter(in_hand(campaign)).values()) == {1}


def in_hand(campaign):
    """The creators of the cards that are not "not shown now", one a card."""
    return list(workflow.in_hand(campaign.pk).values_list("recommendation__creator_id", flat=True))


class TestRoutingLater:
    def test_follows_when_a_policy_is_approved(self, campaign):
        run = screen(campaign)
        by, second = make.user("manager"), make.user("manager")
        draft = policies.propose(campaign.brand, campaign.market, owner=by, by=by, now=NOW, medium_fee_minor=100_000,
                                 high_fee_minor=1_000_000)  # fmt: skip
        policies.approve(draft, by=second, now=NOW)
        dispatch.run(Job.objects.get(kind="routing").pk, worker="test")
        assert ReviewTask.objects.filter(recommendation__run=run).count() == 15
