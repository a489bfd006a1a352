"""What an import has counted so far; kept between chunks, so that a killed worker's successor goes on counting."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts of one file. ``records = loaded + merged + refused``, always."""

    records: int = 0
    loaded: int = 0  # made a profile that was not known
    merged: int = 0  # adds to a known profile, or repeats it
    refused: int = 0
    duplicates: int = 0  # exact repeats among the merged
    figures: int = 0  # rows of figures written
    notes: Counter[str] = field(default_factory=Counter)  # "code|column" of what was let through
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, code: str, column: str = "", *, example: str = "", times: int = 1) -> None:
        """Count something that was let through, with up to three examples."""
        key = f"{code}|{column}"
        self.notes[key] += times
        seen = self.examples.setdefault(key, [])
        if example and len(seen) < 3:
            seen.append(example[:80])

    def to_json(self) -> dict[str, Any]:
        """Return the tally as plain JSON."""
        return {**self.__dict__, "notes": dict(self.notes)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Tally":
        """Take a tally up where a killed worker left it."""
        return cls(**{**kept, "notes": Counter(kept.get("notes", {}))})

    def warnings(self) -> list[dict[str, Any]]:
        """Return the notes as warnings: code, column, count, examples."""
        found = []
        for key, count in sorted(self.notes.items()):
            code, _, column = key.partition("|")
            found.append({"code": code, "column": column, "count": count, "examples": self.examples.get(key, [])})
        return found
