"""A host whose clock is an hour off: leases, deadlines and the log go by the database's clock (trust.md F10).

The clock of this process is moved and the database's is not, which takes a database with a clock of its own.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from jobs import lease, tasks, ticks
from jobs.models import Job, Status, Tick
from review import claims, deadlines
from review.models import TaskState
from tests import factories as make
from tests import servers
from tests.review.worlds import BACKEND

pytestmark = pytest.mark.django_db
OFF = pytest.mark.parametrize("hours", [-1, 1])
NEAR = timedelta(minutes=20)  # far under the hour, far over what a test takes


@pytest.fixture(autouse=True)
def truth():
    """The database's clock."""
    servers.need("postgres", connection.vendor == "postgresql", "SQLite has no clock but the host's")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@contextmanager
def host_off(hours):
    """Be a process on a host whose clock is off."""
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert abs(timezone.now() - lease.now()) > NEAR
        yield


def job(**fields):
    return Job.objects.create(kind="import", idempotency_key=f"k{Job.objects.count()}", **fields)


class TestAJob:
    @OFF
    def test_is_held_as_long_as_by_anybody(self, truth, hours):
        queued = job()
        with host_off(hours):
            held = lease.claim(queued.pk, worker="off", now=lease.now())
            held.keep(done=1)
        queued.refresh_from_db()
        assert abs(queued.lease_until - truth) < NEAR

    def test_of_another_worker_is_left_to_it_by_a_host_ahead(self, truth):
        held = job(status=Status.RUNNING, worker="other", attempts=1, lease_until=truth + NEAR)
        with host_off(1):
            tasks.reap(lease.now())
        held.refresh_from_db()
        assert (held.status, held.worker) == (Status.RUNNING, "other")

    def test_of_a_dead_worker_is_given_on_by_a_host_behind(self, truth):
        held = job(status=Status.RUNNING, worker="dead", attempts=1, lease_until=truth - NEAR)
        with host_off(-1):
            tasks.reap(lease.now())
        held.refresh_from_db()
        assert (held.status, held.worker) == (Status.QUEUED, "")


class TestAPage:
    @OFF
    def test_writes_when_something_was_done_by_the_databases_clock(self, truth, hours, client):
        found = make.campaign()
        client.force_login(make.user("strategist"), BACKEND)
        with host_off(hours):
            assert client.post(reverse("campaign-close", args=[found.slug])).status_code == 302
        found.refresh_from_db()
        assert abs(found.closed_at - truth) < NEAR


class TestADeadline:
    def test_is_not_passed_early_by_a_host_ahead(self, truth):
        task = make.task(opened_at=truth - timedelta(hours=48) + NEAR)
        with host_off(1):
            deadlines.sweep(lease.now())
        task.refresh_from_db()
        assert task.state == TaskState.OPEN

    def test_is_not_passed_late_by_a_host_behind_nor_twice(self, truth):
        task = make.task(opened_at=truth - timedelta(hours=48) - NEAR)
        with host_off(-1):
            deadlines.sweep(lease.now())
        deadlines.sweep(lease.now())
        task.refresh_from_db()
        assert task.state != TaskState.OPEN
        assert task.decisions.count() == 1

    def test_of_a_claim_is_the_same_for_everybody(self, truth):
        task, first = make.task(opened_at=truth), make.user("strategist")
        claims.claim(task, by=first, now=lease.now())
        with host_off(3):  # two hours after its end, by that host
            claims.free_lapsed(lease.now())
        task.refresh_from_db()
        assert task.claimed_by == first


class TestTheClock:
    def test_takes_the_slot_that_everybody_takes(self, truth, monkeypatch):
        done = []
        monkeypatch.setattr(ticks, "CHORES", {"once": ticks.Chore(done.append, 86_400)})
        for hours in (-1, 1):
            with host_off(hours):
                ticks.run_due(lease.now())
        assert len(done) == Tick.objects.filter(name="once").count() == 1

    @OFF
    def test_of_the_log_is_the_databases(self, truth, hours):
        with host_off(hours):
            made = make.entry()
        assert abs(AuditEntry.objects.get(pk=made.pk).at - truth) < NEAR
