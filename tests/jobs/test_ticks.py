"""What is done by the clock is done once a slot, and its heartbeat is honest."""

from datetime import timedelta

import pytest

from jobs import lease, queries, ticks
from jobs.models import Job, Status, Tick

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


class TestHeartbeats:
    def test_leave_out_what_never_beat_and_what_nobody_asked_for(self, chores):
        for slot in (1, 2):
            ticks.take("sweep", slot=slot, now=lease.now())
        ticks.take("other", slot=1, now=lease.now())
        newest = Tick.objects.get(name="sweep", slot=2).at
        assert queries.heartbeats(["sweep", "reaper"]) == {"sweep": newest}


class TestLoad:
    def test_counts_what_waits_and_runs_and_dates_the_oldest_that_waits(self, queue):
        queue(), queue()
        oldest, running = Job.objects.order_by("pk")[0], queue()
        lease.claim(running.pk, worker="first", now=lease.now())
        Job.objects.filter(pk=queue().pk).update(status=Status.SUCCEEDED)
        assert queries.load() == queries.Load(queued=2, running=1, oldest=oldest.created_at)

    def test_tells_of_an_idle_house(self):
        assert queries.load() == queries.Load(queued=0, running=0, oldest=None)
