"""The data plane: reading and writing PostgreSQL by COPY BINARY against Django's ORM.

A server of its own, a table of 30 columns with holes and a side table with the same 30 packed into one `bytea` a row;
everybody has to give the same array. Wall times of alternating rounds, as ratios: the work is the database's as well.
The product itself reads pools from mapped files and writes results as files; this is what the plan weighed.
"""

import io
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import bench
from tests import servers

COLUMNS, ROWS = 30, 50_000
CREATED = 10_000  # rows that the slowest peer writes; it is counted by the row
HEADER = 19  # bytes of COPY's binary header without extensions
LEAST = {"packed vectors": 10.0, "30 columns": 3.0, "write": 15.0}
NAMES = [f"c{n}" for n in range(COLUMNS)]


def measure(report: bench.Report, rounds: int) -> None:
    """Print each ratio and hold its bar."""
    if servers.postgres_folder() is None:
        for name in LEAST:
            report.unmeasured(f"COPY BINARY, {name}", "PostgreSQL's programs are not installed")
        return
    with servers.postgres(options={}) as url, tempfile.TemporaryDirectory(prefix="hm-bench-") as folder:
        _point_to(url, folder)
        _measure(report, rounds)


def _point_to(url: str, folder: str) -> None:
    # Its own two tables are all that is needed: nothing is migrated.
    import django

    secret = uuid.uuid4().hex + uuid.uuid4().hex
    os.environ |= {
        "HM_DATA_DIR": folder, "DATABASE_URL": url, "REDIS_URL": "redis://none", "SECRET_KEY": secret,
        "ALLOWED_HOSTS": "none", "DJANGO_SETTINGS_MODULE": "hybridmkt.settings",
    }  # fmt: skip
    django.setup()


def _measure(report: bench.Report, rounds: int) -> None:
    model, values = _table(), _values()
    _write(values)
    _empty()
    _pack()
    ways: dict[str, Callable[[], np.ndarray]] = {
        "ORM values_list": lambda: _by_orm(model), "packed vectors": _packed, "30 columns": _columns,
    }  # fmt: skip
    for name, read in ways.items():
        assert np.array_equal(read(), values, equal_nan=True), name
    spent, peer = _rounds(ways, rounds), "ORM values_list"
    for name in ("packed vectors", "30 columns"):
        _compare(report, f"read by COPY BINARY, {name}", name, spent[name], peer, spent[peer])
    few = values[:CREATED]
    writes: dict[str, Callable[[], object]] = {
        "bulk_create": lambda: _create(model, few),
        "COPY": lambda: _write(values),
    }
    spent = _rounds(writes, rounds)
    theirs = [seconds * ROWS / CREATED for seconds in spent["bulk_create"]]
    _compare(report, "write by COPY BINARY", "write", spent["COPY"], "bulk_create, 5,000 a batch", theirs)


def _compare(report: bench.Report, measure: str, bar: str, ours: list[float], peer: str, theirs: list[float]) -> None:  # noqa: PLR0917
    """Report rows a second against a peer's. ours, theirs: seconds a row in each round."""
    ratio = bench.median_ratio(theirs, ours)
    report.line(
        measure, 1 / statistics.median(ours), "rows/s", peer=peer, peer_value=1 / statistics.median(theirs),
        ratio=ratio, bar=f">= {LEAST[bar]:g}x", holds=ratio >= LEAST[bar], rows=ROWS, columns=COLUMNS,
    )  # fmt: skip


def _rounds(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    walls: dict[str, list[float]] = {name: [] for name in ways}
    for _turn in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            walls[name].append((time.perf_counter() - start) / ROWS)
    return walls


def _values() -> np.ndarray:
    dice = np.random.default_rng(4)
    found = dice.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    found[dice.random(found.shape) < 0.18] = np.nan
    return found


def _table() -> Any:
    from django.db import connection, models

    fields = {name: models.FloatField(null=True) for name in NAMES}
    meta = type("Meta", (), {"app_label": "screening", "db_table": "bench_creator", "managed": False})
    body = {"__module__": __name__, "Meta": meta, "id": models.BigIntegerField(primary_key=True), **fields}
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} real" for name in NAMES)
        cursor.execute(f"CREATE TABLE bench_creator (id bigint PRIMARY KEY, {columns})")
        cursor.execute("CREATE TABLE bench_vector (id bigint PRIMARY KEY, v bytea)")
        cursor.execute("ALTER TABLE bench_vector ALTER v SET STORAGE EXTERNAL")
    return type("BenchCreator", (models.Model,), body)


def _by_orm(model: Any) -> np.ndarray:
    rows = model.objects.order_by("id").values_list(*NAMES).iterator(5_000)
    return np.array(list(rows), np.float64).astype(np.float32)


def _copied(sql: str) -> bytes:
    from django.db import connection

    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY ({sql}) TO STDOUT (FORMAT binary)", out)
    return out.getvalue()


def _packed() -> np.ndarray:
    row = np.dtype([("fields", ">i2"), ("length", ">i4"), ("v", "<f4", COLUMNS)])
    return _fixed(_copied("SELECT v FROM bench_vector ORDER BY id"), row)["v"]


def _columns() -> np.ndarray:
    one = np.dtype([("length", ">i4"), ("value", ">f4")])
    row = np.dtype([("fields", ">i2"), ("columns", one, COLUMNS)])
    asked = ", ".join(f"coalesce({name}, 'NaN')::real" for name in NAMES)
    return _fixed(_copied(f"SELECT {asked} FROM bench_creator ORDER BY id"), row)["columns"]["value"].astype(np.float32)


def _fixed(data: bytes, row: np.dtype) -> np.ndarray:
    # Without NULLs every record has one length; the two bytes at the end are the trailer, -1.
    assert (len(data) - HEADER - 2) % row.itemsize == 0
    return np.frombuffer(data, row, count=ROWS, offset=HEADER)


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE bench_creator SET " + ", ".join(f"{name} = nullif({name}, 'NaN')" for name in NAMES))
        cursor.execute("VACUUM FULL ANALYZE bench_creator")


def _pack() -> None:
    one = np.dtype([("fields", ">i2"), ("l0", ">i4"), ("id", ">i8"), ("l1", ">i4"), ("v", "<f4", COLUMNS)])
    rows = np.zeros(ROWS, one)
    rows["fields"], rows["l0"], rows["l1"] = 2, 8, 4 * COLUMNS
    rows["id"], rows["v"] = np.arange(ROWS), _values()
    _send(rows, "bench_vector")


def _write(values: np.ndarray) -> None:
    one = np.dtype([("length", ">i4"), ("value", ">f4")])
    row = np.dtype([("fields", ">i2"), ("l0", ">i4"), ("id", ">i8"), ("columns", one, COLUMNS)])
    rows = np.zeros(ROWS, row)
    rows["fields"], rows["l0"], rows["id"] = 1 + COLUMNS, 8, np.arange(ROWS)
    rows["columns"]["length"], rows["columns"]["value"] = 4, values
    _send(rows, "bench_creator")


def _send(rows: np.ndarray, table: str) -> None:
    from django.db import connection

    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
        cursor.cursor.copy_expert(
            f"COPY {table} FROM STDIN (FORMAT binary)", io.BytesIO(head + rows.tobytes() + b"\xff\xff")
        )


def _create(model: Any, values: np.ndarray) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_creator")
    made = [model(id=n, **dict(zip(NAMES, row, strict=True))) for n, row in enumerate(values.tolist())]
    model.objects.bulk_create(made, batch_size=5_000)
