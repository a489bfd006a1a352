"""The briefing card in words, and what is done on it: hand over, answer, promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, sight, wording
from accounts.models import Role, User
from audit.models import Kind
from jobs import lease
from review import deadlines, handoffs, people, promises, queries, words, workflow
from review.forms import EnoughForm, HandForm, PromiseForm
from review.models import ReviewTask, TaskState
from review.overlays import Field
from review.queries.briefing import Briefing, briefing, cases_of
from review.queries.questions import Asked
from review.queries.together import figure
from review.views import cards, found, person, rows, together
from screening import exposures
from screening import words as screening

MILLION = 1_000_000
REFUSALS = (handoffs.NotHanded, promises.NotAPromise, workflow.Refused)


@dataclass(frozen=True)
class Step:
    """A step of the history. voice: whose it is; lines: what an overlay said."""

    voice: str
    text: str
    at: datetime
    lines: list[str]
    quotes: list[str]


@dataclass(frozen=True)
class Open:
    """A question that is still open, with whoever has it."""

    text: str
    owner: str


@login_required
@require_safe
def page(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show the briefing card of a case, also to print."""
    return show(request, found(request, task_id))


@login_required
@require_safe
def of_creator(request: HttpRequest, creator_id: int) -> HttpResponse:
    """Lead to the briefing card of a creator's newest case that the person may see."""
    cases = cases_of(creator_id, user=person(request))
    if not cases:
        raise Http404
    return redirect("briefing", cases[0].pk)


