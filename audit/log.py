"""Write the audit log: `record` inside the caller's transaction, canonical bytes, salted commitments (trust.md 1.4).

The hashing rules are format 1 and frozen: a change of one byte here breaks every log that exists.
"""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any, Protocol

from django.db import connection

from audit.models import AuditEntry, AuditPayload, AuditPending

MAX_BODY = 65_536  # octets
MAX_DEPTH = 16
MAX_INT = 2**53


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
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record needs the transaction of the change it records.")
    uid = uuid7()
    actor = "" if by is None else f"user:{by.pk}"
    full = {**body, "v": 1, "uid": uid.hex, "stream": stream, "kind": str(kind), "actor": actor or "system"}
    if brand:
        full["brand"] = brand
    if market:
        full["market"] = market
    words, salt = "", b""
    if subject is not None:
        full["subject"] = subject.hex
    if personal is not None:
        words, salt = canonical(personal), secrets.token_bytes(32)
        full["commit"] = commitment(salt, words)
    text = canonical(full)
    if len(text.encode()) > MAX_BODY:
        raise NotCanonical(f"The entry is longer than {MAX_BODY} octets.")
    entry = AuditEntry.objects.create(
        uid=uid, stream=stream, kind=kind, body=text, actor=actor, brand=brand, market=market
    )
    AuditPending.objects.create(entry=entry)
    if personal is not None:
        AuditPayload.objects.create(entry=entry, subject=subject, salt=salt, payload=words)
    return entry
