"""The belt: the Celery task that carries a job's id (embedded, `jobworker` calls the same one), and its reaper."""

import os
import socket
import uuid
from datetime import datetime

from celery import shared_task

from jobs import dispatch, lease, ticks


@shared_task(name="jobs.tasks.run_job")
def run_job(job_id: int) -> None:
    """Carry out one job. Delivered twice, the second does nothing: the first holds the claim."""
    # A name of its own for each claim: a thread or a fork must not pass for the holder of another's job.
    dispatch.run(job_id, worker=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}")


@ticks.every(10, "reaper")
def reap(now: datetime) -> None:
    """Queue the jobs of dead workers again, and repeat hints that got lost. Every 10 seconds."""
    for job in lease.requeue_expired(now):
        dispatch.hint(job)
    dispatch.hint_again(now)
