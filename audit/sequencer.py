"""The sequencer: gives pending entries their place in the tree, a batch at a time, and signs the new head.

One batch is one transaction: leaves, whole runs, a checkpoint, and the pending rows gone. Two sequencers do no harm:
the second finds the lock taken (PostgreSQL) or waits for the first to end (SQLite), and then nothing to do.
"""

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit import checkpoints, rollback, tree
from audit.models import AuditCheckpoint
from audit.verify import checkpoint_text, leaf_hash, sha

logger = logging.getLogger(__name__)
BATCH = 2_000  # entries of a transaction
LOCK = 7_265_001  # of PostgreSQL's advisory locks, ours for this
# The limit is taken before the join: the other way round PostgreSQL reads the whole log while its statistics are old.
# As text: nothing is asked of a uid but to be written back, and making objects of them took a sixth of a batch.
PENDING = """
SELECT CAST(p.uid AS text), e.stream, e.body FROM (SELECT uid FROM audit_auditpending ORDER BY uid LIMIT %s) p
JOIN audit_auditentry e ON e.uid = p.uid ORDER BY p.uid"""
LEAVES = "INSERT INTO audit_auditleaf (seq, uid, stream, k, prev, leaf_hash) "
ONE_LEAF = "VALUES (%s, %s, %s, %s, %s, %s)"
ALL_LEAVES = "SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::bigint[], %s::bytea[], %s::bytea[])"
HEADS = """
SELECT s, l.k, l.leaf_hash FROM unnest(%s::text[]) s CROSS JOIN LATERAL
(SELECT k, leaf_hash FROM audit_auditleaf WHERE stream = s ORDER BY k DESC LIMIT 1) l"""
HEAD = "SELECT k, leaf_hash FROM audit_auditleaf WHERE stream = %s ORDER BY k DESC LIMIT 1"

Leaf = tuple[int, str, str, int, bytes | None, bytes]  # seq, uid, stream, place in it, leaf before, own hash


def sequence_all(key: Ed25519PrivateKey | None = None) -> int:
    """Place every pending entry, in batches; return how many. Raises OtherKey, ImproperlyConfigured."""
    placed, batch = 0, BATCH
    while batch == BATCH:
        batch = sequence(key)
        placed += batch
    return placed


def sequence(key: Ed25519PrivateKey | None = None, *, most: int | None = None) -> int:
    """Place one batch of pending entries in the order of their uids; return how many. key: what signs, else our own.

    None while what is kept outside speaks against the database (`audit/rollback.py`).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM audit_auditpending LIMIT 1")
        if not cursor.fetchone():
            return 0
    with transaction.atomic(), connection.cursor() as cursor:
        return _sequence(cursor, key, most or BATCH) if _is_alone(cursor) else 0


def _is_alone(cursor: CursorWrapper) -> bool:
    if connection.vendor != "postgresql":  # there each transaction that may write is alone from its beginning
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


def _sequence(cursor: CursorWrapper, key: Ed25519PrivateKey | None, most: int) -> int:
    cursor.execute(PENDING, [most])
    pending = cursor.fetchall()
    if not pending:
        return 0
    if rollback.finding() or rollback.notice(rollback.own_head()):
        return 0
    before = tree.newest()
    key = key or checkpoints.own_key()
    checkpoints.require_own(key, before.note if before else None)
    edge = tree.edge(before)
    leaves = _leaves(pending, _heads(cursor, {stream for _uid, stream, _body in pending}), edge)
    _keep(cursor, leaves)
    statement = "INSERT INTO audit_auditblock (level, idx, root) VALUES (%s, %s, %s)"
    cursor.executemany(statement, edge.made)
    root = edge.root()
    note = checkpoints.sign(checkpoint_text(settings.AUDIT_ORIGIN, edge.size, root), key)
    AuditCheckpoint(size=edge.size, root=root, frontier=b"".join(edge.peaks), note=note).save(force_insert=True)
    transaction.on_commit(partial(rollback.keep_head, note))
    return len(leaves)


def _leaves(
    pending: Iterable[tuple[str, str, str]], heads: dict[str, tuple[int, bytes]], edge: tree.Edge
) -> list[Leaf]:
    leaves: list[Leaf] = []
    for uid, stream, body in pending:
        k, before = heads.get(stream, (-1, None))
        node = leaf_hash(sha(body.encode()), sha(stream.encode()), k + 1, before)
        leaves.append((edge.size, uid, stream, k + 1, before, node))
        heads[stream] = (k + 1, node)
        edge.push(node)
    return leaves


def _heads(cursor: CursorWrapper, streams: set[str]) -> dict[str, tuple[int, bytes]]:
    """Return (place, hash) of the last leaf of each stream that has any."""
    if connection.vendor == "postgresql":
        cursor.execute(HEADS, [list(streams)])
        return {stream: (k, bytes(node)) for stream, k, node in cursor.fetchall()}
    found = {}
    for stream in streams:
        cursor.execute(HEAD, [stream])
        if row := cursor.fetchone():
            found[stream] = (row[0], bytes(row[1]))
    return found


def _keep(cursor: CursorWrapper, leaves: Sequence[Leaf]) -> None:
    if connection.vendor == "postgresql":
        seqs, uids, *others = (list(column) for column in zip(*leaves, strict=True))
        cursor.execute(LEAVES + ALL_LEAVES, [seqs, uids, *others])
        cursor.execute("DELETE FROM audit_auditpending WHERE uid = ANY(%s::uuid[])", [uids])
        return
    cursor.executemany(LEAVES + ONE_LEAF, leaves)
    cursor.executemany("DELETE FROM audit_auditpending WHERE uid = %s", [(leaf[1],) for leaf in leaves])
