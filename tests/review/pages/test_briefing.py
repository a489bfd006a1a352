"""The briefing card, hand-offs, promises, the thread and the creator's clock through their pages."""

import re
from datetime import timedelta

import pytest

from audit.models import AuditEntry
from review import claims, handoffs, overlays, promises, questions, thread
from review.models import Handoff, Note, TaskState
from screening import exposures
from tests import factories as make


def briefing(task):
    return f"/queue/{task.pk}/briefing/"


class TestBriefing:
    def test_begins_with_the_screening_run_and_ends_with_the_next_step(
        self, signed_in, words, card, elena, daniel, decide, now
    ):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now, gut_rating=4, words={"how_to_brief": "Photos on day 1"})
        promises.promise(task, text="Free wording", owner=elena, by=elena, now=now)
        thread.add_note(task, by=daniel, now=now, text="She answers at night.")
        handoffs.hand_over(task, to=daniel, by=elena, now=now, note="Her agent writes on Monday.")
        page = signed_in(daniel).get(briefing(task))
        text = words(page)
        history = page.content.decode().split('<ol class="tl">')[1]
        assert history.index('class="ai"') < history.index('class="human"')
        assert "Scored 60: Partner" in words(page)
        for said in ("Photos on day 1", "Free wording", "She answers at night.", "Her agent writes on Monday.",
                     "Decide by", "Was this hand-off enough?"):  # fmt: skip
            assert said in text

    def test_is_never_empty(self, signed_in, words, card, elena):
        assert "Scored 60: Partner" in words(signed_in(elena).get(briefing(card())))

    def test_of_a_sealed_card_is_the_same_for_any_verdict(self, signed_in, words, card, elena, now):
        pages = []
        for verdict in ("recommend", "decline"):
            task = card(verdict, arm="blind", value=1.0, opened_at=now)
            overlays_of = signed_in(elena).get(briefing(task)).content.decode()
            said = words(signed_in(elena).get(briefing(task)))
            assert "sealed until you commit" in said
            name = task.recommendation.creator.name
            campaign = task.campaign.name
            pages.append(said.replace(name, "N").replace(name.lower(), "N").replace(campaign, "C"))
            assert "61%" not in overlays_of
            assert "35%" not in overlays_of
        assert "Partner" not in pages[0]
        assert "partner" not in pages[1].lower()

    def test_is_not_there_for_people_of_other_brands(self, signed_in, card, db):
        stranger = make.user("strategist", brand="other", market="US")
        task = card()
        assert signed_in(stranger).get(briefing(task)).status_code == 404
        assert signed_in(stranger).get(f"/creators/{task.recommendation.creator_id}/briefing/").status_code == 404

    def test_of_a_creator_is_the_one_of_the_newest_case(self, signed_in, card, elena):
        task = card()
        answer = signed_in(elena).get(f"/creators/{task.recommendation.creator_id}/briefing/")
        assert answer["Location"] == briefing(task)

    def test_takes_few_queries_whatever_happened(
        self, signed_in, card, elena, daniel, now, django_assert_max_num_queries
    ):
        task = card()
        for n in range(5):
            thread.add_note(task, by=elena, now=now, text=f"Note {n} @Daniel Okafor")
            promises.promise(task, text=f"Promise {n}", owner=daniel, by=elena, now=now)
            handoffs.hand_over(task, to=daniel if n % 2 else elena, by=elena if n % 2 else daniel, now=now)
        browser = signed_in(elena)
        with django_assert_max_num_queries(12):
            browser.get(briefing(task))

    def test_speaks_russian(self, signed_in, words, card, elena):
        elena.language = "ru"
        elena.save()
        text = words(signed_in(elena).get(briefing(card())))
        assert "Следующий шаг" in text
        assert "Обещано автору" in text


