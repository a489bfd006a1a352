"""What the clock does, proved by moving it."""

import json
from datetime import date, timedelta

import pytest

from audit.models import AuditEntry
from jobs import ticks
from jobs.models import Tick
from review import claims, deadlines, decisions, overlays, policies, queries
from review.models import Choice, Decision, Origin, TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db
DUE = timedelta(hours=48)


def expired(task, now, after=DUE):
    """Move the clock past the deadline, sweep, and return the task as it is then."""
    deadlines.sweep(now + after)
    task.refresh_from_db()
    return task


class TestBeforeTheDeadline:
    def test_does_nothing(self, card, now):
        assert expired(card(), now, DUE - timedelta(seconds=1)).state == TaskState.OPEN


class TestLowAndMediumStakes:
    @pytest.mark.parametrize("stakes", ["low", "medium"])
    def test_go_ahead_on_the_ais_partner(self, card, now, sofia, stakes):
        task = expired(card(stakes=stakes), now)
        made = task.decisions.get()
        assert (task.state, made.choice, made.origin) == (TaskState.APPROVED, Choice.APPROVE, Origin.EXPIRY)
        assert (made.decided_by, made.owner, made.audit.kind) == (None, sofia, "expiry")

    @pytest.mark.parametrize("stakes", ["low", "medium"])
    def test_show_nobody_now_on_the_ais_do_not_partner(self, card, now, stakes):
        task = expired(card("decline", stakes=stakes), now)
        assert (task.state, task.decisions.get().choice) == (TaskState.NOT_SHOWN, Choice.REJECT)

    def test_go_ahead_even_while_somebody_holds_the_card(self, card, now, elena):
        task = card()
        claims.claim(task, by=elena, now=now + DUE - timedelta(minutes=5))
        task = expired(task, now)
        assert (task.state, task.claimed_by) == (TaskState.APPROVED, None)

    def test_tell_the_late_decider_what_happened(self, card, now, elena, decide):
        task = card()
        expired(task, now)
        with pytest.raises(decisions.TaskMoved, match="decided without a person"):
            decide(task, "approve", by=elena, version=1)

    def test_escalate_when_the_policys_owner_has_left(self, card, now, sofia, marcus):
        type(sofia).objects.filter(pk=sofia.pk).update(is_active=False)
        task = expired(card(), now)
        assert (task.state, task.escalated_to) == (TaskState.ESCALATED, marcus)


class TestUnsure:
    def test_is_held(self, card, now):
        task = expired(card("unsure", on_expiry="holds"), now)
        assert (task.state, task.decisions.get().choice, task.due_at) == (TaskState.HELD, Choice.HOLD, None)


class TestHighGuardedAndShadow:
    @pytest.mark.parametrize("given", [{"stakes": "high"}, {"is_guarded": True}, {"on_expiry": "escalates"}])
    def test_go_to_the_manager_and_are_never_approved(self, card, now, sofia, given):
        task = expired(card(**given), now)
        assert (task.state, task.escalated_to) == (TaskState.ESCALATED, sofia)
        assert not Decision.objects.exists()

    def test_go_on_to_the_deputy_after_another_period(self, card, now, marcus):
        task = card(stakes="high")
        expired(task, now)
        task = expired(task, now, 2 * DUE)
        assert (task.state, task.escalated_to) == (TaskState.ESCALATED, marcus)

    def test_are_never_approved_however_far_the_clock_moves(self, card, now):
        task = card(stakes="high")
        for periods in range(1, 12):
            expired(task, now, periods * DUE)
        assert (task.state, task.due_at, Decision.objects.count()) == (TaskState.ESCALATED, None, 0)

    def test_are_kept_from_the_clock_by_the_database_too(self, card):
        from django.db import IntegrityError

        with pytest.raises(IntegrityError, match="the_clock_never_approves_high_stakes_or_guarded"):
            card(stakes="high", on_expiry="stands")

    def test_escalate_what_a_newer_version_took_back_into_shadow(self, card, now, policy, sofia, marcus):
        task = card()
        rules = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000, "is_shadow": True}
        draft = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **rules)
        policies.approve(draft, by=marcus, now=now)
        assert expired(task, now).state == TaskState.ESCALATED

    def test_escalate_when_no_policy_is_in_force_any_more(self, card, now, policy, sofia):
        task = card()
        policies.retire(policy, by=sofia, now=now, reason="Wrong.")
        assert expired(task, now).state == TaskState.ESCALATED

    def test_are_decided_by_a_manager_then(self, card, now, sofia, decide):
        task = expired(card(is_guarded=True), now)
        decide(task, "approve", by=sofia, after=DUE + timedelta(minutes=1))
        task.refresh_from_db()
        assert task.state == TaskState.APPROVED


