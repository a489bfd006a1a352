"""What becomes of a pool that is judged in ranges: a file of each step of each range, and what they are merged into.

    parts.count(inputs, n)     the tally of range n, and the brief's own features of it
    parts.judge(inputs, n)     its records and heads, once every range is counted
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
from screening.results import Rows, Written

# What is needed of a row beside its record, exact: the same numbers as of a run that one job judged.
HEAD = np.dtype([
    ("rank", "<i4"), ("stands_in", "<i8"), ("score", "<f4"), ("p", "<f4"), ("suspicion", "<f4"), ("removed_by", "u1"),
    ("verdict", "u1"),
])  # fmt: skip
LASTING = ("tally.npz", "heads.npy")  # of the whole run; of each range, until they are merged:
PARTS = ("own.npy", "tally.npz", "rows.npy", "funnel.json", "heads.npy")


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
    if store.has(inputs.name(f"{number}.heads.npy")):
        return
    part = inputs.pool.part(inputs.spans[number])
    cells = inputs.ask.codes(part, _mapped(inputs.name(f"{number}.own.npy")))
    found = screen.sift(part, cells, inputs.ask, references(inputs))
    heads = np.zeros(len(part), HEAD)
    for column in ("score", "p", "suspicion", "removed_by", "verdict"):
        heads[column] = getattr(found, column)
    _save(inputs.name(f"{number}.rows.npy"), results.records(found))
    store.put(inputs.name(f"{number}.funnel.json"), json.dumps(asdict(found.funnel)).encode())
    _save(inputs.name(f"{number}.heads.npy"), heads)


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
    """Rank all ranges together and write the result, in blocks of rows: 60 bytes a row are held, not all records.

    keep: called between the blocks, so that the job's lease does not run out.
    """
    heads = _ranked(inputs)
    _save(inputs.name("heads.npy"), heads)
    order = results.order(heads["rank"], heads["removed_by"] > 0, inputs.pool.raw.profile_ids)
    asked = inputs.ask.asked.terms
    pool, model = inputs.pool.key, inputs.ask.model.key
    groups = _groups(inputs, heads, order, keep)
    return results.write_groups(groups, len(order), features=asked, pool=pool, model=model)


def _ranked(inputs: Inputs) -> npt.NDArray[Any]:
    heads = np.concatenate([_mapped(inputs.name(f"{number}.heads.npy")) for number in range(len(inputs.spans))])
    raw = inputs.pool.raw
    found = screen.ranks(raw.profile_ids, raw.creator_ids, heads["score"], heads["removed_by"] == 0)
    heads["rank"], heads["stands_in"] = found
    return heads


def _groups(inputs: Inputs, heads: npt.NDArray[Any], order: Longs, keep: Callable[[], None]) -> Iterator[Rows]:
    parts = [_mapped(inputs.name(f"{number}.rows.npy")) for number in range(len(inputs.spans))]
    for start in range(0, len(order), results.ROW_GROUP):
        keep()
        wanted = order[start : start + results.ROW_GROUP]
        part_of, place = np.divmod(wanted, settings.RANGE_ROWS)
        rows = np.empty(len(wanted), results.ROW)
        for number, part in enumerate(parts):
            mine = np.flatnonzero(part_of == number)
            rows.view(results.WHOLE)[mine] = part.view(results.WHOLE)[place[mine]]
        rows["rank"], rows["stands_in"] = heads["rank"][wanted], heads["stands_in"][wanted]
        yield rows


def standing(inputs: Inputs) -> Standing:
    """Return how the rows of a large run stand; where its files are gone or it is older, the ranges are done here."""
    if not store.has(inputs.name("heads.npy")):
        for step in STEPS.values():
            for number in range(len(inputs.spans)):
                step(inputs, number)
        _save(inputs.name("heads.npy"), _ranked(inputs))
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
