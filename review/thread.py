"""The thread of a card: short notes with mentions, so that a small team talks here and the log knows.

In a sealed card it opens with the first committed view: nothing people say may stand where the AI's verdict could show.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.at_once import at_once
from accounts.models import User
from audit import log
from audit.models import Kind
from review import notices, people, seals, workflow
from review.models import About, Mention, Note, ReviewTask
from review.overlays import words_by_entry

MAX_NOTE = 4_000  # characters
MOST_SHOWN = 200  # newest notes of a card
AT = re.compile(r"(?<![\w@./])@(?=\w)")
NAME = re.compile(r"[\w.-]+")


class NotANote(ValueError):
    """Raised when a note is empty, too long, or names somebody who is not there; the sentence says which."""


@dataclass(frozen=True)
class Said:
    """A note as the thread shows it. text: empty once it was erased."""

    note: Note
    text: str
    names: list[User]


def add_note(task: ReviewTask, *, by: User, now: datetime, text: str, also: Collection[User] = ()) -> Note:
    """Leave a short note on a card, whoever holds it; whom it names, and `also`, are told.

    Raises NotANote, workflow.Refused (a sealed card) and NotAllowed.
    """
    text = text.strip()
    if not text:
        raise NotANote(_("The note is empty."))
    if len(text) > MAX_NOTE:
        raise NotANote(_("The text has %(found)d characters, at most 4,000 are kept.") % {"found": len(text)})
    with transaction.atomic():
        task, by = workflow.lock(task, "note", by=by)
        workflow.check(task, "note", by=by, now=now)
        named = _named(task, text, also)
        entry = log.record(
            Kind.OVERLAY,
            stream=f"task:{task.pk}",
            by=by,
            body={
                "task": task.pk,
                "what": "note",
                "length": len(text),
                "mentions": [f"user:{one.pk}" for one in named],
            },
            personal={"note": text},
            subject=task.recommendation.creator.subject,
            brand=task.brand,
            market=task.market,
        )
        made = Note.objects.create(task=task, by=by, at=now, length=len(text), audit=entry)
        Mention.objects.bulk_create([Mention(note=made, user=one) for one in named])
        url = f"{reverse('queue-card', args=[task.pk])}#thread"
        notices.tell(named, About.MENTION, key=f"note:{made.pk}", url=url, now=now, by=by, task=task)
    return made


def _named(task: ReviewTask, text: str, also: Collection[User]) -> list[User]:
    here = list(people.of_place(task.brand, task.market))
    known = {one.pk for one in here}
    for one in also:
        if one.pk not in known:
            raise NotANote(_("%(name)s may not see this card.") % {"name": one.name})
    handles = {one.handle.casefold() for one in task.recommendation.creator.profiles.all()}
    found = [*mentions(text, here, handles=handles), *also]
    return list({one.pk: one for one in found}.values())


def mentions(text: str, here: Collection[User], *, handles: Collection[str] = ()) -> list[User]:
    """Return the people whom a text names with @: by whole name, first name, or what stands before @ in their e-mail.

    here: who may be named. handles: names that are none of a person, the creator's own. Raises NotANote for a name that
    nobody bears, or that more than one bears.
    """
    found = [_person(text[match.end() :], here, handles) for match in AT.finditer(text)]
    return list({one.pk: one for one in found if one is not None}.values())


def _person(rest: str, here: Collection[User], handles: Collection[str]) -> User | None:
    word = NAME.match(rest)
    said = (word.group() if word else "").rstrip(".-")
    if said.casefold() in handles:
        return None
    whole = [one for one in here if _starts(rest, one.name)]
    longest = max((len(one.name) for one in whole), default=0)
    named = [one for one in whole if len(one.name) == longest] or [
        one for one in here if said.casefold() in _short(one)
    ]
    if len(named) == 1:
        return named[0]
    if not named:
        raise NotANote(_("Nobody who sees this card is called @%(name)s.") % {"name": said})
    ways = ", ".join(f"@{one.email.partition('@')[0]}" for one in named)
    raise NotANote(_("@%(name)s can be more than one person: write %(ways)s.") % {"name": said, "ways": ways})


def _starts(rest: str, name: str) -> bool:
    return bool(name) and bool(re.match(rf"{re.escape(name)}(?!\w)", rest, re.IGNORECASE))


def _short(one: User) -> set[str]:
    return {one.name.split()[0].casefold() if one.name.split() else "", one.email.partition("@")[0].casefold()}


def notes_on(task: ReviewTask) -> QuerySet[Note]:
    """Return the newest notes of a card, newest first."""
    return task.notes.select_related("by").order_by("-pk")[:MOST_SHOWN]


def named_on(task: ReviewTask) -> QuerySet[Mention]:
    """Return whom the newest notes of a card name."""
    newest = task.notes.order_by("-pk").values("pk")[:MOST_SHOWN]
    return Mention.objects.filter(note__in=newest).select_related("user").order_by("pk")


def thread(task: ReviewTask, *, user: User) -> list[Said]:
    """Return the newest notes of a card, oldest first; none while it is sealed for the reader. Two queries."""
    if seals.hides(task, user):
        return []
    notes, named = notes_on(task), named_on(task)
    at_once(notes, named)
    return told(notes, named, words_by_entry(one.audit_id for one in notes))


def told(
    notes: Sequence[Note] | QuerySet[Note], named: Iterable[Mention], words: Mapping[UUID | None, Mapping[str, str]]
) -> list[Said]:
    """Return notes, newest first, as the thread shows them, oldest first. words: by their entries."""
    names: dict[int, list[User]] = defaultdict(list)
    for one in named:
        names[one.note_id].append(one.user)
    return [Said(one, words.get(one.audit_id, {}).get("note", ""), names[one.pk]) for one in reversed(notes)]
