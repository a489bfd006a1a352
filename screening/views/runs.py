"""Screening runs: the list, one that works, one that is finished."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import access, wording
from jobs import dispatch, lease
from screening import campaigns, queries, replay, runs
from screening.forms import market_name
from screening.models import RunStatus, ScreeningRun
from screening.views import finished, pages, person

ENDED = 286  # htmx: swap this answer in and ask no more
LEAST_DONE = 0.2  # of the work, before a time is guessed


@login_required
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Show the runs of a person's brands and markets, newest first."""
    found = queries.runs(person(request), page=pages.number(request))
    pager = pages.pager(request, found, many=_("runs: %(n)s"))
    return render(request, "screening/runs.html", {"runs": found.items, "page": pager})


@login_required
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run: how far it is, or its list."""
    found = queries.run(person(request), pk)
    if found.status != RunStatus.COMPLETED:
        return render(request, "screening/run_progress.html", _working(request, found))
    return render(request, "screening/run.html", finished.page(request, found))


@login_required
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with how far a run is; a finished one loads its page, one that failed ends the polling."""
    found = queries.run(person(request), pk)
    answer = render(request, "screening/_run_progress.html", _working(request, found))
    if found.status == RunStatus.COMPLETED:
        answer["HX-Refresh"] = "true"
    elif found.status not in runs.LIVE:
        answer.status_code = ENDED
    return answer


def _working(request: HttpRequest, found: ScreeningRun) -> dict[str, Any]:
    may_run = access.may(person(request), "run", brand=found.campaign.brand_id, market=found.campaign.market_id)
    is_open = found.status in runs.LIVE
    lines = finished.inputs(found)
    return {
        "run": found,
        "campaign": found.campaign,
        "market": market_name(found.campaign.market),
        "job": found.job,
        "share": found.job.share if found.job else 0.0,
        "width": round(100 * found.job.share) if found.job else 0,
        "left": _left(found) if is_open else "",
        "is_open": is_open,
        "error": found.error or (found.job.error if found.job else ""),
        "inputs": lines,
        "frozen": ", ".join(f"{line.label.lower()} {line.value}" for line in lines),
        "previous": queries.run_before(found),
        "may_cancel": may_run and is_open,
        "may_retry": may_run and found.status in {RunStatus.FAILED, RunStatus.CANCELLED},
    }


def _left(found: ScreeningRun) -> str:
    job = found.job
    if job is None or job.started_at is None or job.share < LEAST_DONE:
        return ""
    spent = (lease.now() - job.started_at).total_seconds()
    seconds = round(spent * (1 - job.share) / job.share)
    return wording.left(seconds) if seconds >= 60 else _("%(n)s s") % {"n": wording.number(max(1, seconds))}


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a run that waits or works."""
    found = queries.run(person(request), pk)
    try:
        runs.cancel(found, by=person(request), now=lease.now())
    except dispatch.NotCancellable as ended:
        messages.warning(request, str(ended))
    return redirect("run", pk=pk)


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a run again that failed or was cancelled."""
    found = queries.run(person(request), pk)
    try:
        runs.retry(found, by=person(request), now=lease.now())
    except (runs.NotRepeatable, runs.RunRefused, campaigns.CampaignClosed) as refusal:
        messages.warning(request, str(refusal))
    return redirect("run", pk=pk)


@login_required
@require_POST
def play_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have every answer of a finished run derived again from its frozen inputs."""
    found = queries.run(person(request), pk)
    if found.status != RunStatus.COMPLETED:
        raise Http404
    return redirect("job", pk=replay.start_run(found, by=person(request), now=lease.now()).pk)
