"""The Russian words: read from one .po file a room, checked against what code and templates ask for, compiled.

No gettext program is needed. A message is (context, msgid, plural); context and plural are empty where there is none.
"""

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOMS = ("frame", "accounts", "audit", "jobs", "screening", "review", "playbooks")
PLURALS = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
# Function -> places of context, msgid and plural among its arguments.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
TEXT = r"""[urUR]?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({TEXT}(?:\s*,\s*{TEXT})*)")


class Clash(ValueError):
    """Raised when two rooms translate the same words differently; names both."""


@dataclass(frozen=True, order=True)
class Message:
    """Words that a person sees, as the source has them, and the first file that has them."""

    context: str
    msgid: str
    plural: str
    where: str

    @property
    def key(self) -> tuple[str, str]:
        """What the catalogue looks words up by."""
        return self.context, self.msgid


def room_of(path: Path, root: Path) -> str:
    """Return the room whose .po file holds the words of this source file."""
    parts = path.relative_to(root).parts
    first = parts[1] if parts[0] == "templates" and len(parts) > 2 else parts[0]
    return first if first in ROOMS else "frame"


def sources(root: Path) -> Iterator[Path]:
    """Give all Python files and templates of the product (tests and benchmarks speak to nobody)."""
    for folder in (*ROOMS[1:], "hybridmkt"):
        yield from sorted(path for path in (root / folder).rglob("*.py") if "migrations" not in path.parts)
    yield from sorted((root / "templates").rglob("*.html"))


def messages(root: Path) -> dict[str, list[Message]]:
    """Return the messages of each room, each message once, in the first room that has it."""
    found: dict[str, list[Message]] = {room: [] for room in ROOMS}
    seen: set[tuple[str, str]] = set()
    for path in sources(root):
        read = _of_template if path.suffix == ".html" else _of_code
        for message in read(path.read_text(), str(path.relative_to(root))):
            if message.key not in seen:
                seen.add(message.key)
                found[room_of(path, root)].append(message)
    return found


def _of_code(text: str, where: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if name in CALLS:
            yield from _message(name, texts, where)


def _of_template(text: str, where: str) -> Iterator[Message]:
    for name, literals in CALL.findall(templatize(text)):
        texts = [ast.literal_eval(literal) for literal in re.findall(TEXT, literals)]
        yield from _message(name, texts, where)


def _message(name: str, texts: Sequence[object], where: str) -> Iterator[Message]:
    picked = [texts[at] if at is not None and at < len(texts) else "" for at in CALLS[name]]
    context, msgid, plural = (text if isinstance(text, str) else "" for text in picked)
    if msgid:
        yield Message(context, msgid, plural, where)


def room_file(locale: Path, room: str) -> Path:
    """Return where a room's Russian stands."""
    return locale / "ru" / f"{room}.po"


def read(path: Path) -> polib.POFile:
    """Read a room's file; an absent one is an empty one."""
    if path.exists():
        return polib.pofile(str(path), wrapwidth=110)
    book = polib.POFile(wrapwidth=110)
    book.metadata = {"Language": "ru", "Content-Type": "text/plain; charset=utf-8", "Plural-Forms": PLURALS}
    return book


def merged(locale: Path) -> polib.POFile:
    """Return all rooms' files as one book. Raises Clash."""
    whole, owners = read(locale / "none"), dict[tuple[str, str], tuple[str, polib.POEntry]]()
    for path in sorted((locale / "ru").glob("*.po")):  # a room may keep a part of its words in a file of its own
        for entry in read(path):
            key = (entry.msgctxt or "", entry.msgid)
            if key not in owners:
                owners[key] = (path.name, entry)
                whole.append(entry)
            elif (owners[key][1].msgstr, owners[key][1].msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                raise Clash(f"{entry.msgid!r} is translated differently in {owners[key][0]} and {path.name}.")
    return whole


def compile_all(locale: Path, into: Path) -> tuple[Path, int]:
    """Write the compiled catalogue into a folder of locales; return where it is and how many messages it has."""
    target = into / "ru" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    book = merged(locale)
    draft = target.with_suffix(f".{os.getpid()}")
    book.save_as_mofile(str(draft))
    draft.replace(target)  # at once: another process may be reading it
    return target, len(book.translated_entries())


def lacking(root: Path, locale: Path) -> dict[str, list[Message]]:
    """Return, by room, the messages that have no Russian in any room."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in merged(locale)}
    missing = {}
    for room, found in messages(root).items():
        lost = [message for message in found if not _is_whole(known.get(message.key), message)]
        if lost:
            missing[room] = lost
    return missing


def _is_whole(entry: polib.POEntry | None, message: Message) -> bool:
    if entry is None or entry.fuzzy:
        return False
    if message.plural:
        return len(entry.msgstr_plural) == 3 and all(entry.msgstr_plural.values())
    return bool(entry.msgstr)


def unused(root: Path, locale: Path) -> list[str]:
    """Return the msgids that no source asks for any more."""
    asked = {message.key for found in messages(root).values() for message in found}
    return sorted(entry.msgid for entry in merged(locale) if (entry.msgctxt or "", entry.msgid) not in asked)


def add(root: Path, locale: Path, room: str) -> int:
    """Append a room's missing messages to its file with empty Russian, for a person to fill; return how many."""
    path = room_file(locale, room)
    book, wanted = read(path), lacking(root, locale).get(room, [])
    present = {(entry.msgctxt or "", entry.msgid) for entry in book}
    fresh = [message for message in wanted if message.key not in present]
    book.extend(_entry(message) for message in fresh)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))
    return len(fresh)


def _entry(message: Message) -> polib.POEntry:
    plural = {"msgid_plural": message.plural, "msgstr_plural": {0: "", 1: "", 2: ""}} if message.plural else {}
    return polib.POEntry(msgctxt=message.context or None, msgid=message.msgid, **plural)
