"""A card that goes to a named person, and whether what came with it was enough."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.access import NotAllowed
from review import absences, claims, handoffs, overlays, workflow
from review.models import About, Handoff, Notice
from review.words import notices as notice_words
from tests import factories as make


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("about", flat=True))


class TestHandOver:
    def test_holds_the_card_for_the_new_person_and_tells_them(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        made = handoffs.hand_over(task, to=daniel, by=elena, now=now, note="Ask her agent.")
        task.refresh_from_db()
        assert (task.claimed_by, task.claimed_until) == (daniel, now + handoffs.LEASE)
        assert overlays.words_by_entry([made.audit_id])[made.audit_id] == {"note": "Ask her agent."}
        assert (told(daniel), told(elena)) == ([About.HANDOFF], [])

    def test_a_handed_card_is_not_shortened_by_typing_on_it(self, card, elena, daniel, now):
        task = card()
        handoffs.hand_over(task, to=daniel, by=elena, now=now)
        assert claims.renew(task, by=daniel, now=now + timedelta(minutes=1))
        task.refresh_from_db()
        assert task.claimed_until == now + handoffs.LEASE

    def test_goes_only_to_somebody_who_may_decide_there(self, card, elena, now):
        analyst = make.user("analyst", brand="acme", market="US", name="Priya")
        abroad = make.user("strategist", brand="acme", market="RU", name="Maxim")
        for to, word in ((analyst, "Priya"), (abroad, "Maxim"), (elena, "somebody else")):
            with pytest.raises(handoffs.NotHanded, match=word):
                handoffs.hand_over(card(), to=to, by=elena, now=now)

    def test_asks_for_a_manager_where_the_card_was_escalated(self, card, sofia, elena, marcus, now):
        task = card(state="escalated", escalated_to=sofia)
        with pytest.raises(handoffs.NotHanded, match="Elena"):
            handoffs.hand_over(task, to=elena, by=sofia, now=now)
        handoffs.hand_over(task, to=marcus, by=sofia, now=now)
        task.refresh_from_db()
        assert (task.escalated_to, task.claimed_by) == (marcus, marcus)

    def test_does_not_go_to_an_absent_person_but_names_the_deputy(self, card, elena, daniel, sofia, now):
        day = now.date()
        absences.set_absence(daniel, deputy=sofia, from_date=day, until_date=day, by=daniel, now=now)
        with pytest.raises(handoffs.NotHanded, match="deputy is Sofia"):
            handoffs.hand_over(card(), to=daniel, by=elena, now=now)

    def test_does_not_go_to_whoever_has_an_interest_in_the_deal(self, card, elena, daniel, now):
        task = card()
        overlays.save(task, by=daniel, now=now, has_interest=True)
        with pytest.raises(handoffs.NotHanded, match="interest"):
            handoffs.hand_over(task, to=daniel, by=elena, now=now)

    def test_of_a_card_that_another_holds_is_for_them_or_a_manager(self, card, elena, daniel, sofia, now):
        task = claims.claim(card(), by=daniel, now=now)
        with pytest.raises(workflow.Refused, match="Daniel"):
            handoffs.hand_over(task, to=sofia, by=elena, now=now)
        assert handoffs.hand_over(task, to=elena, by=sofia, now=now).to == elena


class TestTakeOver:
    def test_is_a_hand_off_and_tells_the_one_before(self, card, elena, sofia, now):
        task = claims.claim(card(), by=elena, now=now)
        claims.take_over(task, by=sofia, now=now)
        made = handoffs.waiting_for(task, user=sofia)
        assert (made.why, made.before, made.to) == ("take", elena, sofia)
        assert told(elena) == [About.TAKEN]


class TestAnswer:
    @pytest.fixture
    def handed(self, card, elena, daniel, now):
        return handoffs.hand_over(card(), to=daniel, by=elena, now=now)

    def test_tells_the_one_before(self, handed, elena, daniel, now):
        handoffs.answer(handed, is_enough=False, missing="The fee was not said.", by=daniel, now=now)
        handed.refresh_from_db()
        assert (handed.is_enough, handed.missing_length) == (False, 21)
        assert overlays.words_by_entry([handed.answer_audit_id])[handed.answer_audit_id]["missing"]
        assert Notice.objects.get(user=elena).numbers == {"is_enough": False}

    def test_is_given_once_and_by_who_took_the_card(self, handed, elena, daniel, now):
        with pytest.raises(handoffs.NotHanded, match="Only"):
            handoffs.answer(handed, is_enough=True, by=elena, now=now)
        handoffs.answer(handed, is_enough=True, by=daniel, now=now)
        with pytest.raises(handoffs.NotHanded, match="already"):
            handoffs.answer(handed, is_enough=False, missing="x", by=daniel, now=now)

    def test_says_what_was_missing(self, handed, daniel, now):
        with pytest.raises(handoffs.NotHanded, match="missing"):
            handoffs.answer(handed, is_enough=False, missing=" ", by=daniel, now=now)

    def test_takes_a_right_there(self, handed, daniel, now):
        daniel.memberships.update(ended_at=now)
        with pytest.raises(NotAllowed):
            handoffs.answer(handed, is_enough=True, by=daniel, now=now)

    def test_the_database_keeps_a_hand_off_and_its_one_answer(self, handed, daniel, now):
        handoffs.answer(handed, is_enough=True, by=daniel, now=now)
        for change in ({"length": 5}, {"is_enough": False}):
            with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
                Handoff.objects.filter(pk=handed.pk).update(**change)


class TestNotice:
    def test_tells_in_words_what_became_of_a_hand_off(self, card, elena, daniel, now):
        made = handoffs.hand_over(card(), to=daniel, by=elena, now=now)
        handoffs.answer(made, is_enough=False, missing="The fee.", by=daniel, now=now)
        told = [notice_words.title(Notice.objects.get(user=one)) for one in (daniel, elena)]
        assert told == ["Handed to you", "Something was missing at your hand-off"]
