"""The lane of cards on which a person and the AI contradict each other."""

import pytest

from review import approvals, decisions, disagreement, overlays
from review.models import FirstView, Lane
from review.views.rows import why
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewed(elena, now):
    def said(task, **scales):
        overlays.save(task, by=elena, now=now, **scales)
        task.refresh_from_db()
        return task.lane

    return said


class TestLane:
    @pytest.mark.parametrize(("verdict", "scales", "lane"), [
        ("recommend", {"gut_rating": 2}, Lane.DISAGREE),
        ("recommend", {"gut_rating": 3}, Lane.CUT),
        ("recommend", {"cultural_fit": 2}, Lane.DISAGREE),
        ("recommend", {"cultural_fit": 2, "gut_rating": 5}, Lane.CUT),
        ("decline", {"gut_rating": 4}, Lane.DISAGREE),
        ("decline", {"cultural_fit": 4, "strategic_alignment": 5}, Lane.DISAGREE),
        ("decline", {"cultural_fit": 5, "strategic_alignment": 3}, Lane.CUT),
        ("decline", {"gut_rating": 1}, Lane.CUT),
        ("unsure", {"gut_rating": 1}, Lane.UNCERTAIN),
    ])  # fmt: skip
    def test_follows_what_the_view_says(self, card, viewed, verdict, scales, lane):
        task = card(verdict=verdict, lane="uncertain" if verdict == "unsure" else "cut")
        assert viewed(task, **scales) == lane

    def test_is_left_when_the_view_is_taken_back(self, card, viewed):
        task = card(route="fast", lane="fast")
        assert viewed(task, gut_rating=1) == Lane.DISAGREE
        assert viewed(task, gut_rating=4) == Lane.FAST
        assert task.differs is None

    def test_is_none_of_a_sealed_card(self, card, elena):
        task = card(arm="blind")
        FirstView.objects.create(task=task, by=elena, says_yes=False, p_u6=300_000, because="fit", audit=make.entry())
        disagreement.mark(task)
        assert (task.lane, task.differs) == (Lane.CUT, None)

    def test_takes_a_first_view_against_the_ai_once_it_is_revealed(self, card, elena, now):
        task = card(arm="blind", unsealed_at=now)
        FirstView.objects.create(task=task, by=elena, says_yes=False, p_u6=300_000, because="fit", audit=make.entry())
        disagreement.mark(task)
        assert (task.lane, task.differs) == (Lane.DISAGREE, elena)
        assert why(task) == "AI: Partner. Elena is against"

    def test_takes_an_override_that_a_manager_sent_back(self, card, decide, elena, sofia, now, why):
        task = card(verdict="decline", stakes="high")
        decide(task, "approve", by=elena, category="context", rationale=why)
        task.refresh_from_db()
        approvals.answer(task, choice="ask", by=sofia, now=now, version=task.version, key="ask", reason="Why so dear?")
        task.refresh_from_db()
        assert (task.state, task.lane, task.differs) == ("open", Lane.DISAGREE, elena)

    def test_is_left_when_the_override_is_taken_back(self, card, decide, elena, now, why):
        task = card()
        made = decide(task, "reject", by=elena, category="context", rationale=why)
        task.refresh_from_db()
        decisions.undo(task, by=elena, now=made.at, version=task.version, key="undo")
        task.refresh_from_db()
        assert (task.lane, task.differs) == (Lane.CUT, None)


@pytest.mark.parametrize(("fields", "lane"), [
    ({"route": "auto"}, Lane.SPOT), ({"route": "fast"}, Lane.FAST), ({"is_exploration": True}, Lane.EXPLORE),
    ({"verdict": "unsure"}, Lane.UNCERTAIN), ({"reasons": [["top", {"rank": 1, "wanted": 5}]]}, Lane.TOP),
    ({}, Lane.CUT),
])  # fmt: skip
def test_the_first_lane_is_read_from_what_the_card_keeps(card, fields, lane):
    assert disagreement.first_lane(card(**fields)) == lane
