"""Decide and take it back."""

import json
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounts.access import NotAllowed
from accounts.models import Membership
from audit.models import AuditEntry
from review import claims, decisions, overlays, workflow
from review.models import Decision, Origin, TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestDecide:
    def test_approves_with_the_ai_without_a_word(self, card, decide, elena):
        task = card()
        made = decide(task, "approve", by=elena)
        task.refresh_from_db()
        assert (task.state, task.version, made.is_override, made.owner) == (TaskState.APPROVED, 2, False, elena)

    def test_writes_the_decision_record_and_its_entry_together(self, card, decide, elena, now):
        task = card()
        claims.claim(task, by=elena, now=now)
        made = decide(task, "reject", by=elena, after=timedelta(minutes=3), category="culture", rationale="x" * 40)
        body = json.loads(made.audit.body)
        assert (made.ai_verdict, made.ai_p_u6, made.seconds_taken) == ("recommend", 610_000, 180)
        assert body["recommendation"] == task.recommendation.audit_id.hex
        assert (body["override"], body["choice"], body["actor"]) == (True, "reject", f"user:{elena.pk}")

    def test_keeps_the_words_in_the_erasable_payload_only(self, card, decide, elena, why):
        made = decide(card(), "reject", by=elena, category="culture", rationale=why)
        assert why not in made.audit.body
        assert json.loads(made.audit.payload.payload) == {"rationale": why}
        assert made.rationale_commitment == json.loads(made.audit.body)["commit"]
        assert (made.rationale_length, made.rationale_language) == (len(why), "en")

    def test_knows_a_russian_rationale(self, card, decide, elena):
        made = decide(card(), "reject", by=elena, category="culture", rationale="Читатели не покупают такое " * 3)
        assert made.rationale_language == "ru"

    @pytest.mark.parametrize(("verdict", "choice"), [("recommend", "reject"), ("decline", "approve")])
    def test_refuses_an_override_without_rationale(self, card, decide, elena, verdict, choice):
        with pytest.raises(decisions.NeedsReason, match="at least 40 characters") as refused:
            decide(card(verdict), choice, by=elena, category="culture", rationale="too short")
        assert refused.value.field == "rationale"

    def test_refuses_an_override_without_category(self, card, decide, elena, why):
        with pytest.raises(decisions.NeedsReason) as refused:
            decide(card(), "reject", by=elena, rationale=why)
        assert refused.value.field == "category"

    def test_does_not_count_spaces_as_rationale(self, card, decide, elena):
        with pytest.raises(decisions.NeedsReason):
            decide(card(), "reject", by=elena, category="culture", rationale=f"no{' ' * 50}")

    @pytest.mark.parametrize("choice", ["approve", "reject"])
    def test_never_calls_a_decision_on_unsure_an_override(self, card, decide, elena, choice):
        assert not decide(card("unsure"), choice, by=elena).is_override

    def test_never_calls_a_hold_an_override(self, card, decide, elena, now):
        task = card()
        made = decide(task, "hold", by=elena, hold_until=date(2026, 12, 1))
        task.refresh_from_db()
        assert (made.is_override, task.state, made.hold_until_date) == (False, TaskState.HELD, date(2026, 12, 1))

    @pytest.mark.parametrize("day", [None, date(2026, 11, 20), date(2026, 11, 1)])
    def test_refuses_a_hold_without_a_date_ahead(self, card, decide, elena, day):
        with pytest.raises(decisions.NeedsReason, match="lies ahead"):
            decide(card(), "hold", by=elena, hold_until=day)

    @pytest.mark.parametrize(("zone", "day", "is_ahead"), [
        ("Europe/Moscow", date(2026, 11, 21), False), ("Europe/Moscow", date(2026, 11, 22), True),
        ("America/New_York", date(2026, 11, 20), False), ("America/New_York", date(2026, 11, 21), True),
    ])  # fmt: skip
    def test_counts_the_days_of_a_hold_where_the_campaign_runs(self, card, decide, elena, now, zone, day, is_ahead):
        type(make.market()).objects.update(time_zone=zone)
        task, late = card(), timedelta(hours=12, minutes=30)  # 21:30 UTC: tomorrow in Moscow, afternoon in New York
        with nullcontext() if is_ahead else pytest.raises(decisions.NeedsReason, match="lies ahead"):
            decide(task, "hold", by=elena, after=late, hold_until=day)
        task.refresh_from_db()
        assert (task.due_at > now + late, task.state == TaskState.HELD) == (True, is_ahead)

    def test_sends_an_approval_on_high_stakes_to_a_manager(self, card, decide, elena, sofia):
        task = card(stakes="high")
        decide(task, "approve", by=elena, rationale="I know her.")
        task.refresh_from_db()
        assert (task.state, task.escalated_to) == (TaskState.AWAITING, sofia)

    def test_does_not_ask_the_decider_to_approve(self, card, decide, sofia, marcus):
        task = card(stakes="high")
        decide(task, "approve", by=sofia, rationale="I know her.")
        task.refresh_from_db()
        assert task.escalated_to == marcus

    def test_asks_for_a_reason_at_high_stakes_even_with_the_ai(self, card, decide, elena):
        with pytest.raises(decisions.NeedsReason, match="High stakes"):
            decide(card(stakes="high"), "approve", by=elena)

    def test_rejects_high_stakes_without_a_manager(self, card, decide, elena, why):
        task = card(stakes="high")
        decide(task, "reject", by=elena, category="risk", rationale=why)
        task.refresh_from_db()
        assert task.state == TaskState.REJECTED

    def test_answers_the_same_key_and_request_with_the_stored_decision(self, card, elena, now):
        task = card()
        said = {"choice": "approve", "by": elena, "version": 1, "key": "same"}
        first = decisions.decide(task, now=now, **said)
        again = decisions.decide(task, now=now + timedelta(hours=1), **said)
        assert (first.pk, Decision.objects.count()) == (again.pk, 1)
        assert AuditEntry.objects.filter(kind="decision").count() == 1

    def test_refuses_the_same_key_with_another_request(self, card, elena, now):
        task = card("unsure")
        decisions.decide(task, choice="approve", by=elena, now=now, version=1, key="same")
        with pytest.raises(decisions.KeyReused):
            decisions.decide(task, choice="reject", by=elena, now=now, version=1, key="same")

    @pytest.mark.parametrize("more", [{"rationale": "Her last two campaigns."}, {"view": {"gut_rating": 5}}])
    def test_refuses_the_same_key_with_other_words_or_another_view(self, card, elena, now, more):
        task = card("unsure")
        said = {"choice": "approve", "by": elena, "now": now, "version": 1, "key": "same", "view": {"gut_rating": 4}}
        decisions.decide(task, **said)
        with pytest.raises(decisions.KeyReused):
            decisions.decide(task, **{**said, **more})

    def test_does_not_answer_with_what_was_taken_back_since(self, card, elena, now):
        task = card()
        said = {"choice": "approve", "by": elena, "now": now, "version": 1, "key": "same"}
        decisions.decide(task, **said)
        decisions.undo(task, by=elena, now=now, version=2, key="undo")
        with pytest.raises(decisions.TaskMoved, match="does not stand any more: the card is open now"):
            decisions.decide(task, **said)

    def test_does_not_answer_with_an_undo_after_which_it_was_decided_again(self, card, elena, decide, now):
        task, said = card(), {"by": elena, "now": now, "version": 2, "key": "undo"}
        decide(task, "approve", by=elena, after=timedelta())
        decisions.undo(task, **said)
        decide(task, "approve", by=elena)
        with pytest.raises(decisions.TaskMoved):
            decisions.undo(task, **said)

    @pytest.mark.parametrize("key", ["", "expiry:1:1", "auto:1"])
    def test_refuses_a_key_that_is_not_of_a_form(self, card, decide, elena, key):
        with pytest.raises(decisions.KeyReused, match="without its key"):
            decide(card(), "approve", by=elena, key=key)

    @pytest.mark.parametrize("choice", ["undo", "claim", "sign_off", "burn"])
    def test_takes_approve_reject_and_hold_only(self, card, decide, elena, choice):
        with pytest.raises(workflow.Refused, match="Approve, Reject or Hold"):
            decide(card(), choice, by=elena)

    def test_refuses_the_same_key_on_another_card(self, card, elena, now):
        decisions.decide(card(), choice="approve", by=elena, now=now, version=1, key="same")
        with pytest.raises(decisions.KeyReused):
            decisions.decide(card(), choice="approve", by=elena, now=now, version=1, key="same")

    def test_names_who_was_faster_when_the_version_is_old(self, card, decide, elena, daniel, now):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(decisions.TaskMoved, match="Elena Markova was faster"):
            decisions.decide(task, choice="approve", by=daniel, now=now, version=1, key="late")

    def test_refuses_while_somebody_else_holds_the_card(self, card, decide, elena, daniel, now):
        task = card()
        claims.claim(task, by=daniel, now=now)
        with pytest.raises(workflow.Refused, match="Daniel Okafor is deciding this one"):
            decide(task, "approve", by=elena)

    def test_refuses_who_declared_an_interest(self, card, decide, elena, now):
        task = card()
        overlays.save(task, by=elena, now=now, has_interest=True)
        with pytest.raises(workflow.Refused, match="interest of your own"):
            decide(task, "approve", by=elena)

    def test_refuses_a_regional_expert_of_another_market(self, card, decide):
        expert = make.user("expert", brand="acme", market="RU")
        with pytest.raises(NotAllowed):
            decide(card(), "approve", by=expert)

    @pytest.mark.parametrize("role", ["expert", "manager"])
    def test_leaves_a_sensitive_topic_to_who_knows_the_market(self, card, decide, elena, role):
        task = card(route="expert", is_guarded=True)
        with pytest.raises(workflow.Refused, match="a regional expert of this market decides"):
            decide(task, "approve", by=elena)
        assert decide(task, "approve", by=make.user(role, brand="acme", market="US"))

    @pytest.mark.parametrize("role", ["analyst", "admin"])
    def test_refuses_roles_that_do_not_decide(self, card, decide, role):
        with pytest.raises(NotAllowed):
            decide(card(), "approve", by=make.user(role))

    def test_tells_a_role_that_does_not_decide_nothing_of_who_was_faster(self, card, decide, elena):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(NotAllowed):
            decide(task, "approve", by=make.user("admin"))

    def test_believes_no_right_that_was_read_before_the_transaction(self, card, decide, elena, now):
        task = card()
        assert "approve" in workflow.allowed(task, by=elena, now=now)
        Membership.objects.filter(user=elena).update(ended_at=now)
        with pytest.raises(NotAllowed):
            decide(task, "approve", by=elena)

    def test_refuses_a_person_who_was_deactivated(self, card, decide, elena):
        type(elena).objects.filter(pk=elena.pk).update(is_active=False)
        with pytest.raises(NotAllowed):
            decide(card(), "approve", by=elena)

    def test_refuses_a_second_decision(self, card, decide, elena):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(workflow.WrongState, match="approved now"):
            decide(task, "approve", by=elena)

    def test_ties_the_persons_latest_overlay_to_the_decision(self, card, decide, elena, now):
        task = card()
        overlays.save(task, by=elena, now=now, gut_rating=2)
        latest = overlays.save(task, by=elena, now=now, gut_rating=4)
        assert decide(task, "approve", by=elena).overlay == latest

    def test_counts_the_age_of_the_figures(self, card, decide, elena):
        policy = card().policy
        answer = make.recommendation(make.run(make.campaign()), figures_date=date(2026, 11, 1))
        made = decide(make.task(answer, policy=policy), "approve", by=elena)
        assert made.figures_age_days == 19


