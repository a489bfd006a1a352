"""Large exports, written by a worker into the data folder, and their removal after a week."""

import gzip
import hashlib
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log, queries
from audit.export import Export, note
from audit.models import Kind
from jobs import dispatch, ticks
from jobs.lease import Lease
from jobs.models import Job

KIND = "audit_export"
KEPT = 7 * 86_400  # seconds a finished file stays
BETWEEN = 1.0  # seconds between two signs of life


def folder() -> Path:
    """Return the folder of finished exports, made on first use."""
    path = Path(settings.DATA_DIR) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_of(job: Job) -> Path:
    """Return where a job's file lies, or will lie."""
    return folder() / f"{job.pk}.{job.params['format']}.gz"


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
    # Named by the attempt: a worker that lost its lease may still be writing.
    part = file_of(held.job).with_suffix(f".gz.{held.job.attempts}.part")
    try:
        sha256 = _write(export, part, held)
        part.replace(file_of(held.job))
    finally:
        part.unlink(missing_ok=True)
    said = {"rows": export.rows, "sha256": sha256}
    head, places = export.head.hex if export.head else "", access.scope(held.by).places(access.MAY["audit"])
    with transaction.atomic():
        note(export, by=held.by, wanted=wanted, complete=True, **said)
        held.finish({**said, "head": head, "places": places})


def may_take(person: User, job: Job) -> bool:
    """Tell whether a person may still read everything that went into a file: roles end while it waits."""
    return access.scope(person).covers(job.result.get("places", [access.Place()]), access.MAY["audit"])


def take(job: Job, *, by: User) -> Path:
    """Record that a person downloads a file and return where it lies. Raises FileNotFoundError after its week."""
    path = file_of(job)
    if not path.exists():
        raise FileNotFoundError(path)
    body = {"step": "taken", "job": job.pk, "format": job.params["format"]}
    body |= {name: job.result[name] for name in ("rows", "sha256", "head")}
    with transaction.atomic():
        log.record(Kind.EXPORT, stream="log", by=by, body=body, brand=job.brand, market=job.market)
    return path


def _write(export: Export, part: Path, held: Lease) -> str:
    can_copy = connection.vendor == "postgresql" and export.form == "csv"
    chunks = export.copied() if can_copy else export.chunks()
    kept_at = time.monotonic()
    with part.open("wb") as file:
        # No time stamp inside: the same rows give the same file.
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, compresslevel=6) as packed:
            for chunk in chunks:
                packed.write(chunk)
                if time.monotonic() - kept_at > BETWEEN:
                    held.keep(done=export.rows)
                    kept_at = time.monotonic()
        file.flush()
        os.fsync(file.fileno())
    return _hash(part)


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
