"""From a file to creators, profiles and figures: look, start, load in chunks, show all at once.

Rows are written chunk by chunk under a batch that nobody sees (`Profile.objects.visible`, `Metrics.batch.status`); the
last transaction makes them visible, together with the audit entry. A killed worker's successor goes on at the next
chunk.
"""

import time
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from audit import log
from audit.models import Kind
from jobs import dispatch
from jobs.lease import Lease
from jobs.models import Job
from screening import pools
from screening.imports import changes, suspicions
from screening.imports.plan import Plan, file_warnings, make_plan
from screening.imports.readers import content_hash
from screening.imports.refusals import FileRefused
from screening.imports.rows import RowReader
from screening.imports.tally import Tally
from screening.imports.writing import ChunkWriter, drop_twins
from screening.models import BatchStatus, ColumnMapping, ImportBatch, Market

CHUNK = 1_000  # records of one transaction
PAUSE = 0.03  # seconds between chunks on SQLite, whose locks are not fair (stack.md section 2)
_BREATH = 5_000  # rows between two signs of life outside of transactions


class AlreadyStarted(Exception):
    """Raised when a batch is started that is loading, loaded or given up."""


class AlreadyHere(Exception):
    """Raised when the same content was loaded before for the same platform and market; ``batch`` is that import."""

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(f"The same file was loaded before, as import {batch.pk}.")
        self.batch = batch


def place_of(batch: ImportBatch) -> Path:
    """Return where a batch's file lies: an absolute path (command line), or a name in the storage (upload)."""
    path = Path(batch.path)
    return path if path.is_absolute() else Path(default_storage.path(batch.path))


def remembered(source: str, header_sha256: str) -> dict[str, str] | None:
    """Return the mapping last used for this source and header; None where there is none."""
    found = ColumnMapping.objects.filter(source=source, header_sha256=header_sha256).first()
    return dict(found.mapping) if found else None


def same_before(sha256: str, *, platform: str, market: str) -> ImportBatch | None:
    """Return the loaded batch with this content, platform and market."""
    loaded = ImportBatch.objects.filter(status=BatchStatus.LOADED, sha256=sha256, platform=platform, market=market)
    return loaded.first()


def begin(plan: Plan, *, by: User | None, now: datetime, market: str = "", path: str = "") -> ImportBatch:
    """Make the batch of a planned file: nothing is loaded yet.

    A batch of the same content that is still loading is returned as it is. Raises AlreadyHere.
    """
    sha256 = plan.table.reading.sha256
    if there := same_before(sha256, platform=plan.mapping.platform, market=market):
        raise AlreadyHere(there)
    same = ImportBatch.objects.filter(sha256=sha256, platform=plan.mapping.platform, market=market)
    if unfinished := same.filter(status=BatchStatus.LOADING).first():
        return unfinished
    return ImportBatch.objects.create(
        name=plan.name[:200],
        sha256=sha256,
        size=plan.table.reading.size,
        path=path or str(plan.path.absolute()),
        source=plan.source,
        platform=plan.mapping.platform,
        market=market,
        as_of_date=None if plan.as_of_from in ("column", "no_need") else plan.as_of,
        reading=plan.to_json(),
        mapping=plan.mapping.targets(),
        mapping_by=plan.mapping_by,
        by=by,
        created_at=now,
    )


def start_import(batch: ImportBatch, *, mapping: dict[str, str] | None = None, by: User | None, now: datetime) -> Job:
    """Queue the load of a batch with its mapping, and remember the mapping for the source. Raises AlreadyStarted."""
    is_changed = mapping is not None and mapping != batch.mapping
    mapping = batch.mapping if mapping is None else mapping
    mapping_by = "given" if is_changed else batch.mapping_by
    with transaction.atomic():
        waiting = ImportBatch.objects.filter(pk=batch.pk, status=BatchStatus.UPLOADED)
        if not waiting.update(status=BatchStatus.LOADING, mapping=mapping, mapping_by=mapping_by):
            raise AlreadyStarted(f"Import {batch.pk} has been started already.")
        job = dispatch.enqueue(
            "import", params={"batch": batch.pk}, key=f"import:{batch.pk}", by=by, now=now, market=batch.market
        )
        ImportBatch.objects.filter(pk=batch.pk).update(job=job)
        if mapping_by != "guessed":
            ColumnMapping.objects.update_or_create(
                source=batch.source,
                header_sha256=batch.reading["header_sha256"],
                defaults={"mapping": mapping, "by": by, "at": now},
            )
    batch.refresh_from_db()
    return job


def plan_of(batch: ImportBatch, *, today: date) -> Plan:
    """Open a batch's file again with the batch's own mapping.

    Raises FileRefused: ``changed`` where it is not what a person saw, ``gone`` where it cannot be opened any more.
    """
    path = place_of(batch)
    try:
        is_same = content_hash(path) == batch.sha256
    except OSError:
        raise FileRefused("gone") from None
    if not is_same:
        raise FileRefused("changed")
    return make_plan(
        path,
        name=batch.name,
        today=today,
        platform=batch.platform,
        as_of=batch.as_of_date,
        source=batch.source,
        given=batch.mapping,
    )


def carry_out(lease: Lease, *, now: datetime) -> dict[str, Any]:
    """Load a batch from where the last worker left it, then make it visible. Returns the counts."""
    batch = ImportBatch.objects.select_related("by").get(pk=lease.params["batch"])
    if batch.status == BatchStatus.LOADED:
        return counts(batch)
    _refuse_repeated(batch)
    today = now.date() + timedelta(days=1)  # somewhere it is tomorrow already
    plan = plan_of(batch, today=today)
    reader = plan.reader(today=today, currency=_currency(batch.market))
    _load(batch, plan, reader, lease)
    lease.keep(step="finish")
    return _show(batch, lease, now=now)


