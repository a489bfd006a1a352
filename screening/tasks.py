"""The belt to the worker: kinds of jobs of this floor (see `jobs.dispatch.runs`)."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs import dispatch
from jobs.lease import Lease
from jobs.models import Job
from screening import execution, runs, words
from screening.imports import tasks as import_tasks  # noqa: F401 - registers its kinds


def _run_page(job: Job) -> str:
    return reverse("run", args=[job.params["run"]])


@dispatch.runs(
    runs.KIND, queue="score", title=_("Screening run"), steps=dict(words.STEPS), link=_run_page, ended=runs.end
)
def screen(held: Lease) -> None:
    """Carry out a screening run. Ten minutes for ten million candidates; safe to start again after a kill."""
    execution.execute(held)