class TestHandOff:
    def test_goes_to_a_named_person_who_answers_in_one_tap(self, signed_in, words, card, elena, daniel):
        task = card()
        sent = {"to": daniel.pk, "note": "Ask about May"}
        answer = signed_in(elena).post(f"/queue/{task.pk}/hand-over/", sent, follow=True)
        assert "Daniel Okafor is told" in words(answer)
        made = Handoff.objects.get()
        assert "Was the hand-off enough?" in words(signed_in(daniel).get(f"/queue/{task.pk}/"))
        signed_in(daniel).post(f"/queue/{task.pk}/hand-over/{made.pk}/", {"enough": "yes"})
        made.refresh_from_db()
        assert made.is_enough is True
        assert "Was the hand-off enough?" not in words(signed_in(daniel).get(f"/queue/{task.pk}/"))

    def test_shows_what_was_missing_to_be_asked_for(self, signed_in, words, card, elena, daniel, now):
        made = handoffs.hand_over(card(), to=daniel, by=elena, now=now)
        answer = signed_in(daniel).post(f"/queue/{made.task_id}/hand-over/{made.pk}/", {"enough": "no"})
        assert answer.status_code == 422
        assert "Write what was missing" in words(answer)

    def test_keeps_what_was_typed_where_it_is_refused(self, signed_in, words, card, elena):
        analyst = make.user("analyst", brand="acme", market="US")
        answer = signed_in(elena).post(f"/queue/{card().pk}/hand-over/", {"to": analyst.pk, "note": "Ask about May"})
        assert answer.status_code == 422
        assert "Ask about May" in answer.content.decode()

    def test_promises_are_written_and_kept(self, signed_in, words, card, elena):
        task = card()
        signed_in(elena).post(f"/queue/{task.pk}/promises/", {"text": "Free wording", "owner": elena.pk})
        promise = task.promises.get()
        signed_in(elena).post(f"/queue/{task.pk}/promises/{promise.pk}/kept/")
        assert "kept" in words(signed_in(elena).get(briefing(task)))


class TestThread:
    def test_shows_notes_of_several_people_and_asks_again(self, signed_in, card, elena, daniel, now):
        task = card()
        signed_in(elena).post(f"/queue/{task.pk}/note/", {"text": "Look, @Daniel Okafor"})
        thread.add_note(task, by=daniel, now=now, text="I looked")
        page = signed_in(elena).get(f"/queue/{task.pk}/").content.decode()
        last = Note.objects.order_by("-pk")[0]
        assert f'hx-get="/queue/{task.pk}/thread/?after={last.pk}" hx-trigger="every 10s"' in page
        assert page.count("I looked") >= 1
        part = signed_in(daniel).get(f"/queue/{task.pk}/thread/?after={last.pk}")
        assert (part.status_code, part.content) == (204, b"")
        assert b"I looked" in signed_in(daniel).get(f"/queue/{task.pk}/thread/?after=0").content

    def test_says_whom_it_does_not_know_and_keeps_the_text(self, signed_in, words, card, elena):
        answer = signed_in(elena).post(f"/queue/{card().pk}/note/", {"text": "Ask @Nobody about May"})
        assert answer.status_code == 422
        assert "called @Nobody" in words(answer)
        assert "Ask @Nobody about May</textarea>" in answer.content.decode()

    def test_sends_no_byte_of_it_while_the_card_is_sealed(self, signed_in, card, elena, now):
        task = card()
        thread.add_note(task, by=elena, now=now, text="SECRET WORD")
        type(task).objects.filter(pk=task.pk).update(arm="blind")
        for address in (f"/queue/{task.pk}/thread/?after=1", briefing(task)):
            assert b"SECRET WORD" not in signed_in(elena).get(address).content
        assert signed_in(elena).get(f"/queue/{task.pk}/thread/").content.strip() == b""
        assert b'id="thread"' not in signed_in(elena).get(f"/queue/{task.pk}/").content


