"""A manager's pages, phone first: what waits, one card with the money and both sides, and the answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, proof, sight, wording
from accounts.models import User
from jobs import lease
from review import approvals, queries, seals, words, workflow
from review.addresses import line, number
from review.approvals import Conditions, NeedsFreshSignIn
from review.decisions import KeyReused, NeedsReason, TaskMoved
from review.forms import AnswerForm, DeskForm
from review.models import Approval, ApprovalChoice, ReviewTask, TaskState
from review.queries import ApprovalPage, Card
from review.views import cards, found, person, precedents, rows
from review.views.together import line_label, percent
from screening import money
from screening import words as screening

MILLION = 1_000_000
REFUSALS = (TaskMoved, KeyReused, workflow.Refused)
TOLD: dict[str, str | Promise] = {
    ApprovalChoice.APPROVE: gettext_lazy("Approval given: %(name)s"),
    ApprovalChoice.ASK: gettext_lazy("Sent back with your question: %(name)s"),
    ApprovalChoice.REJECT: gettext_lazy("Approval refused: %(name)s"),
}


@dataclass(frozen=True)
class Line:
    """One card that waits for a manager."""

    task: ReviewTask
    name: str
    language: str
    amount: str
    meta: str
    why: str
    url: str
    is_mine: bool


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person as a manager, what is asked of them by name first."""
    access.require(person(request), "approve")
    waiting = queries.approvals_of(person(request))
    sealed = seals.hidden_among(waiting, person(request))
    found_here = [_line(task, user=person(request), is_sealed=task.pk in sealed) for task in waiting]
    return render(request, "review/approvals.html", {"lines": found_here})


def _line(task: ReviewTask, *, user: User, is_sealed: bool) -> Line:
    answer = task.recommendation
    is_escalated = task.state == TaskState.ESCALATED
    url = reverse("queue-card" if is_escalated else "approval", args=[task.pk])
    name = answer.creator.name or f"@{answer.profile.handle}"
    return Line(
        task=task, name=name, language=rows.script(name),
        amount=sight.fee(task),
        meta=f"{task.campaign.name} · {task.market} · {rows.SEALED_SAID if is_sealed else rows.said(answer)}",
        why=_("The deadline passed: you decide") if is_escalated else words.short_reason(task),
        url=f"{url}?state=escalated" if is_escalated else url,
        is_mine=task.escalated_to_id == user.pk,
    )  # fmt: skip


