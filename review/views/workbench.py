"""The queue with one card and its desk: a whole page, or for htmx the part of it that changes."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from accounts.models import User
from jobs import lease
from review import claims, listing, policies, queries, workflow
from review.forms import TOP, DeskForm, NoteForm
from review.listing import Filters
from review.models import ReviewTask
from review.queries import View
from review.queue import NotRouted, ask_for
from review.views import cards, found, is_fragment, person, rows
from screening import queries as screening

SHOWN_DONE = 12  # decisions of today that the list remembers


@dataclass
class Shown:
    """What a page of the workbench shows beside a card as it stands.

    form: the desk as it was sent. asks: the decision whose reason is asked for. moved: why nothing was saved. Both keep
    what was typed. with_list: the fragment brings the list as well, because it changed.
    """

    form: DeskForm | None = None
    asks: str = ""
    moved: str = ""
    note: NoteForm | None = None
    with_list: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the list; a card is opened from it."""
    access.require(person(request), "decide")
    return show(request, None)


@login_required
@require_safe
def card(request: HttpRequest, task_id: int) -> HttpResponse:
    """Open a card: whoever may decide it holds it from now on, others read it."""
    task = found(request, task_id)
    is_meant = request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")
    if is_meant and hold(task, by=person(request), now=lease.now()):
        task = found(request, task_id)
    return show(request, task)


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


def hold(task: ReviewTask, *, by: User, now: datetime) -> bool:
    """Take a card that is opened, and let go of those that were only opened before; False when nothing changed."""
    if task.state not in workflow.MOVES["claim"].sources or workflow.Case(task, by, now).holder is not None:
        return False
    try:
        claims.claim(task, by=by, now=now)
    except (workflow.Refused, access.NotAllowed):
        return False
    claims.move_on(task, by=by, now=now)
    return True


def show(request: HttpRequest, task: ReviewTask | None, shown: Shown | None = None) -> HttpResponse:
    """Render the workbench with a card, or with none; htmx gets the card, and the list where it changed."""
    shown, now = shown or Shown(), lease.now()
    is_part = is_fragment(request)
    context: dict[str, Any] = {"with_list": shown.with_list or not is_part, "is_part": is_part}
    if context["with_list"]:
        context |= _list(request, task, now=now)
    else:
        context |= {"query": query_of(request)}
    if task is not None:
        context |= _card(request, task, shown, now=now)
    name = "review/_parts.html" if is_part else "review/queue.html"
    answer = render(request, name, context, status=shown.status)
    for header, value in shown.headers.items():
        answer[header] = value
    answer["Vary"] = "HX-Request"
    return answer


def query_of(request: HttpRequest) -> str:
    """Return the query string of the list that the address names, with its question mark."""
    kept = request.GET.copy()
    for name in ("version", "key"):  # of the way back after a decision, not of the list
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


def _list(request: HttpRequest, task: ReviewTask | None, *, now: datetime) -> dict[str, Any]:
    user = person(request)
    page = listing.page(user, Filters.of(request.GET), now=now)
    made = rows.done(queries.decided(user, now=now, most=SHOWN_DONE), now=now)
    return {
        "page": page,
        "rows": rows.rows(page.tasks, user=user, now=now, current=task.pk if task else None),
        "narrow": rows.narrow(page, request.GET),
        "query": query_of(request),
        "done": made,
        "undoable": next((one for one in made if one.can_undo), None),
        "undo_key": uuid4().hex,
    }


def _card(request: HttpRequest, task: ReviewTask, shown: Shown, *, now: datetime) -> dict[str, Any]:
    user = person(request)
    whole = queries.card(task, user=user, now=now)
    form = _form(task, whole.own, shown)
    face = cards.face(whole, form=form, now=now)
    asked = next((act for act in face.acts if act.choice == shown.asks), None)
    return {
        "task": task, "card": whole, "face": face, "form": form, "moved": shown.moved, "asked": asked,
        "peers": cards.PEERS, "past": [cards.work(one) for one in whole.past], "note": shown.note or NoteForm(),
        "is_mine": whole.holder == user, "is_desk_open": "overlay" in whole.allowed,
        "may_decide": access.may(user, "decide", brand=task.brand, market=task.market),
        "tomorrow": tomorrow(task, now=now),
    }  # fmt: skip


def tomorrow(task: ReviewTask, *, now: datetime) -> date:
    """Return the first day until which a card can be held: days begin where the campaign runs."""
    return policies.today(task.campaign.market, now=now) + timedelta(days=1)


def _form(task: ReviewTask, own: View | None, shown: Shown) -> DeskForm:
    fresh = {"version": task.version, "key": uuid4().hex}
    if shown.form is None:
        form = DeskForm(factors=asked_about(task), own=own)
        form.initial = {**form.initial, **fresh}
        return form
    if shown.moved:  # what was typed, over the card as it stands now
        typed = cast(QueryDict, shown.form.data).copy()
        for name, value in fresh.items():
            typed[name] = str(value)
        shown.form.data = typed
    return shown.form


def asked_about(task: ReviewTask) -> list[str]:
    """Return the codes of the factors that the desk asks about."""
    known = (code for code, _points, value in task.recommendation.factors if value is not None)
    return [code for code, _n in zip(known, range(TOP), strict=False)]


def onward(request: HttpRequest, task: ReviewTask | None) -> HttpResponse:
    """Lead to a card, or to the list when there is none: a redirect, or for htmx the parts with the new address."""
    address = (reverse("queue-card", args=[task.pk]) if task else reverse("queue")) + query_of(request)
    if not is_fragment(request):
        return redirect(address)
    if task is not None:
        task = found(request, task.pk)  # as the step left it
        if hold(task, by=person(request), now=lease.now()):
            task = found(request, task.pk)
    return show(request, task, Shown(with_list=True, headers={"HX-Push-Url": address}))


def next_after(request: HttpRequest, task: ReviewTask) -> ReviewTask | None:
    """Return the card of the same list that comes after one."""
    now, user = lease.now(), person(request)
    return rows.after(task, listing.page(user, Filters.of(request.GET), now=now), user=user, now=now)
