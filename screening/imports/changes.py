"""What a batch adds to profiles that were known before: applied when it is loaded, removed when it is given up."""

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Exists, Field, OuterRef

from jobs.lease import Lease
from screening.imports.matching import MANY, SINGLE, gained, in_database, in_json
from screening.models import BatchStatus, Creator, ImportBatch, Metrics, Profile, ProfileChange, RowError

_CHUNK = 2_000
_GIVEN_UP = (BatchStatus.FAILED, BatchStatus.CANCELLED)


def apply(batch: ImportBatch) -> int:
    """Apply a batch's changes to the profiles as they stand, inside the caller's transaction. Returns how many."""
    count = last = 0
    changes = ProfileChange.objects.filter(batch=batch).order_by("pk")
    while page := list(changes.filter(pk__gt=last)[:_CHUNK]):
        wanted = Profile.objects.filter(pk__in={change.profile_id for change in page})
        locked = wanted.order_by("pk").select_for_update(of=("self",), no_key=True)
        profiles = {profile.pk: profile for profile in locked}
        batches = ImportBatch.objects.in_bulk({profile.batch_id for profile in profiles.values()} - {None})
        touched: dict[int, set[str]] = defaultdict(set)
        for change in page:
            profile = profiles[change.profile_id]
            names = _add(change, profile, batch, left=batches.get(profile.batch_id))
            touched[change.profile_id] |= names
            count += bool(names)
        _write(profiles, touched)
        last = page[-1].pk
    return count


def _write(profiles: Mapping[int, Profile], touched: Mapping[int, set[str]]) -> None:
    """Write the touched columns of profiles, rows with the same columns in one go.

    The caller's transaction locks the whole database on SQLite: one save a row kept other writers out for seconds.
    """
    together: dict[tuple[str, ...], list[Profile]] = defaultdict(list)
    for pk, own in touched.items():
        together[tuple(sorted(own))].append(profiles[pk])
    for names, rows in together.items():
        if not names:
            continue
        fields = [cast("Field[Any, Any]", Profile._meta.get_field(name)) for name in names]
        columns = ", ".join(f"{field.column} = %s" for field in fields)
        values = [[*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk]
                  for row in rows]  # fmt: skip
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {Profile._meta.db_table} SET {columns} WHERE id = %s", values)


def _add(change: ProfileChange, profile: Profile, batch: ImportBatch, *, left: ImportBatch | None) -> set[str]:
    # Returns the columns that it set on the profile; they are written together with those of others.
    is_hidden = left is not None and left != batch and left.status != BatchStatus.LOADED
    now = _taken_over(profile, batch, left) if left and is_hidden else {}
    now |= gained({**vars(profile), **now}, in_database(change.changes))
    for name, value in now.items():
        setattr(profile, name, value)
    if is_hidden:
        about = {"name": profile.name or profile.handle, "country": profile.country, "language": profile.language}
        Creator.objects.filter(pk=profile.creator_id, batch=left).update(batch=batch, **about)
    return set(now)


def _taken_over(profile: Profile, batch: ImportBatch, left: ImportBatch) -> dict[str, Any]:
    """Return the columns that make an unfinished import's profile this batch's own, blank: nothing of that file shows.

    What that file said becomes a change, which it applies in its turn if it ever comes in whole.
    """
    columns = (*SINGLE, *MANY)
    said = {name: value for name in columns if (value := getattr(profile, name)) not in ("", None, [])}
    if left.status == BatchStatus.LOADING:
        ProfileChange.objects.create(batch=left, profile=profile, changes=in_json(said))
    blank = Profile()
    return {"batch": batch, **{name: getattr(blank, name) for name in columns}}


def remove(lease: Lease) -> dict[str, Any]:
    """Remove the rows of a batch that was given up, chunk by chunk; what another import names or took over stays."""
    batch = ImportBatch.objects.get(pk=lease.params["batch"])
    used = Exists(Metrics.objects.filter(profile=OuterRef("pk")))
    changed = Exists(ProfileChange.objects.filter(profile=OuterRef("pk")))
    removed = lease.done
    for rows in (
        Metrics.objects.filter(batch=batch),
        ProfileChange.objects.filter(batch=batch),
        RowError.objects.filter(batch=batch),
        # Of any such batch: an import that has come to nothing itself may have kept another's profiles until now.
        Profile.objects.filter(batch__status__in=_GIVEN_UP).exclude(used).exclude(changed),
        Creator.objects.filter(batch__status__in=_GIVEN_UP, profiles__isnull=True),
    ):
        while ids := list(rows.values_list("pk", flat=True)[:_CHUNK]):
            with transaction.atomic():
                removed += rows.filter(pk__in=ids).delete()[0]  # asked again: another may have named them since
                lease.keep(done=removed)
            if connection.vendor == "sqlite":
                time.sleep(0.03)
    return {"removed": removed}