class TestAwaitingApproval:
    @pytest.fixture
    def waiting(self, card, decide, elena):
        task = card(stakes="high")
        decide(task, "approve", by=elena, rationale="I know her.", after=timedelta())
        task.refresh_from_db()
        return task

    def test_goes_to_the_deputy_and_is_never_approved(self, waiting, now, sofia, marcus):
        assert waiting.escalated_to == sofia
        task = expired(waiting, now)
        assert (task.state, task.escalated_to) == (TaskState.AWAITING, marcus)

    def test_waits_without_a_clock_when_nobody_is_left(self, waiting, now):
        expired(waiting, now)
        task = expired(waiting, now, 2 * DUE)
        assert (task.state, task.due_at) == (TaskState.AWAITING, None)
        last = AuditEntry.objects.filter(kind="expiry").latest("uid")
        assert json.loads(last.body)["what"] == "overdue"

    def test_never_asks_the_decider(self, card, decide, now, marcus, sofia):
        task = card(stakes="high")
        decide(task, "approve", by=marcus, rationale="I know her.", after=timedelta())
        task = expired(task, now)
        assert (task.escalated_to, task.due_at) == (sofia, None)


class TestHolds:
    def test_open_again_on_their_day_where_the_campaign_runs(self, card, decide, elena, now):
        type(make.market()).objects.update(time_zone="America/New_York")
        task = card()
        decide(task, "hold", by=elena, hold_until=date(2026, 12, 1))
        task.refresh_from_db()
        assert task.due_at.isoformat() == "2026-12-01T05:00:00+00:00"
        deadlines.sweep(task.due_at - timedelta(seconds=1))
        task.refresh_from_db()
        assert task.state == TaskState.HELD
        due = task.due_at
        deadlines.sweep(due)
        task.refresh_from_db()
        assert (task.state, task.due_at) == (TaskState.OPEN, due + DUE)

    def test_stay_until_a_person_opens_them_where_they_have_no_date(self, card, now):
        task = expired(card("unsure", on_expiry="holds"), now)
        assert expired(task, now, 50 * DUE).state == TaskState.HELD


class TestSpotChecks:
    def test_let_the_ais_decision_stand_and_count_as_missed(self, card, now, sofia):
        task = card(route="auto", lane="spot", is_spot_check=True)
        decisions.write(task, Choice.APPROVE, origin=Origin.AUTO, by=None, owner=sofia, now=now, key="auto")
        task = expired(task, now)
        assert (task.state, task.decisions.get().origin) == (TaskState.APPROVED, Origin.AUTO)
        assert json.loads(AuditEntry.objects.get(kind="expiry").body)["what"] == "check_missed"

    def test_can_be_overridden_before(self, card, now, sofia, elena, decide, why):
        task = card(route="auto", lane="spot", is_spot_check=True)
        first = decisions.write(task, Choice.APPROVE, origin=Origin.AUTO, by=None, owner=sofia, now=now, key="auto")
        made = decide(task, "reject", by=elena, category="culture", rationale=why)
        assert (made.supersedes, made.is_override) == (first, True)


