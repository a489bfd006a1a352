"""Approve, reject, hold and take back, through the form, with and without script."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.wording import short_hash
from audit import log
from review import claims, decisions, overlays, policies
from review.models import Decision, Overlay
from tests import factories as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


class TestDecide:
    def test_keeps_view_and_decision_in_one_go(self, signed_in, elena, card, sent):
        task = card()
        said = sent(
            task, choice="approve", cultural_fit="4", how_to_brief="Send it early.", **{"view:engagement_rate": "agree"}
        )
        signed_in(elena).post(f"/queue/{task.pk}/decide/", said)
        made = Decision.objects.get()
        assert (made.choice, made.decided_by) == ("approve", elena)
        assert made.overlay.cultural_fit == 4
        assert made.overlay.factor_views == {"engagement_rate": "agree"}

    def test_leads_to_the_next_card_of_the_same_list(self, signed_in, elena, card, sent):
        first, second = card(value=2.0), card(value=1.0)
        answer = signed_in(elena).post(f"/queue/{first.pk}/decide/?lane=cut", sent(first, choice="approve"))
        assert answer["Location"] == f"/queue/{second.pk}/?lane=cut"

    def test_passes_over_a_card_that_somebody_holds(self, signed_in, elena, daniel, card, sent, now):
        first, second, third = card(value=3.0), card(value=2.0), card(value=1.0)
        claims.claim(second, by=daniel, now=now)
        answer = signed_in(elena).post(f"/queue/{first.pk}/decide/", sent(first, choice="approve"))
        assert answer["Location"] == f"/queue/{third.pk}/"

    def test_passes_over_a_card_that_waits_for_an_expert(self, signed_in, elena, card, sent):
        first, _expert, third = card(value=3.0), card(value=2.0, route="expert"), card(value=1.0)
        answer = signed_in(elena).post(f"/queue/{first.pk}/decide/", sent(first, choice="approve"))
        assert answer["Location"] == f"/queue/{third.pk}/"

    def test_says_what_was_done_with_the_way_back(self, signed_in, elena, card, sent, words):
        task = card()
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve"), follow=True)
        assert f"Approved: {task.recommendation.creator.name}" in words(answer)
        assert f'action="/queue/{task.pk}/undo/?version=2' in answer.content.decode()

    def test_gives_the_decider_a_receipt_and_a_page_to_check_it(self, signed_in, elena, sofia, card, sent, words):
        task = card()
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve"), follow=True)
        made = Decision.objects.get()
        kept = log.receipt(made.audit)
        assert f"Receipt {short_hash(kept)}." in words(answer)
        address = f"/audit/receipt/?entry={made.audit_id.hex}"
        assert address in signed_in(elena).get(f"/queue/{task.pk}/").content.decode()
        assert kept in signed_in(elena).get(address).content.decode()
        assert kept in signed_in(elena).get(f"/decisions/{made.pk}/").content.decode()
        assert address not in signed_in(sofia).get(f"/queue/{task.pk}/").content.decode()

    def test_sent_twice_is_made_once(self, signed_in, elena, card, sent):
        task = card()
        said = sent(task, choice="approve", gut_rating="5")
        browser = signed_in(elena)
        assert browser.post(f"/queue/{task.pk}/decide/", said).status_code == 302
        assert browser.post(f"/queue/{task.pk}/decide/", said).status_code == 302
        assert (Decision.objects.count(), Overlay.objects.count()) == (1, 1)

    def test_sent_again_after_it_was_taken_back_says_so(self, signed_in, elena, card, sent, words):
        task = card()
        said, browser = sent(task, choice="approve", gut_rating="5"), signed_in(elena)
        browser.post(f"/queue/{task.pk}/decide/", said)
        browser.post(f"/queue/{task.pk}/undo/", {"version": 2, "key": "back"})
        again = browser.post(f"/queue/{task.pk}/decide/", said)
        assert again.status_code == 409
        assert "That was done before and does not stand any more" in words(again)

    def test_with_a_used_key_for_another_choice_is_refused(self, signed_in, elena, card, sent, why):
        task = card()
        said = sent(task, choice="approve")
        browser = signed_in(elena)
        browser.post(f"/queue/{task.pk}/decide/", said)
        again = {**said, "choice": "reject", "category": "context", "rationale": why}
        assert browser.post(f"/queue/{task.pk}/decide/", again).status_code == 409

    @pytest.mark.parametrize("forged", ["undo", "sign_off", "burn"])
    def test_with_a_choice_that_no_button_has_shows_the_card_again(self, signed_in, elena, card, sent, words, forged):
        task = card()
        said = sent(task, choice=forged, how_to_brief="Send it early.")
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", said)
        assert (answer.status_code, Decision.objects.count()) == (422, 0)
        assert "Send it early." in words(answer)

    def test_without_a_choice_keeps_the_view_alone(self, signed_in, elena, card, sent):
        task = card()
        signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, risk_note="Three ads a week."))
        assert (Decision.objects.count(), Overlay.objects.count()) == (0, 1)

    def test_writes_no_second_view_where_nothing_changed(self, signed_in, elena, card, sent, now):
        task = card()
        overlays.save(task, by=elena, now=now, gut_rating=4)
        signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve", gut_rating="4"))
        assert Overlay.objects.count() == 1

    def test_brings_card_list_and_toast_to_htmx(self, signed_in, elena, card, sent):
        first, second = card(value=2.0), card(value=1.0)
        answer = signed_in(elena, **HTMX).post(f"/queue/{first.pk}/decide/", sent(first, choice="approve"))
        page = answer.content.decode()
        assert answer["HX-Push-Url"] == f"/queue/{second.pk}/"
        assert f'data-task="{second.pk}"' in page
        assert f'id="q-{first.pk}"' not in page
        assert "Approved:" in page


class TestOverride:
    def test_without_a_reason_is_refused_and_keeps_what_was_typed(self, signed_in, elena, card, sent, words):
        task = card()
        said = sent(
            task,
            choice="reject",
            asked="reject",
            category="context",
            rationale="Too short.",
            how_to_brief="Send it early.",
        )
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", said)
        assert answer.status_code == 422
        assert "Write why you decide differently, at least 40 characters" in words(answer)
        assert "Too short." in words(answer)
        assert 'value="Send it early."' in answer.content.decode()
        assert not Decision.objects.exists()

    def test_is_asked_for_its_reason_before_it_is_told_off(self, signed_in, elena, card, sent, words):
        task = card()
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="reject"))
        assert answer.status_code == 200
        assert "Decide against the AI:" in words(answer)
        assert "There is a problem" not in words(answer)

    def test_names_all_that_is_missing_at_once(self, signed_in, elena, card, sent, words):
        task = card()
        page = words(signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="reject", asked="reject")))
        assert "Choose what kind of reason it is" in page
        assert "Write why you decide differently" in page

    def test_opens_its_dialog_for_htmx(self, signed_in, elena, card, sent):
        task = card()
        answer = signed_in(elena, **HTMX).post(f"/queue/{task.pk}/decide/", sent(task, choice="reject"))
        assert answer.status_code == 422
        assert (
            '<option value="reject" data-asks="override" selected>'
            in answer.content.decode().partition("open data-modal")[2]
        )

    def test_is_recorded_with_reason_and_the_chance_turned_around(self, signed_in, elena, card, sent, why):
        task = card()
        said = sent(task, choice="reject", category="culture", rationale=why, sure="90")
        signed_in(elena).post(f"/queue/{task.pk}/decide/", said)
        made = Decision.objects.get()
        assert (made.is_override, made.category, made.expected_p_u6) == (True, "culture", 100_000)


class TestHold:
    def test_is_offered_from_tomorrow_where_the_campaign_runs(self, signed_in, elena, card, sent):
        type(make.market()).objects.update(time_zone="Pacific/Kiritimati")
        task, browser = card(), signed_in(elena)
        first = f'min="{policies.today(make.market(), now=timezone.now()) + timedelta(days=1)}"'
        assert first in browser.get(f"/queue/{task.pk}/").content.decode()
        assert first in browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="hold")).content.decode()

    def test_asks_for_a_date_that_lies_ahead(self, signed_in, elena, card, sent, words):
        task = card()
        said = sent(task, choice="hold", asked="hold", hold_until=timezone.localdate().isoformat())
        assert "A hold needs a date that lies ahead" in words(signed_in(elena).post(f"/queue/{task.pk}/decide/", said))

    def test_is_kept_until_its_date_and_can_be_opened_again(self, signed_in, elena, card, sent, words):
        task = card()
        until = timezone.localdate() + timedelta(days=4)
        browser = signed_in(elena)
        browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="hold", hold_until=until.isoformat()))
        assert "Held until" in words(browser.get(f"/queue/{task.pk}/"))
        browser.post(f"/queue/{task.pk}/reopen/", sent(task))
        task.refresh_from_db()
        assert task.state == "open"


class TestConflict:
    def test_names_who_was_faster_and_keeps_the_text(self, signed_in, elena, daniel, card, sent, decide, words):
        task = card()
        said = sent(task, choice="approve", how_to_brief="Send it early.")
        decide(task, "approve", by=daniel)
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", said)
        assert answer.status_code == 409
        assert "Not saved." in words(answer)
        assert "Send it early." in words(answer)
        assert "Daniel Okafor: Approve" in words(answer)
        assert Decision.objects.count() == 1

    def test_over_a_claim_keeps_the_text(self, signed_in, elena, daniel, card, sent, now, words):
        task = card()
        claims.claim(task, by=daniel, now=now)
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve", risk_note="Late pay."))
        assert answer.status_code == 409
        assert "Daniel Okafor is deciding this one." in words(answer)
        assert "Late pay." in words(answer)
        assert not Overlay.objects.exists()


class TestUndo:
    def test_brings_the_card_back(self, signed_in, elena, card, sent):
        task = card()
        browser = signed_in(elena)
        browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="approve"))
        answer = browser.post(f"/queue/{task.pk}/undo/", sent(task))
        assert answer["Location"] == f"/queue/{task.pk}/"
        task.refresh_from_db()
        assert task.state == "open"

    def test_is_offered_in_the_list_only_while_it_is_possible(self, signed_in, elena, card, decide, words):
        first, second = card(), card()
        decide(first, "approve", by=elena, after=timedelta(minutes=-5))
        assert 'title="Approved:' not in signed_in(elena).get("/queue/").content.decode()
        decide(second, "approve", by=elena, after=timedelta())
        assert 'title="Approved:' in signed_in(elena).get("/queue/").content.decode()

    def test_after_the_window_is_refused_with_the_rule(self, signed_in, elena, card, sent, decide, words):
        task = card()
        decide(task, "approve", by=elena, after=timedelta(minutes=-5))
        answer = signed_in(elena).post(f"/queue/{task.pk}/undo/", sent(task))
        assert answer.status_code == 409
        assert "The time to undo is over: it was 60 s." in words(answer)


class TestRecord:
    def test_ties_everything_together_and_leads_to_the_log(self, signed_in, elena, sofia, card, sent, why, words):
        task = card()
        signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="reject", category="risk", rationale=why))
        made = Decision.objects.get()
        answer = signed_in(sofia).get(f"/decisions/{made.pk}/")
        for text in ("Partner 61%", "Reject, against the AI", why, "Elena Markova", "A risk the data does not show"):
            assert text in words(answer)
        assert f'href="/audit/{made.audit_id}/"' in answer.content.decode()

    def test_says_taken_back_only_of_what_was(self, signed_in, elena, card, decide, now, words):
        held, undone = card(), card()
        first = decide(held, "hold", by=elena, hold_until=now.date() + timedelta(days=3))
        held.refresh_from_db()
        decisions.reopen(held, by=elena, now=now, version=held.version)
        decide(held, "approve", by=elena)
        second = decide(undone, "approve", by=elena)
        decisions.undo(undone, by=elena, now=now + timedelta(minutes=1), version=2, key="undo")
        browser = signed_in(elena)
        pages = [words(browser.get(f"/decisions/{one.pk}/")) for one in (first, second)]
        assert ["taken back" in page for page in pages] == [False, True]
        assert ["Another decision followed." in page for page in pages] == [True, False]

    def test_is_found_from_its_audit_entry(self, signed_in, elena, card, decide):
        made = decide(card(), "approve", by=elena)
        assert signed_in(elena).get(f"/decisions/of/{made.audit_id}/")["Location"] == f"/decisions/{made.pk}/"

    def test_of_others_is_not_found(self, signed_in, elena, card, decide):
        made = decide(card(), "approve", by=elena)
        stranger = signed_in(make.user("strategist", brand="other"))
        assert stranger.get(f"/decisions/{made.pk}/").status_code == 404
        assert stranger.get(f"/decisions/of/{made.audit_id}/").status_code == 404
        assert stranger.get("/decisions/999999/").status_code == 404
