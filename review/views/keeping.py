"""What the workbench keeps for a person between two visits: drafts, time on a card, saved views."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access, wording
from jobs import lease
from review import attention, claims, drafts, saved_views
from review.addresses import line, number
from review.listing import Filters
from review.views import found, person


@login_required
@require_POST
def draft(request: HttpRequest, task_id: int) -> HttpResponse:
    """Keep what was typed on a card so far; 409 where the card waits for nobody any more."""
    task, by = found(request, task_id), person(request)
    access.require(by, "decide", brand=task.brand, market=task.market)
    now = lease.now()
    fields = {name: ",".join(values) for name, values in request.POST.lists()}  # what is ticked: codes
    kept = drafts.keep(task, by=by, now=now, fields=fields)
    if kept is None:
        return JsonResponse({}, status=409)
    return JsonResponse({"saved": _("Draft saved %(time)s.") % {"time": wording.clock(now)}})


@login_required
@require_POST
def seen(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take what a page tells about how the card is looked at: active seconds, sections unfolded, place in the list."""
    task, by = found(request, task_id), person(request)
    access.require(by, "decide", brand=task.brand, market=task.market)
    tell(request, task_id)
    asking = claims.asked_by(task) if task.claimed_by_id == by.pk else None
    more = {"asks": _("%(name)s asks for this card.") % {"name": asking}} if asking else {}
    return JsonResponse({"version": task.version, **more})


def tell(request: HttpRequest, task_id: int) -> None:
    """Add what a form or a beacon of a card says of the time on it; without script it says nothing, and nothing is."""
    active = request.POST.get("active", "")
    if not active.isdecimal():
        return
    attention.told(
        found(request, task_id), by=person(request), now=lease.now(), seconds=number(active),
        sections=line(request.POST.get("sections", ""), most=400).split(),
        place=number(request.POST.get("place")) or None,
    )  # fmt: skip


@login_required
@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    access.require(person(request), "decide")
    filters = Filters.of(request.POST)
    try:
        kept = saved_views.keep(person(request), name=request.POST.get("name", ""), filters=filters)
    except saved_views.TooMany:
        messages.error(request, _("20 views are kept. Remove one first."))
    else:
        if kept:
            messages.success(request, _("Kept as a view: %(name)s") % {"name": kept.name})
        else:
            messages.error(request, _("Give the view a name."))
    return redirect(_address(filters))


@login_required
@require_POST
def drop_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a view of one's own."""
    if not saved_views.drop(person(request), view_id):
        raise Http404
    messages.success(request, _("The view is removed."))
    return redirect(_address(Filters.of(request.POST)))


def _address(filters: Filters) -> str:
    query = saved_views.query_of(filters)
    return reverse("queue") + (f"?{query}" if query else "")
