"""Notes on a creator as their page shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from screening import notes
from screening.models import CreatorNote
from screening.note_forms import NoteForm
from screening.registry import Dossier


@dataclass(frozen=True)
class Line:
    """A note as the page shows it. text: empty once it was erased; form: what corrects it, where it is one's own."""

    pk: int
    name: str
    at: datetime
    corrected_at: datetime | None
    place: str
    text: str
    form: NoteForm | None


def of(found: Dossier, user: User, *, is_sealed: bool, typed: NoteForm | None = None) -> list[Line]:
    """Return the notes on a creator, newest first; of a sealed one the reader's own alone.

    What colleagues write may tell what the AI says. typed: a correction that was refused.
    """
    return [_line(one, found, user, typed) for one in found.notes if not is_sealed or one.by_id == user.pk]


def form_of(found: Dossier, user: User, data: Any = None) -> NoteForm | None:
    """Return the form that leaves a note on a creator, None for whoever may leave none."""
    places = {one: _place(found, *one) for one in notes.places(user, found.brands, found.markets)}
    return NoteForm(data, places=places) if places else None


def _line(one: CreatorNote, found: Dossier, user: User, typed: NoteForm | None) -> Line:
    text, name = notes.words_of(one), f"note{one.pk}"
    form = NoteForm(text=text, name=name) if notes.may_change(one, user) else None
    if typed is not None and typed.auto_id == f"{name}_%s":
        form = typed
    return Line(one.pk, one.by.name, one.at, one.corrected_at, _place(found, one.brand, one.market), text, form)


def _place(found: Dossier, brand: str, market: str) -> str:
    return f"{found.brands.get(brand, brand)}, {market}"
