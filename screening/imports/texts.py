"""Text cells made fit to keep: no control or direction signs, mended UTF-8 that was once read as Windows-1252,
bounded length.
"""

import re
import unicodedata

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# UTF-8 read as Windows-1252 shows a lead octet (Ã, Ð, â ...) before a continuation octet.
_TWICE_CODED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_UNDEFINED = {octet: octet for octet in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def clean_text(text: str, *, limit: int) -> tuple[str, str | None]:
    """Return text as it is kept, and the code of what was done: ``text_mended``, ``text_cut`` or None. ``limit`` is
    in characters.
    """
    note = None
    if not text.isascii():
        mended = mend(text)
        note = "text_mended" if mended != text else None
        text = unicodedata.normalize("NFC", mended)
    text = _UNWANTED.sub("", text.replace("\r\n", "\n")).strip()
    return (text, note) if len(text) <= limit else (text[:limit].rstrip(), "text_cut")


def mend(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 (``ThÆ¡`` is ``Thơ``); text that is no such damage is returned as it
    is.
    """
    if not _TWICE_CODED.search(text):
        return text
    try:
        octets = b"".join(_octet(char) for char in text)
        return octets.decode("utf-8")
    except UnicodeError:
        return text


def _octet(char: str) -> bytes:
    code = ord(char)
    return bytes([code]) if code in _UNDEFINED else char.encode("cp1252")
