"""The stop button: one manager stops, two start again."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import deadlines, decisions, stops
from review.models import Choice, Notice, Origin, Stop, TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db
WHY = "63% right where it said 77%"


@pytest.fixture
def stopped(policy, sofia, now):
    return stops.stop(policy.market, brand="acme", reason=WHY, by=sofia, now=now)


@pytest.fixture
def decided(card, now):
    """A card that was decided without a person: `decided("auto", hours=1)`."""

    def made(origin, *, hours=1, choice="approve", **fields):
        task = card(state="approved" if choice == "approve" else "not_shown", route="auto", due_at=None, **fields)
        decisions.write(task, choice, origin=Origin(origin), by=None, owner=task.policy.owner,
                        now=now - timedelta(hours=hours), key=f"{origin}:{task.pk}")  # fmt: skip
        return task

    return made


class TestStop:
    def test_holds_at_once_with_an_entry_and_its_words_apart(self, stopped):
        assert stops.in_force("acme", "US") == stopped
        entry = AuditEntry.objects.get(kind="stop")
        assert json.loads(entry.body)["what"] == "stop"
        assert WHY not in entry.body

    def test_tells_everybody_who_decides_there_but_who_did_it(self, elena, marcus, stopped, sofia):
        told = set(Notice.objects.filter(about="stop").values_list("user", flat=True))
        assert {elena.pk, marcus.pk} <= told
        assert sofia.pk not in told

    def test_is_of_its_brand_and_market_only(self, stopped):
        assert stops.in_force("other", "US") is None
        assert stops.in_force("acme", "RU") is None

    def test_of_one_model_leaves_the_others(self, policy, sofia, now):
        one, other = make.model(policy.market), make.model(policy.market, state="retired")
        stops.stop(policy.market, brand="acme", model=one, reason=WHY, by=sofia, now=now)
        assert stops.in_force("acme", "US", model=one.pk)
        assert stops.in_force("acme", "US", model=other.pk) is None

    def test_of_all_brands_is_for_a_manager_of_all_brands(self, policy, sofia, now):
        with pytest.raises(NotAllowed):
            stops.stop(policy.market, reason=WHY, by=sofia, now=now)
        stops.stop(policy.market, reason=WHY, by=make.user("manager"), now=now)
        assert stops.in_force("any", "US")

    def test_is_not_a_strategists(self, policy, elena, now):
        with pytest.raises(NotAllowed):
            stops.stop(policy.market, brand="acme", reason=WHY, by=elena, now=now)

    def test_says_why(self, policy, sofia, now):
        with pytest.raises(stops.CannotStop, match="why you stop it"):
            stops.stop(policy.market, brand="acme", reason="  ", by=sofia, now=now)

    def test_is_pressed_once(self, stopped, policy, marcus, now):
        with pytest.raises(stops.CannotStop, match="stopped already"):
            stops.stop(policy.market, brand="acme", reason=WHY, by=marcus, now=now)

    @pytest.mark.parametrize(("origin", "choice"), [("auto", "approve"), ("fast", "approve"), ("expiry", "reject")])
    def test_brings_back_what_was_decided_without_a_person(self, decided, policy, sofia, now, origin, choice):
        task = decided(origin, choice=choice)
        made = stops.stop(policy.market, brand="acme", reason=WHY, by=sofia, now=now)
        task.refresh_from_db()
        assert (made.came_back, task.state, task.on_expiry, task.route) == (1, "open", "escalates", "review")
        assert task.reasons[0] == ["stopped", {}]
        assert task.decisions.order_by("-id").first().choice == Choice.UNDO

    def test_leaves_what_can_no_longer_be_undone_and_what_people_decided(
        self, decided, card, decide, elena, sofia, now
    ):
        old, mine = decided("auto", hours=49), card()
        decide(mine, "approve", by=elena, after=timedelta(0))
        stops.stop(old.campaign.market, brand="acme", reason=WHY, by=sofia, now=now)
        assert {TaskState(one.state) for one in (old, mine) if not one.refresh_from_db()} == {TaskState.APPROVED}

    def test_lets_the_clock_decide_nothing(self, card, stopped, now):
        task = card()
        assert deadlines.why_up(task, now=now) == deadlines.Up.STOPPED
        deadlines.sweep(now + timedelta(hours=49))
        task.refresh_from_db()
        assert task.state == TaskState.ESCALATED


class TestRestart:
    @pytest.mark.parametrize("answer", [stops.confirm_restart, stops.withdraw_restart])
    def test_leaves_nobody_asked_once_it_is_answered(self, stopped, sofia, marcus, now, answer):
        stops.propose_restart(stopped, by=sofia, now=now)
        asked = Notice.objects.filter(key__contains=":propose:", read_at__isnull=True)
        assert marcus in {one.user for one in asked.all()}
        answer(stopped, by=marcus, now=now)
        assert not asked.exists()

    def test_takes_two_people(self, stopped, sofia, marcus, now):
        stops.propose_restart(stopped, by=sofia, now=now)
        assert stops.in_force("acme", "US")
        with pytest.raises(stops.CannotStop, match="takes two people"):
            stops.confirm_restart(stopped, by=sofia, now=now)
        stops.confirm_restart(stopped, by=marcus, now=now)
        assert stops.in_force("acme", "US") is None

    def test_is_confirmed_only_where_it_was_asked_for(self, stopped, marcus, now):
        with pytest.raises(stops.CannotStop, match="Nobody has asked"):
            stops.confirm_restart(stopped, by=marcus, now=now)

    def test_can_be_refused_and_asked_for_again(self, stopped, sofia, marcus, now):
        stops.propose_restart(stopped, by=sofia, now=now)
        stops.withdraw_restart(stopped, by=marcus, now=now)
        stops.propose_restart(stopped, by=marcus, now=now + timedelta(minutes=1))
        stops.confirm_restart(stopped, by=sofia, now=now + timedelta(minutes=2))
        assert stops.in_force("acme", "US") is None
        assert AuditEntry.objects.filter(kind="stop").count() == 5

    def test_is_not_a_strategists(self, stopped, elena, now):
        with pytest.raises(NotAllowed):
            stops.propose_restart(stopped, by=elena, now=now)


class TestTheDatabase:
    @pytest.mark.parametrize("who", ["nobody", "same"])
    def test_starts_nothing_by_fewer_than_two(self, stopped, sofia, now, who):
        asked = {"nobody": {}, "same": {"proposed_by": sofia}}[who]
        with pytest.raises(IntegrityError, match="two_people_start_the_ai_again"), transaction.atomic():
            Stop.objects.filter(pk=stopped.pk).update(confirmed_by=sofia, ended_at=now, **asked)

    def test_refuses_to_open_an_ended_stop(self, stopped, sofia, marcus, now):
        stops.propose_restart(stopped, by=sofia, now=now)
        stops.confirm_restart(stopped, by=marcus, now=now)
        with pytest.raises(DatabaseError, match="ends once"), transaction.atomic():
            Stop.objects.filter(pk=stopped.pk).update(ended_at=None, confirmed_by=None)
