"""Frozen candidate pools: content-addressed, column-wise, memory-mapped.

    pool = pools.freeze(market, by=user, now=now)      worker: reads the database, writes the columns once
    pools.open_pool(pool) -> engine Pool               web and worker: maps the columns, numpy alone

A pool is a folder `pools/<sha256>/` in the store: one .npy file a column and `pool.json` that lists them. Everything is
numpy's own format, because the web process counts briefs on a pool and never loads pyarrow. The hash covers the
content, not the files: day, words, and the bytes of each column in order.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import transaction

from accounts.models import User
from audit import log
from audit.models import Kind
from jobs import dispatch
from jobs.models import Job, Status
from screening import store
from screening.engine import codes, drift, features, histories, raw, reference
from screening.models import Market, Pool
from screening.reading import read_market

FORMAT = 1
KIND = "pool"  # of the job that freezes a market
COUNTS = "counts.npy"  # beside the columns: how many profiles have each code; a summary of `codes`, not in the hash
EPOCH = date(1970, 1, 1)
Column = npt.NDArray[Any]


class EmptyMarket(ValueError):
    """Raised when a market has no profile that could be screened."""


class ChangedPool(ValueError):
    """Raised when a pool's files do not give the hash that is its name."""


class Erased(ValueError):
    """Raised when somebody of a pool was erased: what a run read of it is not all there any more."""


class OtherFormat(ValueError):
    """Raised when a pool was written in a form that this release does not read."""


@dataclass(frozen=True)
class _Listed:
    """One column as `pool.json` lists it, in the order of the hash."""

    name: str
    dtype: str
    shape: tuple[int, ...]


def freeze(market: Market, *, by: User | None, now: datetime) -> Pool:
    """Freeze what is known of a market's visible profiles today and return its pool; the same content is the same pool.

    Creators who asked not to be contacted are left out. 34,000 profiles take about a CPU second. Raises EmptyMarket.
    """
    table = read_market(market, on=now.date())
    if not len(table):
        raise EmptyMarket(f"No profile of {market.code} can be screened: import creators of this market first.")
    return keep(market, table, codes.encode(features.build(table), codes.POOL_NAMES), by=by, now=now)


def keep(market: Market, table: raw.RawTable, coded: raw.Bytes, *, by: User | None, now: datetime) -> Pool:
    """Keep what was read of a market, with its codes (features, n), and return its pool."""
    columns = _columns(table, coded)
    header = _header(market, table, columns)
    sha256 = _digest(header, columns)
    known = Pool.objects.filter(pk=sha256).first()
    _write(sha256, header, columns)
    return known or _keep(sha256, market, table, by=by, now=now)


def freeze_soon(market: str, *, by: User | None, now: datetime) -> None:
    """Have the worker freeze a market, as its figures change in the caller's transaction; once for many changes."""
    # The update takes the row until the caller commits: the job that is left waiting starts after it, and sees it all.
    if not Job.objects.filter(kind=KIND, market=market, status=Status.QUEUED).update(created_at=now):
        key = f"pool:{market}:{uuid4().hex}"
        dispatch.enqueue(KIND, params={"market": market}, key=key, by=by, now=now, market=market)


def is_behind(market: Market) -> bool:
    """Tell whether figures have come in that the newest pool of a market does not hold yet."""
    live = (Status.QUEUED, Status.RUNNING)
    return Job.objects.filter(kind=KIND, market=market.pk, status__in=live).exists()


def _keep(sha256: str, market: Market, table: raw.RawTable, *, by: User | None, now: datetime) -> Pool:
    newest = histories.last_day(table.history)
    is_known = bool(np.any(~np.isnan(newest)))
    facts: dict[str, Any] = {
        "size": len(table),
        "creators": len(np.unique(table.creator_ids)),
        "newest_date": _as_date(float(np.nanmax(newest))) if is_known else None,
        "median_age_days": float(np.nanmedian(table.as_of_day - newest)) if is_known else None,
    }
    with transaction.atomic():
        pool, is_new = Pool.objects.get_or_create(pk=sha256, defaults={**facts, "market": market, "frozen_at": now})
        if is_new:
            body = {"pool": sha256, "profiles": facts["size"], "creators": facts["creators"], "day": table.as_of_day}
            log.record(Kind.POOL, stream=f"pool:{sha256}", by=by, body=body, market=market.code)
    return pool


