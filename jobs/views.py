"""Pages about work in progress: all of it, one job, its progress as a fragment, and the button that stops it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.models import User
from jobs import dispatch, lease, queries
from jobs.models import Job

STOP_POLLING = 286  # htmx: swap this answer in and ask no more


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(queries.visible(_person(request)), pk=pk)


@login_required
@require_GET
def all_jobs(request: HttpRequest) -> HttpResponse:
    """Show the work a person started, and that of their brands."""
    now = lease.now()
    beat = queries.heartbeat("reaper")
    silent = int((now - beat).total_seconds()) if beat else None
    jobs = queries.recent(_person(request))
    return render(request, "jobs/list.html", {"jobs": jobs, "silent": silent})


@login_required
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job and how far it is."""
    found = _job(request, pk)
    may_cancel = queries.may_cancel(_person(request), found)
    return render(request, "jobs/job.html", {"job": found, "may_cancel": may_cancel})


@login_required
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the progress of a job; 286 ends the polling once nothing more will happen."""
    found = _job(request, pk)
    status = STOP_POLLING if found.is_finished else 200
    return render(request, "jobs/_progress.html", {"job": found}, status=status)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a job and return to its page."""
    found, person = _job(request, pk), _person(request)
    if found.by_id != person.pk:
        access.require(person, "run", brand=found.brand, market=found.market)
    try:
        dispatch.cancel(found, by=person, now=lease.now())
    except dispatch.NotCancellable as ended:
        messages.warning(request, str(ended))
    else:
        messages.success(request, _("Cancelled. What was finished before stays in the audit log."))
    return redirect("job", pk=pk)
