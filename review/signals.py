"""What review listens to: `screening.signals.run_completed`, the only signal that travels up, and the end of jobs."""

from datetime import datetime, timedelta
from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from jobs import dispatch, lease
from jobs.models import Job, Status
from review import notices
from review.models import About
from screening.models import ScreeningRun
from screening.signals import run_completed

LONG = timedelta(seconds=20)  # as long as somebody watches a bar move: who waited longer went on to something else


@receiver(run_completed, dispatch_uid="review.open_for_run")
def open_queue(sender: Any, *, run: ScreeningRun, now: datetime | None = None, **_rest: Any) -> None:
    """Open the cards of a run in the transaction that completes it."""
    from review import queue

    queue.open_for_run(run, now=now or run.finished_at or run.created_at)


def tell_of_work(job: Job) -> None:
    """Tell whoever asked for work that it is ready, if it took long, or that it failed: nobody has to watch it."""
    work = dispatch.WORK.get(job.kind)
    if job.by is None or job.finished_at is None or work is None or work.is_part:
        return
    is_ready = job.status == Status.SUCCEEDED
    if is_ready and job.finished_at - job.created_at < LONG:
        return
    url = work.link(job) if work.link and is_ready else reverse("job", args=[job.pk])
    said = {"job": job.pk, "kind": job.kind, "status": job.status, "brand": job.brand, "market": job.market}
    notices.tell([job.by], About.WORK, key=f"job:{job.pk}", url=url, now=job.finished_at, numbers=said)


lease.HEARERS.append(tell_of_work)
