"""Text without a language model: character n-grams of many profiles against a brief, and what a bio holds.

Grams are 3-5 characters long, of lower-case letters and digits of any script, within words (a space marks a word's
edge), hashed to 20 bits. Match = distinct wanted grams that a text holds / sqrt(grams of the text * distinct wanted
grams): the cosine of the two, but for grams that a text repeats, which only make it longer. Beyond 128 grams a text
pays only half as much for its length: who says more is not less about a thing. What a title says counts half more.
Whole numbers until the last step, so it is the same in any order and any chunk. Sources: character n-gram profiles,
Cavnar and Trenkle 1994; pivoted length, Singhal, Buckley and Mitra 1996; the rest is a house rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from screening.engine.raw import Bools, Doubles, Floats, Lists, Longs, Text

SIZES = (3, 4, 5)
BITS = 20
MASK = (1 << BITS) - 1
MIX = np.uint64(0x9E3779B97F4A7C15)
SPACE = 32
CHUNK_BYTES = 1 << 22
PIVOT, TITLE = 128, 0.5  # grams of a text that is not yet long; what a title's own match adds


@cache
def folding() -> npt.NDArray[np.uint32]:
    """Return the table code point -> lower-case letter or digit, or a space (also for all beyond the first plane)."""
    plane = np.full(0x10000, SPACE, np.uint32)
    for code in range(0x10000):
        lower = chr(code).lower()
        if len(lower) == 1 and lower.isalnum():
            plane[code] = ord(lower)
    plane[[ord("ё"), ord("Ё")]] = ord("е")
    return plane


def grams(text: Text) -> tuple[Longs, Longs]:
    """Return (owner, hash) of every gram of every text; repeats are not removed."""
    owner, letters = _letters(text)
    found = [_windows(owner, letters, size) for size in SIZES]
    return np.concatenate([rows for rows, _ in found]), np.concatenate([hashes for _, hashes in found])


def match(
    columns: Sequence[Text], categories: Lists, words: Sequence[str], query: str, *, title: Text | None = None
) -> Floats:
    """Return the match (n,) of each profile's texts and category words with a query; NaN where a profile has no text.

    title: a short text that says what the others are about; alone it is none. Works in chunks of profiles, so that
    memory stays bounded whatever the texts' length.
    """
    wanted, of_words = _wanted(query), _by_word(tuple(words), query)
    n = len(categories.offsets) - 1
    step = max(1, int(n * CHUNK_BYTES / max(CHUNK_BYTES, sum(len(text.data) for text in columns))))
    parts = [
        _match(
            [text.take(rows) for text in columns], categories.take(rows), of_words, wanted, title and title.take(rows)
        )
        for rows in (np.arange(start, min(n, start + step)) for start in range(0, n, step))
    ]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def similarity(words: Sequence[str], queries: Sequence[str]) -> Floats:
    """Return for each word (k,) its match with the query it is most like."""
    empty = Lists(np.zeros(len(words) + 1, np.int64), np.zeros(0, np.int32))
    found = [match([Text.of(words)], empty, (), query) for query in queries]
    return np.max(found, axis=0) if found else np.zeros(len(words), np.float32)


def bio_completeness(bio: Text) -> Doubles:
    """Return the share of four things a bio has: 20 bytes, 120 bytes, contact (@ or http), two lines. NaN if empty."""
    size = np.diff(bio.offsets)
    contact = _count(bio, bio.data == ord("@")) + _count(bio, _at_word(bio.data, b"http")) > 0
    lines = _count(bio, bio.data == ord("\n")) > 0
    return np.where(size > 0, np.mean([size >= 20, size >= 120, contact, lines], axis=0), np.nan)


def cyrillic_share(text: Text) -> Doubles:
    """Return the share of Cyrillic among the Latin and Cyrillic letters (n,), NaN under 20 letters."""
    lower = text.data | 0x20
    latin = _count(text, (lower >= ord("a")) & (lower <= ord("z")))
    cyrillic = _count(text, (text.data == 0xD0) | (text.data == 0xD1))
    letters = latin + cyrillic
    return np.where(letters >= 20, cyrillic / np.maximum(letters, 1), np.nan)


def mentions(text: Text, words: Sequence[str]) -> Bools:
    """Tell (n,) which texts contain one of the words at a word's start, without case."""
    owner, letters = _letters(text)
    found = np.zeros(len(text.offsets) - 1, bool)
    for word in words:
        sought = _letters(Text.of([word.strip()]))[1][:-1]  # the closing space is dropped: a word's start is enough
        if len(sought) > 1:
            found[owner[_starts(letters, sought)]] = True
    return found


