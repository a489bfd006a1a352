"""Kinds of work, and how a job starts and ends.

`runs` names a worker function, `enqueue` makes the row in the caller's transaction, `run` carries it out, `cancel`
stops it. Brokers carry ids only: they may lose or repeat any of them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import trace
from accounts.models import User
from audit import log, rollback
from audit.models import Kind
from jobs import lease
from jobs.lease import Lease, LostLease
from jobs.models import Job, Status

logger = logging.getLogger(__name__)
Function = Callable[[Lease], dict[str, Any] | None]
Words = str | Promise
UNNOTICED = 60  # seconds a queued job waits before its hint is sent again: the broker may have lost the first


class Refused(Exception):
    """Raised by a worker function for a failure it expects; the sentence is shown, and nothing is tried again."""


class UnknownKind(LookupError):
    """Raised when no worker function is registered for a kind."""


class KeyReused(ValueError):
    """Raised when an idempotency key comes back with another kind or other params."""


class NotCancellable(Exception):
    """Raised when a job has already ended."""


@dataclass(frozen=True)
class Work:
    """What is known about a kind of job."""

    function: Function
    queue: str
    title: Words
    steps: dict[str, Words] = field(default_factory=dict)
    link: Callable[[Job], str] | None = None
    is_part: bool = False


WORK: dict[str, Work] = {}


def runs(
    kind: str,
    *,
    queue: str = "default",
    title: Words = "",
    steps: dict[str, Words] | None = None,
    link: Callable[[Job], str] | None = None,
    ended: Callable[[Job], None] | None = None,
    is_part: bool = False,
) -> Callable[[Function], Function]:
    """Name the worker function of a kind: `fn(lease) -> result`, safe to start again after a kill at any point.

    `title` and `steps` (code -> words) are shown, `link` gives the address of what the job makes, and `ended(job)`
    runs in the transaction in which a job of this kind fails or is cancelled. `is_part`: part of another job, which
    alone is shown.
    """

    def keep(function: Function) -> Function:
        WORK[kind] = Work(function, queue, title or kind, steps or {}, link, is_part)
        if ended is not None:
            lease.ENDINGS[kind] = ended
        return function

    return keep


def enqueue(
    kind: str,
    *,
    params: dict[str, Any],
    key: str,
    by: User | None,
    now: datetime,
    brand: str = "",
    market: str = "",
) -> Job:
    """Make the job's row inside the caller's transaction; the same key returns the job that is already there.

    Raises UnknownKind, KeyReused, and RuntimeError when no transaction is open: a job without its thing is an orphan.
    """
    work = _work(kind)
    if not connection.in_atomic_block:
        raise RuntimeError("enqueue needs the transaction of the thing it works on.")
    job, is_new = Job.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "kind": kind,
            "params": params,
            "queue": work.queue,
            "by": by,
            "brand": brand,
            "market": market,
            "created_at": now,
        },
    )
    if not is_new and (job.kind != kind or job.params != params):
        raise KeyReused(f"The key {key!r} belongs to job {job.pk} ({job.kind}) with other params.")
    if is_new:
        transaction.on_commit(lambda: hint(job), robust=True)
    return job


def _work(kind: str) -> Work:
    if kind not in WORK:
        raise UnknownKind(f"No work called {kind!r}. There are: {', '.join(sorted(WORK))}.")
    return WORK[kind]


def hint(job: Job, wait: int = 0) -> None:
    """Tell production's workers that a job is due in `wait` seconds. Embedded, the worker looks by itself."""
    if settings.PRODUCTION:
        current_app.send_task("jobs.tasks.run_job", args=[job.pk], queue=job.queue, countdown=wait or None, retry=False)


def hint_again(now: datetime) -> int:
    """Send the hint of jobs that nobody started within a minute once more. Return how many."""
    if not settings.PRODUCTION:
        return 0
    late = now - timedelta(seconds=UNNOTICED)
    # On a queued row `heartbeat_at` is the time of the last hint, so a long queue is not flooded with copies.
    waiting = Job.objects.filter(status=Status.QUEUED).alias(told=Coalesce(F("heartbeat_at"), F("created_at")))
    jobs = list(waiting.filter(Q(told__lt=late), Q(lease_until__isnull=True) | Q(lease_until__lte=now))[:500])
    Job.objects.filter(pk__in=[job.pk for job in jobs], status=Status.QUEUED).update(heartbeat_at=now)
    for job in jobs:
        hint(job)
    return len(jobs)


def run(job_id: int, *, worker: str) -> None:
    """Claim a job and carry it out; one that somebody else holds, that has ended, or whose kind is not known is left.

    During a deploy a newer release queues what this one cannot do: its own workers are told of it again by the clock.
    None is begun while the database contradicts what is kept of it outside; the clock sends its hint again later.
    """
    if rollback.finding():
        return
    held = lease.claim(job_id, worker=worker, now=lease.now(), kinds=WORK.keys())
    if held is None:
        return
    try:
        with trace.of(trace.JOB, str(job_id)):
            _carry_out(held)
    except LostLease as lost:
        logger.info("%s", lost)
    except (SystemExit, KeyboardInterrupt):
        _give_back(held)
        raise


def _carry_out(held: Lease) -> None:
    language = held.by.language if held.by else settings.LANGUAGE_CODE
    with translation.override(language):  # a refusal is a sentence for the person who asked
        try:
            result = _work(held.job.kind).function(held)
            if not held.is_over:
                held.finish(result)
        except LostLease:
            raise
        except Refused as refusal:
            held.fail(str(refusal), again=False)
        except Exception as error:
            logger.exception("Job %s (%s) failed in attempt %s", held.pk, held.job.kind, held.job.attempts)
            wait = held.fail(f"{type(error).__name__}: {error}", again=True)
            if wait:
                hint(held.job, wait)


def _give_back(held: Lease) -> None:
    try:
        held.release()
        hint(held.job)
    except LostLease as lost:
        logger.info("%s", lost)


def cancel(job: Job, *, by: User, now: datetime) -> Job:
    """Stop a job: a waiting one never starts, a running one stops at its next chunk. Raises NotCancellable."""
    with transaction.atomic():
        live = Job.objects.filter(pk=job.pk, status__in=[Status.QUEUED, Status.RUNNING])
        if not live.update(status=Status.CANCELLED, finished_at=now, lease_until=None):
            raise NotCancellable(_("This work has already ended: there is nothing to cancel."))
        job.refresh_from_db()
        lease.end(job)
        log.record(
            Kind.CANCEL,
            stream=f"job:{job.pk}",
            by=by,
            body={"job": job.pk, "what": job.kind, "done": job.done, "total": job.total},
            brand=job.brand,
            market=job.market,
        )
    return job
