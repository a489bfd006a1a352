"""The notice centre: what a person was told, the bell with its count, and how each kind is mailed."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs import lease
from review import notices
from review.addresses import number
from review.forms.notices import WaysForm
from review.models import Notice
from review.queries.notices import page_of
from review.views import person
from review.words import notices as words


@dataclass(frozen=True)
class Line:
    """One notice in words."""

    notice: Notice
    title: str
    detail: str
    receipt: str  # where it is checked
    ended: str  # the card's state, where what was asked for is done


@login_required
@require_safe
def centre(request: HttpRequest) -> HttpResponse:
    """Show what the person was told, newest first."""
    found, more = page_of(person(request), before=number(request.GET.get("before")))
    return render(request, "review/notices.html", {"lines": [_line(one) for one in found], "more": more})


def _line(notice: Notice) -> Line:
    ended = notice.task.get_state_display() if notice.task and notices.is_over(notice) else ""
    return Line(notice, words.title(notice), words.detail(notice), words.receipt_url(notice), str(ended))


@login_required
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """Answer with the bell alone, for pages that stay open."""
    return render(request, "partials/_bell.html")


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice as read, or all of them."""
    said = request.POST.get("notice")
    notices.read(person(request), now=lease.now(), notice_id=number(said) if said else None)
    return redirect("notices")


@login_required
@require_http_methods(["GET", "POST"])
def ways(request: HttpRequest) -> HttpResponse:
    """Show and keep how the person is told of each kind by e-mail."""
    now_chosen = notices.ways_of(person(request))
    form = WaysForm(request.POST if request.method == "POST" else None, ways=now_chosen)
    if request.method == "POST" and form.is_valid():
        notices.choose(person(request), form.changed, now=lease.now())
        messages.success(request, _("Saved."))
        return redirect("notice-settings")
    return render(request, "review/ways.html", {"form": form}, status=422 if form.is_bound else 200)
