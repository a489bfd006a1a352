"""A card is asked about, or passed up: dialogs of the workbench, and pages of their own without script."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import access
from jobs import lease
from review import escalations, investigations, questions, seals, workflow
from review import people as team
from review.addresses import number
from review.decisions import TaskMoved
from review.forms.cases import CaseForm, EscalationForm, QuestionForm
from review.forms.investigations import RequestForm
from review.models import ReviewTask
from review.queries import Card
from review.questions import QuestionRefused
from review.views import found, is_fragment, person, rows, steps, workbench
from review.views.workbench import Shown, onward

READ = ["GET", "POST"]


def forms_of(request: HttpRequest, card: Card, *, sent: CaseForm | None = None) -> dict[str, CaseForm]:
    """Return the forms of the dialogs that a card allows, the one that was sent as it was sent."""
    task = card.task
    made: list[CaseForm] = []
    if "investigate" in card.allowed:
        flags = [] if seals.hides(task, person(request)) else investigations.flags_of(task)
        made.append(RequestForm(flags=flags))
    if {"question", "escalate"} & card.allowed:
        made += _asking_forms(request, card)
    return {NAMES[type(one)]: sent if sent is not None and type(sent) is type(one) else one for one in made}


def _asking_forms(request: HttpRequest, card: Card) -> list[CaseForm]:
    task = card.task
    own = {view.overlay.by_id for view in card.views if view.overlay.has_interest}
    people = questions.can_be_asked(task, by=person(request), interested=own, held=card.held)
    return [
        QuestionForm(people=people, gates=card.gates, away=card.away),
        EscalationForm(people=people, managers=escalations.managers(task, people), version=task.version),
    ]


def _question_form(request: HttpRequest, task: ReviewTask) -> QuestionForm:
    people, now = questions.can_be_asked(task, by=person(request)), lease.now()
    return QuestionForm(
        request.POST if request.method == "POST" else None,
        people=people,
        gates=workflow.gates_of(task, now=now),
        away=team.away([one for one, _roles in people], now=now),
    )


def _escalation_form(request: HttpRequest, task: ReviewTask) -> EscalationForm:
    people = questions.can_be_asked(task, by=person(request))
    managers = escalations.managers(task, people)
    return EscalationForm(
        request.POST if request.method == "POST" else None, people=people, managers=managers, version=task.version
    )


NAMES: dict[type[CaseForm], str] = {
    QuestionForm: "question", EscalationForm: "escalation", RequestForm: "investigation",
}  # fmt: skip


@login_required
@require_http_methods(READ)
def question(request: HttpRequest, task_id: int) -> HttpResponse:
    """Ask people who know about a card; its clock stands until they answer."""
    task = _open(request, task_id)
    form = _question_form(request, task)
    if request.method != "POST":
        return page_of(request, task, form, number(request.GET.get("gate")))
    if not form.is_valid():
        return _again(request, task, form)
    try:
        made = questions.ask(task, by=person(request), now=lease.now(), **form.said)
    except QuestionRefused as lacking:
        form.lacks(lacking)
        return _again(request, task, form)
    except workflow.Refused as refused:
        return steps.conflict(request, task_id, str(refused))
    _asked(request, made)
    return onward(request, task)


def _asked(request: HttpRequest, made: list[Any]) -> None:
    names = ", ".join(str(one.to or one.get_role_display()) for one in made)
    messages.success(request, _("Asked: %(names)s. The clock stands until the answer.") % {"names": names})


@login_required
@require_http_methods(READ)
def escalate(request: HttpRequest, task_id: int) -> HttpResponse:
    """Pass a card up to a manager, or ask a colleague for a second view."""
    task = _open(request, task_id)
    user, now, form = person(request), lease.now(), _escalation_form(request, task)
    if request.method != "POST":
        return page_of(request, task, form)
    if not form.is_valid():
        return _again(request, task, form)
    try:
        if form.manager is None:
            _asked(request, questions.ask(task, by=user, now=now, **form.second))
            return onward(request, task)
        version, text = form.cleaned_data["version"], form.cleaned_data["e_text"]
        escalations.escalate(task, by=user, now=now, version=version, reason=text, to=form.manager)
    except QuestionRefused as lacking:
        form.lacks(lacking)
        return _again(request, task, form)
    except (workflow.Refused, TaskMoved) as refused:
        return steps.conflict(request, task_id, str(refused))
    messages.success(request, _("Passed up to %(name)s.") % {"name": form.manager.name})
    return onward(request, workbench.next_after(request, task))


def _open(request: HttpRequest, task_id: int) -> ReviewTask:
    task = found(request, task_id)
    access.require(person(request), "decide", brand=task.brand, market=task.market)
    return task


def _again(request: HttpRequest, task: ReviewTask, form: CaseForm) -> HttpResponse:
    """Ask for what is lacking: in the dialog for htmx, else on a page of its own. Nothing typed is lost."""
    if is_fragment(request):
        return workbench.show(request, task, Shown(case=form, status=422))
    return page_of(request, task, form, status=422)


def page_of(
    request: HttpRequest, task: ReviewTask, form: CaseForm, gate: int = 0, *, status: int = 200
) -> HttpResponse:
    """Show a form of a card's dialogs on a page of its own."""
    if gate:
        form.initial["q_gate"] = str(gate)
    answer = task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    context = {
        "task": task, "form": form, "kind": NAMES[type(form)], "name": name, "language": rows.script(name),
        "query": workbench.query_of(request),
    }  # fmt: skip
    return render(request, "review/ask.html", context, status=status)
