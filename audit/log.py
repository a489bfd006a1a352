"""Write the audit log: `record` inside the caller's transaction, canonical bytes, salted commitments (trust.md 1.4).

The hashing rules are format 1 and frozen: a change of one byte here breaks every log that exists.
"""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from audit.models import AuditEntry

MAX_BODY = 65_536  # octets
MAX_DEPTH = 16
MAX_INT = 2**53
COLUMNS = ("uid", "stream", "kind", "body", "actor", "brand", "market")
# Every verb writes one: as plain statements they cost a third of what the ORM takes to put them together.
ENTRY = f"INSERT INTO audit_auditentry ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
PAYLOAD = "INSERT INTO audit_auditpayload (uid, subject, salt, payload) VALUES (%s, %s, %s, %s)"


class NotCanonical(ValueError):
    """Raised when a body holds what the format does not: floats, foreign types, keys that are not ASCII."""


class Actor(Protocol):
    """Whoever acts: a user (named by primary key), or None for the system itself."""

    pk: Any


def uuid7() -> uuid.UUID:
    """Return a time-ordered identifier (RFC 9562, version 7) made by this process."""
    milliseconds = time.time_ns() // 1_000_000
    tail = secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | tail)


def canonical(value: dict[str, Any]) -> str:
    """Return the RFC 8785 text of a body of str, int, bool, None, list and dict. Raises NotCanonical."""
    _check(value, 0)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonical(f"Nested deeper than {MAX_DEPTH} levels.")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) >= MAX_INT:
            raise NotCanonical(f"{value} is too large for exact JSON.")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"The key {key!r} is not ASCII text.")
            _check(item, depth + 1)
    else:
        raise NotCanonical(f"{type(value).__name__} has no exact form here: use whole numbers (scores times 10^6).")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise NotCanonical("The text holds half of a surrogate pair.") from broken


def commitment(salt: bytes, payload: str) -> str:
    """Return the salted commitment to a payload, in hex (format 1)."""
    return hmac.new(salt, b"audit-payload/1\n" + payload.encode(), hashlib.sha256).hexdigest()


def receipt(entry: AuditEntry) -> str:
    """Return the receipt shown to the decider: SHA-256 of the body, in hex."""
    return hashlib.sha256(entry.body.encode()).hexdigest()


@dataclass(frozen=True)
class Said:
    """What one entry says, before it is written: what `record` is given."""

    kind: str
    stream: str
    body: dict[str, Any]
    personal: dict[str, Any] | None = None
    subject: uuid.UUID | None = None
    brand: str = ""
    market: str = ""


def record(
    kind: str,
    *,
    stream: str,
    by: Actor | None,
    body: dict[str, Any],
    personal: dict[str, Any] | None = None,
    subject: uuid.UUID | None = None,
    brand: str = "",
    market: str = "",
) -> AuditEntry:
    """Append one entry inside the caller's transaction and return it.

    `body` holds codes, ids and whole numbers only; words that people wrote, names and handles go to `personal`, which
    is kept apart, erasable, and bound to the entry by a salted commitment. `subject` is the creator's random id.
    Raises NotCanonical, and RuntimeError when no transaction is open: an entry without its change is a phantom.
    """
    return record_all([Said(kind, stream, body, personal, subject, brand, market)], by=by)[0]


def record_all(told: Iterable[Said], *, by: Actor | None) -> list[AuditEntry]:
    """Append entries of one act in their order, as `record` does; as many statements for several as for one."""
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record needs the transaction of the change it records.")
    made = [_entry(one, by) for one in told]
    entries = [entry for entry, _words in made]
    words = [more for _entry, more in made if more]
    with connection.cursor() as cursor:
        if entries:
            cursor.execute(_rows(ENTRY, len(entries)), [value for entry in entries for value in entry])
        if words:
            cursor.execute(_rows(PAYLOAD, len(words)), [value for more in words for value in more])
    return [AuditEntry.from_db(connection.alias, COLUMNS, [uuid.UUID(uid), *rest]) for uid, *rest in entries]


def _rows(statement: str, n: int) -> str:
    head, one = statement.split(" VALUES ")
    return f"{head} VALUES {', '.join([one] * n)}"


def _entry(told: Said, by: Actor | None) -> tuple[list[str], list[Any]]:
    uid = uuid7()
    actor = "" if by is None else f"user:{by.pk}"
    full = {**told.body, "v": 1, "uid": uid.hex, "stream": told.stream, "kind": str(told.kind)}
    full["actor"] = actor or "system"
    if told.brand:
        full["brand"] = told.brand
    if told.market:
        full["market"] = told.market
    words, salt = "", b""
    if told.subject is not None:
        full["subject"] = told.subject.hex
    if told.personal is not None:
        words, salt = canonical(told.personal), secrets.token_bytes(32)
        full["commit"] = commitment(salt, words)
    text = canonical(full)
    if len(text.encode()) > MAX_BODY:
        raise NotCanonical(f"The entry is longer than {MAX_BODY} octets.")
    entry = [uid.hex, told.stream, str(told.kind), text, actor, told.brand, told.market]
    subject = told.subject.hex if told.subject else None
    return entry, [] if told.personal is None else [uid.hex, subject, salt, words]
