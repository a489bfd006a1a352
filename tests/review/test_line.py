"""A run is judged against the decision line of the policy in force, whoever starts it, and keeps it."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from jobs import dispatch
from review import bounds, policies
from review.models import Policy
from review.routing import Facts, Shown
from screening import judging, ranking, results, runs, training
from screening.engine.types import DecisionLine
from screening.models import ScreeningRun
from tests import factories as make

RULES = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000, "is_shadow": False}
HIGHER = {"decision_line_u6": 600_000, "unsure_band_u6": 20_000}


@pytest.fixture
def campaign(db, now):
    """A campaign with six candidates in a market whose card is approved."""
    for n in range(6):
        made = make.profile(bio="Skin care", language="en", country="US")
        make.metrics(made, followers=50_000, likes_avg=200.0 + 900 * n, comments_avg=10.0 + 40 * n, posts=300)
    found = make.campaign(wanted=2, fee_minor=40_000)
    make.brief(found)
    training.approve(training.publish_card(found.market, by=None, now=now), by=make.user("manager"), now=now)
    return found


@pytest.fixture
def ran(campaign, now):
    """Starts a run as a page does, without a word about a line, and carries it out."""

    def done(after=0):
        run = runs.start(campaign, by=None, now=now + timedelta(hours=after), seed=1)
        dispatch.run(run.job_id, worker="test")
        return ScreeningRun.objects.get(pk=run.pk)

    return done


@pytest.fixture
def rewritten(policy, sofia, marcus, now):
    """Puts rules in force that one person proposed and another approved."""

    def done(**rules):
        draft = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **RULES, **rules)
        return policies.approve(draft, by=marcus, now=now)

    return done


def said(run):
    """What a run says of its candidates: chance and verdict by profile."""
    return {one.profile_id: (one.p_u6, one.verdict) for one in run.recommendations.all()}


def by(line, p_u6):
    if abs(p_u6 - line[0]) < line[1]:
        return "unsure"
    return "recommend" if p_u6 > line[0] else "decline"


class TestLine:
    def test_is_the_one_of_the_policy_in_force(self, policy):
        make.policy(make.brand("other"), make.market(), decision_line_u6=600_000, unsure_band_u6=20_000)
        campaign = make.campaign(brand=make.brand("other"))
        assert judging.line_of(campaign) == DecisionLine(0.6, 0.02)

    def test_is_the_usual_one_without_a_policy(self, db):
        assert judging.line_of(make.campaign()) == judging.USUAL_LINE

    def test_of_a_run_older_than_lines_is_the_usual_one(self):
        assert [judging.line_used(one) for one in (None, [], {}, [7])] == [judging.USUAL_LINE] * 4

    def test_is_obeyed_by_every_new_run_and_by_no_other(self, policy, ran, rewritten):
        first = ran()
        before = said(first)
        middle = sorted(p for p, _verdict in before.values())[3]
        rewritten(decision_line_u6=middle + 1_000, unsure_band_u6=2_000)
        second = ran(after=1)
        assert said(second) == {
            profile: (p, by((middle + 1_000, 2_000), p)) for profile, (p, _verdict) in before.items()
        }
        assert said(second) != before
        assert said(ScreeningRun.objects.get(pk=first.pk)) == before

    def test_is_kept_with_the_run_and_answers_again_with_the_same_bytes(self, policy, ran, rewritten, sofia):
        first = ran()
        rewritten(**HIGHER)
        second = ran(after=1)
        for run, line in ((first, [500_000, 45_000]), (second, [600_000, 20_000])):
            judging._judged.cache_clear()
            assert run.norms["line"] == line
            assert json.loads(run.audit.body)["line_u6"] == line
            assert results.write(run, judging.judge(run).screening).sha256 == run.result_sha256
        assert first.result_sha256 != second.result_sha256

    def test_of_a_run_that_failed_stays_when_it_is_tried_again(self, policy, campaign, rewritten, now, sofia):
        run = runs.start(campaign, by=None, now=now)
        ScreeningRun.objects.filter(pk=run.pk).update(status="failed")
        rewritten(**HIGHER)
        assert runs.retry(run, by=make.user("strategist"), now=now).norms["line"] == [500_000, 45_000]

    def test_counts_the_verdicts_of_its_own_run(self, policy, ran, rewritten):
        rewritten(decision_line_u6=680_000, unsure_band_u6=0)
        assert ranking.funnel(ran(), set())["verdicts"]["recommend"] == 0


class TestProposing:
    @pytest.mark.parametrize(("line", "band", "found"), [
        (5_000, 0, "0.5% was found"), (995_000, 0, "99.5% was found"), (500_000, -1_000, "−0.1% was found"),
        (900_000, 120_000, "from 78% to 102%"), (40_000, 45_000, "from −0.5% to 8.5%"),
    ])  # fmt: skip
    def test_refuses_a_line_beyond_which_no_verdict_can_be_said(self, policy, sofia, now, line, band, found):
        with pytest.raises(bounds.NotAPolicy, match=found):
            policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **RULES,
                             decision_line_u6=line, unsure_band_u6=band)  # fmt: skip

    @pytest.mark.parametrize(("line", "band"), [(40_000, 45_000), (900_000, 120_000)])
    def test_is_refused_by_the_database_too(self, policy, line, band):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.policy(policy.brand, policy.market, state="draft", decision_line_u6=line, unsure_band_u6=band)


class TestSure:
    """Confidence is of the verdict, on whichever side of one half the line lies."""

    @pytest.mark.parametrize(("verdict", "p", "sure"), [
        ("recommend", 0.4, 0.4), ("decline", 0.7, 0.3), ("unsure", 0.7, 0.7), ("unsure", 0.4, 0.6),
    ])  # fmt: skip
    def test_is_p_of_a_partner_and_the_rest_of_do_not_partner(self, verdict, p, sure):
        facts = Facts(shown=Shown.TOP, rank=1, wanted=5, verdict=verdict, p=p, fee=1, budget=10)
        assert facts.confidence == pytest.approx(sure)


def test_a_policy_keeps_its_line_for_good(policy):
    with pytest.raises(DatabaseError), transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(decision_line_u6=600_000)