def _letters(text: Text) -> tuple[Longs, npt.NDArray[np.uint32]]:
    # Every text is laid out with one space before and after it, so grams know the edges and never cross two texts.
    lengths = np.diff(text.offsets) + 2
    starts = np.cumsum(lengths) - lengths
    data = np.full(int(lengths.sum()), SPACE, np.uint8)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    shift = np.repeat(starts + 1 - text.offsets[:-1], lengths - 2)
    data[np.arange(len(text.data)) + shift] = text.data
    points = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), np.uint32)
    lead = (data & 0xC0) != 0x80
    return owner[lead], folding()[np.where(points < 0x10000, points, SPACE)]


def _windows(owner: Longs, letters: npt.NDArray[np.uint32], size: int) -> tuple[Longs, Longs]:
    last = len(letters) - size + 1
    if last <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    space = letters == SPACE
    inner = np.zeros(last, bool)
    for k in range(1, size - 1):
        inner |= space[k : k + last]
    keep = np.flatnonzero(~inner & (owner[:last] == owner[size - 1 :]))
    hashed = np.full(len(keep), size, np.uint64)
    for k in range(size):
        hashed = (hashed ^ letters[keep + k]) * MIX
        hashed ^= hashed >> np.uint64(29)
    return owner[keep], (hashed >> np.uint64(64 - BITS)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Wanted:
    """Which grams a query has, by hash, and how many."""

    has: Bools
    count: int


@lru_cache(maxsize=4)  # a card asks for one row what its run asked for all
def _wanted(query: str) -> Wanted:
    has = np.zeros(1 << BITS, bool)
    has[grams(Text.of([query]))[1]] = True
    return Wanted(has, int(has.sum()))


@lru_cache(maxsize=4)
def _by_word(words: tuple[str, ...], query: str) -> tuple[Longs, Lists]:
    wanted = _wanted(query).has
    owner, hashes = grams(Text.of(words))
    hits = np.unique((owner[wanted[hashes]] << BITS) | hashes[wanted[hashes]])
    counts = np.bincount(hits >> BITS, minlength=len(words))
    hit_lists = Lists(np.concatenate([[0], np.cumsum(counts)]), (hits & MASK).astype(np.int32))
    return np.bincount(owner, minlength=len(words)), hit_lists


def _match(
    columns: Sequence[Text], categories: Lists, of_words: tuple[Longs, Lists], wanted: Wanted, title: Text | None
) -> Floats:
    n = len(categories.offsets) - 1
    sizes, hit_lists = of_words
    holders = np.repeat(np.arange(n), np.diff(categories.offsets))
    size = np.bincount(holders, sizes[categories.codes], n)
    hits = hit_lists.take(categories.codes.astype(np.int64))
    keys = [(np.repeat(holders, np.diff(hits.offsets)) << BITS) | hits.codes]
    for text in columns:
        owner, hashes = grams(text)
        size += np.bincount(owner, minlength=n)
        found = wanted.has[hashes]
        keys.append((owner[found] << BITS) | hashes[found])
    is_told, added = size > 0, np.zeros(n)
    if title is not None:
        owner, hashes = grams(title)
        own = np.bincount(owner, minlength=n)
        size += own
        found = wanted.has[hashes]
        keys.append((owner[found] << BITS) | hashes[found])
        added = TITLE * _cosine(_distinct(keys[-1], n), own, wanted)
    near = _cosine(_distinct(np.concatenate(keys), n), size, wanted)
    is_long = np.sqrt(np.sqrt(np.maximum(1, size / PIVOT)))
    return np.where(is_told, near * is_long + added, np.nan).astype(np.float32)


def _distinct(keys: Longs, n: int) -> Longs:
    return np.bincount(np.unique(keys) >> BITS, minlength=n)


def _cosine(shared: Longs, size: Longs | Doubles, wanted: Wanted) -> Doubles:
    return shared / np.sqrt(np.maximum(size, 1) * max(1, wanted.count))


def _count(text: Text, hits: Bools) -> Longs:
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(hits)])
    return total[text.offsets[1:]] - total[text.offsets[:-1]]


def _at_word(data: npt.NDArray[np.uint8], word: bytes) -> Bools:
    found = np.zeros(len(data), bool)
    found[_starts(data, np.frombuffer(word, np.uint8))] = True
    return found


def _starts(letters: npt.NDArray[np.generic], sought: npt.NDArray[np.generic]) -> Longs:
    last = len(letters) - len(sought) + 1
    hits = np.ones(max(0, last), bool)
    for k, letter in enumerate(sought[: len(letters)]):
        hits &= (letters[k : k + last] == letter) if last > 0 else hits
    return np.flatnonzero(hits)