def _as_date(day: float) -> date:
    return date.fromordinal(EPOCH.toordinal() + int(day))


def _columns(table: raw.RawTable, coded: raw.Bytes) -> dict[str, Column]:
    found: dict[str, Column] = {
        "codes": coded,
        "ids": table.profile_ids,
        "creators": table.creator_ids,
        "created_day": table.created_day,
        "categories.offsets": table.categories.offsets,
        "categories.codes": table.categories.codes,
        "history.offsets": table.history.offsets,
        "history.day": table.history.day,
    }
    found |= {f"coded.{name}": column for name, column in table.coded.items()}
    found |= {f"flags.{name}": column for name, column in table.flags.items()}
    found |= {f"figures.{name}": column for name, column in table.history.figures.items()}
    found |= {f"numbers.{name}": column for name, column in table.numbers.items()}
    for name, text in table.texts.items():
        found |= {f"texts.{name}.offsets": text.offsets, f"texts.{name}.data": text.data}
    return {name: np.ascontiguousarray(found[name]) for name in sorted(found)}


def _header(market: Market, table: raw.RawTable, columns: dict[str, Column]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "market": market.code,
        "currency": market.currency,
        "as_of_day": table.as_of_day,
        "grid": codes.grid_key(),
        "words": {name: list(table.words[name]) for name in sorted(table.words)},
        "columns": [asdict(_Listed(name, column.dtype.str, column.shape)) for name, column in columns.items()],
    }


def _digest(header: dict[str, Any], columns: dict[str, Column]) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    for column in columns.values():
        digest.update(column.data if column.size else b"")
    return digest.hexdigest()


def _write(sha256: str, header: dict[str, Any], columns: dict[str, Column]) -> None:
    # pool.json is written last: a pool without it was cut off and is written again.
    if not store.has(f"pools/{sha256}/pool.json"):
        rewrite(sha256, header, columns)


def rewrite(sha256: str, header: dict[str, Any], columns: dict[str, Column]) -> None:
    """Write a pool's files, over those that are there: for a new one, and where somebody is erased."""
    for name, column in columns.items():
        _save(f"pools/{sha256}/{name}.npy", column)
    _save(f"pools/{sha256}/{COUNTS}", drift.counts(columns["codes"]))
    store.put(f"pools/{sha256}/pool.json", json.dumps(header, sort_keys=True).encode())


def _save(name: str, column: Column) -> None:
    buffer = io.BytesIO()
    np.save(buffer, column, allow_pickle=False)
    store.put(name, buffer.getvalue())


def open_pool(pool: Pool) -> raw.Pool:
    """Return a pool's columns, memory-mapped read-only and shared by all processes of a machine. Raises NotInStore."""
    return _opened(str(settings.STORE_URL), pool.sha256, _written_at(pool.sha256))


def _written_at(sha256: str) -> int:
    # The header is written last, also when somebody was erased: whoever has the files mapped opens them anew.
    return store.local(f"pools/{sha256}/pool.json").stat().st_mtime_ns


@lru_cache(maxsize=8)
def _opened(_store: str, sha256: str, _written_at: int) -> raw.Pool:
    return _pool(sha256, *read(sha256))


def checked(pool: Pool) -> raw.Pool:
    """Return a pool as its files are now, held against its hash, whatever this process read before.

    Raises NotInStore, OtherFormat, Erased and ChangedPool.
    """
    try:
        header, columns = read(pool.sha256)
        if header["format"] != FORMAT:
            raise OtherFormat(f"Pool {pool.sha256[:8]} has format {header['format']}; this release reads {FORMAT}.")
        if header.get("erased"):
            raise Erased(f"{len(header['erased'])} of pool {pool.sha256[:8]} were erased.")
        given = _digest(header, columns)
    except (OtherFormat, Erased):
        raise
    except (ValueError, KeyError, TypeError, EOFError, OSError) as broken:
        raise ChangedPool(f"The files of pool {pool.sha256[:8]} cannot be read: {broken}") from broken
    if given != pool.sha256:
        raise ChangedPool(f"The files of pool {pool.sha256[:8]} give the hash {given[:8]}.")
    return _pool(pool.sha256, header, columns)


