#!/usr/bin/env python3
"""Check an export of the audit log. One file; it needs Python 3.11 and `cryptography`, no other part of the product.

    python verify.py BUNDLE --key BASE64 [--anchor FILE ...] [--receipt FILE ...] [--origin NAME]

It prints one line and exits with 0 (the log holds), 1 (it was changed: the line names the first bad entry) or 2 (the
file cannot be read as a bundle). The key is the installation's public key, got by another way than the bundle; anchors
are signed checkpoints that somebody kept: with them a history that was rewritten or cut short shows. A receipt is the
hash of an entry's body, kept by whoever it was given to: the bundle has to hold that entry.

A bundle is a text file of JSON lines. The first is its head; then, in the order of the log, come entries
`{"i": position, "s": stream, "k": place in the stream, "p": hash of the leaf before it there, "l": of its own leaf,
"b": exact body, "o": personal words with their salt, null where erased}`, entries of other streams by hashes alone
`{"i", "k", "p", "l", "e": hash of the body, "t": hash of the stream}`, and whole parts of the tree `{"h": root,
"n": its number of leaves}`.

The hashing rules are format 1 and frozen (RFC 6962, RFC 8785, C2SP signed notes): a change of one byte here breaks
every log that exists.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "audit-bundle/1"
MAX_DEPTH = 16
MAX_INT = 2**53
BLANK = bytes(32)  # stands for the leaf before the first of a stream
CHECKPOINT = re.compile(r"[^\n]+\n[0-9]+\n[^\n]+\n\n(?:— [^\n]+\n)+")  # in a file that keeps one after another
RECEIPT = re.compile(r"^receipt: ([0-9a-f]{64})$", re.MULTILINE)
Texts = Iterable[str]


class Changed(Exception):
    """Raised when the log is not what was signed; the sentence names the first bad entry."""


class Unusable(ValueError):
    """Raised when a file is not a bundle, a note or a key."""


class NotCanonical(ValueError):
    """Raised when a body holds what the format does not: floats, foreign types, keys that are not ASCII."""


# --- exact text (RFC 8785, for text, whole numbers, lists and ASCII keys) --------------------------------------------
# Made once, and without a look for circles: what is deeper than MAX_DEPTH is refused before, and a file holds none.
LINE: dict[str, Any] = {"separators": (",", ":"), "check_circular": False}
_line = json.JSONEncoder(**LINE).encode
_exact = json.JSONEncoder(**LINE, sort_keys=True, ensure_ascii=False, allow_nan=False).encode


def canonical(value: dict[str, Any]) -> str:
    """Return the RFC 8785 text of a body of str, int, bool, None, list and dict. Raises NotCanonical."""
    _check(value, 0)
    return _exact(value)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonical(f"Nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        try:
            value.isascii() or value.encode()
        except UnicodeEncodeError as broken:
            raise NotCanonical("The text holds half of a surrogate pair.") from broken
    elif isinstance(value, int):
        if abs(value) >= MAX_INT:
            raise NotCanonical(f"{value} is too large for exact JSON.")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"The key {key!r} is not ASCII text.")
            if type(item) is not str or not item.isascii():  # most are, and need no call
                _check(item, depth + 1)
    elif value is not None:
        raise NotCanonical(f"{type(value).__name__} has no exact form here: use whole numbers (scores times 10^6).")


# --- hashes (RFC 6962 section 2.1) ----------------------------------------------------------------------------------
def sha(data: bytes) -> bytes:
    """Return SHA-256."""
    return hashlib.sha256(data).digest()


def commitment(salt: bytes, payload: str) -> str:
    """Return the salted commitment to personal words, in hex."""
    return hmac.new(salt, b"audit-payload/1\n" + payload.encode(), hashlib.sha256).hexdigest()


def leaf_hash(body: bytes, stream: bytes, k: int, before: bytes | None) -> bytes:
    """Return the hash of a leaf. body, stream: their SHA-256; k: place in the stream; before: the leaf hash before."""
    return sha(b"\x00audit-leaf/1\n" + body + stream + k.to_bytes(8, "big") + (before or BLANK))


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two parts of the tree."""
    return sha(b"\x01" + left + right)