def counts(batch: ImportBatch) -> dict[str, Any]:
    """Return a batch's counts as plain JSON."""
    names = ("records", "loaded", "merged", "refused", "duplicates")
    return {"batch": batch.pk, **{name: getattr(batch, name) for name in names}}


def give_up(job: Job) -> None:
    """Mark the batch of a failed or cancelled job, and queue the removal of its rows; runs in the job's last
    transaction.
    """
    status = BatchStatus.CANCELLED if job.status == "cancelled" else BatchStatus.FAILED
    batch = job.params["batch"]
    if ImportBatch.objects.filter(pk=batch, status=BatchStatus.LOADING).update(status=status):
        moment = job.finished_at or job.created_at
        dispatch.enqueue(
            "import-removal", params={"batch": batch}, key=f"import-removal:{batch}", by=job.by, now=moment
        )


def _currency(market: str) -> str:
    found = Market.objects.filter(code=market).values_list("currency", flat=True).first()
    return found or ""


def _load(batch: ImportBatch, plan: Plan, reader: RowReader, lease: Lease) -> None:
    tally = Tally.from_json(batch.reading.get("tally", {}))
    if not lease.done:
        lease.keep(total=_size(plan, lease), step="rows")
    items = plan.items(reader, skip=lease.done, alive=lambda: lease.keep(step="posts"))
    done = lease.done
    while chunk := list(islice(items, CHUNK)):
        if done == 0 or plan.mapping.kind != "posts":  # posts are all read before the first chunk, after a kill again
            _take_notes(reader, tally)
        done += len(chunk)
        _write(batch, chunk, tally, lease=lease, done=done)
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)


def _take_notes(reader: RowReader, tally: Tally) -> None:
    for (code, column), times in reader.notes.items():
        tally.note(code, column, times=times)
    reader.notes.clear()


def _size(plan: Plan, lease: Lease) -> int:
    """Count the rows, so that progress is honest. Posts are not counted: they are written by month."""
    if plan.mapping.kind == "posts":
        return 0
    count = 0
    for count, _ in enumerate(plan.table.rows(), start=1):
        if count % (_BREATH * 40) == 0:
            lease.keep(step="count")
    return count


def _write(batch: ImportBatch, chunk: list[Any], tally: Tally, *, lease: Lease, done: int) -> None:
    """Write one chunk, its counts and the progress in one transaction: all of it, or it comes again."""
    before = tally.to_json()
    for attempt in (1, 2, 3):
        try:
            with transaction.atomic():
                ChunkWriter(batch, tally).write(chunk)
                batch.reading["tally"] = tally.to_json()
                names = ("records", "loaded", "merged", "refused", "duplicates")
                fields = {name: getattr(tally, name) for name in names}
                ImportBatch.objects.filter(pk=batch.pk).update(reading=batch.reading, **fields)
                lease.keep(done=done, step="rows")
            return
        except IntegrityError:
            # Another import made the same profile between our look and our insert: look again.
            tally.__dict__.update(Tally.from_json(before).__dict__)
            if attempt == 3:
                raise


def _show(batch: ImportBatch, lease: Lease, *, now: datetime) -> dict[str, Any]:
    """Make everything visible at once: what known profiles gain, the batch's state, the audit entry, the job's end."""
    tally = Tally.from_json(batch.reading.get("tally", {}))
    warnings = [*file_warnings(batch.reading), *tally.warnings(), *suspicions.find(batch)]
    with transaction.atomic():
        _wait_for_turn()
        _refuse_repeated(batch)
        changes.apply(batch)
        _drop_twins(batch, tally)
        ImportBatch.objects.filter(pk=batch.pk, status=BatchStatus.LOADING).update(
            status=BatchStatus.LOADED, warnings=warnings, loaded_at=now
        )
        batch.refresh_from_db()
        log.record(
            Kind.IMPORT,
            stream=f"import:{batch.pk}",
            by=batch.by,
            body={
                **counts(batch),
                "figures": tally.figures,
                "sha256": batch.sha256,
                "size": batch.size,
                "platform": batch.platform,
                "mapping": batch.mapping_by,
                "warnings": sorted({warning["code"] for warning in warnings}),
            },
            personal={"file": batch.name, "source": batch.source},
            market=batch.market,
        )
        if batch.loaded >= CHUNK:
            _count_anew()
        if batch.market:
            pools.freeze_soon(batch.market, by=batch.by, now=now)
        result = counts(batch)
        lease.finish(result)
    return result


def _count_anew() -> None:
    """Let PostgreSQL plan for what came in: by itself it looks a minute later, and the market is frozen at once.

    After an import that was given up it takes the tables for empty: the run on the next one took seven times as long.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE screening_creator, screening_profile, screening_metrics")


def _wait_for_turn() -> None:
    """Let one import show its rows at a time, so that each sees what the one before it has shown."""
    if connection.vendor == "postgresql":  # SQLite has one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('screening.imports.show'))")


def _refuse_repeated(batch: ImportBatch) -> None:
    """Raise AlreadyHere where the same file was started twice and the other is loaded."""
    if there := same_before(batch.sha256, platform=batch.platform, market=batch.market):
        raise AlreadyHere(there)


def _drop_twins(batch: ImportBatch, tally: Tally) -> None:
    """Keep what another import has shown meanwhile once: ours are repeats of it."""
    if dropped := drop_twins(batch):
        tally.figures -= dropped
        repeats = min(tally.merged, tally.duplicates + dropped)
        ImportBatch.objects.filter(pk=batch.pk).update(duplicates=repeats)
