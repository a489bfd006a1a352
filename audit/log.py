"""Write the audit log: `record` inside the caller's transaction, canonical bytes, salted commitments (trust.md 1.4).

How bytes are written and hashed stands in `audit/verify.py`, which checks them without us.
"""

import hashlib
import secrets
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from audit.models import AuditEntry
from audit.verify import MAX_INT, NotCanonical, canonical, commitment

__all__ = ["MAX_INT", "NotCanonical", "canonical", "commitment", "receipt", "record", "record_all", "uuid7"]
MAX_BODY = 65_536  # octets
COLUMNS = ("uid", "stream", "kind", "body", "actor", "brand", "market")
# Every verb writes one: as plain statements they cost a third of what the ORM takes to put them together.
ENTRY = f"INSERT INTO audit_auditentry ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
PAYLOAD = "INSERT INTO audit_auditpayload (uid, subject, salt, payload) VALUES (%s, %s, %s, %s)"


class Actor(Protocol):
    """Whoever acts: a user (named by primary key), or None for the system itself."""

    pk: Any


class _Clock:
    """Milliseconds and a counter within them: the identifiers of one process rise, also those of one act."""

    def __init__(self) -> None:
        self.lock, self.last = threading.Lock(), 0

    def next(self) -> int:
        """Return milliseconds and twelve bits of counter, larger than what was returned before."""
        with self.lock:
            self.last = max(self.last + 1, time.time_ns() // 1_000_000 << 12)
            return self.last


_clock = _Clock()


def uuid7() -> uuid.UUID:
    """Return a time-ordered identifier made by this process (RFC 9562, version 7 with a counter, section 6.2)."""
    milliseconds, counter = divmod(_clock.next(), 1 << 12)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | counter << 64 | 2 << 62 | secrets.randbits(62))


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
