"""Every text that this product keeps, searched for what somebody is called: all tables, and the files beside them.

What an app knows of a person goes by its `erasure.py`. This finds the rest: a handle in a colleague's note, in a
refused row, in a saved search, in a finished export. It is blanked where it stands; words of the audit log go whole,
since what is left of them could not be checked against its commitment.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from audit.models import AuditPayload

BLANK = "▮▮▮"
SHORT = 8  # a shorter name of letters alone may be anybody's word: it counts behind @ or /, or where it stands alone
# A handle may go on after a dot, and is another one then; a file's name goes on with its kind.
END = r"(?!\w|\.(?!(?:csv|tsv|txt|xlsx?|parquet|jsonl?|gz|zip)\b)\w)"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1251")
FIELDS = (models.CharField, models.TextField, models.JSONField)


@dataclass(frozen=True)
class Names:
    """What is searched for."""

    texts: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, texts: Collection[str]) -> "Names":
        """Make it of the names of a person: as whole words, in any case."""
        known = sorted({text.strip() for text in texts if len(text.strip()) > 1}, key=len, reverse=True)
        return cls(tuple(known), re.compile("|".join(_part(one) for one in known), re.IGNORECASE | re.MULTILINE))

    def blank(self, value: Any) -> Any:
        """Return a value of a text or JSON column without the names; what names somebody in a list leaves it."""
        if isinstance(value, str):
            return self.pattern.sub(BLANK, value)
        if isinstance(value, list):
            return [self.blank(one) for one in value if not self._is_about(one)]
        if isinstance(value, dict):
            return {self.blank(name): self.blank(one) for name, one in value.items()}
        return value

    def _is_about(self, one: Any) -> bool:
        # [handle, posts]: what a post names and how often
        return isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) and self._is_all(one[0])

    def _is_all(self, text: str) -> bool:
        return text.casefold() in {name.casefold() for name in self.texts}


def _part(text: str) -> str:
    word = re.escape(text)
    if len(text) >= SHORT or not text.isalpha():
        return rf"(?<!\w){word}{END}"
    return rf"(?<=[@/]){word}{END}|(?:^|(?<=[,;\t\"'])){word}(?=[,;\t\"'\r]|$)"


def _variants(text: str) -> set[str]:
    # SQLite knows upper and lower case of Latin letters alone, and keeps JSON in ASCII.
    cases = {text, text.lower(), text.upper(), text.title(), text.casefold()}
    return cases | {json.dumps(one)[1:-1] for one in cases}


@dataclass(frozen=True)
class Place:
    """A row in which a name stands, and its columns that hold it."""

    model: type[models.Model]
    pk: Any
    values: dict[str, Any]

    @property
    def label(self) -> str:
        """Which table it is."""
        return self.model._meta.label


def rows(names: Names) -> Iterator[Place]:
    """Yield every row of every table in which a name stands."""
    for model in apps.get_models():
        columns = [one.name for one in model._meta.concrete_fields if isinstance(one, FIELDS) and not one.choices]
        if not columns or not model._meta.managed:
            continue
        texts = {f"text_{name}": Cast(name, TextField()) for name in columns}
        found: dict[Any, dict[str, Any]] = {}
        for text in names.texts:  # one after the other: SQLite reads no condition of a thousand parts
            may = reduce(or_, (Q(**{f"{name}__contains": one}) for name in texts for one in _variants(text)))
            for pk, *values in model._base_manager.alias(**texts).filter(may).values_list("pk", *columns):
                found[pk] = {name: one for name, one in zip(columns, values, strict=True) if _holds(names, one)}
        yield from (Place(model, pk, held) for pk, held in found.items() if held)


def _holds(names: Names, value: Any) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return bool(names.pattern.search(text))


def clean(names: Names) -> dict[str, int]:
    """Blank the names wherever a row may be changed. Returns how many rows of each table were."""
    cleaned: dict[str, int] = {}
    for place in list(rows(names)):
        try:
            with transaction.atomic():
                _clean(place, names)
        except DatabaseError:  # a record that nobody may change: `rows` tells of it afterwards
            continue
        cleaned[place.label] = cleaned.get(place.label, 0) + 1
    return cleaned


def _clean(place: Place, names: Names) -> None:
    row = place.model._base_manager.filter(pk=place.pk)
    if place.model is AuditPayload:
        row.delete()
    else:
        row.update(**{name: names.blank(value) for name, value in place.values.items()})


def files(folder: Path, names: Names) -> Iterator[Path]:
    """Yield the files under a folder whose content holds a name: text in any encoding, packed or not, and Parquet."""
    wanted = [one.encode(code) for one in _spelled(names) for code in ENCODINGS if _can(one, code)]
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        if any(_is_in(content, wanted, names) for content in _contents(path)):
            yield path


def _spelled(names: Names) -> set[str]:
    return {variant for text in names.texts for variant in _variants(text)}


def _can(text: str, code: str) -> bool:
    try:
        return bool(text.encode(code))
    except UnicodeEncodeError:
        return False


def _is_in(content: bytes, wanted: Collection[bytes], names: Names) -> bool:
    if not any(one in content for one in wanted):
        return False
    texts = (content.decode(code, "ignore") for code in ENCODINGS)
    return any(names.pattern.search(_unescaped(text)) for text in texts)


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def _contents(path: Path) -> Iterator[bytes]:
    head = path.open("rb").read(4)
    if head[:2] == b"\x1f\x8b":
        yield gzip.decompress(path.read_bytes())
    elif head == b"PK\x03\x04":
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif head == b"PAR1":
        yield _parquet(path)
    else:
        yield path.read_bytes()


def _parquet(path: Path) -> bytes:
    import pyarrow.parquet as pq

    out = io.StringIO()
    for batch in pq.ParquetFile(path).iter_batches():
        out.write(str(batch.to_pydict()))
    return out.getvalue().encode()
