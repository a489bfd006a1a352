"""Closed campaigns with known results, for the tests of practice."""

from datetime import UTC, date, datetime

from review.models import Decision, Practice
from screening.models import Outcome
from tests import factories as make

CLOSED = datetime(2026, 10, 1, tzinfo=UTC)


def closed_case(*, right, verdict="recommend", brand=None, market=None, by=None, **fields):
    """A verdict of a closed campaign whose result is known; the AI was right in it or not."""
    place = {"brand": brand or make.brand(), "market": market or make.market()}
    campaign = make.campaign(name="Autumn Glow", closed_at=CLOSED, **place)
    profile = make.profile(handle=f"lena.glow{campaign.pk}", name="Lena Glow", categories=["skincare", "acme"])
    answer = make.recommendation(make.run(campaign), profile=profile, verdict=verdict, **fields)
    Outcome.objects.create(
        campaign=campaign, profile=profile, recommendation=answer, kpi="engagement", target=1000, actual=900,
        as_of_date=date(2026, 10, 1), is_success=(verdict == "recommend") is right, by=by, audit=make.entry("outcome"),
    )  # fmt: skip
    return answer


def closed_cases(wrong=6, right=6, **fields):
    """So many closed cases of both kinds."""
    return [closed_case(right=side, **fields) for side, n in ((False, wrong), (True, right)) for _ in range(n)]


def practised(user, policy, n, *, right, says_yes, approves, at=CLOSED):
    """So many answered practice cards of a person on Partner verdicts, all with the same views; right: the AI was."""
    made = []
    for _ in range(n):
        answer = closed_case(right=right)
        made.append(Practice.objects.create(
            user=user, recommendation=answer, outcome=answer.outcomes.get(), policy=policy, brand="acme", market="US",
            turn=Practice.objects.count(), seed=1, share_u6=100_000, probability_u6=100_000, ai_was_right=right,
            says_yes=says_yes, p_u6=700_000 if says_yes else 300_000, approves=approves, spoke_at=at, answered_at=at,
            audit=make.entry("practice"),
        ))  # fmt: skip
    return made


def decided(user, n, card, decide):
    """Let a person decide some cards, so that they are no newcomer."""
    for _ in range(n):
        decide(card(), "approve", by=user)
    assert Decision.objects.filter(decided_by=user).count() >= n
