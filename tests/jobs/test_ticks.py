"""What is done by the clock is done once a slot, and its heartbeat is honest."""

from datetime import timedelta

import pytest

from jobs import lease, queries, ticks
from jobs.models import Tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def chores(monkeypatch):
    chores = {}
    monkeypatch.setattr(ticks, "CHORES", chores)
    return chores


class TestRunDue:
    def test_calls_a_function_once_a_slot(self, chores):
        calls, moment = [], lease.now()
        ticks.every(60, "sweep")(calls.append)
        ticks.run_due(moment)
        ticks.run_due(moment)
        assert calls == [moment]

    def test_calls_it_again_in_the_next_slot(self, chores):
        calls, moment = [], lease.now()
        ticks.every(60, "sweep")(calls.append)
        ticks.run_due(moment)
        ticks.run_due(moment + timedelta(seconds=60))
        assert len(calls) == 2

    def test_leaves_a_slot_that_another_scheduler_took(self, chores):
        moment = lease.now()
        assert ticks.take("sweep", slot=7, now=moment) is True
        assert ticks.take("sweep", slot=7, now=moment) is False

    def test_goes_on_after_a_function_that_fails(self, chores):
        calls = []
        ticks.every(60, "broken")(lambda now: 1 / 0)
        ticks.every(60, "sweep")(calls.append)
        assert ticks.run_due(lease.now()) == ["sweep"]
        assert len(calls) == 1

    def test_forgets_old_slots(self, chores):
        moment = lease.now()
        ticks.every(60, "sweep")(lambda now: None)
        ticks.take("sweep", slot=1, now=moment)
        ticks.run_due(moment)
        assert not Tick.objects.filter(slot=1).exists()


class TestHeartbeat:
    def test_is_the_time_of_the_last_success(self, chores):
        moment = lease.now()
        ticks.every(60, "sweep")(lambda now: None)
        ticks.run_due(moment)
        assert abs(queries.heartbeat("sweep") - moment) < timedelta(seconds=0.01)

    def test_does_not_beat_for_a_failure(self, chores):
        ticks.every(60, "sweep")(lambda now: 1 / 0)
        ticks.run_due(lease.now())
        assert queries.heartbeat("sweep") is None

    def test_stands_for_the_reaper(self):
        ticks.run_due(lease.now())
        assert queries.heartbeat("reaper") is not None
