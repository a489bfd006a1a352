"""An open market gate keeps Approve closed, for people and for the clock."""

from datetime import timedelta

import pytest

from review import routing, workflow
from review.routing import Facts, Reason, Shown
from review.words import reasons
from screening import gates
from tests import factories as make


@pytest.fixture
def russian(now, elena):
    """A card of the Russian market, whose gates nobody has answered; `by` may decide there."""
    market, brand = make.market("RU"), make.brand()
    gates.install(market, by=None, now=now)
    policy = make.policy(brand, market)
    answer = make.recommendation(make.run(make.campaign(brand=brand, market=market)), profile=make.profile("vk"))
    task = make.task(answer, policy=policy, opened_at=now, is_guarded=True, on_expiry="escalates")
    return task, make.user("strategist", brand="acme", market="RU")


def answered(task, by, now):
    for one in gates.check(task.recommendation.profile, task.campaign.market, on=now.date()):
        if one.state == gates.GateState.QUESTION:
            gates.answer(task.recommendation.profile, one.gate, is_passed=True, evidence="no. 17", by=by, now=now)


class TestOpenGate:
    def test_keeps_approve_closed_and_names_itself(self, russian, now):
        task, by = russian
        with pytest.raises(workflow.Refused, match="foreign agents"):
            workflow.check(task, "approve", by=by, now=now)

    def test_leaves_reject_and_hold_open(self, russian, now):
        task, by = russian
        assert {"reject", "hold"} <= workflow.allowed(task, by=by, now=now)

    def test_lets_approve_pass_once_it_is_answered(self, russian, now):
        task, by = russian
        answered(task, by, now)
        assert "approve" in workflow.allowed(task, by=by, now=now + timedelta(minutes=1))

    def test_is_a_guardrail_so_that_the_clock_never_approves(self):
        facts = Facts(Shown.TOP, 1, 5, "recommend", 0.66, 1_000, 100_000, has_open_gate=True)
        assert [Reason.GATE, {}] in routing.guardrails(facts, RULES)

    def test_is_said_in_words(self, russian):
        task, _by = russian
        task.reasons = [["gate", {}]]
        assert reasons(task) == [
            "Guardrail: a market gate is open, and only a person can answer it before money is spoken of."
        ]


RULES = routing.Rules(
    auto_line=0.7, medium_fee=100_000, high_fee=1_000_000, high_budget_share=0.4, trusts_referrals=False,
    is_shadow=False, is_owner_here=True, is_model_approved=True, is_learned=False,
)  # fmt: skip
