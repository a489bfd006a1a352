"""A run of a model that learned from results: of who is unlike all of them it is unsure, wherever the line is."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import Prefetch

from jobs import lease
from review import dry_run, replay
from review.models import Decision, ReviewTask
from screening import learning, training
from tests import factories as make
from tests.review.replaying import LATER, NOW
from tests.screening import schooling

pytestmark = pytest.mark.django_db


@pytest.fixture
def learned(db, sofia):
    """The run of a learned model over its lessons and one stranger, routed by rules that were approved after it."""
    with time_machine.travel(NOW, tick=False), lease.moved(NOW):
        campaign = make.campaign(wanted=20, fee_minor=20_000)
        make.brief(campaign)
        boss = make.user("manager")
        training.approve(training.publish_card(campaign.market, by=None, now=NOW), by=boss, now=NOW)
        profiles, worth = schooling.fill(NOW)
        schooling.screened(campaign, now=NOW)
        schooling.results(campaign, profiles, worth, now=NOW)
        schooling.carried_out(learning.start(campaign.market, by=boss, now=NOW))
        training.approve(campaign.market.models.get(kind="learned"), by=boss, now=NOW)
        stranger = make.profile("youtube", country="US", language="en")
        make.metrics(stranger, followers=90_000_000, likes_avg=50_000_000.0, comments_avg=9_000_000.0, posts=3)
    policy = make.policy(campaign.brand, campaign.market, owner=sofia, approved_at=NOW, review_budget=200)
    other = make.campaign(wanted=20, fee_minor=20_000)
    make.brief(other)
    moment = NOW + timedelta(hours=1)
    with time_machine.travel(moment, tick=False), lease.moved(moment):
        schooling.screened(other, now=moment)
    return policy, stranger


def test_is_played_again_with_what_the_ai_decided(learned):
    policy, stranger = learned
    assert ReviewTask.objects.filter(route="auto").exists()
    card = ReviewTask.objects.get(recommendation__profile=stranger)
    assert (card.recommendation.verdict, card.facts.facts["verdict"]) == ("unsure", "unsure")
    found = dry_run.count(policy, now=LATER)
    assert (found["runs"], found["played"], found["n_changed"], found["old"]) == (1, 1, 0, found["new"])


def test_stays_unsure_of_a_stranger_wherever_the_line_is(learned):
    policy, stranger = learned
    first = Prefetch("decisions", Decision.objects.filter(supersedes__isnull=True), to_attr="first_decisions")
    cards = list(ReviewTask.objects.select_related("facts", "recommendation__run").prefetch_related(first))
    run = cards[0].recommendation.run
    least = min(card.recommendation.p_u6 for card in cards)
    draft = make.policy(
        policy.brand, policy.market, state="draft", approved_by=None, approved_at=None, review_budget=200,
        decision_line_u6=least - 2_000, unsure_band_u6=1_000,
    )  # fmt: skip
    _then, would = replay.play(run, policy, replay.setting(run, policy, cards), draft=draft)
    said = {profile: one.facts.verdict for profile, (one, _routed) in would.items()}
    assert (said.pop(stranger.pk), set(said.values())) == ("unsure", {"recommend"})
    assert {card.recommendation.profile_id for card in cards if replay.is_far(card)} == {stranger.pk}
