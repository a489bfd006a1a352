"""How one file is going to be read: its table, its mapping, its date and source, and where each was taken from."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from screening.imports import posts, sheets
from screening.imports.columns import Guess, Mapping, UnknownTarget, correct, guess_mapping
from screening.imports.dates import as_of_in_name
from screening.imports.fields import is_known_name
from screening.imports.handles import PLATFORMS
from screening.imports.readers import Table, open_table, to_json
from screening.imports.rows import Record, RowReader

_DATED = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b|[\W_]+|\b\d+\b", re.IGNORECASE
)
_MIN_SAMPLE = 2_000
_NAMED = 20  # sheets in a warning


class UnknownPlatform(ValueError):
    """A platform that is none of ours; says which are."""


@dataclass(frozen=True)
class Plan:
    """A file understood, before anything is written.

    ``mapping_by``: ``guessed``, ``remembered`` or ``given``. ``as_of_from``: ``given``, ``name``, ``column`` or
    ``today``.
    """

    path: Path
    name: str
    table: Table
    mapping: Mapping
    mapping_by: str
    as_of: date
    as_of_from: str
    source: str

    @property
    def header_sha256(self) -> str:
        """The shape of the header, by which a mapping is remembered."""
        return header_hash(self.table.columns)

    def reader(self, *, today: date, currency: str = "") -> RowReader:
        """Return a reader of this file's rows. Raises NoAccount."""
        return RowReader(self.mapping, as_of=self.as_of, today=today, currency=currency)

    def items(self, reader: RowReader, *, skip: int, alive: Callable[[], None]) -> Iterator[tuple[Record, int, int]]:
        """Yield (record, rows it stands for, exact repeats among them), without the first ``skip``."""
        rows = self.table.rows()
        if self.mapping.kind == "posts":
            records = (reader.read(line, cells) for line, cells in rows)
            for number, item in enumerate(posts.by_month(records, alive=alive)):
                if number >= skip:
                    yield item
            return
        for number, (line, cells) in enumerate(rows):
            if number >= skip:
                yield reader.read(line, cells), 1, 0

    def to_json(self) -> dict[str, Any]:
        """Return what a person sees of the plan: the reading, and each column with its target, examples and doubts."""
        return {
            **to_json(self.table.reading),
            "columns": [
                {
                    "column": g.column,
                    "target": g.target,
                    "confidence": g.confidence,
                    "why": g.why,
                    "examples": g.examples,
                }
                for g in self.mapping.guesses
            ],
            "kind": self.mapping.kind,
            "platform": self.mapping.platform,
            "oddities": list(self.mapping.oddities),
            "sheets_left_out": sheets.left_out(self.path) if self.table.reading.format == "xlsx" else [],
            "as_of_from": self.as_of_from,
            "header_sha256": self.header_sha256,
        }


def make_plan(
    path: Path,
    *,
    name: str,
    today: date,
    platform: str = "",
    as_of: date | None = None,
    source: str = "",
    given: dict[str, str] | None = None,
    remembered: Callable[[str, str], dict[str, str] | None] = lambda _source, _header: None,
) -> Plan:
    """Open a file and settle how it is read; what a person gives goes before what is remembered, and that before
    guesses.

    ``given`` maps columns to targets, ``remembered(source, header_sha256)`` returns such a mapping or None; one that
    is not allowed any more is not used.
    Raises FileRefused, UnknownPlatform, columns.UnknownTarget.
    """
    if platform and platform not in PLATFORMS:
        raise UnknownPlatform(f"There is no platform {platform!r}; allowed: {', '.join(PLATFORMS)}.")
    table = open_table(path, is_known_name=is_known_name)
    source = source or source_of(name)
    sample = [row + [""] * (len(table.columns) - len(row)) for _, row in table.sample(_MIN_SAMPLE)]
    is_typed = table.reading.format != "text"
    mapping = guess_mapping(table.columns, sample, platform=platform, file_name=name, is_typed=is_typed)
    mapping_by = "guessed"
    if before := remembered(source, header_hash(table.columns)):
        with suppress(UnknownTarget):  # one that was kept when less was asked of a mapping
            mapping, mapping_by = correct(mapping, before), "remembered"
    if given:
        mapping, mapping_by = correct(mapping, given), "given"
    day, day_from = _day(as_of, name, mapping.guesses, today)
    return Plan(
        path, name, table, replace(mapping, platform=platform or mapping.platform), mapping_by, day, day_from, source
    )


def file_warnings(reading: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is odd about a file as a whole, from what its plan says of it (``Plan.to_json``)."""
    found: list[dict[str, Any]] = [{"code": code} for code in reading.get("oddities", [])]
    if reading.get("as_of_from") == "today":
        found.append({"code": "as_of_assumed"})
    if reading.get("broken"):
        found.append({"code": "text_broken", "count": reading["broken"]})
    if names := reading.get("sheets_left_out"):
        found.append({"code": "sheets_left_out", "sheets": ", ".join(names[:_NAMED])})
    return found


def header_hash(columns: tuple[str, ...]) -> str:
    """Return the hash of a header's names in their order."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def source_of(name: str) -> str:
    """Name a source by its file: the name without dates, numbers and marks, so that next month's file is the same
    source.
    """
    stem = name.rpartition(".")[0] or name
    return " ".join(_DATED.sub(" ", stem).split()).casefold()[:80] or "file"


def _day(as_of: date | None, name: str, guesses: tuple[Guess, ...], today: date) -> tuple[date, str]:
    codes = {guess.field.code for guess in guesses if guess.field}
    if "taken_at" in codes:
        return as_of or today, "column"
    if as_of:
        return as_of, "given"
    named = as_of_in_name(name)
    if named and named <= today:
        return named, "name"
    needs_day = "age_days" in codes or any(guess.field and guess.field.place == "metrics" for guess in guesses)
    return today, "today" if needs_day else "no_need"
