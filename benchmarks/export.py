"""Export of the audit log against Django REST framework's serializer, the peer that everybody would reach for.

A throwaway database (SQLite, or PostgreSQL with `--postgres URL`) is filled by bulk load. Bars: the portable path
takes 10 times fewer CPU seconds a row than the serializer written the default way, which asks the database for the
rationale of each row, and 2.5 times fewer than the careful way, with a join (both timed on a sample, their best round);
memory grows by 40 MB at most between a tenth of the rows and all of them; the first rows come within 250 ms. On
PostgreSQL the COPY path is measured as well, against COPY of the same select: at least 0.4 of its rows a second.
"""

import argparse
import base64
import csv
import io
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from audit import verify

ROUNDS = 3
FIRST = 1_767_225_600_000  # milliseconds: the first entry is of 1 January 2026
SAMPLE = 20_000
BATCH = 10_000
DECISIONS = 10  # every tenth entry is a decision with a rationale
# As many rows a CPU second as the serializer, at least. The careful way was measured at 3.5 to 5.5: its sample stays in
# the cache, ours walks the whole table and keeps cells from being formulas.
TIMES = {"default": 10, "careful": 2.5}
WAYS = {"default": "DRF ModelSerializer, the same columns, its default way", "careful": "the same with select_related"}
GROWTH = 40.0  # MB
FIRST_BYTE = 250.0  # milliseconds
WORDS = "She knows this market, and I have seen her audience meet three launches like ours. "
RATIONALE = verify.canonical({"rationale": WORDS * 2})
COLUMNS = "uid, stream, kind, at, body, actor, brand, market"


def main() -> None:
    """Fill, measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", **bench.rows_option(SAMPLE, default=1_000_000))
    parser.add_argument("--postgres", default="", help="URL of a server; a database of its own is made and dropped")
    options = parser.parse_args()
    report = bench.Report("export")
    with tempfile.TemporaryDirectory(prefix="hm-bench-") as folder, _database(options.postgres, folder):
        start = time.perf_counter()
        _fill(options.rows)
        report.line("filled", options.rows / (time.perf_counter() - start), "rows/s")
        _measure(report, options.rows)
    report.end()


@contextmanager
def _database(url: str, folder: str, settings: str = "hybridmkt.settings") -> Iterator[None]:
    """Point the settings to a new database and migrate it."""
    os.environ |= {"HM_DATA_DIR": folder, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": settings}
    os.environ["HM_AUDIT_KEY"] = base64.b64encode(os.urandom(32)).decode()
    name = f"hm_bench_{uuid.uuid4().hex[:8]}"
    if url:
        _admin(url, f"CREATE DATABASE {name}")
        own = urlsplit(url)._replace(path=f"/{name}").geturl()
        secret = uuid.uuid4().hex + uuid.uuid4().hex
        os.environ |= {"DATABASE_URL": own, "REDIS_URL": "redis://none", "SECRET_KEY": secret, "ALLOWED_HOSTS": "none"}
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        if url:
            _admin(url, f"DROP DATABASE {name} WITH (FORCE)")


def _admin(url: str, sql: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute(sql)
    connection.close()


def _rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield entries like those of a year's work: one kind in ten is a decision, bodies of about 450 bytes."""
    kinds = ["recommendation", "claim", "overlay", "routing", "reveal", "question", "answer", "run", "brief"]
    for n in range(count):
        uid = uuid.UUID(int=(FIRST + n) << 80 | 7 << 76 | 2 << 62 | n).hex
        kind = "decision" if n % DECISIONS == 0 else kinds[n % len(kinds)]
        body = {
            "v": 1, "uid": uid, "kind": kind, "stream": f"campaign:{n % 500}", "actor": f"user:{n % 40 + 1}",
            "brand": "acme", "market": "US", "campaign": n % 500, "profile": n, "verdict": "recommend", "p_u6": 610_000,
            "score_u6": n % 100_000_000, "model": uid * 2, "pool": uid * 2, "override": n % 40 == 0,
        }  # fmt: skip
        if kind == "decision":
            body["commit"] = verify.commitment(_salt(n), RATIONALE)
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime((FIRST + n) / 1000)) + ".123456"
        yield uid, body["stream"], kind, moment, text, body["actor"], "acme", "US"


def _payloads(count: int) -> Iterator[tuple[Any, ...]]:
    for n, row in enumerate(_rows(count)):
        if n % DECISIONS == 0:
            yield row[0], None, _salt(n), RATIONALE


def _salt(n: int) -> bytes:
    return n.to_bytes(32, "big")


def _fill(count: int) -> None:
    from django.db import transaction

    from accounts.models import User

    User.objects.bulk_create([User(email=f"p{n}@example.org", name=f"Person {n}") for n in range(40)])
    with transaction.atomic():
        _load("audit_auditentry", COLUMNS, _rows(count))
        _load("audit_auditpayload", "uid, subject, salt, payload", _payloads(count))


