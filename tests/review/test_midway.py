"""What happens between reading a card and deciding on it (trust.md 3.3, Workflow); the rest stands with each verb."""

from datetime import timedelta

import pytest

from review import approvals, decisions, policies, workflow
from review.models import TaskState
from screening import briefs, campaigns
from screening.engine.types import Criteria, Preferences
from tests import factories as make

pytestmark = pytest.mark.django_db
DUE = timedelta(hours=48)


def test_an_approval_of_what_was_taken_back_is_refused(card, decide, elena, sofia, now):
    task = card(stakes="high")
    decide(task, "approve", by=elena, rationale="I know her.")
    task.refresh_from_db()
    seen = task.version
    decisions.undo(task, by=elena, now=now + timedelta(minutes=2), version=seen, key="undo")
    with pytest.raises((workflow.Refused, decisions.TaskMoved)):
        approvals.answer(task, choice="approve", by=sofia, version=seen, key="late", now=now + timedelta(minutes=3))
    task.refresh_from_db()
    assert task.state == TaskState.OPEN
    assert not task.decisions.filter(approvals__isnull=False).exists()


def test_a_decision_in_the_instant_of_the_deadline_is_taken_where_the_clock_was_not_first(card, decide, elena):
    task = card()
    assert task.due_at == task.opened_at + DUE
    made = decide(task, "approve", by=elena, after=DUE)
    task.refresh_from_db()
    assert (made.decided_by, task.state, task.closed_at) == (elena, TaskState.APPROVED, task.opened_at + DUE)


def test_closing_the_campaign_ends_briefs_and_runs_and_leaves_its_cards_to_people(card, decide, elena, sofia, now):
    task = card()
    campaign = task.recommendation.run.campaign
    campaigns.close(campaign, by=sofia, now=now)
    with pytest.raises(campaigns.CampaignClosed):
        briefs.publish(campaign, criteria=Criteria(), preferences=Preferences(), by=elena, now=now)
    assert decide(task, "approve", by=elena).task == task


def test_rules_that_change_after_the_ai_spoke_bind_the_decision_by_their_own_version(
    card, decide, elena, sofia, marcus, policy, now
):
    task = card()
    rules = {"medium_fee_minor": 1, "high_fee_minor": 2}
    draft = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **rules)
    policies.approve(draft, by=marcus, now=now)
    decide(task, "approve", by=elena)
    task.refresh_from_db()
    assert task.policy == policy  # under which it was routed and shown
    assert task.state == TaskState.APPROVED


def test_a_brief_that_is_edited_after_scoring_leaves_what_was_scored(card, decide, elena, now):
    task = card()
    run = task.recommendation.run
    before = run.brief_id, task.recommendation.score_u6
    briefs.publish(
        run.campaign, criteria=Criteria(platforms=("instagram",)), preferences=Preferences(), by=elena, now=now
    )
    made = decide(task, "approve", by=elena)
    made.task.recommendation.run.refresh_from_db()
    assert (made.task.recommendation.run.brief_id, made.task.recommendation.score_u6) == before
    assert make.brief(run.campaign).version == 3
