"""A person’s answer to the AI’s question on a card."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import NotAllowed
from jobs import lease
from review import asked, overlays, people, workflow
from review.addresses import line
from review.forms import DeskForm
from review.models import ReviewTask
from review.views import person, workbench
from review.views.steps import step
from review.views.workbench import onward
from review.words.asked import is_percent
from screening.imports import numbers


@step
def answer(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Keep an answer, and with it what stands on the desk, so that nothing typed is lost."""
    question, by, now = task.recommendation.knowledge.get("question") or {}, person(request), lease.now()
    text, figure = line(request.POST.get("ai_text", ""), most=asked.MOST_TEXT), str(request.POST.get("ai_figure", ""))
    try:
        asked.answer(
            task, by=by, now=now, said=str(request.POST.get("said", "")), text=text,
            figure=_number(figure, question.get("feature", "")),
        )  # fmt: skip
    except asked.NotAnswered as lacking:
        messages.error(request, str(lacking))
        return onward(request, task)
    here = people.of_place(task.brand, task.market).exclude(pk=by.pk)
    form = DeskForm(request.POST, factors=workbench.asked_about(task), here=here)
    if form.is_valid():
        with suppress(workflow.Refused, NotAllowed):  # whoever only answers has no desk of their own here
            overlays.keep(workflow.Case(task, by, now), view=form.view)
    messages.success(request, _("Your answer is kept."))
    return onward(request, task)


def _number(text: str, feature: str) -> float | None:
    """Read a figure as people type it: 3,5 or 3.5, 12k; per cent where the feature is a share."""
    if not text.strip():
        return None
    try:
        if is_percent(feature):
            return numbers.parse_share(text, in_points=True)
        found = numbers.parse_number(text)
    except ValueError:
        return None
    return None if found is None else float(found)
