"""Export of the log: CSV for spreadsheets, JSON Lines for programs, the same columns, in constant memory.

`audit/parquet.py` writes them typed.

The database forms every line and Python only joins them; on PostgreSQL, COPY writes whole CSV files. Keyset pages
instead of one long cursor: no transaction stays open while a slow reader downloads.
"""

import hashlib
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
from audit.formulas import guarded_sql
from audit.models import AuditEntry, Kind
from audit.queries import OVERRIDE, Filter, place

COLUMNS = ["uid", "at", "kind", "actor", "person", "brand", "market", "stream", "override", "rationale", "body"]
QUOTED = ["person", "brand", "market", "stream", "rationale", "body"]  # may hold anything
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
DELIMITERS = {"": ",", "comma": ",", "semicolon": ";"}  # Russian spreadsheets expect the second
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for an old code page
# Many readers take these for ends of lines too; JSON has an escape for them.
LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
PAGE = 5_000  # rows of one read
BLOCK = 500  # rows of one chunk
PIECE = 65_536  # bytes that COPY collects before it hands them over
WAITING = 8  # pieces that COPY may be ahead of its reader

_T = "audit_auditentry"
# The parts in which the databases differ; %% becomes % where parameters are filled in.
_DIALECT = {
    "sqlite": {
        "uid": f"{_T}.uid",
        "at": f"strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', {_T}.at)",
        "is_override": f"instr({_T}.body, '{OVERRIDE}')",
        "rationale": "json_extract(p.payload, '$.rationale')",
        "user": f"substr({_T}.actor, 6)",
        "printf": "printf",
        "json": "json_quote({})",
    },
    "postgresql": {
        "uid": f"replace({_T}.uid::text, '-', '')",
        "at": f"to_char({_T}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
        "is_override": f"position('{OVERRIDE}' in {_T}.body)",
        "rationale": "(p.payload::json ->> 'rationale')",
        "user": f"nullif(substr({_T}.actor, 6), '')::bigint",
        "printf": "format",
        "json": "to_json({}::text)",
    },
}


def _cells(*, guard: bool) -> dict[str, str]:
    """Return the SQL of every column; with `guard`, cells that people wrote cannot be taken for formulas."""
    sql = _DIALECT[connection.vendor]
    written = guarded_sql if guard else str
    decision = f"CASE WHEN {sql['is_override']} > 0 THEN 'yes' ELSE 'no' END"
    return {
        "uid": sql["uid"],
        "at": sql["at"],
        "kind": f"{_T}.kind",
        "actor": f"nullif({_T}.actor, '')",
        "person": f"(SELECT {written('u.name')} FROM accounts_user u WHERE u.id = {sql['user']})",
        **{name: written(f"{_T}.{name}") for name in ("brand", "market", "stream")},
        "override": f"CASE WHEN {_T}.kind = '{Kind.DECISION}' THEN {decision} END",
        "rationale": f"(SELECT {written(sql['rationale'])} FROM audit_auditpayload p WHERE p.uid = {_T}.uid)",
        "body": f"{_T}.body",
    }


def _csv_line(delimiter: str) -> str:
    """Return the SQL of an entry's line of CSV; cells that may hold anything are always quoted."""
    cells = _cells(guard=True)
    quoted = {name: f"""replace(coalesce({cells[name]}, ''), '"', '""')""" for name in QUOTED}
    pattern = delimiter.join('"%%s"' if name in QUOTED else "%%s" for name in COLUMNS)
    return _formatted(pattern + "\r\n", cells | quoted)


def _json_line() -> str:
    """Return the SQL of an entry's line of JSON; the body goes in as it is, byte for byte."""
    cells = _cells(guard=False)
    encode = _DIALECT[connection.vendor]["json"]
    for name in set(COLUMNS) - {"body"}:
        empty_is_null = f"nullif({cells[name]}, '')"
        cells[name] = f"coalesce({encode.format(empty_is_null)}, 'null')"
    pattern = "{" + ", ".join(f'"{name}": %%s' for name in COLUMNS) + "}\n"
    return _formatted(pattern, cells)


def _formatted(pattern: str, cells: dict[str, str]) -> str:
    return f"{_DIALECT[connection.vendor]['printf']}('{pattern}', {', '.join(cells[name] for name in COLUMNS)})"


def _select(entries: QuerySet[AuditEntry], columns: dict[str, str], limit: int | None = None) -> tuple[str, Any]:
    """Return SQL and parameters of these columns of the entries, oldest first, `limit` of them at most."""
    found = entries.order_by("uid").annotate(**{name: RawSQL(sql, ()) for name, sql in columns.items()})  # noqa: S611
    sql, parameters = found.values_list(*columns)[:limit].query.sql_with_params()
    return sql, parameters


