"""Which known profile a row speaks of, and what the row adds to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from screening.imports.rows import Part
from screening.models import BatchStatus, ImportBatch, Profile, ProfileChange

SINGLE = (
    "handle", "name", "bio", "url", "language", "country", "audience_country", "is_verified", "is_partner", "is_mature",
    "opened_date", "external_id",
)  # fmt: skip
_KEPT = (
    "pk", "creator_id", "platform", "handle_key", "batch_id", "batch__status", "markets", "categories",
    *SINGLE,
)  # fmt: skip
MANY = {"categories": 12, "markets": 100}  # lists, and how many words each holds at most


@dataclass(eq=False)
class Slot:
    """A profile of this chunk: a known one with its row, or one still to be made.

    ``changes`` is what rows add: values for blanks, more words for lists. ``is_new`` until a row of the file named a
    profile that nobody sees yet.
    """

    row: dict[str, Any]
    is_known: bool
    is_new: bool = False
    is_mine: bool = False  # made by this very batch
    pk: int = 0
    creator: "Slot | None" = None  # the slot whose creator this new profile shares
    changes: dict[str, Any] = field(default_factory=dict)

    def absorb(self, part: Part, *, market: str) -> bool:
        """Fill blanks, add topics and markets from a part. Tells whether that changed anything."""
        before, self.is_new = dict(self.changes), False
        for name, value in {**part.about, "handle": part.handle, "external_id": part.external_id}.items():
            if name in SINGLE and value not in ("", None) and self._is_blank(name):
                self.changes[name] = value
        self._add("categories", part.about.get("categories", ()))
        self._add("markets", [market] if market else ())
        return self.changes != before

    def values(self) -> dict[str, Any]:
        """Return the columns of a new profile."""
        return {**self.row, **gained(self.row, self.changes)}

    def _is_blank(self, name: str) -> bool:
        return name not in self.changes and self.row.get(name) in ("", None)

    def _add(self, name: str, more: Iterable[str]) -> None:
        there = [*self.row[name], *self.changes.get(name, ())]
        new = [word for word in dict.fromkeys(more) if word not in there][: MANY[name] - len(there)]
        if new and len(there) < MANY[name]:
            self.changes[name] = [*self.changes.get(name, ()), *new]


class Registry:
    """The profiles that a chunk's parts may speak of, looked up in a few queries."""

    def __init__(self, parts: list[Part], batch: ImportBatch) -> None:
        self.batch = batch
        self.by_key: dict[tuple[str, str], Slot] = {}
        self.by_id: dict[tuple[str, str], list[Slot]] = {}
        rows = list(Profile.objects.filter(_wanted(parts)).order_by("pk").values(*_KEPT))
        hidden = {row["pk"] for row in rows if self._is_hidden(row)}
        claims = ProfileChange.objects.filter(batch_id=batch.pk, profile__in=hidden)
        claimed = set(claims.values_list("profile_id", flat=True)) if hidden else set()
        for row in rows:
            pk, is_mine = row["pk"], row["batch_id"] == batch.pk
            slot = Slot(_blank(row) if pk in hidden else row, True, pk in hidden - claimed, is_mine, pk)
            self.by_key[row["platform"], row["handle_key"]] = slot
            if pk not in hidden:
                self.by_id.setdefault((row["platform"], row["external_id"]), []).append(slot)

    def find(self, part: Part) -> Slot | None:
        """Return the slot of a part: by its handle, else by its id; None where nothing is known.

        Raises Ambiguous where an id stands for several profiles of the platform.
        """
        if part.key:
            return self.by_key.get((part.platform, part.key))
        slots = self.by_id.get((part.platform, part.external_id), [])
        if len(slots) > 1:
            raise Ambiguous(part.external_id)
        return slots[0] if slots else None

    def is_new(self, part: Part) -> bool:
        """Tell whether a part's handle names a profile that nobody sees yet."""
        slot = self.by_key.get((part.platform, part.key))
        return bool(part.key) and (slot is None or slot.is_new)

    def make(self, part: Part, *, sibling: Slot | None) -> Slot:
        """Open a slot for a profile that is not known yet."""
        row = {
            "platform": part.platform,
            "handle": part.handle,
            "handle_key": part.key,
            "markets": [],
            "categories": [],
        }
        slot = Slot(row, is_known=False, is_new=True, creator=sibling)
        self.by_key[part.platform, part.key] = slot
        return slot

    def slots(self) -> list[Slot]:
        """Return all slots, known and new."""
        return list(self.by_key.values())

    def _is_hidden(self, row: dict[str, Any]) -> bool:
        """Tell a profile that another import left unfinished: it is there, but nothing that file says counts."""
        return row["batch_id"] not in (None, self.batch.pk) and row["batch__status"] != BatchStatus.LOADED


class Ambiguous(LookupError):
    """An id that stands for several profiles; the row is refused."""


def gained(now: Mapping[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that changes give to a profile as it stands: blanks filled, topics and markets added."""
    new = {name: value for name, value in changes.items() if name not in MANY and now.get(name) in ("", None)}
    for name in MANY.keys() & changes.keys():
        both = list(dict.fromkeys([*now[name], *changes[name]]))[: max(MANY[name], len(now[name]))]
        new |= {name: both} if both != now[name] else {}
    return new


def in_database(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as columns of Profile (dates come back from JSON as text)."""
    opened = changes.get("opened_date")
    return {**changes, "opened_date": date.fromisoformat(opened)} if isinstance(opened, str) else changes


def in_json(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as plain JSON."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}


def _blank(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **dict.fromkeys(SINGLE, ""), **{name: [] for name in MANY}}


def _wanted(parts: list[Part]) -> Q:
    wanted = Q(pk__in=[])
    for platform in sorted({part.platform for part in parts}):
        mine = [part for part in parts if part.platform == platform]
        if keys := {part.key for part in mine if part.key}:
            wanted |= Q(platform=platform, handle_key__in=keys)
        if ids := {part.external_id for part in mine if not part.key}:
            wanted |= Q(platform=platform, external_id__in=ids)
    return wanted
