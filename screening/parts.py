"""What becomes of a pool that is judged in ranges: a file of each step of each range, and what they are merged into.

    parts.count(inputs, n)     the tally of range n, and the brief's own features of it
    parts.judge(inputs, n)     what is judged of its rows, once every range is counted
    parts.merge(inputs)        the result of the run: ranks over all ranges, the two files in their order
    parts.standing(inputs)     what pages and routing need of a large run, memory-mapped

All lie in the store in a folder named by the hash of every input, and each step writes the same bytes whoever does it
and however often. A step that is there is not done again.
"""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from screening import results, store
from screening.engine import eligibility, ranges, screen
from screening.engine.raw import Longs, Pool
from screening.engine.reference import References
from screening.engine.types import Criterion, CriterionCount, Funnel, Standing
from screening.results import Written

# What is kept of each row of a range, exact: the columns of `Screening` that pool and ranks do not give again.
JUDGED = np.dtype([
    *((name, "u1") for name in ("removed_by", "verdict", "band", "missing_count", "top_1", "top_2", "top_3")),
    ("flag_bits", "<i4"),
    *((name, "<f4") for name in ("score", "p", "confidence", "missing_points", "missing_sd", "suspicion")),
    *((f"top_{k}_points", "<f4") for k in (1, 2, 3)),
])  # fmt: skip
WHOLE = np.dtype((np.void, JUDGED.itemsize))
OF_RANKS = ("rank", "stands_in")
# What pages and routing need of each row of the run.
HEAD = np.dtype([("rank", "<i4"), ("stands_in", "<i8"), ("p", "<f4"), ("suspicion", "<f4"), ("verdict", "u1")])
LASTING = ("tally.npz", "heads.npy")  # of the whole run; of each range, until they are merged:
PARTS = ("own.npy", "tally.npz", "funnel.json", "judged.npy")
KEPT_EVERY = 16  # groups of rows between two signs of life while the result is written


@dataclass(frozen=True)
class Inputs:
    """A run's opened inputs. key: the hash of all of them. release: the code that reads them."""

    key: str
    release: str
    pool: Pool = field(compare=False, repr=False)
    ask: ranges.Ask = field(compare=False, repr=False)

    @property
    def spans(self) -> list[slice]:
        """The rows of each range: so many each whoever works on them, fewer in the last."""
        size, n = settings.RANGE_ROWS, len(self.pool)
        return [slice(start, min(n, start + size)) for start in range(0, n, size)]

    def name(self, part: str) -> str:
        """Return what a file is called in the store: one that lasts, or one of a range, read by this release alone."""
        folder = "" if part in LASTING else f"{settings.RANGE_ROWS}-{self.release}/"
        return f"ranges/{self.key}/{folder}{part}"


def count(inputs: Inputs, number: int) -> None:
    """Count one range."""
    if store.has(inputs.name(f"{number}.tally.npz")):
        return
    part = inputs.pool.part(inputs.spans[number])
    own = inputs.ask.own_codes(part)
    _save(inputs.name(f"{number}.own.npy"), own)
    _save_all(inputs.name(f"{number}.tally.npz"), ranges.count(part, inputs.ask.codes(part, own)))


def judge(inputs: Inputs, number: int) -> None:
    """Judge one range. Raises NotInStore before all are counted."""
    if store.has(inputs.name(f"{number}.judged.npy")):
        return
    part = inputs.pool.part(inputs.spans[number])
    cells = inputs.ask.codes(part, _mapped(inputs.name(f"{number}.own.npy")))
    found = screen.sift(part, cells, inputs.ask, references(inputs))
    columns, judged = found.columns(), np.empty(len(part), JUDGED)
    for name in JUDGED.names or ():
        judged[name] = columns[name]
    store.put(inputs.name(f"{number}.funnel.json"), json.dumps(asdict(found.funnel)).encode())
    _save(inputs.name(f"{number}.judged.npy"), judged)


STEPS: dict[str, Callable[[Inputs, int], None]] = {"count": count, "judge": judge}


def references(inputs: Inputs) -> References:
    """Return the yardsticks of all ranges together, made once a process. Raises NotInStore before all are counted."""
    return _references(str(settings.STORE_URL), settings.RANGE_ROWS, inputs)


@lru_cache(maxsize=2)
def _references(_store: str, _size: int, inputs: Inputs) -> References:
    whole = inputs.name("tally.npz")
    if not store.has(whole):
        tallies = [_tally(inputs.name(f"{number}.tally.npz")) for number in range(len(inputs.spans))]
        _save_all(whole, ranges.add(tallies))
    return ranges.references(_tally(whole), inputs.ask, inputs.pool.raw.words)


def funnel(inputs: Inputs) -> Funnel:
    """Return the counts of all ranges together. Raises NotInStore before all are judged."""
    return eligibility.add([_funnel(inputs.name(f"{number}.funnel.json")) for number in range(len(inputs.spans))])


