"""The log's work: placing entries, large exports written into the data folder, and their removal after a week."""

import gzip
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import anchors, checkpoints, faces, log, parquet, queries, rollback, sequencer, standing, tree, verify
from audit.bundle import Bundle
from audit.export import Export, note
from audit.models import AuditAnchor, AuditEntry, Kind
from jobs import dispatch, ticks
from jobs.lease import Lease
from jobs.models import Job

logger = logging.getLogger(__name__)
KIND = "audit_export"
BUNDLE = "audit_bundle"
KEPT = 7 * 86_400  # seconds a finished file stays
BETWEEN = 1.0  # seconds between two signs of life
SILENT = timedelta(hours=1)


Fill = Callable[[BinaryIO], Iterator[None]]  # writes into a file step by step


class NotWhole(Exception):
    """Raised when a bundle would have to leave out what its reader may not see."""


def folder() -> Path:
    """Return the folder of finished exports, made on first use."""
    path = Path(settings.DATA_DIR) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_of(job: Job) -> Path:
    """Return where a job's file lies, or will lie."""
    form = job.params["format"]
    return folder() / (f"{job.pk}.parquet" if form == "parquet" else f"{job.pk}.{form}.gz")


def start(*, by: User, wanted: queries.Filter, form: str, delimiter: str, key: str, now: datetime) -> Job:
    """Queue an export of what `by` may see of the log."""
    params = {"filter": wanted.as_dict(), "format": form, "delimiter": delimiter}
    brand, market = queries.place(by, wanted)
    with transaction.atomic():
        return dispatch.enqueue(KIND, params=params, key=key, by=by, now=now, brand=brand, market=market)


@dispatch.runs(
    KIND, queue="export", title=_("Export of the audit log"), link=lambda job: reverse("audit-file", args=[job.pk])
)
def write(held: Lease) -> None:
    """Write the file beside its place, then move it there: a name that exists is a whole file."""
    assert held.by is not None
    wanted = queries.from_dict(held.params["filter"])
    entries = queries.visible(held.by).filter(wanted.query())
    export = Export(entries, form=held.params["format"], delimiter=held.params["delimiter"])
    held.keep(done=0, total=entries.order_by().count())
    if export.form == "parquet":
        fill: Fill = partial(parquet.fill, export)
    else:
        copies = connection.vendor == "postgresql" and export.form == "csv"
        fill = _packed(export.copied() if copies else export.chunks())
    sha256 = _keep_file(fill, lambda: export.rows, held)
    said = {"rows": export.rows, "sha256": sha256}
    head, places = export.head.hex if export.head else "", access.scope(held.by).places(access.MAY["audit"])
    with transaction.atomic():
        note(export, by=held.by, wanted=wanted, complete=True, **said)
        held.finish({**said, "head": head, "places": places})


def may_take(person: User, job: Job) -> bool:
    """Tell whether a person may still read everything that went into a file: roles end while it waits."""
    return access.scope(person).covers(job.result.get("places", [access.Place()]), access.MAY["audit"])


def take(job: Job, *, by: User, part: str = "") -> None:
    """Record that a person downloads a file, or a part of it as HTTP names it."""
    body = {"step": "taken", "job": job.pk, "format": job.params["format"]} | ({"part": part} if part else {})
    body |= {name: job.result[name] for name in ("rows", "sha256", "head")}
    with transaction.atomic():
        log.record(Kind.EXPORT, stream="log", by=by, body=body, brand=job.brand, market=job.market)


def start_bundle(*, by: User, stream: str, is_skeleton: bool, key: str, now: datetime) -> Job:
    """Queue a bundle of a stream and of what belongs to it, of the whole log where none is named."""
    wanted = queries.Filter(stream=stream)
    brand, market = queries.place(by, wanted)
    params = {"filter": wanted.as_dict(), "format": "bundle", "skeleton": is_skeleton}
    with transaction.atomic():
        return dispatch.enqueue(BUNDLE, params=params, key=key, by=by, now=now, brand=brand, market=market)


@dispatch.runs(
    BUNDLE, queue="export", title=_("Bundle of the audit log"), link=lambda job: reverse("audit-file", args=[job.pk])
)
def write_bundle(held: Lease) -> None:
    """Write a bundle as an export is written. Raises NotWhole where its reader may no longer see all of it."""
    assert held.by is not None
    wanted = queries.from_dict(held.params["filter"])
    of = faces.streams_of(wanted.stream) if wanted.stream else None
    if not queries.sees_whole(held.by, of):
        raise NotWhole
    made = Bundle(of, is_skeleton=held.params["skeleton"])
    held.keep(done=0, total=made.checkpoint.size if made.checkpoint and of is None else 0)
    sha256 = _keep_file(_packed(line.encode() for line in made.lines()), lambda: made.rows, held)
    said = {"format": "bundle", "filter": wanted.as_dict(), "rows": made.rows, "sha256": sha256, "head": made.head}
    places = access.scope(held.by).places(access.MAY["audit"])
    with transaction.atomic():
        body, brand, market = {**said, "complete": True}, held.job.brand, held.job.market
        log.record(Kind.EXPORT, stream="log", by=held.by, body=body, brand=brand, market=market)
        held.finish({"rows": made.rows, "sha256": sha256, "head": made.head, "places": places})


