"""Any order of verbs, people and clock: what must always hold does (hypothesis draws the stories)."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import approvals, claims, deadlines, decisions, overlays, workflow
from review.models import ApprovalChoice, Choice, Decision, Origin, TaskState
from tests import factories as make

WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."
REFUSED = (workflow.Refused, NotAllowed)
PEOPLE = st.sampled_from(["sofia", "elena", "marcus", "daniel", "sofia", "ines"])
_keys = count(1)


class OneCard(RuleBasedStateMachine):
    """A card, five people (one of another market) and a clock that only goes forward."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        here = {"brand": "acme", "market": "US"}
        self.people = {
            "elena": make.user("strategist", **here), "daniel": make.user("expert", **here),
            "sofia": make.user("manager", **here), "marcus": make.user("manager", **here),
            "ines": make.user("strategist", "manager", brand="acme", market="RU"),
        }  # fmt: skip
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(
        verdict=st.sampled_from(["recommend", "decline", "unsure"]),
        stakes=st.sampled_from(["high", "low", "medium", "high"]),
        is_guarded=st.booleans(), is_shadow=st.booleans(),
    )  # fmt: skip
    def open(self, verdict, stakes, is_guarded, is_shadow):
        rules = make.policy(
            make.brand(), make.market(), owner=self.people["sofia"], deputy=self.people["marcus"], is_shadow=is_shadow
        )
        answer = make.recommendation(make.run(make.campaign()), verdict=verdict)
        climbs = stakes == "high" or is_guarded or is_shadow
        clock = "escalates" if climbs else "holds" if verdict == "unsure" else "stands"
        self.task = make.task(
            answer, policy=rules, stakes=stakes, is_guarded=is_guarded, on_expiry=clock, opened_at=self.now
        )
        self.climbs = climbs

    def attempt(self, verb, who, act):
        """Do it, and hold the answer to what the page would have offered."""
        self.task.refresh_from_db()
        offered = verb in workflow.allowed(self.task, by=self.people[who], now=self.now)
        before = AuditEntry.objects.count()
        try:
            with transaction.atomic():
                act(self.people[who])
        except REFUSED:
            assert not offered, f"{verb} was offered to {who} and refused"
            assert AuditEntry.objects.count() == before
        else:
            assert offered, f"{verb} was done by {who} and never offered"
            assert AuditEntry.objects.count() == before + 1 or verb == "claim"
        self.task.refresh_from_db()

    def fresh(self):
        return {"now": self.now, "version": self.task.version, "key": f"machine-{next(_keys)}"}

    @rule(who=PEOPLE)
    def claim(self, who):
        self.attempt("claim", who, lambda by: claims.claim(self.task, by=by, now=self.now))

    @rule(who=PEOPLE)
    def release(self, who):
        self.attempt("release", who, lambda by: claims.release(self.task, by=by, now=self.now))

    @rule(who=PEOPLE)
    def take_over(self, who):
        self.attempt("take_over", who, lambda by: claims.take_over(self.task, by=by, now=self.now))

    @rule(who=PEOPLE, interest=st.integers(0, 9).map(lambda n: n == 0))
    def overlay(self, who, interest):
        self.attempt("overlay", who, lambda by: overlays.save(self.task, by=by, now=self.now, has_interest=interest))

    @rule(who=PEOPLE, choice=st.sampled_from([Choice.APPROVE, Choice.REJECT, Choice.HOLD]))
    def decide(self, who, choice):
        until = (self.now + timedelta(days=3)).date() if choice == Choice.HOLD else None
        said = {"choice": choice, "category": "context", "rationale": WHY, "hold_until": until}
        self.attempt(choice, who, lambda by: decisions.decide(self.task, by=by, **said, **self.fresh()))

    @rule(who=PEOPLE)
    def undo(self, who):
        self.attempt("undo", who, lambda by: decisions.undo(self.task, by=by, **self.fresh()))

    @rule(who=PEOPLE)
    def reopen(self, who):
        version = self.task.version
        self.attempt("reopen", who, lambda by: decisions.reopen(self.task, by=by, now=self.now, version=version))

    @rule(who=PEOPLE, choice=st.sampled_from([ApprovalChoice.APPROVE, ApprovalChoice.ASK, ApprovalChoice.REJECT]))
    def answer(self, who, choice):
        said = {"choice": choice, "reason": "The budget is what it is."}
        self.attempt(approvals.VERBS[choice], who,
                     lambda by: approvals.answer(self.task, by=by, **said, **self.fresh()))  # fmt: skip

    @rule(who=PEOPLE)
    def undo_answer(self, who):
        self.attempt("undo_approval", who, lambda by: approvals.undo(self.task, by=by, **self.fresh()))

    @rule(minutes=st.sampled_from([1, 5, 16, 60 * 12, 60 * 49]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)
        deadlines.sweep(self.now)
        self.task.refresh_from_db()

    @invariant()
    def one_decision_is_live(self):
        assert Decision.objects.filter(task=self.task, superseded_by__isnull=True).count() <= 1
        assert Decision.objects.filter(task=self.task, supersedes__isnull=True).count() <= 1

    @invariant()
    def overrides_say_why(self):
        for made in Decision.objects.filter(task=self.task, origin=Origin.PERSON):
            assert made.is_override == decisions.is_override(made.choice, made.ai_verdict)
            assert not made.is_override or (made.rationale_length >= 40 and made.category)

    @invariant()
    def the_clock_approves_nothing_that_climbs(self):
        if self.climbs:
            assert not Decision.objects.filter(task=self.task, origin=Origin.EXPIRY).exists()

    @invariant()
    def high_stakes_are_approved_by_two(self):
        if self.task.state != TaskState.APPROVED or self.task.stakes != "high":
            return
        last = self.task.decisions.order_by("-pk").first()
        answered = last.approvals.order_by("-pk").first()
        assert last.choice == Choice.APPROVE
        assert answered.choice == ApprovalChoice.APPROVE
        assert answered.by_id != last.decided_by_id

    @invariant()
    def a_decided_card_is_held_by_nobody(self):
        if self.task.state not in workflow.WAITING:
            assert self.task.claimed_by_id is None

    @invariant()
    def an_open_card_has_a_clock(self):
        assert self.task.state != TaskState.OPEN or self.task.due_at > self.now

    @invariant()
    def nobody_of_another_market_did_anything(self):
        assert not AuditEntry.objects.filter(actor=f"user:{self.people['ines'].pk}").exists()


@pytest.mark.django_db
def test_any_story_keeps_the_rules():
    run_state_machine_as_test(
        OneCard,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a story against a database is not shrunk: that takes minutes
        ),
    )  # fmt: skip
