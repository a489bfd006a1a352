"""Bundles: exports of the log that `audit/verify.py` checks without us (trust.md 1.9).

The whole log; the streams of one thing with the rest of the tree cut to the roots of its parts; or those streams with
every other leaf as hashes, which proves that nothing of them is missing at the end either. A bundle ends at a signed
checkpoint. Its parts are cut where older anchors end, so that each of them can be checked against it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from audit import checkpoints, tree, verify
from audit.models import AuditAnchor, AuditCheckpoint, AuditEntry, AuditLeaf
from audit.verify import FORMAT, Report, sha

PAGE = 2_000  # entries of one read: no transaction stays open while somebody downloads
ANCHORS = 50  # the newest anchors against which an export can be checked


class Empty(Exception):
    """Raised when nothing is signed yet."""


def line(row: dict[str, Any]) -> str:
    """Return a line of a bundle. Escaped to ASCII: some readers take U+2028 and its like for an end of line."""
    return json.dumps(row, separators=(",", ":")) + "\n"


@dataclass
class Bundle:
    """What is exported: of which entries the streams are wanted whole (None: all), the rest cut or as its skeleton.

    `rows` counts the entries that were written with their body.
    """

    of: Q | None = None
    is_skeleton: bool = False
    checkpoint: AuditCheckpoint | None = field(default_factory=tree.newest)
    rows: int = 0

    @property
    def head(self) -> str:
        """The root that the bundle ends at, in hex."""
        return bytes(self.checkpoint.root).hex() if self.checkpoint else ""

    def lines(self) -> Iterator[str]:
        """Yield the lines, in constant memory. Raises Empty before the first where nothing is signed."""
        if self.checkpoint is None:
            raise Empty
        size = self.checkpoint.size
        head: dict[str, Any] = {"format": FORMAT, "checkpoint": self.checkpoint.note, "keys": checkpoints.handed_over()}
        leaves = AuditLeaf.objects.filter(seq__lt=size)
        if self.of is None:
            yield line(head)
            yield from (self._said(leaf) for leaf in _pages(leaves))
            return
        ends = _ends(leaves.filter(stream__in=AuditEntry.objects.filter(self.of).values("stream")))
        yield line({**head, "streams": ends, "skeleton" if self.is_skeleton else "pruned": True})
        if self.is_skeleton:
            yield from (self._said(leaf) if leaf["stream"] in ends else _hidden(leaf) for leaf in _pages(leaves))
        else:
            yield from self._with_parts(_pages(leaves.filter(stream__in=list(ends))), size)

    def _with_parts(self, leaves: Iterable[dict[str, Any]], size: int) -> Iterator[str]:
        """Yield the entries and between them the widest whole parts of the tree, cut where an anchor ends."""
        whole, at, cuts = tree.Tree(size), 0, [*_anchored(size), size]
        for leaf in chain(leaves, [None]):
            until = size if leaf is None else leaf["seq"]
            while at < until:
                stop = min(until, next(cut for cut in cuts if cut > at))
                yield from (line({"h": root.hex(), "n": width}) for width, root in whole.parts(at, stop))
                at = stop
            if leaf is not None:
                yield self._said(leaf)
                at += 1

    def _said(self, leaf: dict[str, Any]) -> str:
        self.rows += 1
        salt, words = leaf["entry__payload__salt"], leaf["entry__payload__payload"]
        opened = None if salt is None else {"salt": bytes(salt).hex(), "payload": words}
        return line({"i": leaf["seq"], "s": leaf["stream"], **_linked(leaf), "b": leaf["entry__body"], "o": opened})


def _hidden(leaf: dict[str, Any]) -> str:
    body, stream = sha(leaf["entry__body"].encode()), sha(leaf["stream"].encode())
    return line({"i": leaf["seq"], **_linked(leaf), "e": body.hex(), "t": stream.hex()})


def _linked(leaf: dict[str, Any]) -> dict[str, Any]:
    before = None if leaf["prev"] is None else bytes(leaf["prev"]).hex()
    return {"k": leaf["k"], "p": before, "l": bytes(leaf["leaf_hash"]).hex()}


def _pages(leaves: QuerySet[AuditLeaf]) -> Iterator[dict[str, Any]]:
    fields = (
        "seq",
        "stream",
        "k",
        "prev",
        "leaf_hash",
        "entry__body",
        "entry__payload__salt",
        "entry__payload__payload",
    )
    after = -1
    while page := list(leaves.filter(seq__gt=after).order_by("seq").values(*fields)[:PAGE]):
        yield from page
        after = page[-1]["seq"]


def _ends(leaves: QuerySet[AuditLeaf]) -> dict[str, list[Any]]:
    """Return the number of entries and the hash of the last leaf of each stream."""
    last = leaves.values("stream").annotate(last=Max("seq")).values("last")
    ends = AuditLeaf.objects.filter(seq__in=last).order_by("stream").values_list("stream", "k", "leaf_hash")
    return {stream: [k + 1, bytes(node).hex()] for stream, k, node in ends}


def _anchored(size: int) -> list[int]:
    """Return the sizes of the newest anchors within a checkpoint, rising."""
    newest = AuditAnchor.objects.filter(checkpoint__lte=size).order_by("-checkpoint")
    return sorted(newest.values_list("checkpoint_id", flat=True).distinct()[:ANCHORS])


def check(whole: Bundle | None = None, *, anchors: Iterable[str] = ()) -> Report:
    """Check this database's whole log against its newest signed head. Raises Empty, verify.Changed."""
    lines = (whole or Bundle()).lines()
    return verify.verify(lines, checkpoints.trusted_key(), anchors=list(anchors), origin=settings.AUDIT_ORIGIN)
