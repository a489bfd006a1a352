"""A manager's answer on high stakes."""

import json
from datetime import timedelta
from itertools import count

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.access import NotAllowed
from accounts.models import Membership
from review import approvals, deadlines, decisions, overlays, queries, workflow
from review.models import Approval, TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db
_keys = count(1)


@pytest.fixture
def waiting(card, decide, elena):
    """A card of high stakes that Elena wants to approve."""
    task = card(stakes="high")
    decide(task, "approve", by=elena, rationale="I know her.")
    task.refresh_from_db()
    return task


@pytest.fixture
def answer(now):
    def done(task, choice, *, by, after=timedelta(minutes=5), **said):
        task.refresh_from_db()
        given = {"version": task.version, "key": f"answer-{next(_keys)}", "now": now + after, **said}
        return approvals.answer(task, choice=choice, by=by, **given)

    return done


class TestAnswer:
    def test_approves(self, waiting, answer, sofia, elena):
        made = answer(waiting, "approve", by=sofia)
        waiting.refresh_from_db()
        assert (waiting.state, made.by, made.decider) == (TaskState.APPROVED, sofia, elena)

    def test_sends_it_back_with_a_question_and_a_fresh_deadline(self, waiting, answer, sofia, now):
        answer(waiting, "ask", by=sofia, reason="What did the agent say about May?")
        waiting.refresh_from_db()
        assert (waiting.state, waiting.due_at) == (TaskState.OPEN, now + timedelta(hours=48, minutes=5))

    def test_shows_the_question_on_the_card_until_it_is_answered(self, waiting, answer, decide, sofia, elena, now):
        answer(waiting, "ask", by=sofia, reason="What did the agent say about May?")
        task = queries.find(waiting.pk, user=elena)
        question = queries.card(task, user=elena, now=now).question
        assert (question.by, question.words) == (sofia, {"reason": "What did the agent say about May?"})
        decide(waiting, "approve", by=elena, after=timedelta(minutes=9), rationale="The pay was late, now settled.")
        assert queries.card(queries.find(waiting.pk, user=elena), user=elena, now=now).question is None

    def test_rejects(self, waiting, answer, sofia):
        answer(waiting, "reject", by=sofia, reason="Too much of the budget.")
        waiting.refresh_from_db()
        assert waiting.state == TaskState.REJECTED

    @pytest.mark.parametrize("choice", ["ask", "reject"])
    def test_refuses_to_ask_or_reject_without_a_word(self, waiting, answer, sofia, choice):
        with pytest.raises(decisions.NeedsReason):
            answer(waiting, choice, by=sofia, reason="  ")

    def test_keeps_the_reason_in_the_erasable_payload_only(self, waiting, answer, sofia):
        made = answer(waiting, "reject", by=sofia, reason="Too much of the budget.")
        assert "budget." not in made.audit.body
        assert overlays.words_of(made) == {"reason": "Too much of the budget."}

    def test_refuses_the_decider_even_as_a_manager(self, card, decide, answer, sofia):
        task = card(stakes="high")
        decide(task, "approve", by=sofia, rationale="I know her.")
        with pytest.raises(workflow.Refused, match="you decided this task yourself"):
            answer(task, "approve", by=sofia)

    def test_refuses_who_is_no_manager(self, waiting, answer, daniel):
        with pytest.raises(NotAllowed):
            answer(waiting, "approve", by=daniel)

    def test_refuses_a_manager_of_another_market(self, waiting, answer):
        with pytest.raises(NotAllowed):
            answer(waiting, "approve", by=make.user("manager", brand="acme", market="RU"))

    def test_reads_the_managers_rights_inside_the_transaction(self, waiting, answer, sofia, now):
        assert "sign_off" in workflow.allowed(waiting, by=sofia, now=now)
        Membership.objects.filter(user=sofia).update(ended_at=now)
        with pytest.raises(NotAllowed):
            answer(waiting, "approve", by=sofia)

    def test_refuses_a_manager_with_an_interest(self, card, decide, answer, elena, sofia, now):
        task = card(stakes="high")
        overlays.save(task, by=sofia, now=now, has_interest=True)
        decide(task, "approve", by=elena, rationale="I know her.")
        with pytest.raises(workflow.Refused, match="interest"):
            answer(task, "approve", by=sofia)

    def test_answers_the_same_key_with_the_stored_answer(self, waiting, answer, sofia):
        first = answer(waiting, "approve", by=sofia, key="same", version=2)
        assert answer(waiting, "approve", by=sofia, key="same", version=2) == first

    def test_refuses_the_same_key_for_another_answer(self, waiting, answer, sofia):
        answer(waiting, "approve", by=sofia, key="same")
        with pytest.raises(decisions.KeyReused):
            answer(waiting, "reject", by=sofia, key="same", reason="No.")

    def test_refuses_the_same_key_with_another_reason(self, waiting, answer, sofia):
        answer(waiting, "reject", by=sofia, key="same", reason="Too dear.")
        with pytest.raises(decisions.KeyReused):
            answer(waiting, "reject", by=sofia, key="same", reason="Too late.")

    def test_does_not_answer_with_what_was_taken_back_since(self, waiting, answer, sofia, now):
        answer(waiting, "approve", by=sofia, key="same")
        approvals.undo(waiting, by=sofia, now=now + timedelta(minutes=6), version=3, key="undo")
        with pytest.raises(decisions.TaskMoved, match="does not stand any more"):
            answer(waiting, "approve", by=sofia, key="same")

    def test_without_a_key_is_refused(self, waiting, answer, sofia, now):
        with pytest.raises(decisions.KeyReused, match="without its key"):
            answer(waiting, "approve", by=sofia, key="")
        answer(waiting, "approve", by=sofia)
        with pytest.raises(decisions.KeyReused, match="without its key"):
            approvals.undo(waiting, by=sofia, now=now + timedelta(minutes=6), version=3, key="")

    def test_refuses_a_page_that_is_old(self, waiting, answer, sofia, marcus):
        answer(waiting, "approve", by=sofia)
        with pytest.raises(decisions.TaskMoved):
            answer(waiting, "approve", by=marcus, version=2)


