"""The embedded worker: polls the Job table and calls the task that Celery calls in production."""

import logging
import signal
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from audit import checks, rollback
from jobs import clock, dispatch, lease, lock, orphans, tasks
from jobs.models import Job, Status

logger = logging.getLogger("jobs.worker")
POLL = 0.05  # seconds between two looks at an empty queue
PATIENCE = 15.0  # seconds to wait for a predecessor that is still stopping


class Command(BaseCommand):
    """Run jobs one after the other, and what the clock asks for beside them, until told to stop."""

    help = "Run the embedded worker: jobs, and what is done by the clock."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--once`: end as soon as nothing is due."""
        parser.add_argument("--once", action="store_true", help="end when no job is due")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        """Take the lock, queue what a killed predecessor left, then work."""
        if settings.PRODUCTION:
            raise CommandError("With DATABASE_URL set the workers are Celery's: ./run manage worker.")
        checks.require()
        orphans.guard()
        held = _hold_when_free()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        moved = lease.requeue_orphans(lease.now())
        logger.info("Worker started; %s jobs of an earlier worker are queued again", len(moved))
        clock.begin()
        threading.Thread(target=clock.go_on, daemon=True, name="clock").start()
        try:
            _work(once=once)
        except KeyboardInterrupt:
            logger.info("Worker stopped")
        finally:
            held.close()


def _hold_when_free() -> Any:
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            return lock.hold(settings.DATA_DIR / "jobworker.lock")
        except lock.AlreadyHeld as held:
            if time.monotonic() > give_up_at:
                raise CommandError(f"Another worker is running: {held}") from held
            time.sleep(0.2)


def _work(*, once: bool) -> None:
    while True:
        job_id = _next()
        if job_id is not None:
            if tasks.run_job.apply(args=[job_id]).failed():
                time.sleep(1)  # the database itself is in trouble: do not spin
        elif once:
            return
        else:
            time.sleep(POLL)


def _next() -> int | None:
    due = Q(lease_until__isnull=True) | Q(lease_until__lte=lease.now())
    known = Job.objects.filter(due, status=Status.QUEUED, kind__in=dispatch.WORK.keys())  # not a newer release's
    found = known.order_by("pk").values_list("pk", flat=True).first()
    return None if found is None or rollback.finding() else found
