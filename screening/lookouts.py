"""What looks at flags tend to find: learned with a market's model, fixed on a run, kept beside what the run said.

One lookout a market, the newest; under 200 closed investigations of flags or 30 of either end there is none. Like a
forecast it decides nothing: no verdict, rank or route depends on it, so no approval stands before it, and who had it
learned is named. Investigations lie one floor up, so the frame tells where they are read (`hybridmkt/apps.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction

from accounts.models import User
from audit import log
from audit.models import Kind
from screening import pools
from screening.engine import codes, lookout, peers, raw
from screening.engine.lookout import BrokenLookout, Lookout, Looks
from screening.engine.types import Flag, Norm
from screening.models import Lookout as Row
from screening.models import Market, Pool, ScreeningRun
from screening.store import NotInStore

MILLION = 1_000_000


@dataclass(frozen=True)
class Label:
    """What a closed investigation of a flag found. flag: feature:side; is_reason: a reason to hold back."""

    run: int
    profile: int
    flag: str
    is_reason: bool
    day: date


Reader = Callable[[str], Sequence[Label]]
_readers: list[Reader] = []


def tell(reader: Reader) -> None:
    """Say where the labels of a market are read, by its code; the last one told is asked."""
    _readers.append(reader)


def labels(market: str) -> list[Label]:
    """Return the closed investigations of a market that are about a flag which is still watched. The reader's query."""
    watched = {":".join(one) for one in peers.WATCHED}
    return [one for one in _readers[-1](market) if one.flag in watched] if _readers else []


@dataclass(frozen=True)
class Known:
    """How many investigations a market has to learn from, how many found a reason, and the day of the newest."""

    looks: int
    reasons: int
    newest: date | None

    @property
    def is_enough(self) -> bool:
        """True where a lookout can be learned."""
        return lookout.is_enough(self.looks, self.reasons)


def known(market: str) -> Known:
    """Return what a market has to learn from. The reader's query."""
    told = labels(market)
    return Known(len(told), sum(one.is_reason for one in told), max((one.day for one in told), default=None))


def learn(market: Market, *, by: User | None, now: datetime) -> Row | None:
    """Learn from a market's closed investigations; the same again is the same row. None where they are too few."""
    looks = _looks(labels(market.pk))
    if not lookout.is_enough(len(looks.found), int(looks.found.sum())):
        return None
    return _publish(market, lookout.learn(looks, grid=codes.grid_key()), by=by, now=now)


def _looks(told: Iterable[Label]) -> Looks:
    """Return what stood out in whom was looked into, as the run saw it; who cannot be read any more is left out."""
    by_run: dict[int, list[Label]] = defaultdict(list)
    for one in told:
        by_run[one.run].append(one)
    runs = ScreeningRun.objects.filter(pk__in=by_run, pool__isnull=False).only("pool", "norms").order_by("pk")
    parts = [part for run in runs if (part := _of_run(run, by_run[run.pk]))]
    empty = Looks(np.zeros((len(peers.WATCHED), 0), np.float32), np.zeros(0, bool), np.zeros(0, np.int64))
    return Looks(
        np.concatenate([one.z for one in (empty, *parts)], axis=1),
        np.concatenate([one.found for one in (empty, *parts)]),
        np.concatenate([one.creators for one in (empty, *parts)]),
    )


def _of_run(run: ScreeningRun, told: Sequence[Label]) -> Looks | None:
    try:
        pool = pools.open_pool(Pool(sha256=run.pool_id or ""))
    except NotInStore:
        return None
    if pool.grid != codes.grid_key():  # of an older release: its codes mean other values
        return None
    norms = tuple(Norm(**norm) for norm in _frozen(run).get("norms", ()))
    compared = peers.compare(peers.tally(pool.raw, pool.codes, codes.POOL_NAMES), pool.raw.words, norms)
    there = [(row, one.is_reason) for one in told if (row := pools.row_of(pool, one.profile)) is not None]
    rows, found = (
        np.array([row for row, _is in there], np.int64),
        np.array([is_reason for _row, is_reason in there], bool),
    )
    return Looks(_distances(pool, compared, rows), found, pool.raw.creator_ids[rows])


