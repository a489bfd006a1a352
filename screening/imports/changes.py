"""What a batch adds to profiles that were known before: applied when it is loaded, removed when it is given up."""

import time
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from jobs.lease import Lease
from screening.imports.matching import in_database
from screening.models import Creator, ImportBatch, Metrics, Profile, ProfileChange, RowError

_CHUNK = 2_000


def apply(batch: ImportBatch) -> int:
    """Apply a batch's changes inside the caller's transaction; a blank that was filled meanwhile stays. Returns how
    many.
    """
    count = 0
    rows = ProfileChange.objects.filter(batch=batch).order_by("pk").select_related("profile")
    for change in rows.iterator(_CHUNK):
        now = {name: value for name, value in in_database(change.changes).items() if _is_wanted(change.profile, name)}
        if now:
            Profile.objects.filter(pk=change.profile_id).update(**now)
            count += 1
        if "batch_id" in now:
            Creator.objects.filter(pk=change.profile.creator_id).update(batch=batch)
    return count


def _is_wanted(profile: Profile, name: str) -> bool:
    now: Any = getattr(profile, name)
    return name in ("categories", "markets", "batch_id") or now in ("", None)


def remove(lease: Lease) -> dict[str, Any]:
    """Remove the rows of a batch that was given up, chunk by chunk; what another import took over stays."""
    batch = ImportBatch.objects.get(pk=lease.params["batch"])
    used = Exists(Metrics.objects.filter(profile=OuterRef("pk")).exclude(batch=batch))
    changed = Exists(ProfileChange.objects.filter(profile=OuterRef("pk")).exclude(batch=batch))
    removed = lease.done
    for rows in (
        Metrics.objects.filter(batch=batch),
        ProfileChange.objects.filter(batch=batch),
        RowError.objects.filter(batch=batch),
        Profile.objects.filter(batch=batch).exclude(used).exclude(changed),
        Creator.objects.filter(batch=batch, profiles__isnull=True),
    ):
        while ids := list(rows.values_list("pk", flat=True)[:_CHUNK]):
            with transaction.atomic():
                removed += rows.model._default_manager.filter(pk__in=ids).delete()[0]
                lease.keep(done=removed)
            if connection.vendor == "sqlite":
                time.sleep(0.03)
    return {"removed": removed}
