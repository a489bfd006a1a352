"""Which known profile a row speaks of, and what the row adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from screening.imports.rows import Part
from screening.models import BatchStatus, ImportBatch, Profile

SINGLE = (
    "name", "bio", "url", "language", "country", "audience_country", "is_verified", "is_partner", "is_mature",
    "opened_date", "external_id",
)  # fmt: skip
_KEPT = (
    "pk", "creator_id", "platform", "handle", "handle_key", "batch_id", "batch__status", "markets", "categories",
    *SINGLE,
)  # fmt: skip
_MOST_TOPICS = 12


@dataclass(eq=False)
class Slot:
    """A profile of this chunk: a known one with its row, or one still to be made. ``changes`` is what rows add."""

    row: dict[str, Any]
    is_known: bool
    pk: int = 0
    creator: "Slot | None" = None  # the slot whose creator this new profile shares
    changes: dict[str, Any] = field(default_factory=dict)

    def absorb(self, part: Part, *, market: str) -> bool:
        """Fill blanks, add topics and markets from a part. Tells whether that changed anything."""
        before = dict(self.changes)
        for name, value in {**part.about, "external_id": part.external_id}.items():
            if name in SINGLE and value not in ("", None) and self._now(name) in ("", None):
                self.changes[name] = value
        self._add("categories", part.about.get("categories", ()), most=_MOST_TOPICS)
        self._add("markets", [market] if market else (), most=100)
        return self.changes != before

    def values(self) -> dict[str, Any]:
        """Return the columns of a new profile."""
        return {**self.row, **self.changes}

    def _now(self, name: str) -> Any:
        return self.changes.get(name, self.row.get(name))

    def _add(self, name: str, more: Iterable[str], *, most: int) -> None:
        there = list(self._now(name) or ())
        new = [word for word in dict.fromkeys(more) if word not in there]
        if new and len(there) < most:
            self.changes[name] = (there + new)[:most]


class Registry:
    """The profiles that a chunk's parts may speak of, looked up in a few queries."""

    def __init__(self, parts: list[Part], batch: ImportBatch) -> None:
        self.batch = batch
        self.by_key: dict[tuple[str, str], Slot] = {}
        self.by_id: dict[tuple[str, str], list[Slot]] = {}
        for row in Profile.objects.filter(_wanted(parts)).order_by("pk").values(*_KEPT):
            slot = Slot(row, is_known=True, pk=row["pk"])
            self._adopt(slot)
            self.by_key[row["platform"], row["handle_key"]] = slot
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

    def make(self, part: Part, *, sibling: Slot | None) -> Slot:
        """Open a slot for a profile that is not known yet."""
        row = {
            "platform": part.platform,
            "handle": part.handle,
            "handle_key": part.key,
            "markets": [],
            "categories": [],
        }
        slot = Slot(row, is_known=False, creator=sibling)
        self.by_key[part.platform, part.key] = slot
        return slot

    def slots(self) -> list[Slot]:
        """Return all slots, known and new."""
        return list(self.by_key.values())

    def _adopt(self, slot: Slot) -> None:
        """Take over what another import left unfinished: it becomes visible with this batch."""
        row = slot.row
        if row["batch_id"] not in (None, self.batch.pk) and row["batch__status"] != BatchStatus.LOADED:
            slot.changes["batch_id"] = self.batch.pk


class Ambiguous(LookupError):
    """An id that stands for several profiles; the row is refused."""


def in_database(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as columns of Profile (dates come back from JSON as text)."""
    opened = changes.get("opened_date")
    return {**changes, "opened_date": date.fromisoformat(opened)} if isinstance(opened, str) else changes


def in_json(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as plain JSON."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}


def _wanted(parts: list[Part]) -> Q:
    wanted = Q(pk__in=[])
    for platform in sorted({part.platform for part in parts}):
        mine = [part for part in parts if part.platform == platform]
        if keys := {part.key for part in mine if part.key}:
            wanted |= Q(platform=platform, handle_key__in=keys)
        if ids := {part.external_id for part in mine if not part.key}:
            wanted |= Q(platform=platform, external_id__in=ids)
    return wanted
