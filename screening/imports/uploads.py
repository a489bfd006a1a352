"""Files that come through the browser: received, looked at by a worker, corrected, imported or thrown away."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import access
from accounts.models import User
from audit import rates
from jobs import dispatch
from jobs.lease import Lease
from jobs.models import Job
from screening.imports import load, trial
from screening.imports.plan import make_plan
from screening.models import BatchStatus, ImportBatch, Market, RowError


class NotWaiting(Exception):
    """Raised when a batch that was started already is changed or thrown away."""


class NotLookedAt(Exception):
    """Raised when a batch is imported before a worker has found out how it is read."""


def visible(user: User) -> QuerySet[ImportBatch]:
    """Return the imports a person may see: their own, and those of markets for which they may import."""
    of_markets = access.scope(user).query("", "market", access.MAY["import"])
    return ImportBatch.objects.filter(Q(by=user) | of_markets).select_related("job", "by").order_by("-pk")


def markets_of(user: User) -> list[Market]:
    """Return the markets for which a person may import, by code. One query."""
    return [one for one in Market.objects.order_by("code") if access.may(user, "import", market=one.code)]


def is_looked_at(batch: ImportBatch) -> bool:
    """Tell whether it is known how a file is read: its columns were found, and nobody is looking at it now."""
    return bool(batch.reading.get("columns")) and (batch.job is None or batch.job.is_finished)


def refused(batch: ImportBatch) -> QuerySet[RowError]:
    """Return the refused rows of an import in the order of the file."""
    return RowError.objects.filter(batch=batch).order_by("line", "pk")


def may_bring(by: User, *, now: datetime) -> None:
    """Refuse another file to somebody who brought as many in this hour as are allowed. Raises TooOften. One query."""
    most = settings.UPLOADS_AN_HOUR
    brought = ImportBatch.objects.filter(by=by, created_at__gt=now - rates.HOUR).order_by("-created_at")
    rates.bound(brought.values_list("created_at", flat=True)[:most], most=most, now=now)


def receive(
    upload: "File[bytes]",
    *,
    name: str,
    by: User,
    now: datetime,
    platform: str = "",
    market: str = "",
    as_of: date | None = None,
    source: str = "",
) -> ImportBatch:
    """Keep an uploaded file and have a worker look at it; nothing of it is loaded."""
    access.require(by, "import", market=market)
    path = default_storage.save(f"imports/{now:%Y%m%d}/file", upload)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            name=name[-200:],
            path=path,
            size=upload.size or 0,
            platform=platform,
            market=market,
            as_of_date=as_of,
            source=source,
            by=by,
            created_at=now,
        )
        _have_it_looked_at(batch, given={}, by=by, now=now)
    return batch


def look_again(batch: ImportBatch, *, given: dict[str, str], by: User, now: datetime, **settings: Any) -> None:
    """Change what a person said of a waiting file and have it looked at once more. Raises NotWaiting.

    ``given`` maps columns to targets; ``settings`` are platform, market, as_of_date and source of the batch.
    """
    access.require(by, "import", market=settings["market"])
    with transaction.atomic():
        _settle(batch, **settings)
        _have_it_looked_at(batch, given=given, by=by, now=now)


def start(batch: ImportBatch, *, mapping: dict[str, str], by: User, now: datetime, **settings: Any) -> Job:
    """Import a file as a person settled it. Raises NotWaiting, NotLookedAt, load.AlreadyHere, load.AlreadyStarted."""
    access.require(by, "import", market=settings["market"])
    if batch.status == BatchStatus.UPLOADED and not is_looked_at(batch):
        raise NotLookedAt(f"Import {batch.pk} has not been looked at yet.")
    with transaction.atomic():
        _settle(batch, **settings)
        batch.refresh_from_db()
        if batch.as_of_date and batch.reading.get("as_of_from") == "today":
            batch.reading["as_of_from"] = "given"  # the person saw the day and let it stand
            batch.save(update_fields=["reading"])
        if there := load.same_before(batch.sha256, platform=batch.platform, market=batch.market):
            raise load.AlreadyHere(there)
        return load.start_import(batch, mapping=mapping, by=by, now=now)


def discard(batch: ImportBatch) -> None:
    """Throw a waiting file away: no trace stays. Raises NotWaiting."""
    with transaction.atomic():
        gone, _ = ImportBatch.objects.filter(pk=batch.pk, status=BatchStatus.UPLOADED).delete()
        if not gone:
            raise NotWaiting(f"Import {batch.pk} has been started already.")
    with suppress(OSError):
        default_storage.delete(batch.path)


def look(lease: Lease, *, now: datetime) -> dict[str, Any]:
    """Read a waiting file to its end and keep on the batch what was found. Raises FileRefused, NoAccount."""
    batch = ImportBatch.objects.get(pk=lease.params["batch"])
    if batch.status != BatchStatus.UPLOADED:
        return {}
    plan = make_plan(
        load.place_of(batch),
        name=batch.name,
        today=now.date(),
        platform=batch.platform,
        as_of=batch.as_of_date,
        source=batch.source,
        given=lease.params["given"],
        remembered=load.remembered,
    )
    found = plan.to_json()
    changes = {
        "sha256": plan.table.reading.sha256,
        "size": plan.table.reading.size,
        "source": plan.source,
        "platform": plan.mapping.platform,
        "as_of_date": None if plan.as_of_from in ("column", "no_need") else plan.as_of,
        "mapping": plan.mapping.targets(),
        "mapping_by": plan.mapping_by,
    }
    waiting = ImportBatch.objects.filter(pk=batch.pk, status=BatchStatus.UPLOADED)
    waiting.update(reading=found, **changes)  # the columns show even where the rows turn out to name no account
    lease.keep(step="rows", done=0)
    found["trial"] = trial.count(plan, market=batch.market, now=now, alive=lambda done: lease.keep(done=done))
    waiting.update(reading=found)
    return {"batch": batch.pk}


def _settle(batch: ImportBatch, **settings: Any) -> None:
    if not ImportBatch.objects.filter(pk=batch.pk, status=BatchStatus.UPLOADED).update(**settings):
        raise NotWaiting(f"Import {batch.pk} has been started already.")


def _have_it_looked_at(batch: ImportBatch, *, given: dict[str, str], by: User, now: datetime) -> None:
    key = f"import-look:{batch.pk}:{now.isoformat()}"
    job = dispatch.enqueue(
        "import-look", params={"batch": batch.pk, "given": given}, key=key, by=by, now=now, market=batch.market
    )
    ImportBatch.objects.filter(pk=batch.pk).update(job=job)
