"""An open market gate keeps Approve closed, for people and for the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditPayload
from review import deadlines, decisions, queries, routing, workflow
from review.forms import DeskForm
from review.models import Decision, TaskState
from review.routing import Facts, Reason, Shown
from review.views import cards
from review.words import on_expiry, reasons
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


def answered(task, by, now, *, is_passed=True):
    for one in gates.check(task.recommendation.profile, task.campaign.market, on=now.date()):
        if one.state == gates.GateState.QUESTION:
            gates.answer(task.recommendation.profile, one.gate, is_passed=is_passed, evidence="no. 17", by=by, now=now)


@pytest.fixture
def due(russian):
    """The same card, of low stakes and opened before its gate was: the clock would let the AI's Partner stand."""
    task, by = russian
    type(task).objects.filter(pk=task.pk).update(is_guarded=False, on_expiry="stands")
    task.refresh_from_db()
    return task, by


def swept(task, now):
    deadlines.sweep(now + timedelta(hours=48))
    task.refresh_from_db()
    return task.state


class TestTheClock:
    def test_approves_nobody_through_a_gate_that_is_open_now(self, due, now):
        assert (swept(due[0], now), Decision.objects.count()) == (TaskState.ESCALATED, 0)

    def test_approves_nobody_whose_gate_was_answered_not_passed(self, due, now):
        answered(*due, now, is_passed=False)
        assert (swept(due[0], now), Decision.objects.count()) == (TaskState.ESCALATED, 0)

    def test_goes_ahead_once_every_gate_is_passed(self, due, now):
        answered(*due, now)
        assert swept(due[0], now) == TaskState.APPROVED

    def test_lets_no_spot_check_stand_through_a_gate(self, due, now):
        task = due[0]
        type(task).objects.update(is_spot_check=True)
        decisions.write(task, "approve", origin="auto", by=None, owner=task.policy.owner, now=now, key="auto")
        assert swept(task, now) == TaskState.ESCALATED

    def test_asks_no_gate_for_who_does_not_go_forward(self, russian, now):
        answer = make.recommendation(russian[0].recommendation.run, profile=make.profile("vk"), verdict="decline")
        assert swept(make.task(answer, policy=russian[0].policy, opened_at=now), now) == TaskState.NOT_SHOWN

    def test_says_so_beforehand(self, due, now):
        up = deadlines.why_up(due[0], now=now)
        said = "The clock approves nobody while a market gate is open."
        assert said in on_expiry(due[0], now=now, manager="Sofia Bennett", up=up)


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

    @pytest.mark.parametrize("zone", ["Asia/Vladivostok", "Pacific/Honolulu"])
    @pytest.mark.parametrize("hour", [0, 12, 23])
    def test_counts_an_answer_at_once_whatever_the_readers_clock(self, russian, now, zone, hour):
        task, by = russian
        moment = now.replace(hour=hour, minute=30)
        with timezone.override(zone):
            answered(task, by, moment)
            assert workflow.open_gates(task, now=moment) == []
            on = timezone.localdate(moment)
            assert not any(one.is_open for one in gates.check(task.recommendation.profile, make.market("RU"), on=on))

    def test_opens_on_its_day_where_the_campaign_runs(self, russian, now):
        market = make.market("RU")
        type(market).objects.filter(pk=market.pk).update(time_zone="Asia/Vladivostok")
        rules = market.gates.filter(code="foreign_agents")
        rules.update(valid_from_date=now.date() + timedelta(days=1))
        task = type(russian[0]).objects.get()
        evening = now.replace(hour=15)  # after midnight there
        assert [[one.gate.code for one in workflow.open_gates(task, now=at)] for at in (now, evening)] == [
            ["register"], ["register", "foreign_agents"]
        ]  # fmt: skip

    def test_is_a_guardrail_so_that_the_clock_never_approves(self):
        facts = Facts(Shown.TOP, 1, 5, "recommend", 0.66, 1_000, 100_000, has_open_gate=True)
        assert [Reason.GATE, {}] in routing.guardrails(facts, RULES)

    def test_is_said_in_words(self, russian):
        task, _by = russian
        task.reasons = [["gate", {}]]
        assert reasons(task) == [
            "Guardrail: a market gate is open, and only a person can answer it before money is spoken of."
        ]


class TestAnswer:
    @pytest.fixture
    def told(self, russian, now):
        task, by = russian
        answered(task, by, now, is_passed=False)
        return queries.find(task.pk, user=by), by

    def test_stands_in_the_history_of_the_card_with_who_and_where(self, told, now):
        steps = [cards.step(one) for one in queries.history(told[0]) if one.kind == "gate"]
        assert f"Market gate not passed, “Not on the list of foreign agents”: {told[1].name}" in [s.text for s in steps]
        assert {(step.voice, *step.quotes) for step in steps} == {("human", "no. 17")}

    def test_stands_at_its_gate_until_it_is_erased(self, told, now):
        task, by = told
        details = [
            (AuditPayload.objects.all().delete() if is_erased else None, gates_shown(task, by, now))[1]
            for is_erased in (False, True)
        ]
        assert [["no. 17" in text for text in shown] for shown in details] == [[True, True], [False, False]]

    def test_is_not_of_another_markets_card(self, told, now, policy):
        answer = make.recommendation(make.run(make.campaign()), profile=told[0].recommendation.profile)
        other = make.task(answer, policy=policy)
        assert "gate" not in {one.kind for one in queries.history(other)}


def gates_shown(task, by, now):
    """What the card says at the gates that were answered."""
    face = cards.face(queries.card(task, user=by, now=now), form=DeskForm(), now=now)
    return [one.detail for one in face.gates if one.result.answer]


RULES = routing.Rules(
    rights=make.rights(), medium_fee=100_000, high_fee=1_000_000, high_budget_share=0.4, trusts_referrals=False,
    is_shadow=False, is_owner_here=True, is_model_approved=True, is_learned=False,
)  # fmt: skip
