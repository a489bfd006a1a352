"""Words for jobs, in the reader's language: titles, steps and errors are codes in the row."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs import dispatch, lease
from jobs.models import Job, Status

register = template.Library()


@register.filter
def job_title(job: Job) -> str:
    """Return what the job does, and about what: `Import, creators.xlsx`."""
    title = str(dispatch.WORK[job.kind].title) if job.kind in dispatch.WORK else job.kind
    about = job.params.get("about", "")
    return f"{title}, {about}" if about else title


@register.filter
def job_step(job: Job) -> str:
    """Return the present step in words, or the state when the work has no named steps."""
    steps = dispatch.WORK[job.kind].steps if job.kind in dispatch.WORK else {}
    return str(steps.get(job.step, job.get_status_display()))


@register.filter
def job_steps(job: Job) -> list[tuple[str, str]]:
    """Return (done | now | todo, words) for every step, in order; empty when the work has none."""
    steps = dispatch.WORK[job.kind].steps if job.kind in dispatch.WORK else {}
    codes = list(steps)
    at = len(codes) if job.status == Status.SUCCEEDED else codes.index(job.step) if job.step in codes else 0
    return [(_place(n, at), str(steps[code])) for n, code in enumerate(codes)]


def _place(n: int, at: int) -> str:
    if n == at:
        return "now"
    return "done" if n < at else "todo"


@register.filter
def job_link(job: Job) -> str:
    """Return the address of what the job made, empty until it has succeeded."""
    link = dispatch.WORK[job.kind].link if job.kind in dispatch.WORK else None
    return link(job) if link and job.status == Status.SUCCEEDED else ""


@register.filter
def job_error(job: Job) -> str:
    """Return why the job failed, or why its last attempt did."""
    if job.error != lease.LOST:
        return job.error
    tries = ngettext(
        "The worker died %(n)s time at this work.", "The worker died %(n)s times at this work.", job.attempts
    )
    return tries % {"n": job.attempts} + " " + _("It is not tried again: tell your administrator.")


@register.filter
def job_width(job: Job) -> int:
    """Return the length of the progress bar, 0 to 100."""
    return int(job.share * 100)
