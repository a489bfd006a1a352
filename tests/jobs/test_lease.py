"""Claims, leases, and what the reaper does with the silent."""

from datetime import timedelta

import pytest
from django.db import transaction

from jobs import lease
from jobs.models import Job, Status

HOUR = timedelta(hours=1)


@pytest.fixture
def held(queue):
    job = queue()
    return lease.claim(job.pk, worker="first", now=lease.now())


class TestClaim:
    def test_takes_a_waiting_job_once(self, queue):
        job = queue()
        assert lease.claim(job.pk, worker="first", now=lease.now()) is not None
        assert lease.claim(job.pk, worker="second", now=lease.now()) is None
        assert Job.objects.get().worker == "first"

    def test_leaves_a_job_that_is_not_due_yet(self, queue):
        job = queue()
        Job.objects.update(lease_until=lease.now() + HOUR)
        assert lease.claim(job.pk, worker="first", now=lease.now()) is None

    def test_leaves_a_finished_job(self, held):
        held.finish({"rows": 3})
        assert lease.claim(held.pk, worker="second", now=lease.now()) is None


class TestKeep:
    def test_writes_the_progress(self, held):
        held.keep(done=5, total=10, step="scores")
        job = Job.objects.get()
        assert (job.done, job.total, job.step) == (5, 10, "scores")
        assert job.share == 0.5

    def test_extends_the_lease(self, held):
        Job.objects.update(lease_until=lease.now() - HOUR)
        held.keep()
        assert Job.objects.get().lease_until > lease.now()

    def test_earns_new_attempts_by_progress(self, held):
        Job.objects.update(attempts=5, max_attempts=5)
        held.job.attempts = 5
        held.keep(done=1)
        assert Job.objects.get().max_attempts == 10

    def test_refuses_a_worker_that_was_given_up(self, held):
        lease.requeue_expired(lease.now() + HOUR)
        with pytest.raises(lease.LostLease):
            held.keep(done=1)

    def test_refuses_the_same_worker_in_an_earlier_attempt(self, held):
        lease.requeue_expired(lease.now() + HOUR)
        lease.claim(held.pk, worker="first", now=lease.now())
        with pytest.raises(lease.LostLease):
            held.keep(done=1)

    def test_takes_back_the_chunk_it_belongs_to(self, held, queue):
        Job.objects.filter(pk=held.pk).update(status=Status.CANCELLED)
        before = Job.objects.count()

        def chunk():
            with transaction.atomic():
                queue()
                held.keep(done=1)

        with pytest.raises(lease.LostLease):
            chunk()
        assert Job.objects.count() == before


class TestReaper:
    def test_queues_a_job_whose_worker_fell_silent(self, held):
        assert lease.requeue_expired(lease.now() + HOUR) == [held.job]
        assert Job.objects.get().status == Status.QUEUED

    def test_leaves_a_job_whose_lease_stands(self, held):
        assert lease.requeue_expired(lease.now()) == []
        assert Job.objects.get().status == Status.RUNNING

    def test_ends_a_job_that_kills_every_worker(self, held):
        Job.objects.update(max_attempts=1)
        lease.requeue_expired(lease.now() + HOUR)
        job = Job.objects.get()
        assert (job.status, job.error) == (Status.FAILED, lease.LOST)

    def test_ends_what_hangs_on_a_job_it_gives_up(self, queue, kind):
        ended = []
        job = queue(kind=kind(ended=ended.append))
        lease.claim(job.pk, worker="first", now=lease.now())
        Job.objects.update(max_attempts=1)
        lease.requeue_expired(lease.now() + HOUR)
        assert ended == [job]

    def test_queues_every_orphan_when_the_only_worker_starts(self, held):
        assert lease.requeue_orphans(lease.now()) == [held.job]
        assert Job.objects.get().status == Status.QUEUED


class TestFail:
    def test_waits_before_the_next_attempt(self, held):
        wait = held.fail("ValueError: odd", again=True)
        job = Job.objects.get()
        assert wait == lease.RETRY_WAITS[0]
        assert (job.status, job.error) == (Status.QUEUED, "ValueError: odd")
        assert job.lease_until > lease.now()

    def test_ends_the_job_after_the_last_attempt(self, held):
        Job.objects.update(max_attempts=1)
        held.job.max_attempts = 1
        assert held.fail("ValueError: odd", again=True) == 0
        assert Job.objects.get().status == Status.FAILED


class TestRelease:
    def test_gives_the_job_back_without_counting_the_attempt(self, held):
        held.release()
        job = Job.objects.get()
        assert (job.status, job.attempts) == (Status.QUEUED, 0)


class TestClock:
    def test_comes_with_a_row_as_the_time_that_is_asked_for_by_itself(self, held):
        before = lease.now()
        read = Job.objects.annotate(read_at=lease.clock()).get().read_at
        assert before <= read <= lease.now()

    def test_stands_still_where_the_clock_was_moved(self, held):
        with lease.moved(lease.now() - HOUR):
            read = Job.objects.annotate(read_at=lease.clock()).get().read_at
            assert read == lease.now()
