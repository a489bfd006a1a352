"""Dated notes that people leave on a creator's page for everybody of a brand and market.

The words stand in the erasable payload of the audit entry, the row keeps their length. Whoever may decide on the
creator for the brand in the market writes one; whoever wrote it corrects it or takes it back.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts import access
from accounts.access import Place
from accounts.models import User
from accounts.wording import number
from audit import log
from audit.models import AuditEntry, Kind
from screening.models import Creator, CreatorNote

MOST_WORDS = 2_000  # characters
MOST_SHOWN = 100  # newest notes of a creator


class NoteRefused(ValueError):
    """Raised when a note cannot be as told; the sentence says what was found and what is allowed."""


def write(creator: Creator, *, place: Place, text: str, by: User, now: datetime) -> CreatorNote:
    """Leave a note on a creator for a brand and market; the same words once more are the same note.

    Raises NotAllowed and NoteRefused.
    """
    access.require(by, "decide", brand=place.brand, market=place.market)
    text = _checked(text)
    with transaction.atomic():
        Creator.objects.select_for_update().get(pk=creator.pk)  # pressed twice, the second waits for the first
        own = CreatorNote.objects.filter(creator=creator, by=by, brand=place.brand, market=place.market)
        newest = told(own).first()
        if newest is not None and words_of(newest) == text:
            return newest
        entry = _note("note", creator, place, text, by=by)
        return CreatorNote.objects.create(
            creator=creator, brand=place.brand, market=place.market, by=by, at=now, length=len(text), audit=entry
        )


def correct(note: CreatorNote, *, text: str, by: User, now: datetime) -> bool:
    """Put other words in the place of one's own; False where they are the same. Raises NotAllowed and NoteRefused."""
    text = _checked(text)
    with transaction.atomic():
        kept = _own(note, by)
        if kept is None:
            raise NoteRefused(_("The note was taken back before."))
        if words_of(kept) == text:
            return False
        entry = _note("note_corrected", kept.creator, Place(kept.brand, kept.market), text, by=by)
        CreatorNote.objects.filter(pk=kept.pk).update(length=len(text), audit=entry, corrected_at=now)
    return True


def take_back(note: CreatorNote, *, by: User) -> bool:
    """Take a note of one's own off the page; False where it is gone. Raises NotAllowed and NoteRefused."""
    with transaction.atomic():
        kept = _own(note, by)
        if kept is None:
            return False
        _note("note_taken_back", kept.creator, Place(kept.brand, kept.market), "", by=by)
        kept.delete()
    return True


def told(notes: QuerySet[CreatorNote]) -> QuerySet[CreatorNote]:
    """Return notes, newest first, each with the payload that `words_of` reads."""
    found = notes.annotate(words=F("audit__payload__payload")).select_related("by")
    return found.order_by("-pk")[:MOST_SHOWN]


def words_of(note: CreatorNote) -> str:
    """Return what a note of `told` says, empty once it was erased."""
    kept: str | None = note.words  # type: ignore[attr-defined]
    return str(json.loads(kept)["creator_note"]) if kept else ""


def may_change(note: CreatorNote, user: User) -> bool:
    """Tell whether a note is a person's to correct and to take back."""
    return note.by_id == user.pk and access.may(user, "decide", brand=note.brand, market=note.market)


def places(user: User, brands: Iterable[str], markets: Sequence[str]) -> list[Place]:
    """Return for which brands and markets a person may leave a note, among those of a creator."""
    here = (Place(brand, market) for brand in sorted(brands) for market in markets)
    return [one for one in here if access.may(user, "decide", brand=one.brand, market=one.market)]


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise NoteRefused(_("The note is empty."))
    if len(text) > MOST_WORDS:
        most = {"found": number(len(text)), "most": number(MOST_WORDS)}
        raise NoteRefused(_("The text has %(found)s characters, at most %(most)s are kept.") % most)
    return text


def _own(note: CreatorNote, by: User) -> CreatorNote | None:
    """Return the row, locked, None where it is gone."""
    rows = CreatorNote.objects.select_for_update(of=("self",)).filter(pk=note.pk)
    kept = rows.select_related("creator", "by").annotate(words=F("audit__payload__payload")).first()
    if kept is None:
        return None
    access.require(by, "decide", brand=kept.brand, market=kept.market)
    if kept.by_id != by.pk:
        raise NoteRefused(_("This is not yours to change: ask %(names)s.") % {"names": kept.by.name})
    return kept


def _note(what: str, creator: Creator, place: Place, text: str, *, by: User) -> AuditEntry:
    return log.record(
        Kind.RELATION, stream=f"creator:{creator.subject.hex}", by=by, body={"what": what, "length": len(text)},
        personal={"creator_note": text} if text else None, subject=creator.subject, brand=place.brand,
        market=place.market,
    )  # fmt: skip
