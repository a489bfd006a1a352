"""The encoding of a text file, found from its bytes: one pass over the whole file in constant memory."""

import codecs
import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from screening.imports.refusals import FileRefused

BLOCK = 1 << 20
LONGEST_LINE = 8 << 20  # octets; a file without line ends would be read into memory whole
_SAMPLE = 200_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
_LATIN = ("cp1252",)
# How usual a letter is in Russian text, 0-1: in a wrong alphabet capitals are read as small letters, yet rare ones.
_USUAL = {
    letter: worth
    for letters, worth in (("оеаинтсрвлк", 1.0), ("мдпуяыьг", 0.8), ("збчйхії", 0.5))
    for letter in letters
}
_RARE = 0.2


@dataclass(frozen=True)
class Bytes:
    """What one pass over a file's bytes tells: size in octets, content hash, encoding, and damage."""

    size: int
    sha256: str
    encoding: str
    broken: int = 0  # sequences that are not text in this encoding, read as U+FFFD


class _Scan:
    """Counts of one pass: UTF-8 validity, zero octets, longest line, a sample of lines that are not ASCII."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.broken = self.foreign = self.zeros = self.even_zeros = self.size = self.unended = self.longest = 0
        self.sample = bytearray()
        self.hash = hashlib.sha256()

    def feed(self, block: bytes, *, last: bool = False) -> None:
        self.hash.update(block)
        self.zeros += block.count(0)
        self.even_zeros += block[::2].count(0)
        self._measure_lines(block)
        self.size += len(block)
        if block.isascii() and not self.decoder.getstate()[0]:
            return
        text = self.decoder.decode(block, last)
        self.broken += text.count("\ufffd")
        self.foreign += len(text) - sum(map(str.isascii, text)) if self.foreign < _SAMPLE else 0
        if len(self.sample) < _SAMPLE:
            self.sample += b"\n".join(line for line in block.split(b"\n") if not line.isascii())[
                : _SAMPLE - len(self.sample)
            ]

    def _measure_lines(self, block: bytes) -> None:
        first = min((i for i in (block.find(b"\n"), block.find(b"\r")) if i >= 0), default=-1)
        if first < 0:
            self.unended += len(block)
        else:
            self.unended = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))
        self.longest = max(self.longest, self.unended)


def scan(path: Path) -> Bytes:
    """Read a file once and tell its size, SHA-256 and encoding.

    Raises FileRefused: ``empty``, ``nul`` (zero octets in what is not UTF-16), ``line_too_long``, ``binary``.
    """
    found = _Scan()
    with path.open("rb") as file:
        start = file.read(BLOCK)
        block = start
        while block:
            found.feed(block)
            block = file.read(BLOCK)
    found.feed(b"", last=True)
    if not start.strip(b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf"):
        raise FileRefused("empty")
    encoding = _marked(start) or _wide(found)
    _refuse_what_is_no_text(found, start, wide=bool(encoding) and encoding != "utf-8-sig")
    if encoding is None:
        encoding = "utf-8" if found.broken <= found.foreign * 0.01 else guess_legacy(bytes(found.sample))
    return Bytes(found.size, found.hash.hexdigest(), encoding, found.broken if encoding.startswith("utf-8") else 0)


def guess_legacy(sample: bytes) -> str:
    """Name the eight-bit or East Asian encoding that makes the most natural text of these bytes; cp1252 when
    nothing fits better.
    """
    scores = {encoding: _naturalness(sample.decode(encoding, "replace")) for encoding in _CYRILLIC + _LATIN}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= 0.6:
        return best
    from charset_normalizer import from_bytes

    match = from_bytes(
        sample,
        cp_isolation=[
            "shift_jis",
            "gb18030",
            "big5",
            "euc_kr",
            "euc_jp",
            "cp1250",
            "cp1253",
            "cp1254",
            "cp1255",
            "cp1256",
        ],
    )
    other = match.best()
    return other.encoding if other else best


def _naturalness(text: str) -> float:
    """Score text 0-1 by how its foreign letters stand: usual ones, no capital after a small one, no drawing signs."""
    score = total = 0.0
    before = ""
    for char in text:
        if char > "\x7f":
            total += 1
            score += _likeliness(char, before)
        before = char
    return score / total if total else 0.0


def _likeliness(char: str, before: str) -> float:
    category = unicodedata.category(char)
    if not category.startswith("L"):
        return 0.5 if char in "«»—–№“”’‘…\u00a0°®©€" else -0.5
    if before.islower() and category == "Lu":
        return -1.0
    if "\u0400" <= char <= "\u04ff":
        return -0.5 if before.isascii() and before.isalpha() else _USUAL.get(char.casefold(), _RARE)
    return 0.7 if before.isascii() and category == "Ll" else 0.2


def _marked(start: bytes) -> str | None:
    return next((name for mark, name in _BOMS if start.startswith(mark)), None)


def _wide(found: _Scan) -> str | None:
    """Tell UTF-16 without a mark: nearly every second octet of Latin text is zero, on one side only."""
    if found.zeros < found.size * 0.2:
        return None
    share = found.even_zeros / found.zeros
    return "utf-16-be" if share > 0.95 else "utf-16-le" if share < 0.05 else None


def _refuse_what_is_no_text(found: _Scan, start: bytes, *, wide: bool) -> None:
    controls = sum(start.count(octet) for octet in range(1, 32) if octet not in (1, 9, 10, 12, 13, 28, 29, 30, 31))
    if not wide and (controls > len(start) * 0.01 or found.zeros > found.size * 0.01):
        raise FileRefused("binary")
    if not wide and found.zeros:
        raise FileRefused("nul", found=found.zeros)
    if found.longest > LONGEST_LINE:
        raise FileRefused("line_too_long", found=found.longest, limit=LONGEST_LINE)