def read(sha256: str) -> tuple[dict[str, Any], dict[str, Column]]:
    """Return the header of a pool and its columns as they lie in the store. Raises NotInStore."""
    header = json.loads(store.local(f"pools/{sha256}/pool.json").read_bytes())
    paths = {listed["name"]: store.local(f"pools/{sha256}/{listed['name']}.npy") for listed in header["columns"]}
    return header, {name: _mapped(path) for name, path in paths.items()}


def _pool(sha256: str, header: dict[str, Any], columns: dict[str, Column]) -> raw.Pool:
    found = columns["codes"]
    return raw.Pool(sha256, _table(header, columns), codes.padded(found), header["grid"], len(found))


def _mapped(path: Path) -> Column:
    mapped: Column = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)  # the map stays alive beneath; plain arrays are faster to index


def _table(header: dict[str, Any], columns: dict[str, Column]) -> raw.RawTable:
    def group(prefix: str) -> Iterator[tuple[str, Column]]:
        found = (name for name in columns if name.startswith(f"{prefix}."))
        return ((name.split(".", 1)[1], columns[name]) for name in found)

    texts = {name.split(".")[0] for name, _column in group("texts")}
    return raw.RawTable(
        profile_ids=columns["ids"],
        creator_ids=columns["creators"],
        as_of_day=header["as_of_day"],
        words={name: tuple(words) for name, words in header["words"].items()},
        coded=dict(group("coded")),
        categories=raw.Lists(columns["categories.offsets"], columns["categories.codes"]),
        flags=dict(group("flags")),
        created_day=columns["created_day"],
        texts={
            name: raw.Text(columns[f"texts.{name}.offsets"], columns[f"texts.{name}.data"]) for name in sorted(texts)
        },
        history=raw.History(columns["history.offsets"], columns["history.day"], dict(group("figures"))),
        numbers=dict(group("numbers")),
    )


def counts(pool: Pool) -> raw.Longs:
    """Return how many profiles of a pool have each code (features, 256). Raises NotInStore and OtherGrid."""
    return _counted(str(settings.STORE_URL), pool.sha256)


@lru_cache(maxsize=64)
def _counted(_store: str, sha256: str) -> raw.Longs:
    folder = f"pools/{sha256}"
    if json.loads(store.local(f"{folder}/pool.json").read_bytes())["grid"] != codes.grid_key():
        raise reference.OtherGrid(f"Pool {sha256[:8]} was coded on another grid.")
    try:
        path = store.local(f"{folder}/{COUNTS}")
    except store.NotInStore:  # frozen before pools were summed up
        _save(f"{folder}/{COUNTS}", drift.counts(np.load(store.local(f"{folder}/codes.npy"), allow_pickle=False)))
        path = store.local(f"{folder}/{COUNTS}")
    found: raw.Longs = np.load(path, allow_pickle=False)
    return found


def digest_of(pool: raw.Pool, market: Market) -> str:
    """Return the hash of an opened pool's content: it is the pool's name, or somebody changed a file."""
    columns = _columns(pool.raw, pool.codes[: pool.stored])
    return _digest(_header(market, pool.raw, columns), columns)


def newest(market: Market) -> Pool | None:
    """Return the pool of a market that was frozen last, if there is one."""
    return Pool.objects.filter(market=market).order_by("-frozen_at", "sha256").first()


def row_of(pool: raw.Pool, profile_id: int) -> int | None:
    """Return the row of a profile in a pool, None if it is not a candidate there."""
    row = int(np.searchsorted(pool.raw.profile_ids, profile_id))
    is_there = row < len(pool) and int(pool.raw.profile_ids[row]) == profile_id
    return row if is_there else None
