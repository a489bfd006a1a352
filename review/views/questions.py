"""Questions that a person is asked, and one of them with the context of one screen."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, sight, wording
from jobs import lease
from review import queries, questions, seals, workflow
from review.forms.cases import ReplyForm
from review.models import Question, QuestionState
from review.queries import Asked
from review.questions import QuestionRefused
from review.views import cards, person, rows
from screening import exposures, gates
from screening import words as screening


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show what the person is asked, soonest due first; what they asked; and what ended lately."""
    access.require(person(request), "decide")
    told = queries.questions_of(person(request))
    now = lease.now()
    context = {name: [_line(one) for one in getattr(told, name)] for name in ("waiting", "own", "ended")}
    return render(request, "review/questions.html", context | {"now": now})


def _line(asked: Asked) -> dict[str, Any]:
    row = asked.row
    answer = row.task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    return {
        "asked": asked, "row": row, "name": name, "language": rows.script(name), "whom": whom(row),
        "text": asked.text, "written": rows.script(asked.text), "answer": asked.answer,
        "where": f"{row.task.market} · {row.task.campaign.name}",
    }  # fmt: skip


def whom(row: Question) -> str:
    """Return of whom a question is asked: a name, or a role."""
    return row.to.name if row.to else str(row.get_role_display())


def _found(request: HttpRequest, question_id: int) -> Asked:
    try:
        return queries.question(question_id, user=person(request))
    except Question.DoesNotExist as missing:
        raise Http404 from missing


@login_required
@require_safe
def page(request: HttpRequest, question_id: int) -> HttpResponse:
    """Show one question with what is needed to answer it."""
    return _show(request, _found(request, question_id))


def _show(request: HttpRequest, asked: Asked, form: ReplyForm | None = None, *, status: int = 200) -> HttpResponse:
    user, row = person(request), asked.row
    is_open = row.state == QuestionState.OPEN and row.task.state in workflow.WAITING
    is_sealed = seals.hides(row.task, user)
    if not is_sealed:
        exposures.note(user, row.task.campaign, [row.task.recommendation.creator_id], now=lease.now())
    context = {
        **_line(asked), "form": form or ReplyForm(question=row), "is_mine": is_open and questions.is_for(row, user),
        "is_open": is_open, "may_withdraw": row.state == QuestionState.OPEN and row.by_id == user.pk,
        "context": _context(row, is_sealed=is_sealed), "others": _others(asked),
        "gate_name": gates.name(row.gate) if row.gate else "",
        "is_foreign": bool(row.language) and row.language != ("ru" if wording.is_russian() else "en"),
    }  # fmt: skip
    return render(request, "review/question.html", context, status=status)


def _others(asked: Asked) -> list[Asked]:
    return [one for one in queries.with_words(queries.questions_on(asked.row.task)) if one.row.pk != asked.row.pk]


def _context(row: Question, *, is_sealed: bool) -> dict[str, Any]:
    """Return who it is about and, unless the card is sealed for the reader, what the AI says and the flags."""
    task, answer = row.task, row.task.recommendation
    figures = answer.profile.metrics.visible().order_by("-taken_at", "-pk").first()
    plain = {
        "task": task, "answer": answer, "fee": sight.fee(task),
        "followers": screening.compact(figures.followers) if figures and figures.followers is not None else "",
        "is_sealed": is_sealed, "peers": cards.PEERS,
    }  # fmt: skip
    if is_sealed:
        return plain
    return plain | {
        "verdict": rows.said(answer), "p": answer.p, "question": screening.question(answer.knowledge.get("question")),
        "flags": [cards._flag(told) for told in answer.flags],
    }  # fmt: skip


@login_required
@require_POST
def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """Answer a question; what is lacking is asked for with all that was typed."""
    asked = _found(request, question_id)
    form = ReplyForm(request.POST, question=asked.row)
    if not form.is_valid():
        return _show(request, asked, form, status=422)
    try:
        questions.answer(asked.row, by=person(request), now=lease.now(), **form.cleaned_data)
    except QuestionRefused as lacking:
        form.lacks(lacking)
        return _show(request, _found(request, question_id), form, status=422 if lacking.field else 409)
    except workflow.Refused as refused:
        form.add_error(None, str(refused))
        return _show(request, _found(request, question_id), form, status=409)
    messages.success(request, _("Answered. It stands on the card."))
    return redirect("questions")


@login_required
@require_http_methods(["POST"])
def end(request: HttpRequest, question_id: int, how: str) -> HttpResponse:
    """Say that a question is not one's area, or withdraw one's own."""
    asked, user, now = _found(request, question_id), person(request), lease.now()
    try:
        if how == "withdraw":
            questions.withdraw(asked.row, by=user, now=now)
            messages.success(request, _("Withdrawn. The clock of the card goes on."))
        else:
            passed = questions.pass_on(asked.row, by=user, now=now)
            said = _("Passed on to %(name)s.") % {"name": passed.to} if passed else _("Nobody else is there to ask.")
            messages.success(request, said)
    except workflow.Refused as refused:
        messages.error(request, str(refused))
        return redirect("question", question_id)
    return redirect("questions")
