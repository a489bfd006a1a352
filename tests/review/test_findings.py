"""What closed investigations of flags teach the floor below: who was right, never what was decided."""

from datetime import timedelta

import pytest

from review import investigations
from review.investigations import NewNorm
from review.models import Finding, Investigation
from review.queries import findings
from screening import lookouts
from screening.models import Creator
from tests import factories as make

pytestmark = pytest.mark.django_db
FLAG = {"feature": "engagement_rate", "side": "high", "norm": "", "percentile": 0.99, "platform": "instagram"}
FOUND = "Family channels keep a chat of regular viewers."
DAY = timedelta(days=1)


class TestWasReason:
    @pytest.mark.parametrize(
        ("finding", "says_yes", "reason"),
        [
            ("data", True, True), ("data", False, True), ("data", None, True),
            ("normal", True, False), ("normal", False, False), ("normal", None, False),
            ("mistaken", True, True), ("mistaken", False, False), ("mistaken", None, None),
            ("context", True, False), ("context", False, True), ("context", None, None),
            ("", True, None),
        ],
    )  # fmt: skip
    def test_follows_who_was_right(self, finding, says_yes, reason):
        assert findings.was_reason(finding, says_yes) is reason

    def test_knows_every_finding(self):
        assert all(findings.was_reason(one, True) is not None for one in Finding.values)


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Irina Savelyeva")


@pytest.fixture
def opened(policy, elena, irina, decide, why, now):
    """Makes an open investigation of a card with flags: asked for, or of a decision against a confident AI."""

    def made(*, flags=(FLAG,), says_yes=None):
        verdict, p_u6 = ("decline", 150_000) if says_yes else ("recommend", 850_000)
        answer = make.recommendation(make.run(make.campaign()), verdict=verdict, p_u6=p_u6, flags=list(flags))
        task = make.task(answer, policy=policy, opened_at=now)
        if says_yes is None:
            return investigations.request(task, by=elena, now=now, text="Is this usual?")
        decide(task, "approve" if says_yes else "reject", by=elena, category="context", rationale=why)
        return Investigation.objects.get(task=task)

    return made


@pytest.fixture
def closed(opened, irina, now):
    def made(finding="data", **said):
        norm = NewNorm("engagement_rate:high", now.date() + 300 * DAY) if finding == "normal" else None
        found = opened(**said)
        return investigations.close(found, finding=finding, text=FOUND, by=irina, now=now + DAY, norm=norm)

    return made


class TestLabels:
    def test_are_one_for_each_closed_investigation_of_a_flag(self, closed, now):
        wrong, usual = closed(), closed("normal")
        answers = [one.task.recommendation for one in (wrong, usual)]
        assert findings.labels("US") == [
            lookouts.Label(answer.run_id, answer.profile_id, "engagement_rate:high", reason, (now + DAY).date())
            for answer, reason in zip(answers, (True, False), strict=True)
        ]

    def test_leave_out_open_ones_those_without_a_flag_and_those_that_do_not_say(self, opened, closed):
        opened()
        closed(flags=())
        closed("mistaken")  # asked for from the card: nobody had said yes or no
        assert findings.labels("US") == []

    def test_follow_the_person_where_somebody_spoke(self, closed):
        for finding in ("mistaken", "context"):
            for says_yes in (True, False):
                closed(finding, says_yes=says_yes)
        assert [one.is_reason for one in findings.labels("US")] == [True, False, False, True]

    def test_are_of_one_market_and_of_nobody_who_was_erased(self, closed, now):
        one = closed()
        assert len(findings.labels("US")) == 1
        assert findings.labels("RU") == []
        Creator.objects.filter(pk=one.task.recommendation.creator_id).update(erased_at=now)
        assert findings.labels("US") == []

    def test_are_read_in_one_query_by_the_floor_below(self, closed, django_assert_num_queries):
        closed()
        with django_assert_num_queries(1):
            assert lookouts.known("US").looks == 1