class TestUndo:
    def test_opens_the_card_again_within_the_window(self, card, decide, elena, now):
        task = card()
        first = decide(task, "approve", by=elena)
        back = decisions.undo(task, by=elena, now=now + timedelta(seconds=100), version=2, key="undo")
        task.refresh_from_db()
        assert (task.state, back.supersedes, back.audit.kind) == (TaskState.OPEN, first, "undo")

    def test_refuses_after_the_window(self, card, decide, elena, now):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(workflow.Refused, match="it was 60 s"):
            decisions.undo(task, by=elena, now=now + timedelta(seconds=121), version=2, key="undo")

    def test_refuses_anybody_else(self, card, decide, elena, daniel, now):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(workflow.Refused, match="Only the one who decided"):
            decisions.undo(task, by=daniel, now=now + timedelta(seconds=90), version=2, key="undo")

    def test_leaves_time_before_the_clock_acts(self, card, decide, elena, now):
        task = card(due_at=now + timedelta(minutes=1))
        decide(task, "approve", by=elena)
        decisions.undo(task, by=elena, now=now + timedelta(seconds=90), version=2, key="undo")
        task.refresh_from_db()
        assert task.due_at == now + timedelta(seconds=90) + decisions.GRACE

    def test_of_a_hold_gives_the_card_its_own_time_again(self, card, decide, elena, now):
        task = card()
        decide(task, "hold", by=elena, hold_until=now.date() + timedelta(days=150))
        moment = now + timedelta(seconds=70)
        decisions.undo(task, by=elena, now=moment, version=2, key="undo")
        task.refresh_from_db()
        assert task.due_at == now + timedelta(hours=48)

    def test_lets_the_card_be_decided_again(self, card, decide, elena, now):
        task = card()
        decide(task, "approve", by=elena)
        back = decisions.undo(task, by=elena, now=now + timedelta(seconds=90), version=2, key="undo")
        assert decide(task, "hold", by=elena, hold_until=date(2026, 12, 1)).supersedes == back

    def test_without_a_key_is_refused(self, card, decide, elena, now):
        task = card()
        decide(task, "approve", by=elena)
        with pytest.raises(decisions.KeyReused, match="without its key"):
            decisions.undo(task, by=elena, now=now + timedelta(seconds=90), version=2, key="")

    def test_is_answered_once_for_a_key(self, card, decide, elena, now):
        task = card()
        decide(task, "approve", by=elena)
        said = {"by": elena, "now": now + timedelta(seconds=90), "version": 2, "key": "undo"}
        assert decisions.undo(task, **said) == decisions.undo(task, **said)