def _distances(pool: raw.Pool, compared: peers.Peers, rows: raw.Longs) -> raw.Floats:
    return peers.distances(compared, pool.raw.take(rows), np.asarray(pool.codes[:, rows]), codes.POOL_NAMES)


def _publish(market: Market, made: Lookout, *, by: User | None, now: datetime) -> Row:
    with transaction.atomic():
        last = market.lookouts.select_for_update().order_by("-version").first()
        if last is not None and last.sha256 == made.key:
            return last
        version = last.version + 1 if last else 1
        told = {"looks": made.looks, "reasons": made.reasons, "creators": made.creators}
        body = {"what": "lookout", "version": version, "sha": made.key, **told}
        entry = log.record(Kind.MODEL_RELEASE, stream=f"model:{market.pk}", by=by, body=body, market=market.pk)
        return Row.objects.create(
            market=market, version=version, sha256=made.key, file=lookout.to_json(made), by=by, created_at=now,
            audit=entry, **told,
        )  # fmt: skip


def in_force(market: str) -> dict[str, str]:
    """Return what a run freezes of looks: the hash of a market's newest lookout; nothing without one that can be read.

    One of another grid or of other watched sides says nothing: a run must not fail for what decides nothing.
    """
    sha256 = Row.objects.filter(market=market).order_by("-version").values_list("sha256", flat=True).first()
    try:
        return {"lookout": load(sha256).key} if sha256 else {}
    except BrokenLookout:
        return {}


def of_run(run: ScreeningRun) -> Lookout | None:
    """Return the lookout that a run froze at its start; None where it froze none. At most one query."""
    sha256 = _frozen(run).get("lookout")
    return load(str(sha256)) if sha256 else None


def _frozen(run: ScreeningRun) -> Mapping[str, Any]:
    frozen: Any = run.norms
    return frozen if isinstance(frozen, Mapping) else {}


@lru_cache(maxsize=16)
def load(sha256: str) -> Lookout:
    """Return a lookout, read once a process. Raises BrokenLookout when a byte was changed."""
    found = read(Row.objects.filter(sha256=sha256).values_list("file", flat=True)[0])
    if found.key != sha256:
        raise BrokenLookout(f"The tables give {found.key}, the run names {sha256}.")
    return found


def read(file: str) -> Lookout:
    """Return a lookout of this release's grid from its file. Raises BrokenLookout."""
    return lookout.from_json(file, grid=codes.grid_key())


def look(
    run: ScreeningRun, pool: raw.Pool, compared: peers.Peers, row: int, flags: Sequence[Flag]
) -> dict[str, Any] | None:
    """Return what a look at a row of a run's pool would find, as plain data; None for who bears no open flag, and
    where the run froze no lookout. compared: the run's own peers; flags: of the row.
    """
    found = of_run(run)
    if found is None or all(flag.norm for flag in flags):
        return None
    told = found.of(_distances(pool, compared, np.array([row]))[:, 0])
    added = [[*side, round(one * MILLION)] for side, one in zip(peers.WATCHED, told.added, strict=True) if one]
    return {
        "p_u6": round(told.p * MILLION), "low_u6": round(told.low * MILLION), "high_u6": round(told.high * MILLION),
        "looks": found.looks, "reasons": found.reasons, "level_u6": round(found.level * MILLION),
        "log_odds_u6": round(told.log_odds * MILLION), "added_u6": sorted(added, key=lambda one: -one[-1]),
    }  # fmt: skip


def recorded(told: Mapping[str, Any]) -> list[int]:
    """Return a stored look for the log, times 10^6: the chance, and the ends of its band."""
    return [told["p_u6"], told["low_u6"], told["high_u6"]]
