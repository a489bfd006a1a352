"""One chunk of records into the tables, inside the caller's transaction: merged, counted, not yet visible."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from screening.imports import bulk
from screening.imports.checks import RowProblem
from screening.imports.matching import Ambiguous, Registry, Slot, gained, in_json
from screening.imports.posts import Month
from screening.imports.rows import Part, Record
from screening.imports.tally import Tally
from screening.models import BatchStatus, Creator, ImportBatch, Metrics, Profile, ProfileChange, RowError

FIGURES = (
    "followers", "following", "posts", "likes_avg", "comments_avg", "views_avg", "shares_avg", "engagement_avg",
    "authentic_avg", "views_total", "views_30d", "viewers_avg", "viewers_peak", "watch_minutes", "stream_minutes",
    "followers_gained", "posts_in_period", "period_days", "tags_avg", "mentions_avg", "fee_minor", "ads_in_period",
    "gap_days",
)  # fmt: skip
TEXTS = ("said", "named")  # lists of [word, posts], of accounts [word, posts, ads]
_COLUMNS = (
    "profile_id",
    "taken_at",
    "batch_id",
    "source",
    "is_typed_by_hand",
    "currency",
    "row_sha256",
    *FIGURES,
    *TEXTS,
)
Item = tuple[Record, int, int]  # a record, how many rows of the file it stands for, how many of them are exact repeats
_Seen = dict[tuple[int, date], set[str]]  # (profile, day) -> prints of the figures stored there


@dataclass
class _Placed:
    """An item whose accounts were matched."""

    item: Item
    slots: list[tuple[Part, Slot]]
    is_new: bool = False
    adds: bool = False


class ChunkWriter:
    """Writes the chunks of one batch; ``tally`` counts them."""

    def __init__(self, batch: ImportBatch, tally: Tally) -> None:
        self.batch, self.tally = batch, tally

    def write(self, items: list[Item]) -> None:
        """Write a chunk: new creators and profiles, figures, changes of known profiles, refused rows."""
        registry = Registry([part for record, _, _ in items for part in record.parts], self.batch)
        placed: list[_Placed] = []
        errors: list[RowError] = []
        for item in items:
            found = self._place(item, registry)
            if isinstance(found, RowProblem):
                errors += self._refused(item, found)
            else:
                placed.append(found)
        self._make([slot for slot in registry.slots() if not slot.is_known])
        bulk.insert_new(Metrics, _COLUMNS, self._figures(placed))
        for one in placed:
            self._count(one)
        self._change([slot for slot in registry.slots() if slot.is_known and slot.changes])
        RowError.objects.bulk_create(errors, batch_size=1_000)

    def _place(self, item: Item, registry: Registry) -> _Placed | RowProblem:
        """Match a record's accounts. One named by an id alone must be known; the others are made where they are not."""
        record = item[0]
        if record.problem:
            return record.problem
        try:
            found = [(part, registry.find(part)) for part in record.parts]
        except Ambiguous as several:
            return RowProblem(record.line, "", str(several), "creator_ambiguous")
        usable = [(part, slot) for part, slot in found if slot or part.key]
        for part, slot in found:
            if not slot and not part.key and usable:
                self.tally.note("account_unknown", part.platform, example=part.external_id)
        if not usable:
            return RowProblem(record.line, "", record.parts[0].external_id, "creator_unknown")
        placed = _Placed(item, [])
        sibling = next((slot for _, slot in usable if slot), None)
        for part, slot in usable:
            if slot is None:
                slot = registry.make(part, sibling=sibling)  # noqa: PLW2901
            placed.is_new |= slot.is_new
            placed.adds |= slot.absorb(part, market=self.batch.market)
            sibling = sibling or slot
            placed.slots.append((part, slot))
        return placed

    def _make(self, new: list[Slot]) -> None:
        """Insert the new profiles, and a creator for each that shares none."""
        alone = [slot for slot in new if slot.creator is None]
        creators = [
            Creator(
                name=slot.values().get("name") or slot.row["handle"],
                country=slot.values().get("country") or "",
                language=slot.values().get("language") or "",
                batch=self.batch,
            )
            for slot in alone
        ]
        for slot, creator in zip(alone, Creator.objects.bulk_create(creators), strict=True):
            slot.row["creator_id"] = creator.pk
        for slot in new:
            if slot.creator is not None:
                slot.row["creator_id"] = slot.creator.row["creator_id"]
        profiles = Profile.objects.bulk_create([Profile(batch=self.batch, **slot.values()) for slot in new])
        for slot, profile in zip(new, profiles, strict=True):
            slot.pk = profile.pk

    def _figures(self, placed: list[_Placed]) -> list[tuple[Any, ...]]:
        """Return the rows of figures that are not stored yet, each once."""
        seen = self._stored(placed)
        rows = []
        for one in placed:
            day = one.item[0].taken_at
            for part, slot in one.slots:
                if not part.figures or day is None:
                    continue
                print_of = _print(part.figures)
                there = seen.setdefault((slot.pk, day), set())
                if print_of in there:
                    continue
                if there:
                    self.tally.note("figures_differ", example=slot.row["handle"])
                there.add(print_of)
                one.adds = True
                rows.append(self._row(slot.pk, day, part, print_of))
        self.tally.figures += len(rows)
        return rows

    def _stored(self, placed: list[_Placed]) -> _Seen:
        """Return what stands there to stay: an unfinished import's figures may go again."""
        days = [one.item[0].taken_at for one in placed if one.item[0].taken_at]
        known = {slot.pk for one in placed for part, slot in one.slots if slot.is_known and part.figures}
        seen: _Seen = {}
        if known and days:
            mine = Metrics.objects.filter(batch=self.batch)
            there = (Metrics.objects.visible() | mine).filter(
                profile__in=known, source=self.batch.source, taken_at__range=(min(days), max(days))
            )
            for pk, day, print_of in there.values_list("profile_id", "taken_at", "row_sha256"):
                seen.setdefault((pk, day), set()).add(print_of)
        return seen

    def _row(self, profile: int, day: date, part: Part, print_of: str) -> tuple[Any, ...]:
        get = part.figures.get
        head = (profile, day, self.batch.pk, self.batch.source, False, get("currency", ""), print_of)
        texts = [None if name not in part.figures else json.dumps(part.figures[name]) for name in TEXTS]
        return (*head, *map(get, FIGURES), *texts)

    def _count(self, one: _Placed) -> None:
        _, weight, repeats = one.item
        self.tally.records += weight
        self.tally.loaded += one.is_new
        self.tally.merged += weight - one.is_new
        self.tally.duplicates += repeats + (not one.is_new and not one.adds)

    def _refused(self, item: Item, problem: RowProblem) -> list[RowError]:
        """Return an error for each row of the file that a refused record stands for."""
        record, weight, _ = item
        self.tally.records += weight
        self.tally.refused += weight
        rows = record.rows if isinstance(record, Month) else [(problem.line, record.cells)]
        return [
            RowError(
                batch=self.batch,
                line=line,
                column=problem.column[:120],
                value=problem.value,
                reason=problem.reason,
                row=[cell[:500] for cell in cells[:200]],
            )
            for line, cells in rows
        ]

    def _change(self, slots: list[Slot]) -> None:
        """Write down what known profiles gain; those of this very batch, which nobody sees yet, gain it at once."""
        others = [slot for slot in slots if not (slot.is_mine and self._gain(slot))]
        ProfileChange.objects.bulk_create(
            [ProfileChange(batch=self.batch, profile_id=slot.pk, changes=in_json(slot.changes)) for slot in others]
        )

    def _gain(self, slot: Slot) -> bool:
        """Change a profile of this batch. False where another has taken it over and shown it meanwhile."""
        mine = Profile.objects.filter(pk=slot.pk, batch=self.batch)
        return bool(mine.update(**gained(slot.row, slot.changes)))


def drop_twins(batch: ImportBatch) -> int:
    """Remove the batch's figures that another import has shown meanwhile. Returns how many."""
    shown = ImportBatch.objects.filter(source=batch.source, status=BatchStatus.LOADED)
    rivals = list(shown.exclude(pk=batch.pk).values_list("pk", flat=True))
    if not rivals:
        return 0
    same = {name: OuterRef(name) for name in ("profile", "taken_at", "source", "row_sha256")}
    twins = Metrics.objects.filter(Exists(Metrics.objects.filter(**same, batch__in=rivals)), batch=batch)
    return twins.delete()[0]


def _print(figures: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()
