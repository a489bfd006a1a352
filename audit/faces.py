"""Entries in words. The log stores codes and ids; the floor that wrote them registers here how they read.

`names("campaign")` tells how things of a sort are called and where their page is; `shows(Kind.DECISION)` tells what an
entry of a kind says. An entry whose floor registered nothing still shows its time, person, kind, stream and body.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from accounts.at_once import at_once
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind

Words = str | Promise
Body = dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """What an entry is about: its name, and the address of its page (empty where there is none)."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Face:
    """What an entry says: a line, a title in place of the kind, rows of label and value, a decision's two voices."""

    detail: Words = ""
    title: Words = ""
    rows: list[tuple[Words, Words]] = field(default_factory=list)
    ai: Words = ""
    person: Words = ""
    url: str = ""  # of the record that this entry belongs to
    link: Words = ""  # what stands on the button that leads there


@dataclass
class Shown:
    """An entry as a page shows it. `people` are names by user id."""

    entry: AuditEntry
    about: Thing
    people: dict[int, str]

    @cached_property
    def body(self) -> Body:
        """The body, parsed."""
        return _body(self.entry)

    @cached_property
    def person(self) -> str:
        """Who acted; empty for what nobody did by hand."""
        return self.name_of(self.entry.actor)

    @cached_property
    def face(self) -> Face:
        """What the entry says; nothing where its form is one that today's words do not know."""
        known = FACES.get(self.entry.kind)
        try:
            return known(self) if known else Face()
        except (LookupError, ValueError, TypeError):  # entries stay for ever, words change: the body is shown anyway
            return Face()

    @property
    def title(self) -> Words:
        """What happened."""
        return self.face.title or KINDS.get(self.entry.kind, self.entry.kind)

    @property
    def text(self) -> str:
        """The body, a field a line."""
        return json.dumps(self.body, ensure_ascii=False, indent=1)

    @property
    def receipt(self) -> str:
        """SHA-256 of the body, as the decider was shown it."""
        return log.receipt(self.entry)

    @property
    def is_by_ai(self) -> bool:
        """True for what the AI said or decided, and what its rules did by the clock."""
        return not self.entry.actor and self.entry.kind in BY_AI

    def name_of(self, actor: str) -> str:
        """Return the name behind `user:5`, or that text itself for somebody out of the reader's sight."""
        return self.people.get(int(actor.removeprefix("user:")), actor) if actor.startswith("user:") else ""


@dataclass(frozen=True)
class Hit:
    """A thing that a reader may find by name: the stream that bears it, its name, and what sort of thing it is."""

    stream: str
    name: str
    what: Words


# The rows of things, and what each row says: the id that was asked for, and what it is called.
Naming = tuple[Iterable[Any], Callable[[Any], tuple[Any, Thing]]]
Namer = Callable[[set[Any]], Naming]
Offer = QuerySet[Any, tuple[str, str]]  # value and name, in the order of the names
Speaker = Callable[[Shown], Face]
NAMERS: dict[str, Namer] = {}
FACES: dict[str, Speaker] = {}
KINDS: dict[str, Words] = dict(Kind.choices)  # `get_kind_display` puts all of them into words to find one
# Labels of the fields of a payload; a field without one is shown under its own name.
FIELDS: dict[str, Words] = {}
CONTACTS: set[str] = set()  # those that may say how a creator is reached
# sort -> for a thing of this sort, a query of further streams that belong to it (a campaign's tasks).
STREAMS: dict[str, Callable[[str], Any]] = {}
# sort -> for a thing of this sort, the entries in streams of others that are about it (an answer about a creator).
ENTRIES: dict[str, Callable[[str], Any]] = {}
# What a reader can search for: `fn(user, text)`, and what the key of a stream is called for them: `fn(user, "", key)`.
FINDERS: dict[str, Callable[..., list[Hit]]] = {}
MOST_FOUND = 10  # of a sort
OFFERS: dict[str, Callable[[User], Offer]] = {}  # sort -> what of it a reader may choose from
BY_AI = {Kind.RECOMMENDATION, Kind.ROUTING, Kind.DECISION, Kind.EXPIRY}
# The entry is about the first of these that its body names, in this order.
ABOUT = ["profile", "task", "run", "campaign", "user"]


def names(sort: str) -> Callable[[Namer], Namer]:
    """Register how things of a sort are called: `fn(ids) -> Naming`; those of a page are asked for at once."""

    def keep(namer: Namer) -> Namer:
        NAMERS[sort] = namer
        return namer

    return keep


def shows(*kinds: Kind) -> Callable[[Speaker], Speaker]:
    """Register what entries of these kinds say: `fn(shown) -> Face`, without a query."""

    def keep(speaker: Speaker) -> Speaker:
        FACES.update(dict.fromkeys(kinds, speaker))
        return speaker

    return keep


def streams_of(stream: str) -> Q:
    """Return the entries of a stream and of what belongs to it, as a condition."""
    sort, _colon, key = stream.partition(":")
    found = Q(stream=stream)
    if sort in STREAMS:
        found |= Q(stream__in=STREAMS[sort](key))
    return found | Q(uid__in=ENTRIES[sort](key)) if sort in ENTRIES else found


def called(user: User, stream: str) -> str:
    """Return what a stream is called for a reader; empty for one that they find by no name."""
    sort, _colon, key = stream.partition(":")
    hits = FINDERS[sort](user, "", key) if sort in FINDERS and key else []
    return hits[0].name if hits else ""


def show(entries: Iterable[AuditEntry], people: dict[int, str]) -> list[Shown]:
    """Put the entries of one page into words; `people` are names by user id."""
    kept = list(entries)
    subjects = {entry.uid: _subject(entry) for entry in kept}
    things = _name_all(subjects)
    return [Shown(entry, things[entry.uid], people) for entry in kept]


def offers(user: User, *beside: QuerySet[Any, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return what a reader can filter by, as value and name: campaigns (their streams), brands, markets. One query.

    `beside` are evaluated in the same one.
    """
    found = {sort: offer(user) for sort, offer in OFFERS.items()}
    at_once(*found.values(), *beside)
    return {sort: list(rows) for sort, rows in found.items()}


def _body(entry: AuditEntry) -> Body:
    body: Body = json.loads(entry.body)
    return body


def _subject(entry: AuditEntry) -> tuple[str, Any]:
    body = _body(entry)
    for sort in ABOUT:
        if sort in NAMERS and isinstance(body.get(sort), int | str):
            return sort, body[sort]
    sort, _colon, key = entry.stream.partition(":")
    return sort, int(key) if key.isdigit() else key


def _name_all(subjects: dict[uuid.UUID, tuple[str, Any]]) -> dict[uuid.UUID, Thing]:
    asked: dict[str, set[Any]] = defaultdict(set)
    for sort, key in subjects.values():
        asked[sort].add(key)
    namings = {sort: NAMERS[sort](keys) for sort, keys in asked.items() if sort in NAMERS}
    at_once(*(rows for rows, _say in namings.values() if isinstance(rows, QuerySet)))
    known = {sort: dict(map(say, rows)) for sort, (rows, say) in namings.items()}
    return {
        uid: known.get(sort, {}).get(key) or Thing(f"{sort}:{key}" if key else sort)
        for uid, (sort, key) in subjects.items()
    }
