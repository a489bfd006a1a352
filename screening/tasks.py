"""The belt to the worker: kinds of jobs of this floor (see `jobs.dispatch.runs`)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs import dispatch, lease, ticks
from jobs.lease import Lease
from jobs.models import Job
from screening import discovery, execution, learning, pools, runs, words
from screening.imports import tasks as import_tasks  # noqa: F401 - registers its kinds
from screening.models import Market


def _run_page(job: Job) -> str:
    return reverse("run", args=[job.params["run"]])


@dispatch.runs(
    runs.KIND, queue="score", title=_("Screening run"), steps=dict(words.STEPS), link=_run_page, ended=runs.end
)
def screen(held: Lease) -> None:
    """Carry out a screening run. Ten minutes for ten million candidates; safe to start again after a kill."""
    execution.execute(held)


@dispatch.runs(pools.KIND, queue="score", title=_("Candidates of a market, frozen"))
def freeze_pool(held: Lease) -> dict[str, Any]:
    """Freeze a market after its figures changed (params: ``market``): briefs count on it at once."""
    market = Market.objects.get(pk=held.params["market"])
    try:
        pool = pools.freeze(market, by=held.by, now=lease.now())
    except pools.EmptyMarket:
        return {"size": 0}
    return {"pool": pool.pk, "size": pool.size}


def _places(_job: Job) -> str:
    return reverse("places") + "#markets"


@dispatch.runs(learning.KIND, queue="score", title=_("Learning from results"), steps=dict(learning.STEPS), link=_places)
def learn(held: Lease) -> dict[str, Any]:
    """Learn a market's model from its results (params: ``market``). A minute for a thousand; writes at its end."""
    return learning.carry_out(held)


@ticks.every(60, "discovery")
def freeze_rankings(now: datetime) -> None:
    """Freeze the ranking of every discovery whose commit date has passed."""
    discovery.freeze_due(now)
