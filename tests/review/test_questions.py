"""Questions: asked, answered once, passed on, withdrawn; the clock stands meanwhile and goes on with the answer."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import deadlines, decisions, escalations, overlays, questions, workflow
from review.decisions import TaskMoved
from review.models import About, Notice, Question
from screening import gates
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Irina Savelyeva")


@pytest.fixture
def ruth(irina):
    return make.user("expert", market="US", name="Ruth Abbott")


@pytest.fixture
def asked(card, elena, irina, now):
    """Asks Irina about a fresh card."""

    def made(**said):
        task = said.pop("task", None) or card()
        given = {"text": "Is this usual for family channels?", "to": [] if said.get("role") else [irina], **said}
        return questions.ask(task, by=elena, now=now, **given)[0]

    return made


HOUR = timedelta(hours=1)


class TestAsk:
    def test_stops_the_clock_of_the_card(self, asked, now):
        task = asked().task
        assert task.paused_at == now
        assert deadlines.sweep(now + timedelta(days=9)) == {}

    def test_tells_whom_it_asks_where_to_answer(self, asked, irina):
        question = asked()
        told = Notice.objects.get(user=irina)
        assert (told.about, told.url) == (About.QUESTION, f"/questions/{question.pk}/")

    def test_asks_whoever_holds_a_role(self, asked, irina, ruth):
        question = asked(role="expert")
        assert question.to is None
        assert set(Notice.objects.values_list("user", flat=True)) == {irina.pk, ruth.pk}

    def test_asks_the_deputy_of_the_rule_where_nobody_holds_the_role(self, card, elena, marcus, now):
        question = questions.ask(card(), by=elena, now=now, text="Usual here?", role="expert")[0]
        assert question.to == marcus

    def test_asks_a_panel_of_three_at_most(self, asked, irina, ruth, sofia, marcus):
        panel = asked(to=[irina, ruth, sofia])
        assert Question.objects.filter(audit=panel.audit).count() == 3
        with pytest.raises(workflow.Refused, match="one, two or three"):
            asked(to=[irina, ruth, sofia, marcus])

    def test_keeps_the_words_in_the_payload_alone(self, asked):
        entry = asked().audit
        assert "family" not in entry.body
        assert "family" in entry.payload.payload

    @pytest.mark.parametrize(
        ("said", "says"),
        [({"text": " "}, "what you want to know"), ({"to": []}, "whom to ask"), ({"hours": 5}, "until when")],
    )
    def test_refuses_what_says_too_little(self, asked, said, says):
        with pytest.raises(workflow.Refused, match=says):
            asked(**said)

    def test_asks_nobody_of_another_market(self, asked):
        with pytest.raises(workflow.Refused, match="may see this card"):
            asked(to=[make.user("expert", market="RU")])

    def test_asks_nobody_with_an_interest_of_their_own(self, asked, card, daniel, now):
        task = card()
        overlays.save(task, by=daniel, now=now, has_interest=True)
        with pytest.raises(workflow.Refused, match="no interest"):
            asked(task=task, to=[daniel])

    def test_is_for_those_who_decide(self, card, irina, now):
        with pytest.raises(NotAllowed):
            questions.ask(card(), by=make.user("analyst", market="US"), now=now, text="?", to=[irina])


class TestAnswer:
    def test_lets_the_clock_go_on_as_much_later_as_it_stood(self, asked, irina, now):
        question = asked()
        due = question.task.due_at
        questions.answer(question, by=irina, now=now + 5 * HOUR, quick="normal")
        question.task.refresh_from_db()
        assert (question.task.paused_at, question.task.due_at) == (None, due + 5 * HOUR)

    def test_of_a_panel_lets_it_go_on_with_the_last_one(self, asked, irina, ruth, now):
        first = asked(to=[irina, ruth])
        questions.answer(first, by=irina, now=now + HOUR, quick="normal")
        first.task.refresh_from_db()
        assert first.task.paused_at == now
        questions.answer(Question.objects.get(to=ruth), by=ruth, now=now + 2 * HOUR, quick="unusual")
        first.task.refresh_from_db()
        assert first.task.paused_at is None

    def test_is_kept_in_the_language_in_which_it_was_given(self, asked, irina, elena, now):
        question = questions.answer(asked(), by=irina, now=now, text="Это чат постоянных зрителей.")
        assert question.language == "ru"
        assert "зрителей" in question.answer.payload.payload
        assert Notice.objects.filter(user=elena, about=About.ANSWER).count() == 1
        assert question.answer.stream == f"task:{question.task_id}"

    def test_is_given_once(self, asked, irina, now):
        question = asked()
        questions.answer(question, by=irina, now=now, quick="yes")
        with pytest.raises(workflow.Refused, match="answered already"):
            questions.answer(question, by=irina, now=now, quick="no")

    def test_is_given_by_whom_it_was_asked_of(self, asked, ruth, now):
        with pytest.raises(workflow.Refused, match="somebody else"):
            questions.answer(asked(), by=ruth, now=now, quick="yes")

    def test_of_a_role_is_given_by_any_holder_there(self, asked, ruth, sofia, now):
        question = asked(role="expert")
        with pytest.raises(workflow.Refused, match="somebody else"):
            questions.answer(question, by=sofia, now=now, quick="yes")
        assert questions.answer(question, by=ruth, now=now, quick="yes").answered_by == ruth

    def test_says_something(self, asked, irina, now):
        with pytest.raises(workflow.Refused, match="Choose an answer"):
            questions.answer(asked(), by=irina, now=now)

    def test_at_a_gate_answers_the_gate(self, asked, card, irina, now):
        task = card()
        gate = task.campaign.market.gates.create(
            code="register", name_en="Register", name_ru="Реестр", rule="list", evidence="149-FZ",
            valid_from_date=now.date(), checked_on_date=now.date(),
        )  # fmt: skip
        question = asked(task=task, gate=gate)
        with pytest.raises(workflow.Refused, match="where you looked it up"):
            questions.answer(question, by=irina, now=now, quick="passed")
        assert workflow.open_gates(task, now=now)
        questions.answer(question, by=irina, now=now, quick="passed", text="extract 4711")
        assert not workflow.open_gates(task, now=now)
        assert gates.answers_of(task.recommendation.profile, "US").get().by == irina

    def test_that_ended_refuses_change_in_the_database(self, asked, irina, now):
        question = questions.answer(asked(), by=irina, now=now, quick="yes")
        with pytest.raises(DatabaseError, match="stays as it ended"), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(quick="no")


class TestNotMyArea:
    def test_goes_to_another_expert_and_the_clock_stands_on(self, asked, irina, ruth, now):
        passed = questions.pass_on(asked(), by=irina, now=now + HOUR)
        assert (passed.to, passed.task.paused_at) == (ruth, now)

    def test_goes_to_the_deputy_where_no_expert_is_left(self, asked, irina, marcus, now):
        assert questions.pass_on(asked(), by=irina, now=now).to == marcus

    def test_goes_on_without_an_answer_where_nobody_is_left(self, card, elena, policy, now):
        task = card()
        ruth = make.user("expert", market="US")
        question = questions.ask(task, by=elena, now=now, text="Usual?", to=[ruth])[0]
        type(ruth).objects.filter(memberships__role="manager").update(is_active=False)
        assert questions.pass_on(question, by=ruth, now=now + HOUR) is None
        task.refresh_from_db()
        assert task.paused_at is None


class TestWithdraw:
    def test_lets_the_clock_go_on(self, asked, elena, now):
        question = questions.withdraw(asked(), by=elena, now=now + HOUR)
        question.task.refresh_from_db()
        assert (question.state, question.task.paused_at) == ("withdrawn", None)

    def test_is_for_whoever_asked_or_a_manager(self, asked, daniel, sofia, now):
        question = asked()
        with pytest.raises(workflow.Refused, match="Only whoever asked"):
            questions.withdraw(question, by=daniel, now=now)
        assert questions.withdraw(question, by=sofia, now=now).state == "withdrawn"


class TestLapse:
    def test_ends_what_nobody_answered_in_time(self, asked, elena, now):
        question = asked()
        assert questions.lapse(now + 23 * HOUR) == 0
        assert questions.lapse(now + 24 * HOUR) == 1
        question.task.refresh_from_db()
        assert question.task.paused_at is None
        assert Notice.objects.filter(user=elena, about=About.ANSWER).exists()
        assert questions.lapse(now + 24 * HOUR) == 0


class TestDecidedMeanwhile:
    def test_leaves_no_clock_standing(self, asked, elena, decide, irina, now):
        task = asked().task
        decide(task, "approve", by=elena)
        task.refresh_from_db()
        assert task.paused_at is None
        assert not questions.open_of(irina).exists()

    def test_stands_again_where_the_decision_is_taken_back(self, asked, elena, decide, now):
        task = asked().task
        decide(task, "hold", by=elena, hold_until=now.date() + timedelta(days=5))
        task.refresh_from_db()
        assert task.paused_at is None
        back = now + timedelta(seconds=90)
        decisions.undo(task, by=elena, now=back, version=task.version, key="back")
        task.refresh_from_db()
        assert (task.state, task.paused_at) == ("open", back)


class TestEscalate:
    def test_hands_the_card_to_a_manager_with_the_reason(self, card, elena, sofia, now):
        task = escalations.escalate(card(), by=elena, now=now, version=1, reason="The fee changed, look at the terms.")
        assert (task.state, task.escalated_to, task.due_at) == ("escalated", sofia, now + timedelta(hours=48))
        assert Notice.objects.get(user=sofia).about == About.ESCALATED
        entry = AuditEntry.objects.get(kind="question", stream=f"task:{task.pk}")
        assert "terms" in entry.payload.payload

    def test_leaves_the_decision_to_managers(self, card, elena, decide, now):
        task = escalations.escalate(card(), by=elena, now=now, version=1, reason="Look at the terms.")
        with pytest.raises(workflow.Refused, match="a manager decides"):
            decide(task, "approve", by=elena)

    def test_can_name_the_manager(self, card, elena, marcus, now):
        task = escalations.escalate(card(), by=elena, now=now, version=1, reason="Yours.", to=marcus)
        assert task.escalated_to == marcus

    @pytest.mark.parametrize(("said", "says"), [({"reason": " "}, "what they should look at"), ({"to": 1}, "manager")])
    def test_refuses_what_says_too_little(self, card, elena, daniel, now, said, says):
        given = {"reason": "Look at it.", **said}
        if "to" in said:
            given["to"] = daniel
        with pytest.raises(workflow.Refused, match=says):
            escalations.escalate(card(), by=elena, now=now, version=1, **given)

    def test_refuses_a_card_that_moved(self, card, elena, now):
        with pytest.raises(TaskMoved):
            escalations.escalate(card(version=3), by=elena, now=now, version=1, reason="Look at it.")
