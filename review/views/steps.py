"""What is done to a card: decide, keep a view, hold, release, take over, undo, open again, note, answer a gate."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import wording
from audit import log
from jobs import lease
from review import (
    attention,
    claims,
    creator_clock,
    decisions,
    drafts,
    first_views,
    friction,
    overlays,
    people,
    queries,
    seals,
    thread,
    workflow,
)
from review.addresses import line, number
from review.decisions import KeyReused, NeedsReason, TaskMoved
from review.forms import ClockForm, DeskForm, FirstViewForm, NoteForm
from review.models import Choice, Decision, Friction, ReviewTask
from review.views import both, cards, changes, clock, found, is_fragment, keeping, person, practice, workbench
from review.views.workbench import Shown, onward
from screening import gates

Step = Callable[Concatenate[HttpRequest, ReviewTask, ...], HttpResponse]
REFUSALS = (TaskMoved, KeyReused, workflow.Refused)


def step(view: Step) -> Callable[..., HttpResponse]:
    """Take a POST on a card that the person may see; a refusal shows the card as it stands, with the sentence."""

    @login_required
    @require_POST
    @wraps(view)
    def taken(request: HttpRequest, task_id: int, **more: Any) -> HttpResponse:
        task = found(request, task_id)
        try:
            return view(request, task, **more)
        except REFUSALS as refused:
            return conflict(request, task_id, str(refused))

    return taken


def conflict(request: HttpRequest, task_id: int, sentence: str, form: DeskForm | None = None) -> HttpResponse:
    """Answer 409: somebody was faster. The card before and now, who it was, and everything that was typed."""
    task = found(request, task_id)
    before = changes.since(task, request.POST.get("was", ""), now=lease.now())
    return workbench.show(request, task, Shown(form=form, moved=sentence, with_list=True, before=before, status=409))


@step
def decide(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Record a decision with the view beside it; without a choice the view alone is kept."""
    require_spoken(request, task)
    keeping.tell(request, task.pk)
    said = request.POST.copy()
    if "worry" in said:  # the answer to the question before an approval: any answer approves
        said["choice"] = str(Choice.APPROVE)
    here = people.of_place(task.brand, task.market).exclude(pk=person(request).pk)
    form = DeskForm(said, factors=workbench.asked_about(task), here=here)
    choice = str(said.get("choice", ""))
    if not form.is_valid():
        return _ask(request, task, form, choice)
    if choice == Choice.APPROVE and (question := _friction(request, task, said.get("worry"))):
        return workbench.show(request, task, Shown(form=form, friction=question, status=422))
    try:
        if not choice:
            return _keep(request, task, form.view)
        typed = form.said
        if typed["expected_p"] is None:  # a blind-first card asks where the person stands after seeing both
            typed["expected_p"] = both.settled(task, person(request), str(request.POST.get("after", "")))
        made = decisions.decide(
            task, choice=choice, by=person(request), now=lease.now(), version=form.cleaned_data["version"],
            key=form.cleaned_data["key"], view=form.view, **typed,
        )  # fmt: skip
    except NeedsReason as lacking:
        form.lacks(lacking)
        return _ask(request, task, form, choice)
    except REFUSALS as refused:
        return conflict(request, task.pk, str(refused), form)
    _tell(request, made)
    if request.POST.get("back") == "session":  # decided on the board, where the others are looking
        return redirect("session", task.campaign.slug)
    if practised := practice.next_for(request):
        return practice.onward(request, practised)
    return onward(request, workbench.next_after(request, task))


def require_spoken(request: HttpRequest, task: ReviewTask) -> None:
    """Refuse a step on a card that is sealed for the person, before anything of the form is looked at."""
    if seals.hides(task, person(request)):
        raise workflow.Refused(_("This card is sealed: commit your view first, the AI’s verdict opens with it."))


