"""Receipts: what somebody keeps of an entry, to show later that the log held it (trust.md 1.4, 1.12).

A receipt is the hash of the entry's body. With the entry's place and the newest checkpoint over it, it is one file that
`verify.py` takes: `--receipt` looks for the entry in a bundle, `--anchor` holds the bundle against the checkpoint.
"""

from dataclasses import dataclass

from audit import log
from audit.models import AuditCheckpoint, AuditEntry, AuditLeaf


@dataclass(frozen=True)
class Receipt:
    """What is kept of an entry. leaf, checkpoint: None while it waits for its place, a second as a rule."""

    entry: AuditEntry
    leaf: AuditLeaf | None
    checkpoint: AuditCheckpoint | None

    @property
    def sha256(self) -> str:
        """The hash of the body, in hex."""
        return log.receipt(self.entry)

    @property
    def leaf_hash(self) -> str:
        """The hash of the entry's leaf, in hex."""
        return bytes(self.leaf.leaf_hash).hex() if self.leaf else ""

    def says(self, kept: str) -> bool:
        """Tell whether this is what somebody kept: the hash in hex, whole."""
        return kept.strip().lower() == self.sha256

    def text(self) -> str:
        """Return the file to keep. Its labels are the format, so they are the same in every language."""
        lines = [f"entry: {self.entry.uid.hex}", f"receipt: {self.sha256}"]
        if self.leaf and self.checkpoint:
            lines += [f"place: {self.leaf.seq}", f"leaf: {self.leaf_hash}", "", self.checkpoint.note]
        return "\n".join([*lines, ""])


def of(entry: AuditEntry) -> Receipt:
    """Return the receipt of an entry. Two queries."""
    leaf = AuditLeaf.objects.filter(entry=entry).first()
    newest = AuditCheckpoint.objects.filter(size__gt=leaf.seq).order_by("-size").first() if leaf else None
    return Receipt(entry, leaf, newest)
