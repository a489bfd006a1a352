"""A person notes something on a creator's page, corrects it and takes it back."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import User
from jobs import lease
from screening import notes, registry
from screening.models import CreatorNote
from screening.note_forms import NoteForm
from screening.notes import NoteRefused
from screening.views import creators, person
from screening.views.noted import form_of


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a note on a creator; what was typed stays where it is refused."""
    user = person(request)
    found = registry.creator(user, pk)
    form = form_of(found, user, request.POST)
    if form is None:
        access.require(user, "decide", brand=next(iter(found.brands), ""), market=next(iter(found.markets), ""))
        raise _nothing()
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            notes.write(found.creator, place=form.place, text=text, by=user, now=lease.now())
        except NoteRefused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("The note is kept. Everybody of the brand and market sees it."))
            return _back(pk)
    return creators.show(request, found, note=form, status=422)


@login_required
@require_POST
def correct(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Put other words in the place of a note of one's own."""
    user = person(request)
    found = registry.creator(user, pk)
    kept = _kept(found.notes, note, user)
    form = NoteForm(request.POST, name=f"note{kept.pk}")
    if form.is_valid():
        try:
            is_new = notes.correct(kept, text=form.cleaned_data["text"], by=user, now=lease.now())
        except NoteRefused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("Corrected.") if is_new else _("Nothing changed."))
            return _back(pk)
    return creators.show(request, found, note=form, status=422)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Take a note of one's own off the page; pressed twice, it is gone once."""
    user = person(request)
    found = registry.creator(user, pk)
    kept = next((one for one in found.notes if one.pk == note and one.by_id == user.pk), None)
    if kept is None and CreatorNote.objects.filter(pk=note).exists():
        raise _nothing()
    is_gone = kept is not None and notes.take_back(kept, by=user)
    messages.success(request, _("Taken back.") if is_gone else _("It was taken back before."))
    return _back(pk)


def _kept(found: Sequence[CreatorNote], pk: int, user: User) -> CreatorNote:
    """Return a note of one's own on this page, or answer not found: who may read others' words changes none."""
    for one in found:
        if one.pk == pk and one.by_id == user.pk:
            return one
    raise _nothing()


def _nothing() -> Http404:
    return Http404(_("There is nothing here, or it is not yours to see."))


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('creator', args=[pk])}#notes")
