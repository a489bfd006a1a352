"""Holding a job: claim it by compare-and-swap, keep the lease with each chunk, give it back or end it.

A worker that was killed leaves a lease that runs out; the reaper queues the job again and the next worker goes on from
`done`. A worker that lost its lease learns it from its own next `keep`; the chunk it was writing is rolled back.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from jobs.models import Job, Status

LOST = "lost"  # code kept in Job.error: the workers of this job died again and again
RETRY_WAITS = (1, 4, 15, 40)  # seconds before the second, third ... start after an unexpected error
# kind -> what else ends when a job fails or is cancelled, in the same transaction (filled by `dispatch.runs`)
ENDINGS: dict[str, Callable[[Job], None]] = {}
# What hears of each job that succeeds or fails, in the same transaction (upper floors add to it)
HEARERS: list[Callable[[Job], None]] = []


class LostLease(Exception):
    """Raised when the job is no longer this worker's: cancelled, or given to another after a silence."""


_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


@contextmanager
def moved(moment: datetime) -> Iterator[None]:
    """Let the clock of this thread stand at a moment: work that is told as it happened (the demo's past, tests)."""
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)


def nearly_now() -> datetime:
    """Return the host's clock, minutes off the database's at worst: for bounds that are wider by as much. No query."""
    return _moved.get() or timezone.now()


def now() -> datetime:
    """Return the database's clock (on SQLite the host's), read once at the edge and passed down as `now`."""
    if (elsewhen := _moved.get()) is not None:
        return elsewhen
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def clock() -> Func | Value:
    """Return the clock that `now` reads as an expression, for a page that annotates a row with it that it reads anyway.

    For what is only shown: whoever waits for a row before they write asks `now` once they hold it.
    """
    if connection.vendor == "postgresql" and _moved.get() is None:
        return Func(function="clock_timestamp", output_field=DateTimeField())
    return Value(now(), DateTimeField())


class Lease:
    """A claimed job as its worker function sees it. `attempts` fences off a holder that was given up."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.is_over = False

    @property
    def pk(self) -> int:
        """The job's id."""
        return self.job.pk

    @property
    def params(self) -> dict[str, Any]:
        """What was asked for: ids and plain values."""
        params: dict[str, Any] = self.job.params
        return params

    @property
    def done(self) -> int:
        """Units of work already committed, by this attempt or an earlier one: resume here."""
        return self.job.done

    @property
    def by(self) -> User | None:
        """The person who asked for the work."""
        return self.job.by

    def keep(self, *, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        """Extend the lease and write the progress; raise LostLease when the job is not ours any more.

        Call it inside the transaction of each chunk, at least twice per JOB_LEASE: a chunk whose `keep` raises is
        rolled back with it, so a chunk is written once. `step` is a code. Going further than any
        attempt before earns new attempts: a job that starts over and dies at the same place each time must end.
        """
        moment = now()
        changes: dict[str, Any] = {
            "heartbeat_at": moment,
            "lease_until": moment + timedelta(seconds=settings.JOB_LEASE),
        }
        changes |= {
            name: value for name, value in (("done", done), ("total", total), ("step", step)) if value is not None
        }
        if done is not None and done > self.job.furthest:
            changes |= {"furthest": done, "max_attempts": self.job.attempts + settings.JOB_ATTEMPTS}
        self._write(**changes)

    def finish(self, result: dict[str, Any] | None = None) -> None:
        """End the job as succeeded. A worker function may call it inside the transaction of its last effect."""
        with transaction.atomic():
            self._write(status=Status.SUCCEEDED, result=result or {}, finished_at=now(), lease_until=None, error="")
            _say(self.job)
        self.is_over = True

    def fail(self, error: str, *, again: bool) -> int:
        """Note an error. Queue the job again while attempts are left and `again` is set, else end it.

        Returns the seconds until the next attempt; 0 when there is none.
        """
        wait = RETRY_WAITS[min(self.job.attempts, len(RETRY_WAITS)) - 1]
        if again and self.job.attempts < self.job.max_attempts:
            # On a queued row `lease_until` is the time before which nobody may claim it.
            due = now() + timedelta(seconds=wait)
            self._write(status=Status.QUEUED, error=error, lease_until=due)
        else:
            wait = 0
            with transaction.atomic():
                self._write(status=Status.FAILED, error=error, finished_at=now(), lease_until=None)
                end(self.job)
                _say(self.job)
        self.is_over = True
        return wait

    def release(self) -> None:
        """Give the job back untouched, for a worker that stops in good order: the attempt is not counted."""
        self._write(status=Status.QUEUED, worker="", lease_until=None, attempts=F("attempts") - 1)
        self.is_over = True

    def _write(self, **changes: Any) -> None:
        mine = Job.objects.filter(
            pk=self.job.pk, status=Status.RUNNING, worker=self.job.worker, attempts=self.job.attempts
        )
        if not mine.update(**changes):
            raise LostLease(f"Job {self.job.pk} is not held by {self.job.worker} any more.")
        for name, value in changes.items():
            if name != "attempts":
                setattr(self.job, name, value)


def end(job: Job) -> None:
    """Run what else ends with a failed or cancelled job, inside the transaction that ended it."""
    if job.kind in ENDINGS:
        ENDINGS[job.kind](job)


def _say(job: Job) -> None:
    for hearer in HEARERS:
        hearer(job)


def claim(job_id: int, *, worker: str, now: datetime, kinds: Collection[str] | None = None) -> Lease | None:
    """Take a queued job for this worker, or return None when it is gone, finished, held, or not due yet.

    kinds: those that this release can do; another's is left to a worker that knows it.
    """
    due = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    if kinds is not None:
        due &= Q(kind__in=kinds)
    taken = Job.objects.filter(due, pk=job_id, status=Status.QUEUED).update(
        status=Status.RUNNING,
        attempts=F("attempts") + 1,
        worker=worker,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE),
        heartbeat_at=now,
        started_at=Coalesce(F("started_at"), now),
    )
    if not taken:
        return None
    job = Job.objects.select_related("by").get(pk=job_id)
    return Lease(job) if job.worker == worker and job.status == Status.RUNNING else None


def requeue_expired(now: datetime) -> list[Job]:
    """Queue the jobs whose workers fell silent, or end those without attempts left. Return those queued again."""
    return [job for job in Job.objects.filter(status=Status.RUNNING, lease_until__lt=now) if _reap(job, now)]


def requeue_orphans(now: datetime) -> list[Job]:
    """Queue every running job at once: at the start of the only worker, nobody can be holding one."""
    return [job for job in Job.objects.filter(status=Status.RUNNING) if _reap(job, now)]


def _reap(job: Job, now: datetime) -> bool:
    same = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts, lease_until=job.lease_until)
    if job.attempts < job.max_attempts:
        return bool(same.update(status=Status.QUEUED, worker="", lease_until=None, heartbeat_at=now))
    with transaction.atomic():
        if same.update(status=Status.FAILED, error=LOST, finished_at=now, lease_until=None):
            job.status, job.error, job.finished_at = Status.FAILED, LOST, now
            end(job)
            _say(job)
    return False
