"""The clocks' own pages: whether they are alive, and when a market works."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.models import Role
from jobs import lease
from review import calendars
from review.forms.hours import HolidayForm, HoursForm
from review.models import Holiday
from review.queries.health import health
from review.views import person
from screening.models import Market

CLOCKS = {
    "deadlines": gettext_lazy("Deadlines are acted on"), "reaper": gettext_lazy("Work of dead workers is handed on"),
    "nearing": gettext_lazy("People are told of near deadlines"),
    "mail": gettext_lazy("Letters are handed to a worker"),
}  # fmt: skip


@login_required
@require_safe
def heartbeat(request: HttpRequest) -> HttpResponse:
    """Show managers and admins whether the clocks are alive."""
    if not access.scope(person(request)).roles & {Role.MANAGER, Role.ADMIN}:
        access.require(person(request), "approve")
    found = health(lease.now())
    beats = [(CLOCKS[beat.name], beat) for beat in found.beats]
    return render(request, "review/health.html", {"health": found, "beats": beats})


def _market(request: HttpRequest, code: str) -> Market:
    if not access.scope(person(request)).reaches(market=code):
        raise Http404
    return get_object_or_404(Market, pk=code)


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show when a market works, and keep its days and hours."""
    market = _market(request, code)
    form = HoursForm(request.POST if request.method == "POST" else None, calendar=calendars.of(market))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            calendars.set_hours(market, days=[int(day) for day in said["days"]], opens=said["opens"],
                                closes=said["closes"], by=person(request), now=lease.now())  # fmt: skip
        except calendars.NotAWorkingDay as wrong:
            form.add_error("closes", str(wrong))
        else:
            return redirect("market-hours", code)
    return _show(request, market, form=form, status=422 if form.is_bound else 200)


def _show(
    request: HttpRequest, market: Market, *, form: HoursForm, holiday: HolidayForm | None = None, status: int = 200
) -> HttpResponse:
    days = market.holidays.filter(ended_at__isnull=True).select_related("by").order_by("day")
    context = {
        "market": market, "form": form, "holiday": holiday or HolidayForm(), "holidays": days,
        "may": calendars.may_change(market, person(request)), "address": reverse("market-hours", args=[market.pk]),
    }  # fmt: skip
    return render(request, "review/hours.html", context, status=status)


@login_required
@require_POST
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a holiday."""
    market, form = _market(request, code), HolidayForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            calendars.add_holiday(market, day=said["day"], name=said["name"], by=person(request), now=lease.now())
        except calendars.NotAWorkingDay as wrong:
            form.add_error("day", str(wrong))
        else:
            return redirect("market-hours", code)
    return _show(request, market, form=HoursForm(calendar=calendars.of(market)), holiday=form, status=422)


@login_required
@require_POST
def end(request: HttpRequest, code: str, holiday_id: int) -> HttpResponse:
    """Take a holiday out of the calendar."""
    market = _market(request, code)
    calendars.end_holiday(get_object_or_404(Holiday, pk=holiday_id, market=market), by=person(request), now=lease.now())
    return redirect("market-hours", code)