class TestClock:
    def test_is_said_on_the_card_and_taken_back(self, signed_in, words, card, elena, sent, now):
        task = card()
        until = (now + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
        address = f"/queue/{task.pk}/clock/"
        page = signed_in(elena).post(address, sent(task, says="offer", until=until), follow=True)
        assert "another offer until" in words(page)
        signed_in(elena).post(address, sent(task, says="withdrawn"))
        task.refresh_from_db()
        assert task.state == TaskState.WITHDRAWN
        page = signed_in(elena).get(f"/queue/{task.pk}/")
        assert "Withdrawn by the creator" in words(page)
        signed_in(elena).post(address, sent(task, says="back"))
        task.refresh_from_db()
        assert task.state == TaskState.OPEN

    def test_sent_twice_is_recorded_once(self, signed_in, card, elena, sent, now):
        task, browser = card(), signed_in(elena)
        until = (now + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
        form = sent(task, says="offer", until=until)
        for _twice in range(2):
            assert browser.post(f"/queue/{task.pk}/clock/", form).status_code == 302
        assert AuditEntry.objects.filter(kind="creator_clock").count() == 1

    @pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01T10:00"])
    def test_asks_for_an_end_that_lies_ahead(self, signed_in, words, card, elena, sent, until):
        task = card()
        answer = signed_in(elena).post(f"/queue/{task.pk}/clock/", sent(task, says="offer", until=until))
        assert answer.status_code == 409
        task.refresh_from_db()
        assert task.offer_until is None


class TestQuestions:
    def test_that_are_open_stand_there_with_their_owner(self, signed_in, words, card, elena, sofia, now):
        task = card()
        questions.ask(task, by=sofia, now=now, text="Is May normal?", to=[elena])
        text = words(signed_in(sofia).get(briefing(task)))
        assert "Is May normal? Elena Markova · asked by Sofia Bennett" in text


class TestSealed:
    def test_a_note_of_whoever_has_seen_the_ai_is_kept_back(self, signed_in, words, card, elena, daniel, now):
        task = card(arm="blind")
        exposures.note(elena, task.campaign, [task.recommendation.creator_id], now=now)
        handoffs.hand_over(task, to=daniel, by=elena, now=now, note="The AI says yes")
        text = words(signed_in(daniel).get(briefing(task)))
        assert "Handed over: Elena Markova" in text
        assert "The AI says yes" not in text

    def test_the_form_of_a_sealed_card_records_an_offer(self, signed_in, card, elena, now):
        task, browser = card(arm="blind"), signed_in(elena)
        page = browser.get(f"/queue/{task.pk}/").content.decode()
        form = dict(
            re.findall(r'<input type="hidden" name="(version|key)" value="([^"]+)"', page.split('id="card"')[1])
        )
        until = (now + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
        answer = browser.post(f"/queue/{task.pk}/clock/", {**form, "says": "offer", "until": until})
        assert answer.status_code == 302
        task.refresh_from_db()
        assert task.offer_until is not None

    def test_the_card_offers_the_clock_and_the_hand_off(self, signed_in, words, card, elena, daniel, now):
        task = card(arm="blind")
        handoffs.hand_over(task, to=daniel, by=elena, now=now, note="Ask about May")
        page = signed_in(daniel).get(f"/queue/{task.pk}/")
        assert "Was the hand-off enough?" in words(page)
        assert f"/queue/{task.pk}/clock/" in page.content.decode()


def test_quotes_as_the_readers_language_does(signed_in, elena, daniel, card, now, words):
    task = card()
    claims.claim(task, by=daniel, now=now)
    handoffs.hand_over(task, to=elena, by=daniel, now=now, note="Her agent answers on Fridays.")
    elena.language = "ru"
    elena.save()
    assert "«Her agent answers on Fridays.»" in words(signed_in(elena).get(f"/queue/{task.pk}/briefing/"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "the AI’s Partner stands and is recorded as decided without a person"),
     ({"arm": "blind", "lane": ""}, "the rule for low stakes applies"),
     ({"stakes": "high", "on_expiry": "escalates"}, "it goes to the manager without one")],
)  # fmt: skip
def test_says_what_happens_if_nobody_decides(signed_in, elena, card, words, fields, said):
    assert said in words(signed_in(elena).get(briefing(card(**fields))))


def test_says_nothing_of_a_deadline_once_it_is_decided(signed_in, elena, card, decide, words):
    task = card()
    decide(task, "approve", by=elena)
    assert "If nobody decides" not in words(signed_in(elena).get(briefing(task)))