@login_required
@require_safe
def page(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show one card to a manager."""
    return show(request, _asked(request, task_id))


def _asked(request: HttpRequest, task_id: int) -> ReviewTask:
    task = found(request, task_id)
    access.require(person(request), "approve", brand=task.brand, market=task.market)
    seals.require_open(task, person(request))
    return task


def show(
    request: HttpRequest, task: ReviewTask, *, form: AnswerForm | None = None, moved: str = "", status: int = 200
) -> HttpResponse:
    """Render the page of a card, with an answer that was refused where there is one."""
    now = lease.now()
    whole = queries.approval_page(task, user=person(request), now=now)
    face = cards.face(whole.card, form=DeskForm(), now=now)
    context = {
        "task": task, "whole": whole, "card": whole.card, "face": face, "money": Money.of(whole),
        "human": human(whole), "forms": _forms(request, whole, form, now=now), "sent": form, "moved": moved,
        "at": {"ai": place(whole.card.answer.p), "line": place(face.line), "label": line_label(face.line)},
        "past": [cards.work(one) for one in whole.card.past], "own": _is_own(whole, person(request)),
        "undo_key": uuid4().hex, "expiry": face.expiry, "tied": whole.card.tied, "together": Both.of(whole.card),
        "forecast": precedents.forecast(whole.card),
    }  # fmt: skip
    return render(request, "review/approval.html", context, status=status)


@dataclass(frozen=True)
class Both:
    """Together on this page, where there is a number. gap: points to the line, under it where it is positive."""

    q: float | None
    words: str
    line: float
    gap: int
    at: str

    @classmethod
    def of(cls, card: Card) -> "Both":
        """Return the AI and the one who decided in one figure."""
        by = card.decision.decided_by if card.decision else None
        views = [view for view in (card.own, *card.views) if view]
        q, line = approvals.together_of(card.task, by=by, views=views), card.task.policy.auto_line_u6 / MILLION
        if q is None:
            return cls(None, "", line, 0, "")
        shown, said = percent(q), wording.chance_words(q)
        return cls(q, said[:1].lower() + said[1:], line, round(100 * line) - shown, place(shown / 100))


def _is_own(whole: ApprovalPage, user: User) -> bool:
    made = whole.decision
    return made is not None and made.decided_by_id == user.pk and whole.card.task.state == TaskState.AWAITING


def _forms(request: HttpRequest, whole: ApprovalPage, sent: AnswerForm | None, *, now: datetime) -> list[AnswerForm]:
    task = whole.card.task
    fresh = {"version": task.version, "key": uuid4().hex}
    choices = [choice for choice, verb in approvals.VERBS.items() if verb in whole.card.allowed]
    return [
        sent
        if sent and sent.choice == one
        else AnswerForm(choice=str(one), needs_password=_needs_password(request, task, one, now=now), initial=fresh)
        for one in choices
    ]


@dataclass(frozen=True)
class Money:
    """The deal and the budget, in the brand's currency. before, after: shares of the budget that are spoken for."""

    amount: str
    lost: str  # if it goes badly: the fee is the most that can be lost
    left: str
    before: float
    after: float
    is_over: bool

    @classmethod
    def of(cls, whole: ApprovalPage) -> "Money":
        """Return what a deal does to its campaign's budget."""
        task, currency = whole.card.task, whole.card.task.campaign.brand.currency
        before = whole.committed_minor / whole.budget_minor
        after = 1 - whole.after_minor / whole.budget_minor
        return cls(
            sight.fee(task), _short(-task.fee_minor, currency),
            wording.money(whole.after_minor, currency), before, after, whole.after_minor < 0,
        )  # fmt: skip


def _short(amount_minor: int, currency: str) -> str:
    """Return an amount that fits a third of a phone: thousands and millions in words."""
    whole = money.minor_units(currency)
    if abs(amount_minor) < 10_000 * whole:
        return wording.money(amount_minor, currency)
    size, mark = screening.compact(abs(amount_minor) / whole), wording.SIGNS.get(currency, currency)
    text = f"{size}{wording.NBSP}{mark}" if wording.is_russian() else f"{mark}{size}"
    return f"{wording.MINUS}{text}" if amount_minor < 0 else text


@dataclass(frozen=True)
class Human:
    """The person's side. p: how likely they hold it that it works out, None where they did not say."""

    name: str
    label: str
    p: float | None
    first: str  # how the chance they gave before they saw the AI stands to it
    lines: list[str]
    against: list[str]
    apart: list[str]  # factors they disagree with
    rationale: str
    gap: int | None
    at: str  # on the axis


def place(p: float) -> str:
    """Return where a chance stands on the axis, as a drawing wants it: a point whatever the language."""
    return f"{p * 100:.1f}%"


def human(whole: ApprovalPage) -> Human | None:
    """Return what the person who prepared it said; None where nobody did."""
    made = whole.decision
    if made is None or made.decided_by is None:
        return None
    views = [whole.card.own, *whole.card.views]
    view = next((one for one in views if one and one.overlay.by_id == made.decided_by_id), None)
    before = None if whole.first_view is None else whole.first_view.p_u6 / MILLION
    p = before if made.expected_p_u6 is None else made.expected_p_u6 / MILLION
    risks = [view.words["risk_note"]] if view and view.words.get("risk_note") else []
    lines = [line for line in (cards.lines_of(view) if view else []) if not any(risk in line for risk in risks)]
    votes = view.overlay.factor_views if view else {}
    apart = [screening.feature(code) for code, vote in votes.items() if vote == "disagree"]
    gap = None if p is None else round(abs(p - whole.card.answer.p) * 100)
    label, at = made.get_choice_display(), "" if p is None else place(p)
    return Human(made.decided_by.name, label, p, _first(before, p), lines, risks, apart, whole.rationale, gap, at)


def _first(before: float | None, p: float | None) -> str:
    if before is None:
        return _("said after the AI")
    if before == p:
        return _("said before seeing the AI")
    return _("before seeing the AI: %(p)s") % {"p": wording.percent(before)}


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, task_id: int, choice: str) -> HttpResponse:
    """Answer a card: approve, ask, reject. GET shows the question on a page of its own, for browsers without script."""
    if choice not in {"approve", "ask", "reject"}:
        raise Http404
    task = _asked(request, task_id)
    needs_password = _needs_password(request, task, choice)
    if request.method == "GET":
        fresh = {"version": task.version, "key": uuid4().hex}
        return _sheet(request, task, AnswerForm(choice=choice, needs_password=needs_password, initial=fresh))
    form = AnswerForm(request.POST, choice=choice, needs_password=needs_password)
    if not form.is_valid() or (needs_password and not _is_proved(request, form)):
        return _sheet(request, task, form, status=422)
    try:
        made = _answer(request, task, form)
    except NeedsReason as lacking:
        form.add_error(lacking.field, str(lacking))
        return _sheet(request, task, form, status=422)
    except NeedsFreshSignIn as late:  # the five minutes ended between the two looks
        return _sheet(request, task, _asking_again(form, str(late)), status=422)
    except REFUSALS as refused:
        return show(request, found(request, task_id), form=form, moved=str(refused), status=409)
    return _thank(request, made)


