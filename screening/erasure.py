"""What of a creator goes on this floor when they are erased, and what is left: numbers under an id that names nobody.

Frozen answers, decisions and results of a campaign stay as numbers: they tell what the AI said and who decided. Names,
words, figures, their history and everything that a file brought go, from the tables, the frozen pools and the uploads.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.storage import default_storage
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from screening import pools, store
from screening.engine import raw
from screening.models import (
    BatchStatus,
    Correction,
    Creator,
    CreatorNote,
    Exposure,
    ImportBatch,
    Metrics,
    Pool,
    Profile,
    ProfileChange,
    Recommendation,
    Relation,
    Retention,
)

Columns = dict[str, pools.Column]
LEAST_DIGITS = 8  # a shorter number may count anything


def names(creator: Creator) -> list[str]:
    """Return by what a creator is called anywhere: handles, numbers of their accounts, and names of two words or more.

    An address of an account holds its handle. A name of one word that is no handle may be anybody's.
    """
    rows = list(creator.profiles.values_list("handle", "handle_key", "name", "external_id"))
    handles = {text for handle, key, _name, _number in rows for text in (handle, key)}
    full = {name for name in [creator.name, *(row[2] for row in rows)] if len(name.split()) > 1}
    numbers = {row[3] for row in rows if len(row[3]) >= LEAST_DIGITS}
    return sorted(handles | full | numbers)


def counted(pk: int) -> Mapping[str, int]:
    """Return how much there is of a creator, by what it is. One query."""
    of_profile, of_creator = {"profile__creator": OuterRef("pk")}, {"creator": OuterRef("pk")}
    rows: dict[str, QuerySet[Any]] = {
        "profiles": Profile.objects.filter(**of_creator),
        "figures": Metrics.objects.filter(**of_profile),
        "changes": ProfileChange.objects.filter(**of_profile),
        "corrections": Correction.objects.filter(**of_creator),
        "relations": Relation.objects.filter(Q(creator=OuterRef("pk")) | Q(other=OuterRef("pk"))),
        "notes": CreatorNote.objects.filter(**of_creator),
        "answers": Recommendation.objects.filter(**of_creator),
    }
    counts = {f"n_{name}": _count(found) for name, found in rows.items()}
    (found,) = Creator.objects.filter(pk=pk).annotate(**counts).values_list(*counts)
    return dict(zip(rows, found, strict=True))


def _count(rows: QuerySet[Any]) -> Coalesce:
    counts = rows.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def held(creator: Creator) -> list[str]:
    """Return the markets of a creator on which a legal hold stands, by code."""
    codes = {code for markets in creator.profiles.values_list("markets", flat=True) for code in markets}
    newest = dict(Retention.objects.filter(market__in=codes).order_by("pk").values_list("market", "is_held"))
    return sorted(code for code, is_held in newest.items() if is_held)


def hide(creator: Creator) -> None:
    """Leave a creator out of every pool that is frozen from now on."""
    Creator.objects.filter(pk=creator.pk).update(do_not_contact=True)


def erase(creator: Creator, *, now: datetime) -> Counter[str]:
    """Take a creator out of this floor's tables, in the caller's transaction. Returns how much went of what."""
    Creator.objects.filter(pk=creator.pk).update(erased_at=now)  # from here on the triggers let go of the figures
    own = {"profile__creator": creator}
    went: Counter[str] = Counter()
    for name, rows in (
        ("corrections", Correction.objects.filter(creator=creator)),
        ("figures", Metrics.objects.filter(**own)),
        ("changes", ProfileChange.objects.filter(**own)),
        ("relations", Relation.objects.filter(Q(creator=creator) | Q(other=creator))),
        ("exposures", Exposure.objects.filter(creator=creator)),
    ):
        went[name] = rows.delete()[0]
    went["profiles"] = _forget_profiles(creator)
    fresh = Creator(name=f"#{creator.pk}")
    Creator.objects.filter(pk=creator.pk).update(
        name=fresh.name, subject=fresh.subject, country="", language="", gender="", do_not_contact=True
    )
    return went


def _forget_profiles(creator: Creator) -> int:
    empty = Profile(markets=[], categories=[])
    kept = {"id", "creator", "platform", "batch", "handle", "handle_key"}
    blank = {one.name: getattr(empty, one.name) for one in Profile._meta.concrete_fields if one.name not in kept}
    ids = list(creator.profiles.values_list("pk", flat=True))
    for pk in ids:
        Profile.objects.filter(pk=pk).update(**blank, handle=f"erased-{pk}", handle_key=f"erased-{pk}")
    return len(ids)


def blank_pools(profiles: Collection[int]) -> int:
    """Blank some profiles in every frozen pool: their row stays, and nothing stands in it. Returns how many pools held
    them. A pool that was blanked gives another hash than its name, and says why (`pools.Erased`).
    """
    wanted, count = np.array(sorted(profiles), np.int64), 0
    for sha256 in Pool.objects.values_list("pk", flat=True):
        try:
            header, columns = pools.read(sha256)
        except store.NotInStore:
            continue
        rows = np.flatnonzero(np.isin(columns["ids"], wanted))
        is_known = set(wanted.tolist()) & set(header.get("erased", []))
        if len(rows) and len(is_known) < len(rows):
            header["erased"] = sorted({*header.get("erased", []), *columns["ids"][rows].tolist()})
            pools.rewrite(sha256, header, _blanked(columns, rows))
            count += 1
    return count


def _blanked(columns: Columns, rows: raw.Longs) -> Columns:
    made = dict(columns)
    history = np.concatenate([_span(columns["history.offsets"], row) for row in rows])
    for name, column in columns.items():
        kind = name.split(".")[0]
        if kind in {"coded", "flags", "created_day", "numbers", "figures"}:
            made[name] = column.copy()
            made[name][history if kind == "figures" else rows] = -1 if kind in {"coded", "flags"} else np.nan
    made["codes"] = columns["codes"].copy()
    made["codes"][:, rows] = 0  # nothing is known
    for offsets, data in _lists(columns):
        made[offsets], made[data] = _without(columns[offsets], columns[data], rows)
    return made


def _lists(columns: Columns) -> Iterator[tuple[str, str]]:
    yield "categories.offsets", "categories.codes"
    for name in columns:
        if name.startswith("texts.") and name.endswith(".data"):
            yield name.replace(".data", ".offsets"), name


def _span(offsets: pools.Column, row: int) -> raw.Longs:
    return np.arange(offsets[row], offsets[row + 1])


def _without(offsets: pools.Column, data: pools.Column, rows: raw.Longs) -> tuple[pools.Column, pools.Column]:
    lengths = np.diff(offsets)
    gone = np.concatenate([_span(offsets, row) for row in rows])
    lengths[rows] = 0
    return np.concatenate([offsets[:1], np.cumsum(lengths)]).astype(offsets.dtype), np.delete(data, gone)


def uploads(creator: Creator) -> QuerySet[ImportBatch]:
    """Return the batches whose file brought something of a creator and is still kept."""
    brought = (
        Q(pk__in=Profile.objects.filter(creator=creator).values("batch"))
        | Q(pk__in=Metrics.objects.filter(profile__creator=creator).values("batch"))
        | Q(pk__in=ProfileChange.objects.filter(profile__creator=creator).values("batch"))
        | Q(pk=creator.batch_id)
    )
    return ImportBatch.objects.filter(brought).exclude(path="")


def drop_upload(batch: ImportBatch) -> None:
    """Delete the uploaded file of a batch: what it brought is loaded, its hash and counts stay. One on this machine's
    own disk, named on the command line, is not ours.
    """
    if not Path(batch.path).is_absolute():
        default_storage.delete(batch.path)
    gone = {"path": ""} | ({"status": BatchStatus.CANCELLED} if batch.status == BatchStatus.UPLOADED else {})
    ImportBatch.objects.filter(pk=batch.pk).update(**gone)
