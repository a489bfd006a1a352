"""Several cards at once: the same decision for all that are selected, or why some are decided alone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts import access
from jobs import lease
from review import bulk, workflow
from review.addresses import line, number
from review.bulk import Alone, Picked, Report
from review.models import Choice, ReviewTask
from review.views import person, workbench

WHY: dict[Alone, str | Promise] = {
    Alone.GONE: gettext_lazy("waits for nobody any more"), Alone.SEALED: gettext_lazy("sealed: your view comes first"),
    Alone.HELD: gettext_lazy("somebody else holds it"), Alone.STAKES: gettext_lazy("its stakes are not low"),
    Alone.GUARDED: gettext_lazy("a guardrail sent it to a person"),
    Alone.OVERRIDE: gettext_lazy("against the AI: a reason is asked"),
    Alone.GATE: gettext_lazy("a market gate is open"), Alone.INTEREST: gettext_lazy("you declared an interest"),
}  # fmt: skip


@login_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Decide the selected cards; where some must be decided alone nothing is, and they are named."""
    by = person(request)
    access.require(by, "decide")
    choice, key = request.POST.get("choice", ""), line(request.POST.get("key", ""), most=60)
    picked = [one for text in request.POST.getlist("pick") if (one := _picked(text))]
    if not picked:
        messages.error(request, _("No card is selected."))
        return workbench.onward(request, None)
    try:
        report = bulk.decide(picked, choice=choice, by=by, now=lease.now(), key=key)
    except bulk.TooMany:
        words = _("%(n)d cards are selected; at most %(most)d are decided together. Nothing is decided.")
        messages.error(request, words % {"n": len(picked), "most": bulk.MOST})
        return workbench.onward(request, None)
    except workflow.Refused as refused:
        messages.error(request, str(refused))
        return workbench.onward(request, None)
    if report.alone or report.refused:
        return _explain(request, report, choice, key)
    _tell(request, report, choice)
    return workbench.onward(request, None)


def _picked(text: str) -> Picked | None:
    task, _dot, version = text.partition(".")
    return Picked(number(task), number(version)) if number(task) else None


def _tell(request: HttpRequest, report: Report, choice: str) -> None:
    n = len(report.made)
    if choice == Choice.APPROVE:
        words = ngettext("%(n)d card approved", "%(n)d cards approved", n)
    else:
        words = ngettext("%(n)d card rejected", "%(n)d cards rejected", n)
    back = _("Each can be taken back under “decided today”.")
    messages.success(request, f"{words % {'n': n}}. {back}")


def _explain(request: HttpRequest, report: Report, choice: str, key: str) -> HttpResponse:
    """Say of each card what became of it, and offer to go on with those that can be decided together."""
    if report.made:
        _tell(request, report, choice)
    alone = [(one, name_of(one), WHY[why]) for one, why in report.alone]
    alone += [(one, name_of(one), why) for one, why in report.refused]
    context = {
        "alone": alone, "left": [(one, name_of(one), f"{one.pk}.{one.version}") for one in report.left],
        "choice": choice, "key": key, "is_approve": choice == Choice.APPROVE, "made": report.made,
        "query": workbench.query_of(request),
    }  # fmt: skip
    return render(request, "review/selection.html", context, status=409)


def name_of(task: ReviewTask) -> str:
    """Return whom a card is about."""
    answer = task.recommendation
    return answer.creator.name or f"@{answer.profile.handle}"