def _needs_password(request: HttpRequest, task: ReviewTask, choice: str, *, now: datetime | None = None) -> bool:
    is_fresh = proof.is_fresh(proof.signed_in_at(request), now=now or lease.now())
    return approvals.is_above_limit(task, choice) and not is_fresh


def _is_proved(request: HttpRequest, form: AnswerForm) -> bool:
    # Asked before the answer is looked at, so that a wrong password learns nothing of what others did meanwhile.
    said = form.cleaned_data["password"]
    if said and proof.prove(request, said, now=lease.now()):
        return True
    form.add_error("password", _("This is not your password.") if said else _("Write your password."))
    return False


def _asking_again(form: AnswerForm, sentence: str) -> AnswerForm:
    again = AnswerForm(form.data, choice=form.choice, needs_password=True)
    again.add_error("password", sentence)
    return again


def _answer(request: HttpRequest, task: ReviewTask, form: AnswerForm) -> Approval:
    sent = form.cleaned_data
    return approvals.answer(
        task, choice=form.choice, by=person(request), now=lease.now(), version=sent["version"], key=sent["key"],
        reason=sent["reason"], conditions=Conditions(sent.get("conditions", ""), sent.get("exit_date")),
        signed_in_at=proof.signed_in_at(request),
    )  # fmt: skip


def _thank(request: HttpRequest, made: Approval) -> HttpResponse:
    task = made.decision.task
    words_ = str(TOLD[made.choice]) % {"name": task.recommendation.creator.name}
    if made.choice == ApprovalChoice.ASK:  # an asked question is answered, not taken back
        messages.success(request, words_)
        return redirect("approvals")
    version = ReviewTask.objects.values_list("version", flat=True).get(pk=task.pk)
    back = f"{reverse('approval-undo', args=[task.pk])}?version={version}&key={uuid4().hex}"
    messages.success(request, words_, extra_tags=back)
    return redirect("approval", task.pk)


def _sheet(request: HttpRequest, task: ReviewTask, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    face_name = task.recommendation.creator.name or f"@{task.recommendation.profile.handle}"
    amount = sight.fee(task)
    context = {"task": task, "form": form, "name": face_name, "language": rows.script(face_name), "amount": amount}
    return render(request, "review/answer.html", context, status=status)


@login_required
@require_POST
def undo(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take one's own answer back inside ten minutes."""
    task = _asked(request, task_id)
    sent: dict[str, Any] = {**request.GET.dict(), **request.POST.dict()}
    version, key = number(sent.get("version")), line(sent.get("key", ""), most=80)
    try:
        approvals.undo(task, by=person(request), now=lease.now(), version=version, key=key)
    except REFUSALS as refused:
        return show(request, found(request, task_id), moved=str(refused), status=409)
    messages.success(request, _("Taken back. It waits for your answer again."))
    return redirect("approval", task_id)
