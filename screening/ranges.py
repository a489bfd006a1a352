"""A large run spread over workers: a job a range and step, carried out by whoever is free, on this host or another.

The run's own job makes them, takes part in them itself, waits for what others hold and merges. So one worker alone gets
through, each further one helps, and a killed one costs the range in its hands. Jobs are rows in both modes: embedded
nobody else takes them, in production Redis carries their ids.
"""

import time

from django.conf import settings
from django.db import transaction

from jobs import dispatch, lease
from jobs.lease import Lease
from jobs.models import Job, Status
from screening import judging, parts
from screening.models import ScreeningRun

KIND = "range"
POLL = 0.25  # seconds between two looks at ranges that others hold


def is_large(inputs: parts.Inputs) -> bool:
    """Tell whether a pool has more than one range: else the run's own job judges it whole."""
    return len(inputs.pool) > settings.RANGE_ROWS


def spread(held: Lease, run: ScreeningRun, step: str, *, before: int, total: int) -> None:
    """Have a step done for every range of a run; return when all are. before, total: steps of the job done, and in all.

    Raises Refused where a range failed for good, LostLease when the run's job is not ours any more.
    """
    _make(held, run, step)
    waiting = Job.objects.filter(kind=KIND, idempotency_key__startswith=_key(held.pk, step))
    while left := list(waiting.exclude(status=Status.SUCCEEDED).order_by("-pk")):
        if failed := next((job for job in left if job.is_finished), None):
            raise dispatch.Refused(failed.error or str(failed.status))
        held.keep(done=before + waiting.filter(status=Status.SUCCEEDED).count(), total=total, step="screen")
        # From the end: hints reach other workers from the start, so that two seldom want the same one.
        if free := next((job for job in left if _is_due(job)), None):
            dispatch.run(free.pk, worker=held.job.worker)
        else:
            time.sleep(POLL)


def _is_due(job: Job) -> bool:
    return job.status == Status.QUEUED and (job.lease_until is None or job.lease_until <= lease.now())


def _make(held: Lease, run: ScreeningRun, step: str) -> None:
    with transaction.atomic():
        held.keep()
        for number in range(len(judging.opened(run).spans)):
            dispatch.enqueue(
                KIND, params={"run": run.pk, "step": step, "number": number}, key=f"{_key(held.pk, step)}{number}",
                by=None, now=lease.now(),
            )  # fmt: skip


def _key(job: int, step: str) -> str:
    return f"{KIND}:{job}:{step}:"


@dispatch.runs(KIND, queue="score", is_part=True)
def carry_out(held: Lease) -> None:
    """Do one step of one range (params: ``run``, ``step``, ``number``). About a second; a repeat writes the same."""
    run = ScreeningRun.objects.select_related("brief", "model").defer("model__document").get(pk=held.params["run"])
    parts.STEPS[held.params["step"]](judging.opened(run), held.params["number"])


def end(job: Job) -> None:
    """Stop the ranges of a run's job that failed or was cancelled; one that is being worked on ends by itself."""
    own = Job.objects.filter(kind=KIND, idempotency_key__startswith=f"{KIND}:{job.pk}:", status=Status.QUEUED)
    own.update(status=Status.CANCELLED, finished_at=job.finished_at, lease_until=None)