@dataclass
class Frontier:
    """The right edge of a tree: the roots of its whole parts, widest first. Enough to go on, and for the root."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def push(self, node: bytes, width: int = 1) -> None:
        """Add a leaf, or the root of a whole part of `width` leaves, a power of two that divides the size so far."""
        at = self.size
        self.size += width
        while at & width:  # its left neighbour of the same width waits
            node = node_hash(self.peaks.pop(), node)
            width <<= 1
        self.peaks.append(node)

    def root(self) -> bytes:
        """Return the root over all leaves; of an empty tree the hash of nothing."""
        if not self.peaks:
            return sha(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


# --- signed notes (C2SP signed-note, tlog-checkpoint) ---------------------------------------------------------------
def key_id(origin: str, key: bytes) -> bytes:
    """Return the four bytes by which a signature names its Ed25519 key."""
    return sha(origin.encode() + b"\n\x01" + key)[:4]


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint, which its signature covers."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def new_key_text(origin: str, key: bytes) -> str:
    """Return the text by which a log's old key hands over to the new one."""
    return f"{origin}\nnew key\n{base64.b64encode(key).decode()}\n"


def open_note(note: str, keys: Iterable[bytes], origin: str | None = None) -> list[str]:
    """Return the lines of a note that one of the keys signed under the log's own name. Raises Changed, Unusable."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text, found, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not found or len(lines) != 3:
        raise Unusable("This is not a signed note.")
    if origin is not None and lines[0] != origin:
        raise Changed(f"The checkpoint is of another log: {lines[0]}.")
    by_id = {key_id(lines[0], key): key for key in keys}
    for signature in signatures.split("\n"):
        if not signature.startswith(f"— {lines[0]} "):
            continue
        raw = _bytes(signature.rpartition(" ")[2])
        if raw[:4] in by_id:
            try:
                Ed25519PublicKey.from_public_bytes(by_id[raw[:4]]).verify(raw[4:], f"{text}\n".encode())
            except InvalidSignature:
                raise Changed("The signature of the checkpoint is not of this text.") from None
            return lines
    raise Changed("The checkpoint is not signed by the key that you named.")


def open_checkpoint(note: str, keys: Iterable[bytes], origin: str | None = None) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a signed checkpoint. Raises Changed, Unusable."""
    name, size, root = open_note(note, keys, origin)
    if not (size.isascii() and size.isdigit() and str(int(size)) == size) or len(_bytes(root)) != 32:
        raise Unusable("This is not a checkpoint.")
    return name, int(size), _bytes(root)


def trusted(key: bytes, handed_over: Iterable[str], origin: str | None = None) -> list[bytes]:
    """Return the keys that speak for the log: the one that was named, and those it handed over to, one by another."""
    keys = [key]
    for note in handed_over:
        try:
            _name, said, new = open_note(note, keys, origin)
        except Changed:
            continue  # handed over before the named key's time
        if said == "new key":
            keys.append(_bytes(new))
    return keys


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unusable("A part of the note is not base64.") from None


# --- a bundle -------------------------------------------------------------------------------------------------------
@dataclass
class Report:
    """What held. `complete` tells how far: the whole log, the named streams, or the listed entries only."""

    origin: str
    size: int
    root: str
    complete: str
    entries: int = 0
    streams: int = 0
    opened: int = 0
    erased: int = 0
    anchors: int = 0
    receipts: int = 0

    def as_json(self) -> str:
        """Return it on one line."""
        return json.dumps(self.__dict__, sort_keys=True)


LISTED, DECLARED = "listed entries only", "the named streams up to their declared ends"
PROVEN, WHOLE = "the named streams, proven by the hashes of all others", "whole log"


