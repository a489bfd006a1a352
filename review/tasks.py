"""The belt to the worker: jobs and ticks of this floor."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from jobs import dispatch, ticks
from jobs.lease import Lease
from jobs.lease import now as clock
from review import deadlines
from screening.models import ScreeningRun

SWEEP_SECONDS = 10  # a task is acted on within a minute of its due time


@ticks.every(SWEEP_SECONDS, "deadlines")
def act_on_deadlines(now: datetime) -> None:
    """Do what is due. The slot that this takes is the heartbeat."""
    deadlines.sweep(now)


@dispatch.runs("routing", title=_("Routing of a run"))
def route_run(lease: Lease) -> dict[str, Any]:
    """Route a run that ended before a policy was in force. Again it finds its cards open, and does nothing."""
    from review import queue

    run = ScreeningRun.objects.select_related("campaign__brand", "campaign__market", "model").get(
        pk=lease.params["run"]
    )
    return {"tasks": len(queue.open_for_run(run, now=clock()))}
