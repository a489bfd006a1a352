"""The thread of a card: read live by those who have it open."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import access
from accounts.models import User
from review import handoffs, seals, thread
from review.forms import NoteForm
from review.models import ReviewTask
from review.queries import Card
from review.views import found, person


@login_required
@require_safe
def part(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show the notes of a card alone: what an open card asks for every ten seconds, and a page without script."""
    task, user = found(request, task_id), person(request)
    said = _said(task, thread.thread(task, user=user), user=user)
    if str(said["last"]) == request.GET.get("after"):
        return HttpResponse(status=204)  # nothing new: the page keeps what it has
    return render(request, "review/_thread.html", said)


def shown(task: ReviewTask, *, user: User, card: Card, note: NoteForm | None = None) -> dict[str, Any]:
    """Return what the card's template needs of the thread, nothing while the card is sealed, and of a hand-off."""
    is_open = not seals.hides(task, user)
    rows, words = card.beside, {one.uid: one.words for one in card.history}
    return {
        **_said(task, thread.told(rows.notes, rows.named, words) if is_open else [], user=user),
        "may_talk": is_open and access.may(user, "decide", brand=task.brand, market=task.market),
        "handed": handoffs.waiting_for(task, user=user, newest=rows.handoffs),
        "note": note or NoteForm(here=card.here if is_open else [], auto_id="note-%s"),
    }


def _said(task: ReviewTask, notes: list[thread.Said], *, user: User) -> dict[str, Any]:
    last = notes[-1].note.pk if notes else 0
    return {"task": task, "notes": notes, "last": last, "is_thread_open": not seals.hides(task, user)}
