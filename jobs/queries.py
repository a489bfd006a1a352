"""Reads for the pages about work: which jobs a person may see, and whether the scheduler is alive."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts import access
from accounts.models import User
from jobs import dispatch
from jobs.models import Job, Status, Tick

SHOWN = 100  # rows of the page, newest first


def visible(user: User) -> QuerySet[Job]:
    """Return the jobs a person started, and those of their brands and markets."""
    of_brands = access.scope(user).query("brand", "market")
    parts = [kind for kind, work in dispatch.WORK.items() if work.is_part]
    shown = Job.objects.filter(Q(by=user) | of_brands).exclude(kind__in=parts)
    return shown.select_related("by").order_by("-id")


def recent(user: User) -> list[Job]:
    """Return the newest jobs a person may see, unfinished ones first."""
    jobs = list(visible(user)[:SHOWN])
    return sorted(jobs, key=lambda job: (job.is_finished, -job.pk))


def may_cancel(user: User, job: Job) -> bool:
    """Tell whether a person may stop a job: it is theirs, or they start work for this brand and market."""
    is_theirs = job.by_id == user.pk or access.may(user, "run", brand=job.brand, market=job.market)
    return is_theirs and job.status in {Status.QUEUED, Status.RUNNING}


def heartbeat(name: str) -> datetime | None:
    """Return when a periodic function last succeeded, or None."""
    return heartbeats([name]).get(name)


def heartbeats(names: Collection[str]) -> dict[str, datetime]:
    """Return when periodic functions last succeeded, by name; one that never did is left out. One query."""
    last = Tick.objects.filter(name__in=names).order_by().values("name").annotate(last=Max("at"))
    return dict(last.values_list("name", "last"))


@dataclass(frozen=True)
class Load:
    """How many jobs wait and run, and since when the oldest waits (None where none does)."""

    queued: int
    running: int
    oldest: datetime | None


def load() -> Load:
    """Return what the workers have before them. One query."""
    waits = Q(status=Status.QUEUED)
    unfinished = Job.objects.filter(status__in=[Status.QUEUED, Status.RUNNING])
    return Load(**unfinished.aggregate(
        queued=Count("pk", filter=waits), running=Count("pk", filter=~waits), oldest=Min("created_at", filter=waits)
    ))  # fmt: skip