class TestUndo:
    def test_waits_for_an_answer_again_within_10_minutes(self, waiting, answer, sofia, now):
        first = answer(waiting, "approve", by=sofia)
        back = approvals.undo(waiting, by=sofia, now=now + timedelta(minutes=14), version=3, key="undo")
        waiting.refresh_from_db()
        assert (waiting.state, back.supersedes, back.audit.kind) == (TaskState.AWAITING, first, "undo")
        assert answer(waiting, "reject", by=sofia, reason="Changed my mind.").supersedes == back

    def test_refuses_after_10_minutes(self, waiting, answer, sofia, now):
        answer(waiting, "approve", by=sofia)
        with pytest.raises(workflow.Refused, match="10 minutes"):
            approvals.undo(waiting, by=sofia, now=now + timedelta(minutes=15, seconds=1), version=3, key="undo")

    def test_refuses_another_manager(self, waiting, answer, sofia, marcus, now):
        answer(waiting, "approve", by=sofia)
        with pytest.raises(workflow.Refused, match="Only the manager who answered"):
            approvals.undo(waiting, by=marcus, now=now + timedelta(minutes=6), version=3, key="undo")

    def test_leaves_an_answered_decision_to_the_manager(self, waiting, answer, sofia, elena, now):
        answer(waiting, "approve", by=sofia, after=timedelta(minutes=1, seconds=10))
        with pytest.raises(workflow.Refused, match="A manager has answered"):
            decisions.undo(waiting, by=elena, now=now + timedelta(minutes=1, seconds=30), version=3, key="undo")

    def test_lets_the_decider_take_back_what_nobody_answered(self, waiting, elena, now):
        decisions.undo(waiting, by=elena, now=now + timedelta(minutes=1, seconds=30), version=2, key="undo")
        waiting.refresh_from_db()
        assert waiting.state == TaskState.OPEN