class TestSweep:
    def test_does_each_effect_once_when_it_runs_twice(self, card, now):
        task = card()
        deadlines.sweep(now + DUE)
        deadlines.sweep(now + DUE)
        assert task.decisions.count() == 1

    def test_does_one_effect_for_two_sweepers_with_the_same_list(self, card, now):
        task = card()
        both = list(deadlines._due(now + DUE)), list(deadlines._due(now + DUE))
        effects = [deadlines.act(rows[0], now=now + DUE) for rows in both]
        assert (effects, task.decisions.count()) == (["go_ahead", "missed"], 1)

    def test_goes_on_past_a_task_that_fails_and_gives_no_heartbeat(self, card, now, monkeypatch):
        broken, whole = card(due_at=now), card()
        act = deadlines.act

        def fail_once(task, *, now):
            if task.pk == broken.pk:
                raise RuntimeError("broken")
            return act(task, now=now)

        monkeypatch.setattr(deadlines, "act", fail_once)
        with pytest.raises(deadlines.SweepFailed):
            deadlines.sweep(now + DUE)
        whole.refresh_from_db()
        assert whole.state == TaskState.APPROVED

    def test_beats_with_the_scheduler(self, card, now):
        card()
        assert "deadlines" in ticks.run_due(now + DUE)
        assert Tick.objects.filter(name="deadlines").exists()
        assert queries.last_sweep() is not None

    def test_sees_a_due_task_within_a_minute(self):
        assert ticks.CHORES["deadlines"].seconds <= 60


class TestManagers:
    def test_are_found_in_order(self, card, sofia, marcus):
        third, task = make.user("manager", brand="acme", market="US"), card()
        make.user("manager", brand="acme", market="RU")
        order = [policies.manager_for(task, but=out) for out in ((), {sofia.pk}, {sofia.pk, marcus.pk})]
        assert order[:2] == [sofia, marcus]
        assert order[2].pk <= third.pk

    def test_with_an_interest_of_their_own_are_not_asked(self, card, now, decide, elena, sofia, marcus):
        task = card(stakes="high")
        overlays.save(task, by=sofia, now=now, has_interest=True)
        assert queries.buttons_of(task, user=elena)["approve"].to == marcus
        decide(task, "approve", by=elena, rationale="I know her.", after=timedelta())
        task.refresh_from_db()
        assert task.escalated_to == marcus

    def test_with_an_interest_get_no_card_from_the_clock(self, card, now, sofia, marcus):
        first, second = card(stakes="high"), card(stakes="high")
        overlays.save(first, by=sofia, now=now, has_interest=True)
        overlays.save(second, by=marcus, now=now, has_interest=True)
        assert (expired(first, now).escalated_to, expired(second, now).escalated_to) == (marcus, sofia)
        assert expired(second, now, 2 * DUE).escalated_to == sofia
        assert second.due_at is None

    def test_hand_on_a_card_when_they_declare_an_interest(self, card, now, sofia, marcus):
        task = expired(card(stakes="high"), now)
        overlays.save(task, by=sofia, now=now + DUE, has_interest=True)
        task.refresh_from_db()
        assert task.escalated_to == marcus


class TestPause:
    def test_the_clock_stands_while_somebody_is_asked(self, card, now):
        task = card()
        deadlines.pause(task, now=now)
        assert deadlines.sweep(task.due_at + timedelta(days=9)) == {}

    def test_it_is_due_as_much_later_as_the_clock_stood(self, card, now):
        task = card()
        due = task.due_at
        deadlines.pause(task, now=now)
        deadlines.pause(task, now=now + timedelta(hours=1))
        deadlines.go_on(task, now=now + timedelta(hours=5))
        assert (task.due_at, task.paused_at) == (due + timedelta(hours=5), None)
        deadlines.go_on(task, now=now + timedelta(hours=6))
        assert task.due_at == due + timedelta(hours=5)


class TestADeskThatADecisionIsTakenBackTo:
    def test_keeps_its_own_deadline_not_the_managers(self, card, decide, elena, why, now):
        task = card(stakes="high")
        decide(task, "approve", by=elena, after=timedelta(hours=40), rationale=why)
        task.refresh_from_db()
        assert task.due_at == now + timedelta(hours=88)
        later = now + timedelta(hours=40, seconds=30)
        decisions.undo(task, by=elena, now=later, version=task.version, key="back")
        task.refresh_from_db()
        assert (task.state, task.due_at, task.desk_due_at) == (TaskState.OPEN, now + DUE, None)

    def test_keeps_it_after_a_hold_too(self, card, decide, elena, now):
        task = card()
        decide(task, "hold", by=elena, hold_until=date(2026, 12, 24))
        task.refresh_from_db()
        decisions.undo(task, by=elena, now=now + timedelta(seconds=90), version=task.version, key="back")
        task.refresh_from_db()
        assert task.due_at == now + DUE