def _load(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connection

    feed = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(feed, BATCH)):
            if connection.vendor == "sqlite":
                marks = ", ".join("?" * len(batch[0]))
                cursor.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)
            else:
                lines = io.StringIO()
                csv.writer(lines).writerows(map(_cell, row) for row in batch)
                lines.seek(0)
                cursor.cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", lines)


def _cell(value: Any) -> Any:
    """Return a value as PostgreSQL's COPY reads it."""
    return "\\N" if value is None else f"\\x{value.hex()}" if isinstance(value, bytes) else value


def _portable(form: str = "csv") -> Any:
    from audit import export
    from audit.models import AuditEntry

    return export.Export(AuditEntry.objects.all(), form=form)


def _measure(report: bench.Report, count: int) -> None:
    from django.db import connection

    _first_byte(report)
    seconds = bench.cpu_rounds(
        {"default": partial(_drf, careful=False), "careful": partial(_drf, careful=True)}, ROUNDS
    )
    peers = {name: max(bench.rates(each, min(SAMPLE, count))) for name, each in seconds.items()}
    for form in ("csv", "jsonl"):
        made = _portable(form)
        start, grown = time.process_time(), _growth(made.chunks(), lambda made=made: made.rows, count // 10)
        ours = count / (time.process_time() - start)
        for way, times in TIMES.items():
            report.line(
                f"portable {form}", ours, "rows/CPU s", peer=WAYS[way], peer_value=peers[way], ratio=ours / peers[way],
                bar=f">= {times}x the serializer", holds=ours >= times * peers[way] and made.rows == count,
            )  # fmt: skip
        report.line(f"memory {form}", grown, "MB", bar=f"<= {GROWTH:.0f} MB", holds=grown <= GROWTH)
    seconds = _cpu(_raw_loop)
    report.line("raw cursor and csv.writer, plain columns", count / seconds, "rows/CPU s")
    if connection.vendor == "postgresql":
        _copy(report, count)


def _first_byte(report: bench.Report) -> None:
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        chunks = _portable().chunks()
        next(chunks)
        next(chunks)  # the first is the header: the first rows are what a reader waits for
        times.append((time.perf_counter() - start) * 1000)
        chunks.close()
    report.line("first rows", min(times), "ms", bar=f"<= {FIRST_BYTE:.0f} ms", holds=min(times) <= FIRST_BYTE)


def _drf(*, careful: bool) -> None:
    """Serialise the same columns; without care, as written first, with a query a row for the rationale."""
    from rest_framework import serializers
    from rest_framework.renderers import JSONRenderer

    from accounts.models import User
    from audit import export, queries
    from audit.models import AuditEntry

    people = dict(User.objects.values_list("pk", "name"))

    class EntrySerializer(serializers.ModelSerializer):
        """The columns of the product's export."""

        person = serializers.SerializerMethodField()
        override = serializers.SerializerMethodField()
        rationale = serializers.SerializerMethodField()

        class Meta:
            model = AuditEntry
            fields = export.COLUMNS

        def get_person(self, entry: AuditEntry) -> str:
            return people[int(entry.actor.removeprefix("user:"))]

        def get_override(self, entry: AuditEntry) -> bool:
            return queries.OVERRIDE in entry.body

        def get_rationale(self, entry: AuditEntry) -> str | None:
            payload = getattr(entry, "payload", None)
            return json.loads(payload.payload).get("rationale") if payload else None

    entries = AuditEntry.objects.order_by("uid")
    entries = entries.select_related("payload") if careful else entries
    JSONRenderer().render(EntrySerializer(entries[:SAMPLE], many=True).data)


def _growth(chunks: Iterator[bytes], done: Callable[[], int], base: int) -> float:
    """Return by how many MB the process grew after the first `base` rows were sent."""
    seen = [bench._status_mb("RssAnon") for _chunk in chunks if done() >= base]
    return max(seen) - seen[0]


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _raw_loop() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM audit_auditentry ORDER BY uid")
        while rows := cursor.fetchmany(2000):
            csv.writer(io.StringIO()).writerows(rows)


class _Sink(io.RawIOBase):
    def write(self, chunk: Any) -> int:
        return len(chunk)


def _copy(report: bench.Report, count: int) -> None:
    from django.db import connection

    from audit import export
    from audit.models import AuditEntry

    def plain() -> None:
        with connection.cursor() as cursor:
            query = cursor.cursor.mogrify(*export.copy_sql(AuditEntry.objects.all())).decode()
            cursor.cursor.copy_expert(query, _Sink())

    def ours() -> None:
        for _piece in _portable().copied():
            pass

    times: dict[str, list[float]] = {"plain": [], "ours": []}
    for _round in range(ROUNDS):
        for name, work in (("plain", plain), ("ours", ours)):
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    own, peer = count / min(times["ours"]), count / min(times["plain"])
    report.line(
        "COPY path", own, "rows/s", peer="COPY TO STDOUT, the same select", peer_value=peer, ratio=own / peer,
        bar=">= 0.4x COPY", holds=own >= 0.4 * peer,
    )  # fmt: skip


if __name__ == "__main__":
    main()