def show(
    request: HttpRequest, task: ReviewTask, *, forms: Mapping[str, Any] | None = None, refused: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Render the briefing card, with a form that was refused where there is one."""
    now, user = lease.now(), person(request)
    whole = briefing(task, user=user, now=now)
    if not whole.is_sealed and not getattr(task, "was_seen", False):
        exposures.note(user, task.campaign, [task.recommendation.creator_id], now=now)
    name = task.recommendation.creator.name or f"@{task.recommendation.profile.handle}"
    context = {
        "task": task, "brief": whole, "name": name, "language": rows.script(name), "refused": refused,
        "steps": [_step(one, whole) for one in whole.history], "stand": _stand(whole, user), "now": now,
        "fee": sight.fee(task),
        "next": words.next_step(task, now=now), "expiry": _expiry(whole, now=now),
        "open": _open(whole), "how": _how(whole),
        "past": [cards.work(one) for one in whole.past],
        "handed": whole.handoffs[0] if whole.handoffs else None,
        "asked": next((one for one in whole.handoffs[:1] if one.row.to_id == user.pk), None),
        "others": [one for one in whole.cases if one.pk != task.pk],
        **_forms(whole, user, now=now), **(forms or {}),
    }  # fmt: skip
    return render(request, "review/briefing.html", context, status=status)


def _expiry(whole: Briefing, *, now: datetime) -> str:
    """Return what happens if whoever takes the card over decides nothing; empty once it is decided."""
    task = whole.task
    if task.state not in workflow.WAITING:
        return ""
    if whole.is_sealed:
        return words.on_expiry_sealed(task, now=now)
    is_open = task.state == TaskState.OPEN
    up = deadlines.why_up(task, now=now, open_gates=whole.open_gates) if is_open else None
    return words.on_expiry(task, now=now, up=up)


def _forms(whole: Briefing, user: User, *, now: datetime) -> dict[str, Any]:
    held = {row.user_id: row.user for row in whole.held if row.role in access.MAY["decide"]}
    here = list(held.values()) if whole.allowed & {"hand_over", "promise"} else []
    gone = people.away(here, now=now)
    others = [one for one in here if one.pk != user.pk and one.pk not in gone]
    return {
        "hand_form": HandForm(here=others, auto_id="hand_%s") if others and "hand_over" in whole.allowed else None,
        "promise_form": PromiseForm(here=here, initial={"owner": user.pk}, auto_id="promise_%s")
        if "promise" in whole.allowed else None,
        "enough_form": EnoughForm(auto_id="enough_%s"),
    }  # fmt: skip


def _step(event: queries.Event, whole: Briefing) -> Step:
    if event.kind == Kind.RECOMMENDATION and whole.is_sealed:
        return Step("ai", _("The screening run ended. What the AI says is sealed until you commit a view."), event.at,
                    [], [])  # fmt: skip
    told = cards.step(event)
    view = whole.views.get(event.uid) if event.uid else None
    return Step(told.voice, told.text, told.at, cards.lines_of(view) if view else [], told.quotes)


@dataclass(frozen=True)
class Stand:
    """Where the two voices stand now, as shares; None where nobody spoke."""

    ai: float
    ai_words: str
    person: float | None
    name: str
    line: float
    spoken: str
    together: float | None


def _stand(whole: Briefing, user: User) -> Stand | None:
    if whole.is_sealed:
        return None
    task, answer = whole.task, whole.task.recommendation
    latest = {view.overlay.by_id: view for view in whole.views.values()}
    told = together.of(figure(task, user=user, views=list(latest.values())), task)
    spoken = [_("AI %(p)s") % {"p": wording.percent(answer.p)}]
    if whole.person is not None and whole.person_p is not None:
        spoken.append(f"{whole.person.name} {wording.percent(whole.person_p)}")
    return Stand(
        answer.p, f"{answer.get_verdict_display()}, {wording.percent(answer.p)}", whole.person_p,
        whole.person.name if whole.person else "", task.policy.auto_line_u6 / MILLION, ", ".join(spoken), told.q,
    )  # fmt: skip


def _open(whole: Briefing) -> list[Open]:
    """Return what is still open: the manager's question, the AI's, and the gates that nobody could check."""
    task, found_here = whole.task, []
    nobody = _("Nobody yet")
    if asked := queries.question_of(whole.history):
        owner = task.claimed_by.name if task.claimed_by else nobody
        found_here.append(Open(asked.words.get("reason", _("The manager’s question was erased.")), owner))
    said = "" if whole.is_sealed else screening.question(task.recommendation.knowledge.get("question"))
    if said and not any(one.kind == Kind.DECISION for one in whole.history):
        found_here.append(Open(str(said), nobody))
    found_here += [_question(one, whole.is_sealed) for one in whole.questions]
    found_here += [Open(_("Market gate: %(name)s") % {"name": one.name}, nobody) for one in whole.open_gates]
    return found_here


def _question(asked: Asked, is_sealed: bool) -> Open:
    row = asked.row
    owner = row.to.name if row.to else str(Role(row.role).label)
    text = _("A question is open; its words open with the card.") if is_sealed else asked.text
    until = _("asked by %(name)s, answer by %(time)s") % {"name": row.by.name, "time": wording.when(row.due_at)}
    return Open(text or _("The words were erased."), f"{owner} · {until}")


def _how(whole: Briefing) -> list[tuple[str, str]]:
    """Return how to brief, and what the last brand did wrong, as the newest overlays say: label, words."""
    newest = list(whole.views.values())[::-1]
    fields = (Field.HOW_TO_BRIEF, Field.LAST_BRAND)
    told = ((one, next((text for view in newest if (text := view.words.get(one, ""))), "")) for one in fields)
    return [(str(one.label), text) for one, text in told if text]


@login_required
@require_POST
def hand_over(request: HttpRequest, task_id: int) -> HttpResponse:
    """Hand the card to a named person."""
    task = found(request, task_id)
    form = HandForm(request.POST, here=people.deciders(task.brand, task.market), auto_id="hand_%s")
    to = form.chosen("to") if form.is_valid() else None
    if to is None:
        return show(request, task, forms={"hand_form": form}, refused=_("Choose a person."), status=422)
    try:
        handoffs.hand_over(task, to=to, by=person(request), now=lease.now(), note=form.cleaned_data["note"])
    except REFUSALS as refused:
        return show(request, task, forms={"hand_form": form}, refused=str(refused), status=409)
    messages.success(request, _("Handed over. %(name)s is told, with this briefing card.") % {"name": to.name})
    return redirect("briefing", task_id)


@login_required
@require_POST
def enough(request: HttpRequest, task_id: int, handoff_id: int) -> HttpResponse:
    """Say whether a hand-off was enough."""
    task = found(request, task_id)
    row = get_object_or_404(task.handoffs, pk=handoff_id)
    form = EnoughForm(request.POST, auto_id="enough_%s")
    if not form.is_valid():
        return show(request, task, forms={"enough_form": form}, refused=_("Choose an answer."), status=422)
    said = form.cleaned_data
    try:
        handoffs.answer(
            row, is_enough=said["enough"] == "yes", missing=said["missing"], by=person(request), now=lease.now()
        )
    except handoffs.NotHanded as refused:
        form.add_error("missing", str(refused))
        return show(request, task, forms={"enough_form": form}, status=422)
    messages.success(request, _("Thank you. The one before is told."))
    return redirect("briefing", task_id)


@login_required
@require_POST
def promise(request: HttpRequest, task_id: int) -> HttpResponse:
    """Write down what was promised to the creator."""
    task = found(request, task_id)
    form = PromiseForm(request.POST, here=people.deciders(task.brand, task.market), auto_id="promise_%s")
    owner = form.chosen("owner") if form.is_valid() else None
    if owner is None:
        return show(request, task, forms={"promise_form": form}, status=422)
    said = form.cleaned_data
    try:
        promises.promise(
            task, text=said["text"], owner=owner, due_date=said["due_date"], by=person(request), now=lease.now()
        )
    except REFUSALS as refused:
        return show(request, task, forms={"promise_form": form}, refused=str(refused), status=409)
    messages.success(request, _("The promise is written down."))
    return redirect("briefing", task_id)


@login_required
@require_POST
def kept(request: HttpRequest, task_id: int, promise_id: int) -> HttpResponse:
    """Say that a promise was kept."""
    task = found(request, task_id)
    row = get_object_or_404(task.promises, pk=promise_id)
    try:
        promises.kept(row, by=person(request), now=lease.now())
    except REFUSALS as refused:
        return show(request, task, refused=str(refused), status=409)
    return redirect("briefing", task_id)