@step
def first_view(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Keep what the person thinks before the AI has spoken, and open the AI's verdict with it."""
    form = FirstViewForm(request.POST)
    if not form.is_valid():
        return workbench.show(request, task, Shown(first=form, status=422))
    by, version = person(request), form.cleaned_data["version"]
    try:
        keeping.tell(request, task.pk)
        active = attention.seconds(task, by=by)
        first_views.commit(task, by=by, now=lease.now(), version=version, active_seconds=active, **form.said)
    except NeedsReason as lacking:
        form.lacks(lacking)
        return workbench.show(request, task, Shown(first=form, status=422))
    drafts.drop(task, by=by)
    return onward(request, task)


def _friction(request: HttpRequest, task: ReviewTask, worry: str | None) -> Friction | None:
    """Return the question to ask before this approval; what was answered to it is kept, and nothing is asked again."""
    by, now = person(request), lease.now()
    if worry is not None:
        friction.answer(task, by=by, now=now, worry=int(worry) if worry.isdecimal() and len(worry) < 3 else None)
        return None
    if workflow.Case(task, by, now).holder not in {None, by} or task.state not in workflow.WAITING:
        return None  # it would be refused anyway, and says so
    return friction.due(task, by=by, now=now)


def _ask(request: HttpRequest, task: ReviewTask, form: DeskForm, choice: str) -> HttpResponse:
    """Ask for what a decision lacks: in the dialog for htmx, else on a page of its own. Nothing typed is lost."""
    # The first press of the button says nothing yet, nor does another decision chosen on the page: asked, not told off.
    is_told = request.POST.get("asked") == choice or not choice
    if is_fragment(request) or not form.cleaned_data.get("choice"):
        return workbench.show(request, task, Shown(form=form, asks=choice, status=422))
    whole = queries.card(task, user=person(request), now=lease.now())
    face = cards.face(whole, form=form, now=lease.now())
    act = next(one for one in face.acts if one.choice == choice)
    sent = [(name, value) for name, value in request.POST.items() if name not in NOT_SENT_AGAIN]
    if not is_told:
        form.errors.clear()
    context = {"task": task, "face": face, "form": form, "act": act, "sent": sent, "is_told": is_told,
               "overrides": workbench.override_record(whole, person(request)),
               "tomorrow": workbench.tomorrow(task, now=lease.now()), "query": workbench.query_of(request)}  # fmt: skip
    return render(request, "review/reason.html", context, status=422 if is_told else 200)


NOT_SENT_AGAIN = {
    "csrfmiddlewaretoken",
    "choice",
    "active",
    "sections",
    "place",
    "category",
    "rationale",
    "proof",
    "sure",
    "hold_until",
    "asked",
}


def _keep(request: HttpRequest, task: ReviewTask, view: dict[str, Any]) -> HttpResponse:
    overlays.keep(workflow.Case(task, person(request), lease.now()), view=view)
    drafts.drop(task, by=person(request))
    messages.success(request, _("Your view is kept."))
    return onward(request, task)


def _tell(request: HttpRequest, made: Decision) -> None:
    """Say what was decided, with the way back."""
    task = made.task
    name = task.recommendation.creator.name
    if made.choice == Choice.HOLD:
        words = _("Held: %(name)s")
    elif task.state == "awaiting":
        words = _("Sent for approval: %(name)s")
    elif made.is_override:
        words = _("Decided against the AI: %(name)s")
    else:
        words = _("Approved: %(name)s") if made.choice == Choice.APPROVE else _("Rejected: %(name)s")
    back = f"{reverse('queue-undo', args=[task.pk])}?version={task.version}&key=undo-{made.idempotency_key[:60]}"
    kept = _("Receipt %(hash)s.") % {"hash": wording.short_hash(log.receipt(made.audit))}
    messages.success(request, f"{words % {'name': name}}. {kept}", extra_tags=back)


@step
def interest(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Declare an interest of one's own in the deal: the card goes to somebody else."""
    overlays.save(task, by=person(request), now=lease.now(), has_interest=True)
    messages.success(request, _("Recorded. Somebody else decides this card."))
    return onward(request, workbench.next_after(request, task))


@step
def undo(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Take one's decision back inside the undo window."""
    sent = {**request.GET.dict(), **request.POST.dict()}
    version, key = number(sent.get("version")), line(sent.get("key", ""), most=80)
    decisions.undo(task, by=person(request), now=lease.now(), version=version, key=key)
    messages.success(request, _("Taken back. The card is in the queue again."))
    return onward(request, task)


@step
def release(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Let a card go; the next one is not opened, because a claim was not asked for."""
    claims.release(task, by=person(request), now=lease.now())
    messages.success(request, _("Released. Anybody can take it now."))
    return onward(request, None)


@step
def take(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Take a card: a free one, or as a manager one that somebody else holds."""
    by, now = person(request), lease.now()
    is_held = workflow.Case(task, by, now).holder not in {None, by}
    (claims.take_over if is_held else claims.claim)(task, by=by, now=now)
    return onward(request, task)


@step
def ask_release(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Ask whoever holds a card to let it go; they are told once a claim."""
    holder = claims.ask_release(task, by=person(request), now=lease.now())
    messages.success(request, _("Asked: %(name)s. The card stays theirs until they let it go.") % {"name": holder})
    return onward(request, task)


@login_required
@require_POST
def renew(request: HttpRequest, task_id: int) -> HttpResponse:
    """Hold one's card for longer while typing; 409 when it is no longer one's own."""
    task, now = found(request, task_id), lease.now()
    if not claims.renew(task, by=person(request), now=now):
        return JsonResponse({"version": task.version}, status=409)
    task.refresh_from_db(fields=["claimed_until"])
    assert task.claimed_until is not None
    asking = claims.asked_by(task)
    more = {"asks": _("%(name)s asks for this card.") % {"name": asking}} if asking else {}
    left = round((task.claimed_until - now).total_seconds())
    return JsonResponse({"seconds": left, "version": task.version, **more})


@step
def reopen(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Open a held or not shown card again."""
    decisions.reopen(task, by=person(request), now=lease.now(), version=number(request.POST.get("version")))
    messages.success(request, _("Open again."))
    return onward(request, task)


@step
def note(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Leave a note, whoever holds the card."""
    form = NoteForm(request.POST, here=people.of_place(task.brand, task.market), auto_id="note-%s")
    if not form.is_valid():
        return workbench.show(request, task, Shown(note=form, status=422))
    also = form.chosen("also")
    try:
        thread.add_note(
            task, by=person(request), now=lease.now(), text=form.cleaned_data["text"], also=[also] if also else []
        )
    except thread.NotANote as refused:
        form.add_error("text", str(refused))
        return workbench.show(request, task, Shown(note=form, status=422))
    messages.success(request, _("Note saved"))
    return onward(request, task)


@step
def creator_says(request: HttpRequest, task: ReviewTask) -> HttpResponse:
    """Record what the creator's own clock says: another offer, withdrawn, taken, free again."""
    form = ClockForm(request.POST)
    if not form.is_valid():
        return conflict(request, task.pk, " ".join(str(one) for errors in form.errors.values() for one in errors))
    said = form.cleaned_data
    try:
        creator_clock.say(task, by=person(request), now=lease.now(), **said)
    except creator_clock.NotATime as refused:
        return conflict(request, task.pk, str(refused))
    messages.success(request, str(clock.TOLD[said["says"]]))
    return onward(request, task)


@step
def gate(request: HttpRequest, task: ReviewTask, gate_id: int) -> HttpResponse:
    """Answer a market gate that the figures could not: passed or not, and where it was looked up."""
    market, profile = task.campaign.market, task.recommendation.profile
    asked = market.gates.filter(pk=gate_id).first()
    if asked is None:
        raise Http404
    said = request.POST.get("passed")
    if said not in {"yes", "no"}:
        raise PermissionDenied(_("A gate is passed or it is not."))
    evidence = line(request.POST.get(f"evidence:{gate_id}", ""), most=300)
    try:
        gates.answer(profile, asked, is_passed=said == "yes", evidence=evidence, by=person(request), now=lease.now())
    except gates.NotAnswered as lacking:
        messages.error(request, str(lacking))
    return onward(request, task)
