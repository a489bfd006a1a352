"""The creator's own time: another offer, withdrawn, taken, free again."""

from datetime import timedelta
from itertools import count

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import claims, creator_clock, deadlines, order, workflow
from review.decisions import KeyReused, TaskMoved
from review.models import CreatorClock, Decision, TaskState
from tests import factories as make

_keys = count(1)
FRIDAY = timedelta(hours=20)


@pytest.fixture
def say(now, elena):
    """Records a word about the creator's clock: `say(task, "offer", until=...)`."""

    def said(task, says, **more):
        task.refresh_from_db()
        given = {"by": elena, "now": now, "version": task.version, "key": f"clock-{next(_keys)}", **more}
        made = creator_clock.say(task, says=says, **given)
        task.refresh_from_db()
        return made

    return said


class TestOffer:
    def test_makes_the_card_due_no_later_than_the_offer_and_first_in_the_queue(self, card, elena, now, say):
        worth, task = card(value=3.0), card(value=1.0)
        say(task, "offer", until=now + FRIDAY)
        assert (task.due_at, task.offer_until) == (now + FRIDAY, now + FRIDAY)
        assert claims.claim_next(by=elena, now=now) == task
        assert worth.value < task.value

    def test_leaves_an_earlier_deadline_alone(self, card, now, say):
        task = card()
        due = task.due_at
        say(task, "offer", until=now + timedelta(days=9))
        assert task.due_at == due

    def test_again_replaces_the_first_and_lifts_the_card_once(self, card, now, say):
        task = card(value=1.0)
        due = task.due_at
        say(task, "offer", until=now + FRIDAY)
        say(task, "offer", until=now + 2 * FRIDAY)
        assert (task.due_at, task.value) == (now + 2 * FRIDAY, 1.0 + order.FIRST)
        say(task, "back")
        assert (task.due_at, task.value, task.offer_until) == (due, 1.0, None)

    def test_is_not_due_at_once_where_the_time_without_it_is_over(self, card, now, say):
        task = card()
        say(task, "offer", until=now + FRIDAY)
        later = task.due_at + timedelta(days=9)
        task.paused_at = now
        task.save(update_fields=["paused_at"])
        deadlines.go_on(task, now=later)
        say(task, "offer", until=later + FRIDAY, now=later)
        assert later < task.due_at <= later + FRIDAY

    def test_lies_ahead(self, card, now, say):
        for until in (None, now, now - timedelta(hours=1)):
            with pytest.raises(creator_clock.NotATime):
                say(card(), "offer", until=until)

    def test_holds_for_every_later_deadline_of_the_card(self, card, decide, elena, now, say):
        task = card()
        say(task, "offer", until=now + FRIDAY)
        task.paused_at = now
        task.save()
        deadlines.go_on(task, now=now + timedelta(hours=5))
        assert task.due_at == now + FRIDAY
        decide(task, "hold", by=elena, hold_until=(now + timedelta(days=9)).date())
        task.refresh_from_db()
        assert task.due_at == now + FRIDAY


class TestGone:
    @pytest.mark.parametrize("says", ["withdrawn", "taken"])
    def test_closes_the_card_without_a_decision(self, card, now, say, says):
        task = claims.claim(card(), by=make.user("manager"), now=now)
        say(task, says)
        assert (task.state, task.due_at, task.claimed_by) == (says, None, None)
        assert task.closed_at == now
        assert not Decision.objects.exists()
        assert deadlines.sweep(now + timedelta(days=30)).total() == 0

    @pytest.mark.parametrize("state", ["open", "escalated", "held", "awaiting"])
    def test_can_be_taken_back_to_where_the_card_stood(self, card, now, say, sofia, state):
        task = card(state=state, escalated_to=sofia if state in {"escalated", "awaiting"} else None)
        due = task.due_at
        say(task, "taken")
        say(task, "back")
        assert (task.state, task.due_at, task.closed_at) == (state, due, None)
        assert task.escalated_to == (sofia if state in {"escalated", "awaiting"} else None)

    def test_gives_time_when_the_old_deadline_has_passed(self, card, now, say):
        task = card()
        say(task, "withdrawn")
        say(task, "back", now=now + timedelta(days=9))
        assert task.due_at > now + timedelta(days=9)

    def test_is_not_said_of_a_decided_card(self, card, now, say):
        with pytest.raises(workflow.WrongState):
            say(card(state="rejected"), "withdrawn")

    def test_takes_the_right_to_decide_there(self, card, say):
        with pytest.raises(NotAllowed):
            say(card(), "taken", by=make.user("analyst"))

    def test_back_needs_something_to_take_back(self, card, say):
        with pytest.raises(workflow.Refused, match="Nothing"):
            say(card(), "back")

    def test_says_the_same_of_a_sealed_card_for_any_verdict(self, card, now, say):
        cards = [card(verdict, arm="blind", value=1.0) for verdict in ("recommend", "decline")]
        for task in cards:
            say(task, "offer", until=now + FRIDAY)
        assert len({(task.value, task.due_at, task.state) for task in cards}) == 1
        assert {task.unsealed_at for task in cards} == {None}


class TestTheSameFormAgain:
    @pytest.mark.parametrize("says", ["offer", "withdrawn", "taken"])
    def test_writes_one_row_and_one_entry(self, card, now, elena, says):
        task = card()
        until = now + FRIDAY if says == "offer" else None
        form = {"says": says, "until": until, "version": task.version, "key": "one", "by": elena, "now": now}
        first, again = (creator_clock.say(task, **form) for _twice in range(2))
        assert first == again
        assert CreatorClock.objects.count() == AuditEntry.objects.filter(kind="creator_clock").count() == 1

    def test_with_other_words_is_refused(self, card, now, say):
        task = card()
        say(task, "offer", until=now + FRIDAY, key="one")
        for said in ({"says": "offer", "until": now + 2 * FRIDAY}, {"says": "withdrawn"}):
            with pytest.raises(KeyReused):
                say(task, **said, key="one")
        with pytest.raises(KeyReused):
            say(card(), "offer", until=now + FRIDAY, key="one")

    def test_says_so_where_it_does_not_stand_any_more(self, card, now, say):
        task = card()
        say(task, "offer", until=now + FRIDAY, key="one")
        say(task, "back")
        with pytest.raises(TaskMoved):
            say(task, "offer", until=now + FRIDAY, key="one")

    def test_needs_a_key(self, card, say):
        with pytest.raises(KeyReused):
            say(card(), "withdrawn", key="")


def test_states_of_the_creators_word_are_no_verdict_on_the_person():
    assert TaskState.WITHDRAWN.label == "withdrawn by the creator"
    assert TaskState.TAKEN.label == "taken by another offer"
