"""Export of the log: CSV for spreadsheets, JSON Lines for programs, the same columns, in constant memory.

The database forms every cell, so Python only joins them, and PostgreSQL writes whole CSV files itself (COPY). Keyset
pages instead of one long cursor: no transaction stays open while a slow reader downloads.
"""

import csv
import hashlib
import io
import json
import queue
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from audit.queries import OVERRIDE, Filter

COLUMNS = ["uid", "at", "kind", "actor", "person", "brand", "market", "stream", "override", "rationale", "body"]
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
DELIMITERS = {"": ",", "comma": ",", "semicolon": ";"}  # Russian spreadsheets expect the second
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for an old code page
PAGE = 5_000  # rows of one read
BLOCK = 500  # rows of one chunk
PIECE = 65_536  # bytes that COPY collects before it hands them over
WAITING = 8  # pieces that COPY may be ahead of its reader

_T = "audit_auditentry"
_DECISION = f"CASE WHEN position('{OVERRIDE}' in {_T}.body) > 0 THEN 'yes' ELSE 'no' END"
# Per database: identifier without dashes, UTC time with milliseconds, the id of the actor, and the rationale.
_DIALECT = {
    "sqlite": {
        "uid": f"{_T}.uid",
        "at": f"strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', {_T}.at)",
        "override": _DECISION.replace(f"position('{OVERRIDE}' in {_T}.body)", f"instr({_T}.body, '{OVERRIDE}')"),
        "rationale": "json_extract(p.payload, '$.rationale')",
        "user": f"substr({_T}.actor, 6)",
    },
    "postgresql": {
        "uid": f"replace({_T}.uid::text, '-', '')",
        "at": f"to_char({_T}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
        "override": _DECISION,
        "rationale": "(p.payload::json ->> 'rationale')",
        "user": f"nullif(substr({_T}.actor, 6), '')::bigint",
    },
}


def _cells(*, guard: bool) -> dict[str, str]:
    """Return the SQL of every column; with `guard`, cells that people wrote cannot be taken for formulas."""
    sql = _DIALECT[connection.vendor]

    def cell(words: str) -> str:
        return _guarded(words) if guard else f"nullif({words}, '')"

    return {
        "uid": sql["uid"],
        "at": sql["at"],
        "kind": f"{_T}.kind",
        "actor": f"nullif({_T}.actor, '')",
        "person": f"(SELECT {cell('u.name')} FROM accounts_user u WHERE u.id = {sql['user']})",
        **{name: cell(f"{_T}.{name}") for name in ("brand", "market", "stream")},
        "override": f"CASE WHEN {_T}.kind = '{Kind.DECISION}' THEN {sql['override']} END",
        "rationale": f"(SELECT {cell(sql['rationale'])} FROM audit_auditpayload p WHERE p.uid = {_T}.uid)",
        "body": f"{_T}.body",
    }


def _guarded(words: str) -> str:
    # A quote in front makes a cell that begins like a formula a text (OWASP, CSV injection). chr(9), chr(13): tab, CR.
    char = "char" if connection.vendor == "sqlite" else "chr"
    risky = f"('=', '+', '-', '@', {char}(9), {char}(13))"
    return f"CASE WHEN substr({words}, 1, 1) IN {risky} THEN '''' || {words} ELSE nullif({words}, '') END"


def select(entries: QuerySet[AuditEntry], *, guard: bool, limit: int | None = None) -> tuple[str, Any]:
    """Return the SQL (with its parameters) of all columns of these entries, oldest first, `limit` of them at most."""
    cells = {f"cell_{name}": RawSQL(sql, ()) for name, sql in _cells(guard=guard).items()}  # noqa: S611 - our own text
    found = entries.order_by("uid").annotate(**cells).values_list(*cells)[:limit]
    sql, parameters = found.query.sql_with_params()
    return sql, parameters