@dispatch.runs(standing.CHECK, queue="export", title=_("Check of the audit log"), link=lambda job: reverse("audit"))
def check(held: Lease) -> None:
    """Check the whole log as whoever has a bundle of it would; what is found is the result, also where it is bad."""
    rollback.notice()
    whole = Bundle()
    size = whole.checkpoint.size if whole.checkpoint else 0
    held.keep(done=0, total=size)
    try:
        verify.verify(_counted(whole, held), checkpoints.trusted_key(), origin=settings.AUDIT_ORIGIN)
        changed = ""
    except verify.Changed as why:
        changed = str(why)
        logger.critical("The audit log was changed: %s", why)
    held.finish({"size": size, "root": whole.head, "changed": changed})


def _counted(whole: Bundle, held: Lease) -> Iterator[str]:
    kept_at = time.monotonic()
    for line in whole.lines():
        yield line
        if time.monotonic() - kept_at > BETWEEN:
            held.keep(done=whole.rows)
            kept_at = time.monotonic()


def _packed(chunks: Iterable[bytes]) -> Fill:
    """Return what writes chunks packed, one at each step."""

    def fill(file: BinaryIO) -> Iterator[None]:
        # No time stamp inside: the same rows give the same file.
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, compresslevel=6) as packed:
            for chunk in chunks:
                packed.write(chunk)
                yield

    return fill


def _keep_file(fill: Fill, rows: Callable[[], int], held: Lease) -> str:
    """Fill a file beside the job's place, then move it there; return the hash of the file."""
    # Named by the attempt: a worker that lost its lease may still be writing.
    path = file_of(held.job)
    part = path.with_name(f"{path.name}.{held.job.attempts}.part")
    kept_at = time.monotonic()
    try:
        with part.open("wb") as file:
            for _step in fill(file):
                if time.monotonic() - kept_at > BETWEEN:
                    held.keep(done=rows())
                    kept_at = time.monotonic()
            file.flush()
            os.fsync(file.fileno())
        sha256 = _hash(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return sha256


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@ticks.every(3600, "exports")
def remove_old(now: datetime) -> None:
    """Remove the files of exports after a week; their entries stay."""
    for path in folder().iterdir():
        if now.timestamp() - path.stat().st_mtime > KEPT:
            path.unlink(missing_ok=True)


def summary(job: Job) -> dict[str, Any]:
    """Return what the download page says of a finished file."""
    path = file_of(job)
    return {"exists": path.exists(), "bytes": path.stat().st_size if path.exists() else 0, **job.result}


@ticks.every(86_400, "audit-check")
def check_daily(now: datetime) -> None:
    """Queue a check of the whole log once a day, where anything is signed."""
    if tree.newest() is None:
        return
    with transaction.atomic():
        dispatch.enqueue(standing.CHECK, params={}, key=f"audit-check:{now.date().isoformat()}", by=None, now=now)


@ticks.every(3600, "audit-heartbeat")
def beat(now: datetime) -> None:
    """Write into a log that was silent for an hour how far it is signed and kept elsewhere.

    Its newest entry is then never old: a copy that stands still differs from a log to which nothing happens.
    """
    last = AuditEntry.objects.order_by("-uid").values_list("at", flat=True).first()
    if last is None or now - last < SILENT:
        return
    newest = tree.newest()
    kept = AuditAnchor.objects.values("sink").annotate(size=Max("checkpoint_id")).order_by("sink")
    body = {"size": newest.size if newest else 0, "kept": list(kept)}
    with transaction.atomic():
        log.record(Kind.HEARTBEAT, stream="log", by=None, body=body)


@ticks.at_start
def look_outside() -> None:
    """Compare the log with what is kept outside, before anything is written."""
    rollback.notice()


@ticks.steadily(0.5, "sequencer")
def place_entries() -> None:
    """Give what was written its place under a signed head."""
    sequencer.sequence_all()


@ticks.every(60, "audit-anchors")
def ask_for_anchors(now: datetime) -> None:
    """Queue what has the newest checkpoint kept elsewhere, where it is due."""
    anchors.ask(now)


@dispatch.runs(standing.ANCHOR, title=_("Checkpoint kept elsewhere"), link=lambda job: reverse("audit"))
def anchor(held: Lease) -> None:
    """Have a sink keep the newest checkpoint. Started again it may keep the same one twice, which harms nobody."""
    anchors.keep(held.params["sink"], held)