class TestAfterTheDeputyAsked:
    def test_the_decider_can_take_a_new_approval_back_and_decide(self, waiting, answer, decide, elena, marcus, now):
        later = timedelta(hours=48, minutes=2)
        deadlines.sweep(now + later)
        answer(waiting, "ask", by=marcus, reason="What did the agent say about May?", after=later)
        decide(waiting, "approve", by=elena, rationale="The pay was late.", after=later + timedelta(minutes=1))
        back = now + later + timedelta(seconds=90)
        waiting.refresh_from_db()
        decisions.undo(waiting, by=elena, now=back, version=waiting.version, key="undo")
        waiting.refresh_from_db()
        assert (waiting.state, waiting.escalated_at, waiting.escalated_to) == (TaskState.OPEN, None, None)
        assert "approve" in workflow.allowed(waiting, by=elena, now=back)

    def test_a_card_that_was_with_the_manager_goes_back_to_the_manager(self, card, decide, sofia, now):
        task, later = card(stakes="high"), timedelta(hours=49)
        deadlines.sweep(now + later)
        decide(task, "approve", by=sofia, rationale="I know her.", after=later)
        task.refresh_from_db()
        decisions.undo(task, by=sofia, now=now + later, version=task.version, key="undo")
        task.refresh_from_db()
        assert (task.state, task.escalated_to) == (TaskState.ESCALATED, sofia)


def insert(row: Approval, **changes) -> None:
    """Write a copy of an approval by raw SQL, as somebody past all code would."""
    fields = {field.attname: field for field in Approval._meta.concrete_fields}
    values = {name: getattr(row, name) for name in fields}
    values |= {"id": row.pk + 1000, "idempotency_key": "raw", "audit_id": make.entry("approval").uid, **changes}
    saved = [fields[name].get_db_prep_save(value, connection) for name, value in values.items()]
    columns = ", ".join(fields[name].column for name in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO review_approval ({columns}) VALUES ({', '.join(['%s'] * len(saved))})", saved)


class TestTheDatabase:
    def test_takes_a_true_copy(self, waiting, answer, sofia):
        made = answer(waiting, "approve", by=sofia)
        insert(made, supersedes_id=made.pk)
        assert Approval.objects.count() == 2

    def test_refuses_an_approver_who_is_the_decider(self, waiting, answer, sofia, elena):
        made = answer(waiting, "approve", by=sofia)
        with pytest.raises(IntegrityError, match="four_eyes"):
            insert(made, supersedes_id=made.pk, by_id=elena.pk)

    def test_refuses_a_false_decider(self, waiting, answer, sofia, elena, daniel):
        made = answer(waiting, "approve", by=sofia)
        with pytest.raises(DatabaseError, match="the decider of an approval is the one who decided"):
            insert(made, supersedes_id=made.pk, by_id=elena.pk, decider_id=daniel.pk)

    def test_refuses_to_ask_without_a_word(self, waiting, answer, sofia):
        made = answer(waiting, "approve", by=sofia)
        with pytest.raises(IntegrityError, match="ask_and_reject_say_why"):
            insert(made, supersedes_id=made.pk, choice="ask")

    def test_refuses_a_second_first_answer(self, waiting, answer, sofia):
        made = answer(waiting, "approve", by=sofia)
        with pytest.raises(IntegrityError):
            insert(made, supersedes_id=None)

    @pytest.mark.parametrize(
        "statement", ["UPDATE review_approval SET choice = 'reject'", "DELETE FROM review_approval"]
    )
    def test_refuses_change(self, waiting, answer, sofia, statement):
        answer(waiting, "approve", by=sofia)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_names_the_decision_in_the_entry(self, waiting, answer, sofia, elena):
        made = answer(waiting, "approve", by=sofia)
        body = json.loads(made.audit.body)
        assert (body["decision"], body["decider"]) == (made.decision.audit_id.hex, f"user:{elena.pk}")