class Export:
    """One export: what it holds, how far it is, and the hash of what was sent."""

    def __init__(self, entries: QuerySet[AuditEntry], *, form: str, delimiter: str = "") -> None:
        self.form, self.delimiter = form, DELIMITERS[delimiter]
        # What is committed later lies above the head: the export says where it ends.
        self.head: uuid.UUID | None = entries.order_by("-uid").values_list("uid", flat=True).first()
        self.entries = entries.filter(uid__lte=self.head) if self.head else entries.none()
        self.rows = 0
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hash of the bytes handed out so far, in hex."""
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """Yield the file, page after page."""
        return self._counted(self._csv() if self.form == "csv" else self._jsonl())

    def copied(self) -> Iterator[bytes]:
        """Yield the same bytes as `chunks` for CSV, written by PostgreSQL itself."""
        return self._counted(self._copy())

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._hash.update(chunk)
            yield chunk

    def _blocks(self, *, guard: bool) -> Iterator[list[tuple[Any, ...]]]:
        last: uuid.UUID | None = None
        while self.head:
            found = self.entries.filter(uid__gt=last) if last else self.entries
            with connection.cursor() as cursor:
                cursor.execute(*select(found, guard=guard, limit=PAGE))
                page = cursor.fetchall()
            for start in range(0, len(page), BLOCK):
                yield page[start : start + BLOCK]
                self.rows += len(page[start : start + BLOCK])
            if len(page) < PAGE:
                return
            last = uuid.UUID(page[-1][0])

    def _header(self) -> bytes:
        return (BOM + self.delimiter.join(COLUMNS) + "\r\n").encode()

    def _csv(self) -> Iterator[bytes]:
        yield self._header()
        for block in self._blocks(guard=True):
            lines = io.StringIO()
            csv.writer(lines, delimiter=self.delimiter).writerows(block)
            yield lines.getvalue().encode()

    def _jsonl(self) -> Iterator[bytes]:
        for block in self._blocks(guard=False):
            yield "".join(_line(row) for row in block).encode()

    def _copy(self) -> Iterator[bytes]:
        yield self._header()
        if not self.head:
            return
        sql, parameters = select(self.entries, guard=True)
        pipe = _Pipe()
        thread = threading.Thread(target=_copy_into, args=(pipe, sql, parameters, self.delimiter), name="COPY")
        thread.start()
        try:
            while piece := pipe.read():
                yield piece
                self.rows = pipe.rows
        finally:
            pipe.is_abandoned.set()
            thread.join()


def _line(row: tuple[Any, ...]) -> str:
    # The body goes in as it is, byte for byte; outside ASCII it is escaped: U+2028 would break a line in many readers.
    *cells, body = row
    first = json.dumps(dict(zip(COLUMNS, cells, strict=False)))
    whole = body if body.isascii() else json.dumps(json.loads(body), separators=(",", ":"))
    return f'{first[:-1]}, "body": {whole}}}\n'


class _Pipe:
    """A bounded queue between COPY and its reader; to the driver it looks like a file."""

    def __init__(self) -> None:
        self.is_abandoned = threading.Event()
        self.rows = 0  # handed over so far
        self._held: list[bytes] = []
        self._size = 0
        self._queue: queue.Queue[bytes | Exception | None] = queue.Queue(WAITING)

    def read(self) -> bytes | None:
        """Return the next piece, None at the end; raise what the writer met."""
        item = self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    def write(self, chunk: bytes) -> None:
        """Take one row from the driver; wait while the reader is behind."""
        self._held.append(bytes(chunk[:-1]) + b"\r\n")  # as RFC 4180 and Python's writer end a line
        self._size += len(chunk)
        if self._size >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Hand over the rows held back."""
        if self._held:
            self.put(b"".join(self._held))
            self.rows += len(self._held)
            self._held, self._size = [], 0

    def put(self, item: bytes | Exception | None) -> None:
        """Hand over a piece, an error, or the end; raise BrokenPipeError when nobody reads any more."""
        while not self.is_abandoned.is_set():
            try:
                return self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
        raise BrokenPipeError("Nobody reads the export any more.")


def _copy_into(pipe: _Pipe, sql: str, parameters: Any, delimiter: str) -> None:
    # In a thread: Django gives it a connection of its own, which nobody else would close.
    try:
        with connection.cursor() as cursor:
            query = cursor.cursor.mogrify(sql, parameters).decode()
            cursor.cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, DELIMITER '{delimiter}')", pipe)
            pipe.flush()
        pipe.put(None)
    except BrokenPipeError:
        return
    except Exception as error:  # handed to the reader, who is in another thread
        pipe.put(error)
    finally:
        connection.close()


def note(export: Export, *, by: User, wanted: Filter, is_complete: bool, sha256: str = "") -> AuditEntry:
    """Record an export: the filter, the declared head, the rows, and the hash of what was sent. Needs a transaction."""
    body = {
        "format": export.form,
        "filter": wanted.as_dict(),
        "rows": export.rows,
        "sha256": sha256 or export.sha256,
        "head": export.head.hex if export.head else "",
        "complete": is_complete,
    }
    return log.record(Kind.EXPORT, stream="log", by=by, body=body, brand=wanted.brand, market=wanted.market)


def sent(export: Export, *, by: User, wanted: Filter) -> Iterator[bytes]:
    """Yield an export to a browser, then record it; one that was broken off is recorded as that."""
    is_complete = False
    try:
        yield from export.chunks()
        is_complete = True
    finally:
        with transaction.atomic():
            note(export, by=by, wanted=wanted, is_complete=is_complete)
