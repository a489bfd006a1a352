"""Creators of a run whom nobody is asked about: put before a person, one or those that were picked in the ranking."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from jobs import lease
from review.addresses import number
from review.queue import NotRouted, ask_for, ask_for_all
from review.views import person
from screening import exposures, ranking, sealed
from screening import queries as screening
from screening.models import RunStatus, ScreeningRun


@login_required
@require_POST
def ask(request: HttpRequest, run_id: int, profile_id: int) -> HttpResponse:
    """Put a creator of a run who is not shown now before a person, because somebody wants to look."""
    run = screening.run(person(request), run_id)
    try:
        task = ask_for(run, profile_id, by=person(request), now=lease.now())
    except NotRouted as refused:
        messages.error(request, str(refused))
        return redirect("run-creator", run_id, profile_id)
    return redirect("queue-card", task.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_these(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show who of a ranking was picked and what asking does; a POST puts them before a person."""
    user = person(request)
    run = screening.run(user, run_id)
    access.require(user, "decide", brand=run.campaign.brand_id, market=run.campaign.market_id)
    if run.status != RunStatus.COMPLETED:
        raise Http404
    if request.method == "POST":
        return _ask(request, run)
    hidden = sealed.profiles(run.campaign, user)
    listed = ranking.by_rank(run, ranking.asked(request.GET.getlist("p"))[: ranking.MANY], hidden)
    exposures.note(user, run.campaign, [one.row.creator_id for one in listed], now=lease.now())
    is_asked = [getattr(one.answer, "task", None) is not None for one in listed]
    picked = [
        {"name": one.profile.creator.name or f"@{one.profile.handle}", "one": one, "is_asked": known}
        for one, known in zip(listed, is_asked, strict=True)
    ]
    shown = {"run": run, "campaign": run.campaign, "picked": picked, "free": is_asked.count(False)}
    return render(request, "review/ask_these.html", shown)


def _ask(request: HttpRequest, run: ScreeningRun) -> HttpResponse:
    picked = [found for text in request.POST.getlist("profile") if (found := number(text))]
    try:
        made = ask_for_all(run, picked[: ranking.MANY], by=person(request), now=lease.now())
    except NotRouted as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext("%(n)d creator stands before a person now.", "%(n)d creators stand before a person now.",
                         len(made))  # fmt: skip
        messages.success(request, words % {"n": len(made)} if made else _("Nobody was picked."))
    return redirect(f"{reverse('run', args=[run.pk])}#ranking")