def verify(lines: Texts, key: bytes, *, anchors: Texts = (), receipts: Texts = (), origin: str | None = None) -> Report:
    """Check a bundle line by line, in memory that does not grow with it. Raises Changed or Unusable."""
    rows = (_row(line, number) for number, line in enumerate(lines, 1))
    head = next(rows, {})
    if head.get("format") != FORMAT:
        raise Unusable(f"The first line does not say {FORMAT}.")
    try:
        return _Check(head, key, anchors, receipts, origin).run(rows)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as odd:
        raise Unusable(f"A line is not as the format asks: {type(odd).__name__} {odd}.") from odd


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as odd:
        raise Unusable(f"Line {number} is not JSON: {odd}.") from odd
    # A key that stands twice would show one thing to this program and another to the next.
    if type(row) is not dict or _line(row) != line.rstrip("\n"):
        raise Unusable(f"Line {number} is not written as this format writes it.")
    return row


class _Check:
    def __init__(self, head: dict[str, Any], key: bytes, anchors: Texts, receipts: Texts, origin: str | None) -> None:
        keys = trusted(key, head.get("keys", []), origin)
        name, self.size, self.root = open_checkpoint(head["checkpoint"], keys, origin)
        kept = [open_checkpoint(note, keys, name) for note in anchors]
        self.anchors = sorted((size, root) for _name, size, root in kept)
        # hash of a stream -> [number of its entries, hash of its last leaf], as the export declares
        self.declared = {sha(name.encode()): end for name, end in head.get("streams", {}).items()}
        self.is_pruned, self.has_skeleton = bool(head.get("pruned")), bool(head.get("skeleton"))
        self.receipts = {bytes.fromhex(one) for one in receipts}  # of entries that are still to come
        self.tree = Frontier()
        self.ends: dict[bytes, tuple[int, bytes]] = {}  # hash of a stream -> place and hash of its last leaf
        self.report = Report(
            name, self.size, self.root.hex(), self._complete(), anchors=len(self.anchors), receipts=len(self.receipts)
        )

    def _complete(self) -> str:
        if self.is_pruned:
            return DECLARED if self.declared else LISTED
        return PROVEN if self.has_skeleton else WHOLE

    def run(self, rows: Iterator[dict[str, Any]]) -> Report:
        self._meet_anchors()
        for row in rows:
            if "h" in row:
                self._part(row)
            else:
                self._entry(row)
            self._meet_anchors()
        if self.tree.size != self.size or self.tree.root() != self.root:
            raise Changed(f"The {self.tree.size} entries do not give the root that was signed over {self.size}.")
        if self.anchors:
            raise Changed(f"The log has {self.size} entries and had {self.anchors[0][0]}: it was cut or rolled back.")
        for stream, declared in self.declared.items():
            k, end = self.ends.get(stream, (-1, None))
            if declared != [k + 1, end.hex() if end else None]:
                raise Changed(f"A stream ends after {k + 1} entries, and not as its head declares: {declared[0]}.")
        if self.receipts:
            raise Changed(f"No entry of this export has the receipt {min(self.receipts).hex()}.")
        self.report.streams = len(self.ends)
        return self.report

    def _part(self, row: dict[str, Any]) -> None:
        width, at = row["n"], self.tree.size
        if not self.is_pruned:
            raise Changed(f"Entry {at}: left out of an export that is said to be whole.")
        if type(width) is not int or width < 1 or width & (width - 1) or at % width or at + width > self.size:
            raise Changed(f"Entry {at}: a part of {width} leaves cannot begin here.")
        self.tree.push(bytes.fromhex(row["h"]), width)

    def _entry(self, row: dict[str, Any]) -> None:
        at, k = row["i"], row["k"]
        if at != self.tree.size or at >= self.size:
            raise Changed(f"Entry {at}: entry {self.tree.size} of {self.size} belongs here.")
        before = bytes.fromhex(row["p"]) if row["p"] else None
        body, stream = self._said(row, at) if "b" in row else self._hidden(row, at)
        self.receipts.discard(body)
        node = leaf_hash(body, stream, k, before)
        if node.hex() != row["l"]:
            raise Changed(f"Entry {at}: it is not the one whose hash stands beside it.")
        last = self.ends.get(stream)
        if not self.is_pruned or stream in self.declared:
            follows = (k, before) == ((0, None) if last is None else (last[0] + 1, last[1]))
        else:  # of a list of entries nothing is known but that they come in their order
            follows = last is None or k > last[0]
        if not follows:
            raise Changed(f"Entry {at}: its stream has a gap or another order here.")
        self.ends[stream] = (k, node)
        self.tree.push(node)

    def _said(self, row: dict[str, Any], at: int) -> tuple[bytes, bytes]:
        text = row["b"]
        try:
            body = json.loads(text)
            is_exact = canonical(body) == text
        except (ValueError, RecursionError):
            is_exact = False
        if not is_exact:
            raise Changed(f"Entry {at}: the body is not written exactly.")
        if body.get("stream") != row["s"]:
            raise Changed(f"Entry {at}: the body belongs to another stream.")
        self.report.entries += 1
        if "commit" in body:
            self._words(row["o"], body["commit"], at)
        return sha(text.encode()), sha(row["s"].encode())

    def _words(self, words: dict[str, str] | None, commit: Any, at: int) -> None:
        if words is None:
            self.report.erased += 1
            return
        if commitment(bytes.fromhex(words["salt"]), words["payload"]) != commit:
            raise Changed(f"Entry {at}: the words are not those that were committed to.")
        self.report.opened += 1

    def _hidden(self, row: dict[str, Any], at: int) -> tuple[bytes, bytes]:
        body, stream = bytes.fromhex(row["e"]), bytes.fromhex(row["t"])
        if not self.has_skeleton or len(body) != 32 or len(stream) != 32:
            raise Changed(f"Entry {at}: its body is missing.")
        if stream in self.declared:
            raise Changed(f"Entry {at}: it belongs to an exported stream and is withheld.")
        return body, stream

    def _meet_anchors(self) -> None:
        while self.anchors and self.anchors[0][0] <= self.tree.size:
            size, root = self.anchors.pop(0)
            if size < self.tree.size:
                raise Changed(f"The export says nothing of the checkpoint over {size} entries: ask for one that does.")
            if self.tree.root() != root:
                raise Changed(f"What lies before the checkpoint over {size} entries was rewritten.")


