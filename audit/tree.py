"""The tree over the log (RFC 6962): what the sequencer adds to, and the roots of its parts that exports are made of.

Runs of 256 leaves, and of 256 such runs, keep their root in a table, so a part of any width is put together from at
most 256 rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from audit.models import AuditBlock, AuditCheckpoint, AuditLeaf
from audit.verify import Changed, Frontier, node_hash

WIDTH = 256  # leaves of a run; runs of a longer one
HASH = 32  # bytes


@dataclass
class Edge(Frontier):
    """A frontier that tells which runs of 256^level leaves its last leaf made whole."""

    made: list[tuple[int, int, bytes]] = field(default_factory=list)  # (level, number of the run, root)

    def push(self, node: bytes, width: int = 1) -> None:
        """Add a leaf."""
        at = self.size
        self.size += width
        while at & width:
            node = node_hash(self.peaks.pop(), node)
            width <<= 1
            if width in RUNS:
                self.made.append((RUNS[width], self.size // width - 1, node))
        self.peaks.append(node)


RUNS = {WIDTH**level: level for level in range(1, 8)}


def edge(checkpoint: AuditCheckpoint | None) -> Edge:
    """Return the right edge of the tree under a checkpoint; of the empty tree under none."""
    if checkpoint is None:
        return Edge()
    raw = bytes(checkpoint.frontier)
    return Edge(checkpoint.size, [raw[at : at + HASH] for at in range(0, len(raw), HASH)])


def newest() -> AuditCheckpoint | None:
    """Return the newest checkpoint."""
    return AuditCheckpoint.objects.order_by("-size").first()


@dataclass
class Tree:
    """The first `size` leaves, read from the tables. Raises Changed where the stored tree has a hole."""

    size: int
    _run: Callable[[int, int], list[list[bytes]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._run = lru_cache(maxsize=16)(self._read)  # neighbours lie in the same run

    def parts(self, low: int, high: int) -> Iterator[tuple[int, bytes]]:
        """Yield (width, root) of the widest whole parts that lie side by side from leaf `low` up to leaf `high`."""
        while low < high:
            widest = 1 << ((high - low).bit_length() - 1)
            width = min(low & -low or widest, widest)
            yield width, self.root_of(low, width)
            low += width

    def root(self, size: int) -> bytes:
        """Return the root over the first leaves."""
        tree = Frontier()
        for width, node in self.parts(0, size):
            tree.push(node, width)
        return tree.root()

    def root_of(self, low: int, width: int) -> bytes:
        """Return the root over `width` leaves from leaf `low`; the width is a power of two and divides `low`."""
        level, step = 0, 1
        while step * WIDTH <= width:
            level, step = level + 1, step * WIDTH
        run, first = divmod(low // step, WIDTH)
        height = (width // step).bit_length() - 1
        return self._run(level, run)[height][first >> height]

    def _read(self, level: int, run: int) -> list[list[bytes]]:
        """Return the rows of a run and what they add up to, row by row: 256 hashes, 128, ... 1 where it is whole."""
        low, high = run * WIDTH, min((run + 1) * WIDTH, self.size // WIDTH**level)
        rows = self._rows(level, low, high)
        if len(rows) != high - low:
            raise Changed(f"The stored tree lacks {high - low - len(rows)} of its parts from {low} on, level {level}.")
        rising = [rows]
        while len(rising[-1]) > 1:
            below = rising[-1]
            rising.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
        return rising

    def _rows(self, level: int, low: int, high: int) -> list[bytes]:
        """Return what is stored of a level: the hashes of leaves, or the roots of runs."""
        if level:
            runs = AuditBlock.objects.filter(level=level, idx__gte=low, idx__lt=high).order_by("idx")
            return [bytes(root) for root in runs.values_list("root", flat=True)]
        leaves = AuditLeaf.objects.filter(seq__gte=low, seq__lt=high).order_by("seq")
        return [bytes(node) for node in leaves.values_list("leaf_hash", flat=True)]