def merge(inputs: Inputs, keep: Callable[[], None]) -> Written:
    """Rank all ranges together and write the result, in blocks of rows: not all records are held (docs/scale.md).

    keep: called now and then, so that the job's lease does not run out.
    """
    judged = _judged(inputs)
    heads = _ranked(inputs, judged)
    _save(inputs.name("heads.npy"), heads)
    removed = np.concatenate([part["removed_by"] for part in judged]) > 0
    order = results.order(heads["rank"], removed, inputs.pool.raw.profile_ids)
    pool, model = inputs.pool.key, inputs.ask.model.key
    groups = _groups(inputs, judged, heads, order, keep)
    return results.write_groups(groups, len(order), features=inputs.ask.asked.terms, pool=pool, model=model)


def _judged(inputs: Inputs) -> list[npt.NDArray[Any]]:
    return [_mapped(inputs.name(f"{number}.judged.npy")) for number in range(len(inputs.spans))]


def _ranked(inputs: Inputs, judged: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    raw = inputs.pool.raw
    score, removed = (np.concatenate([part[name] for part in judged]) for name in ("score", "removed_by"))
    rank, stands_in = screen.ranks(raw.profile_ids, raw.creator_ids, score, removed == 0)
    heads = np.empty(len(score), HEAD)
    heads["rank"], heads["stands_in"] = rank, stands_in
    for name in ("p", "suspicion", "verdict"):
        np.concatenate([part[name] for part in judged], out=heads[name])
    return heads


def _groups(
    inputs: Inputs, judged: Sequence[npt.NDArray[Any]], heads: npt.NDArray[Any], order: Longs,
    keep: Callable[[], None],
) -> Iterator[results.Columns]:  # fmt: skip
    raw = inputs.pool.raw
    for number, start in enumerate(range(0, len(order), results.ROW_GROUP)):
        if number % KEPT_EVERY == 0:
            keep()
        wanted = order[start : start + results.ROW_GROUP]
        found, ids = _taken(judged, wanted), raw.profile_ids[wanted]
        own = {name: found[name] for name in JUDGED.names or ()} | {name: heads[name][wanted] for name in OF_RANKS}
        yield own | {
            "profile_ids": ids, "creator_ids": raw.creator_ids[wanted], "draw": screen.draws(ids, inputs.ask.seed)
        }  # fmt: skip


def _taken(judged: Sequence[npt.NDArray[Any]], wanted: Longs) -> npt.NDArray[Any]:
    # Range by range, and each record in one piece: numpy would copy field by field.
    part_of, place = np.divmod(wanted, settings.RANGE_ROWS)
    by_part = np.argsort(part_of.astype(np.uint16), kind="stable")
    ends = np.cumsum(np.bincount(part_of, minlength=len(judged)))
    found = np.empty(len(wanted), JUDGED)
    for part, mine in zip(judged, np.split(by_part, ends[:-1]), strict=True):
        found.view(WHOLE)[mine] = part.view(WHOLE)[place[mine]]
    return found


def standing(inputs: Inputs) -> Standing:
    """Return how the rows of a large run stand; where its files are gone or it is older, the ranges are done here."""
    if not store.has(inputs.name("heads.npy")):
        for step in STEPS.values():
            for number in range(len(inputs.spans)):
                step(inputs, number)
        _save(inputs.name("heads.npy"), _ranked(inputs, _judged(inputs)))
        tidy(inputs)
    heads, raw = _mapped(inputs.name("heads.npy")), inputs.pool.raw
    columns = {name: heads[name] for name in ("rank", "stands_in", "p", "suspicion", "verdict")}
    return Standing(raw.profile_ids, raw.creator_ids, **columns, references=references(inputs))


def tidy(inputs: Inputs) -> None:
    """Take away what is not needed once a run is merged."""
    for number in range(len(inputs.spans)):
        for part in PARTS:
            store.remove(inputs.name(f"{number}.{part}"))


def _save(name: str, array: npt.NDArray[Any]) -> None:
    scratch = store.scratch()
    with scratch.open("wb") as file:
        np.save(file, array, allow_pickle=False)
    store.keep(scratch, name)


def _save_all(name: str, tally: ranges.Tally) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **tally.arrays())
    store.put(name, buffer.getvalue())


def _tally(name: str) -> ranges.Tally:
    with np.load(store.local(name), allow_pickle=False) as kept:
        return ranges.Tally.read(kept)


def _mapped(name: str) -> npt.NDArray[Any]:
    mapped: npt.NDArray[Any] = np.load(store.local(name), mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)


def _funnel(name: str) -> Funnel:
    told = json.loads(store.local(name).read_bytes())
    steps: Sequence[dict[str, Any]] = told["steps"]
    counts = tuple(CriterionCount(**one | {"criterion": Criterion(one["criterion"])}) for one in steps)
    return Funnel(told["total"], told["passed"], counts)