class TestReopen:
    def test_lets_a_person_look_at_who_is_not_shown_now(self, card, elena, now):
        task = card(state=TaskState.NOT_SHOWN)
        decisions.reopen(task, by=elena, now=now, version=1)
        task.refresh_from_db()
        assert (task.state, task.due_at) == (TaskState.OPEN, now + timedelta(hours=48))

    def test_never_reopens_what_a_person_rejected(self, card, elena, now):
        with pytest.raises(workflow.WrongState):
            decisions.reopen(card(state=TaskState.REJECTED), by=elena, now=now, version=1)


def insert(row: Decision, **changes) -> None:
    """Write a copy of a decision by raw SQL, as somebody past all code would."""
    values = {field.attname: getattr(row, field.attname) for field in Decision._meta.concrete_fields}
    values |= {"id": row.pk + 1000, "idempotency_key": "raw", "audit_id": make.entry("decision").uid, **changes}
    fields = {field.attname: field for field in Decision._meta.concrete_fields}
    saved = [fields[name].get_db_prep_save(value, connection) for name, value in values.items()]
    columns = ", ".join(fields[name].column for name in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO review_decision ({columns}) VALUES ({', '.join(['%s'] * len(saved))})", saved)


class TestTheDatabase:
    def test_takes_a_true_copy(self, card, decide, elena):
        made = decide(card("unsure"), "approve", by=elena)
        insert(made, supersedes_id=made.pk)
        assert Decision.objects.count() == 2

    def test_refuses_an_override_without_rationale(self, card, decide, elena):
        made = decide(card(), "approve", by=elena)
        with pytest.raises(IntegrityError, match="an_override_has_category_and_rationale"):
            insert(made, supersedes_id=made.pk, choice="reject", is_override=True, category="culture")

    def test_refuses_an_override_without_category(self, card, decide, elena):
        made = decide(card(), "approve", by=elena)
        with pytest.raises(IntegrityError, match="an_override_has_category_and_rationale"):
            insert(made, supersedes_id=made.pk, choice="reject", is_override=True, rationale_length=80)

    def test_refuses_an_override_that_is_not_called_one(self, card, decide, elena):
        made = decide(card(), "approve", by=elena)
        with pytest.raises(IntegrityError, match="an_override_is_a_decision_against_the_ai"):
            insert(made, supersedes_id=made.pk, choice="reject")

    def test_refuses_a_second_first_decision(self, card, decide, elena):
        made = decide(card("unsure"), "approve", by=elena)
        with pytest.raises(IntegrityError):
            insert(made, supersedes_id=None)

    def test_refuses_two_decisions_that_replace_one(self, card, decide, elena):
        made = decide(card("unsure"), "approve", by=elena)
        insert(made, supersedes_id=made.pk)
        with pytest.raises(DatabaseError):
            insert(made, id=made.pk + 2000, supersedes_id=made.pk, idempotency_key="raw2")

    def test_refuses_a_persons_decision_without_the_person(self, card, decide, elena):
        made = decide(card("unsure"), "approve", by=elena)
        with pytest.raises(IntegrityError, match="a_persons_decision_names_the_person"):
            insert(made, supersedes_id=made.pk, decided_by_id=None)

    @pytest.mark.parametrize("statement", [
        "UPDATE review_decision SET choice = 'reject'", "DELETE FROM review_decision",
        "UPDATE review_decision SET is_override = NULL",
    ])  # fmt: skip
    def test_refuses_change(self, card, decide, elena, statement):
        decide(card(), "approve", by=elena)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_ties_the_record_to_its_entry_both_ways(self, card, decide, elena):
        made = decide(card(), "approve", by=elena)
        assert AuditEntry.objects.get(pk=made.audit_id).decision == made
        assert made.origin == Origin.PERSON
