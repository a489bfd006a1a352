"""A database that was put back: somebody outside knows more of the log than it does, or another one (trust.md F15).

Outside are the last head that was signed here, beside the database in the data folder, and the newest checkpoint of the
file and of the git folder. What they say against the database becomes an entry, `found`. From then on nothing is signed
and the product is read-only, until an admin accepts it in writing, which is an entry too.
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from audit import checkpoints, log, sinks, tree, verify
from audit.models import AuditEntry, Kind

logger = logging.getLogger(__name__)
HEAD = "audit_head"  # the file with the last head that was signed here
FOUND, ACCEPTED = "found", "accepted"  # the two steps of an entry
LOCK = 7_265_002  # of PostgreSQL's advisory locks: one process notes a finding


class NotOpen(Exception):
    """Raised when there is nothing to accept (any more)."""


@dataclass(frozen=True)
class Says:
    """What somebody outside says: `size` entries with this root, of a source `head`, `file` or `git`."""

    source: str
    size: int
    root: str


def keep_head(note: str) -> None:
    """Keep the head that was signed last; call it once the database has it for good."""
    path = Path(settings.DATA_DIR) / HEAD
    part = path.with_name(f"{HEAD}.{os.getpid()}")
    part.write_text(note, encoding="utf-8")
    part.replace(path)


def own_head() -> Iterator[tuple[str, str]]:
    """Yield ("head", note) where a head was signed here."""
    path = Path(settings.DATA_DIR) / HEAD
    if path.exists():
        yield "head", path.read_text(encoding="utf-8")


def outside() -> Iterator[tuple[str, str]]:
    """Yield source and newest note of everything outside that can be read; what cannot is logged."""
    yield from own_head()
    for kind, sink in sinks.configured().items():
        try:
            note = sink.kept() if sink.kept else None
        except sinks.NotKept as why:
            logger.warning("The checkpoints kept by %s cannot be read: %s", kind, why)
            continue
        if note:
            yield kind, note


def against(notes: Iterator[tuple[str, str]]) -> list[Says]:
    """Return what of these notes speaks against the database and has not been found before."""
    kept = list(notes)  # read before the database: its log goes on meanwhile
    newest = tree.newest()
    kept = [one for one in kept if newest is None or one[1] != newest.note]
    if not kept:
        return []
    known, keys = _known(), _keys()
    here = tree.Tree(newest.size if newest else 0)
    found = []
    for source, note in kept:
        try:
            _name, size, root = verify.open_checkpoint(note, keys, settings.AUDIT_ORIGIN)
        except (verify.Changed, verify.Unusable) as why:
            logger.error("What %s keeps is no checkpoint of this log: %s", source, why)
            continue
        if (size, root.hex()) not in known and not _holds(here, size, root):
            found.append(Says(source, size, root.hex()))
    return found


def _keys() -> list[bytes]:
    # A key that was handed over to after the copy was made is known from the environment alone.
    own: list[bytes] = []
    try:
        key: Ed25519PrivateKey = checkpoints.own_key()
        own = [checkpoints.public(key)]
    except ImproperlyConfigured:  # a worker has the public one
        pass
    return [*verify.trusted(checkpoints.trusted_key(), checkpoints.handed_over()), *own]


def _known() -> set[tuple[int, str]]:
    bodies = AuditEntry.objects.filter(kind=Kind.ROLLED_BACK).values_list("body", flat=True)
    return {(one["size"], one["root"]) for body in bodies for one in json.loads(body).get("says", [])}


def _holds(here: tree.Tree, size: int, root: bytes) -> bool:
    if size > here.size:
        return False
    try:
        return here.root(size) == root
    except verify.Changed:  # the stored tree has a hole
        return False


def notice(notes: Iterator[tuple[str, str]] | None = None) -> bool:
    """Write down what is said against the database, if anything new is. Tell whether it was."""
    found = against(outside() if notes is None else notes)
    if not found:
        return False
    with transaction.atomic():
        if not _is_alone():
            return False
        known = _known()
        found = [one for one in found if (one.size, one.root) not in known]
        if not found:
            return False
        newest = tree.newest()
        body = {"step": FOUND, "here": newest.size if newest else 0, "says": [asdict(one) for one in found]}
        log.record(Kind.ROLLED_BACK, stream="log", by=None, body=body)
    logger.critical("The audit log was rolled back or is another: %s. Nothing is written until an admin accepts.", body)
    return True


def _is_alone() -> bool:
    if connection.vendor != "postgresql":  # there each transaction that may write is alone from its beginning
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def last() -> QuerySet[AuditEntry]:
    """Return the newest entry of its kind, if there is one: of it `open_of` tells whether it is open."""
    return AuditEntry.objects.filter(kind=Kind.ROLLED_BACK).order_by("-uid")[:1]


def open_of(entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Return the entry if it tells of what was found, and not that it was accepted."""
    return next((entry for entry in entries if json.loads(entry.body)["step"] == FOUND), None)


def finding() -> AuditEntry | None:
    """Return the entry of what was found and nobody has accepted; None where the product may be written to."""
    return open_of(last())


def accept(found: AuditEntry, *, by: User, reason: str) -> AuditEntry:
    """Accept the database as it is: the log goes on from here. Raises NotOpen where another was quicker."""
    with transaction.atomic():
        AuditEntry.objects.select_for_update().get(pk=found.pk)
        if finding() != found:
            raise NotOpen
        body = {"step": ACCEPTED, "found": found.uid.hex, "here": json.loads(found.body)["here"]}
        return log.record(Kind.ROLLED_BACK, stream="log", by=by, body=body, personal={"reason": reason})