class Export:
    """One export: what it holds, how far it is, and the hash of what was sent."""

    def __init__(self, entries: QuerySet[AuditEntry], *, form: str, delimiter: str = "") -> None:
        self.form, self.delimiter = form, DELIMITERS[delimiter]
        # What is written later lies above the head (to the millisecond): the export says where it ends.
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

    def values(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the cells of the entries, page after page, as SQL tells them."""
        cells = _cells(guard=False)
        for page in self._pages({f"cell_{name}": cells[name] for name in COLUMNS}):
            yield [row[:-1] for row in page]
            self.rows += len(page)

    def _pages(self, columns: dict[str, str]) -> Iterator[list[tuple[Any, ...]]]:
        last: uuid.UUID | None = None
        while self.head:
            found = self.entries.filter(uid__gt=last) if last else self.entries
            with connection.cursor() as cursor:
                cursor.execute(*_select(found, {**columns, "mark": f"{_T}.uid"}, PAGE))
                page = cursor.fetchall()
            if page:
                yield page
            if len(page) < PAGE:
                return
            last = uuid.UUID(str(page[-1][-1]))

    def _lines(self, line: str) -> Iterator[str]:
        for page in self._pages({"line": line}):
            for start in range(0, len(page), BLOCK):
                block = page[start : start + BLOCK]
                yield "".join([line for line, _mark in block])
                self.rows += len(block)

    def _header(self) -> bytes:
        return (BOM + self.delimiter.join(COLUMNS) + "\r\n").encode()

    def _csv(self) -> Iterator[bytes]:
        yield self._header()
        for block in self._lines(_csv_line(self.delimiter)):
            yield block.encode()

    def _jsonl(self) -> Iterator[bytes]:
        for block in self._lines(_json_line()):
            yield (block if block.isascii() else block.translate(LINE_ENDS)).encode()

    def _copy(self) -> Iterator[bytes]:
        yield self._header()
        if not self.head:
            return
        pipe = _Pipe()
        thread = threading.Thread(target=_copy_into, args=(pipe, *copy_sql(self.entries, self.delimiter)), name="COPY")
        thread.start()
        try:
            while piece := pipe.read():
                yield piece
                self.rows = pipe.rows
        finally:
            pipe.is_abandoned.set()
            thread.join()


def copy_sql(entries: QuerySet[AuditEntry], delimiter: str = ",") -> tuple[str, Any]:
    """Return PostgreSQL's COPY of these entries, and its parameters: the same lines as `chunks`."""
    cells = {name: f"coalesce({cell}, '')" if name in QUOTED else cell for name, cell in _cells(guard=True).items()}
    sql, parameters = _select(entries, {f"cell_{name}": cells[name] for name in COLUMNS})
    quoted = ", ".join(f"cell_{name}" for name in QUOTED)
    return f"COPY ({sql}) TO STDOUT WITH (FORMAT csv, DELIMITER '{delimiter}', FORCE_QUOTE ({quoted}))", parameters


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


def _copy_into(pipe: _Pipe, sql: str, parameters: Any) -> None:
    # In a thread: Django gives it a connection of its own, which nobody else would close.
    try:
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(cursor.cursor.mogrify(sql, parameters).decode(), pipe)
            pipe.flush()
        pipe.put(None)
    except BrokenPipeError:
        return
    except Exception as error:  # handed to the reader, who is in another thread
        pipe.put(error)
    finally:
        connection.close()


def note(export: Export, *, by: User, wanted: Filter, **said: Any) -> AuditEntry:
    """Record a step of an export: the filter, the declared head, and what is said of it. Needs a transaction."""
    head = export.head.hex if export.head else ""
    body = {"format": export.form, "filter": wanted.as_dict(), "head": head, **said}
    brand, market = place(by, wanted)
    return log.record(Kind.EXPORT, stream="log", by=by, body=body, brand=brand, market=market)


def sent(export: Export, *, by: User, wanted: Filter) -> Iterator[bytes]:
    """Return an export for a browser: recorded before its first byte, and at its end with what was sent.

    A process that is killed in between leaves the first entry: bytes have gone, nobody knows how many.
    """
    with transaction.atomic():
        begun = note(export, by=by, wanted=wanted, step="begun")
    return _ended(export, by, wanted, begun)


def _ended(export: Export, by: User, wanted: Filter, begun: AuditEntry) -> Iterator[bytes]:
    is_complete = False
    try:
        yield from export.chunks()
        is_complete = True
    finally:
        said = {"rows": export.rows, "sha256": export.sha256, "complete": is_complete, "begun": begun.uid.hex}
        with transaction.atomic():
            note(export, by=by, wanted=wanted, **said)
