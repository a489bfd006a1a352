"""Letters: who gets which, when, once, and none about what was taken back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend

from audit import log
from jobs.models import Job
from review import approvals, decisions, mail, notices, tasks
from review.models import About, Notice, TaskState, Way
from tests import factories as make

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


@pytest.fixture
def waiting(card, decide, elena, why, sofia):
    """A card of high stakes that Elena decided a minute after nine; Sofia is asked."""
    task = card(stakes="high", fee_minor=1_000_000)
    decide(task, "approve", by=elena, rationale=why, expected_p=0.74)
    task.refresh_from_db()
    return task


def sent_to(user):
    return [letter for letter in outbox.outbox if letter.to == [user.email]]


class TestAnApprovalThatIsAskedFor:
    def test_is_mailed_with_the_first_screen_and_a_link(self, waiting, sofia, now, why):
        mail.send(now + LATER)
        (letter,) = sent_to(sofia)
        name = waiting.recommendation.creator.name
        assert letter.subject == f"Waits for your approval: {name} · {waiting.campaign.name} · $10,000 · Elena Markova"
        said = ("Amount: $10,000", "Why you: ", "Deadline: If there is no answer by", "AI: Partner, Leaning yes (61%)")
        for line in (*said, f"Elena Markova: Likely (74%). {why}", f"/approvals/{waiting.pk}/"):
            assert line in letter.body
        html, kind = letter.alternatives[0]
        assert kind == "text/html"
        assert f'href="{settings.BASE_URL}/approvals/{waiting.pk}/"' in html

    def test_is_mailed_in_the_readers_language(self, waiting, sofia, now):
        type(sofia).objects.filter(pk=sofia.pk).update(language="ru")
        mail.send(now + LATER)
        (letter,) = sent_to(sofia)
        assert "Сумма: 10 000 $" in letter.body.replace("\xa0", " ")
        assert letter.subject.startswith("Ждёт вашего согласования")

    def test_waits_for_the_undo_window(self, waiting, sofia, now):
        mail.send(now + timedelta(minutes=1, seconds=60))
        assert not sent_to(sofia)
        mail.send(now + timedelta(minutes=1, seconds=62))
        assert len(sent_to(sofia)) == 1

    def test_leaves_no_message_once_it_was_taken_back(self, waiting, sofia, elena, now):
        decisions.undo(waiting, by=elena, now=now + timedelta(seconds=100), version=waiting.version, key="back")
        mail.send(now + LATER)
        assert not outbox.outbox
        assert not Notice.objects.exists()

    def test_is_not_mailed_once_another_manager_answered(self, waiting, sofia, marcus, elena, now):
        approvals.answer(waiting, choice="approve", by=marcus, now=now + timedelta(seconds=90), version=waiting.version,
                         key="fast")  # fmt: skip
        mail.send(now + LATER)
        assert not sent_to(sofia)
        assert Notice.objects.get(user=sofia).read_at

    def test_is_not_mailed_to_somebody_who_lost_the_role(self, waiting, sofia, now):
        sofia.memberships.update(ended_at=now)
        mail.send(now + LATER)
        assert not outbox.outbox


class TestAnAnswer:
    @pytest.fixture
    def answered(self, waiting, sofia, now):
        made = approvals.answer(
            waiting, choice="approve", by=sofia, now=now + LATER, version=waiting.version, key="yes"
        )
        waiting.refresh_from_db()
        return made

    def test_is_told_to_the_decider_and_mailed_after_ten_minutes_at_the_soonest(self, answered, elena, now):
        told = Notice.objects.get(user=elena)
        assert (told.about, told.numbers["choice"]) == (About.APPROVED, "approve")
        assert told.mail_after >= now + LATER + timedelta(minutes=10)

    def test_carries_the_receipt_of_the_answer(self, answered, elena, now):
        notices.choose(elena, {About.APPROVED: Way.NOW}, now=now)
        mail.send(now + timedelta(hours=1))
        (letter,) = sent_to(elena)
        kept = log.receipt(answered.audit)
        assert kept in letter.body
        assert f"/audit/receipt/?entry={answered.audit_id.hex}&receipt={kept}" in letter.body

    def test_that_is_taken_back_leaves_no_message(self, answered, waiting, sofia, elena, now):
        notices.choose(elena, {About.APPROVED: Way.NOW}, now=now)
        approvals.undo(waiting, by=sofia, now=now + timedelta(minutes=14), version=waiting.version, key="back")
        mail.send(now + timedelta(hours=40))
        assert not sent_to(elena)


class TestSend:
    @pytest.fixture
    def told(self, elena, now):
        notices.tell([elena], About.QUESTION, key="q", url="/queue/1/", now=now)
        return Notice.objects.get()

    def test_sends_a_letter_once_however_often_the_job_runs(self, told, elena, now):
        for _n in range(3):
            mail.send(now + LATER)
        assert len(sent_to(elena)) == 1

    def test_notes_the_letter_before_it_leaves_so_that_a_killed_worker_sends_none_twice(self, told, now, monkeypatch):
        def killed(self, messages):
            assert Notice.objects.get().mailed_at == now + LATER
            raise SystemExit

        monkeypatch.setattr(EmailBackend, "send_messages", killed)
        with pytest.raises(SystemExit):
            mail.send(now + LATER)
        monkeypatch.undo()
        mail.send(now + 2 * LATER)
        assert not outbox.outbox

    def test_asks_a_server_again_that_refused(self, told, elena, now, monkeypatch):
        def away(self, messages):
            raise ConnectionRefusedError

        monkeypatch.setattr(EmailBackend, "send_messages", away)
        assert mail.send(now + LATER) == {"refused": 1}
        monkeypatch.undo()
        mail.send(now + LATER + timedelta(minutes=1))
        assert not outbox.outbox
        mail.send(now + LATER + mail.AGAIN)
        assert len(sent_to(elena)) == 1

    def test_leaves_out_what_was_read_meanwhile(self, told, elena, now):
        notices.read(elena, now=now)
        assert mail.send(now + LATER) == {"dropped": 1}
        assert not outbox.outbox

    def test_puts_what_is_wanted_daily_into_one_letter_of_the_morning(self, elena, now):
        for n in range(3):
            notices.tell([elena], About.MENTION, key=f"m{n}", url=f"/queue/{n}/", now=now)
        mail.send(now + timedelta(hours=22))
        assert not outbox.outbox
        mail.send(now + timedelta(hours=23))
        (letter,) = sent_to(elena)
        assert letter.subject == "3 notices"
        assert all(f"/queue/{n}/" in letter.body for n in range(3))


class TestAsk:
    def test_queues_one_job_where_a_letter_is_due(self, elena, now):
        tasks.ask_for_mail(now)
        assert not Job.objects.exists()
        notices.tell([elena], About.QUESTION, key="q", url="/queue/1/", now=now)
        for seconds in (62, 82, 102):
            tasks.ask_for_mail(now + timedelta(seconds=seconds))
        assert Job.objects.get().kind == "mail"


class TestTheClock:
    def test_tells_whom_it_passes_a_card_to(self, card, sofia, now):
        from review import deadlines

        task = card(stakes="high")
        deadlines.sweep(now + timedelta(hours=48))
        told = Notice.objects.get()
        assert (told.user, told.about, told.url) == (sofia, About.ESCALATED, f"/queue/{task.pk}/?state=escalated")
        task.refresh_from_db()
        assert task.state == TaskState.ESCALATED


class TestNobodyButColleagues:
    def test_gets_a_letter(self, waiting, now):
        mail.send(now + timedelta(days=2))
        known = set(type(make.user()).objects.values_list("email", flat=True))
        assert {address for letter in outbox.outbox for address in letter.to} <= known