def main(arguments: list[str] | None = None) -> int:
    """Check a file and print what was found; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an export of the audit log.")
    parser.add_argument("bundle", help="the file")
    parser.add_argument("--key", required=True, help="the installation's public key, in base64")
    parser.add_argument("--origin", help="the name of the log, where you know it")
    parser.add_argument("--anchor", action="append", default=[], help="a file with checkpoints that you kept")
    parser.add_argument("--receipt", action="append", default=[], help="a file with a receipt that you kept")
    asked = parser.parse_args(arguments)
    try:
        anchors = [note for path in asked.anchor for note in found_in(path, CHECKPOINT)]
        receipts = [one for path in asked.receipt for one in found_in(path, RECEIPT)]
        with Path(asked.bundle).open(encoding="utf-8", newline="\n") as lines:
            report = verify(lines, _bytes(asked.key), anchors=anchors, receipts=receipts, origin=asked.origin)
    except Changed as why:
        sys.stdout.write(f"CHANGED: {why}\n")
        return 1
    except (OSError, ValueError) as why:
        sys.stdout.write(f"UNUSABLE: {why}\n")
        return 2
    sys.stdout.write(f"HOLDS {report.as_json()}\n")
    return 0


def found_in(path: str, kept: re.Pattern[str]) -> list[str]:
    """Return the checkpoints or receipts that a file keeps, oldest first. Raises Unusable where there is none."""
    found = kept.findall(Path(path).read_bytes().decode())
    if not found:
        raise Unusable(f"{path} does not keep what it should.")
    return found


if __name__ == "__main__":
    sys.exit(main())
