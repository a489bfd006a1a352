"""Directional peer scores: how far a profile stands from its peers on the side that is worth a look.

Peers share market, platform and tier. Everything is read from histograms of codes, so a group costs 256 numbers a
feature; a group of fewer than 30 known members is mixed with its market and platform, weight n / (n + 30). z = distance
from the peers' median in robust standard deviations on the feature's scale, on the named side only, 4 at most; the sum
is `suspicion`. Engine.md section 5 (AUC 0.937 against 0.883 for an isolation forest). A flag is a reason to look, never
a label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from screening.engine import histories
from screening.engine.codes import CUTS, middles
from screening.engine.features import FEATURES, LOG
from screening.engine.raw import TIER_EDGES, TIERS, Bools, Bytes, Doubles, Floats, Ints, Longs, RawTable
from screening.engine.types import Flag, Norm

HIGH, LOW = "high", "low"
WATCHED = (
    ("engagement_rate", HIGH), ("engagement_rate", LOW), ("comment_per_like", LOW), ("comment_per_like", HIGH),
    ("authentic_share", LOW), ("following_ratio", HIGH), ("view_rate", LOW), ("like_per_view", HIGH),
    ("growth_rate", HIGH), ("growth_spike", HIGH), ("posting_rate", HIGH), ("lifetime_view_rate", LOW),
    ("live_rate", LOW),
)  # fmt: skip
NAMES = tuple(dict.fromkeys(name for name, _side in WATCHED))
ENOUGH = 30
FEWEST = 10
FLAG_Z, SERIOUS_Z, MOST_Z = 3.0, 4.0, 4.0
RARE_SHARE = 0.03
ROBUST_SD = 1.4826  # median absolute deviation of a normal law to its standard deviation
LEAST_BINS = 4.0  # a spread under four bins of the grid is rounding, not agreement
UNKNOWN_TIER = len(TIERS)
BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Tally:
    """How often each code of the watched features (once each, `NAMES`) occurs in each group of some rows.

    keys: (G,) rising numbers of the groups that occur. members: (G,) rows. counts: (features, G, 256).
    """

    keys: Longs
    members: Longs
    counts: Longs


@dataclass(frozen=True, eq=False)
class Peers:
    """Peer figures of a pool. owners of groups: market, platform, tier codes (G, 3); members (G,): profiles of each.

    For each watched feature and side, w = index into WATCHED: z (w, G, 256), percentile (w, G, 256): share of peers
    below, median (w, G) in the feature's unit, size (w, G): known members of the group that was compared with,
    is_parent (w, G): all sizes, answered (w, G, 256): 1 + index of the norm that answers a flag there, 0 = none.
    narrow: norms of a category, each as 1 + index, the category, and the cells they answer (w, G, 256).
    """

    owners: Ints
    members: Longs
    z: Floats
    percentile: Floats
    median: Floats
    size: Longs
    is_parent: Bools
    answered: Bytes
    norms: tuple[Norm, ...]
    narrow: tuple[tuple[int, str, Bools], ...] = ()


def tiers(followers: Floats | Doubles) -> Ints:
    """Return indexes into TIERS (n,), 5 where followers are unknown."""
    found = np.searchsorted(np.array(TIER_EDGES), followers, "right")
    return np.where(np.isnan(followers), UNKNOWN_TIER, found).astype(np.int32)


def groups(raw: RawTable) -> tuple[Ints, Ints]:
    """Return the groups that occur, (G, 3) rising codes of market, platform, tier; and each row's group (n,)."""
    key, counts = _counted(raw)
    return _owners(np.flatnonzero(counts), raw.words), (np.cumsum(counts > 0) - 1)[key].astype(np.int32)


def places(peers: Peers, raw: RawTable) -> Ints:
    """Return the group (n,) of rows of the pool that was compared, all of them or some."""
    place = np.zeros(_shape(raw.words), np.int32)
    place[tuple((peers.owners + np.array([1, 1, 0])).T)] = np.arange(len(peers.owners))
    found: Ints = place.ravel()[_keys(raw)]
    return found


def _shape(words: Mapping[str, tuple[str, ...]]) -> tuple[int, int, int]:
    return len(words.get("market", ())) + 1, len(words.get("platform", ())) + 1, UNKNOWN_TIER + 1


def _keys(raw: RawTable) -> Longs:
    followers = histories.latest(raw.history, "followers")
    market, platform, shape = raw.code("market") + 1, raw.code("platform") + 1, _shape(raw.words)
    found: Longs = (market * shape[1] + platform) * shape[2] + tiers(np.where(followers > 0, followers, np.nan))
    return found


def _counted(raw: RawTable) -> tuple[Longs, Longs]:
    key = _keys(raw)  # counting, not sorting: a million rows in milliseconds
    return key, np.bincount(key, minlength=int(np.prod(_shape(raw.words))))


def _owners(keys: Longs, words: Mapping[str, tuple[str, ...]]) -> Ints:
    owners = np.stack(np.unravel_index(keys, _shape(words)), axis=1) - np.array([1, 1, 0])
    return owners.astype(np.int32)


def tally(raw: RawTable, codes: Bytes, names: Sequence[str]) -> Tally:
    """Count rows of a pool. codes: (features, n) in the order of `names`."""
    key, counts = _counted(raw)
    keys, group = np.flatnonzero(counts), (np.cumsum(counts > 0) - 1)[key].astype(np.int32)
    found = [histogram(codes[names.index(name)], group, len(keys)) for name in NAMES]
    return Tally(keys, counts[keys], np.stack(found))


def add(parts: Sequence[Tally]) -> Tally:
    """Return what one tally of all the rows would be."""
    keys = np.unique(np.concatenate([part.keys for part in parts]))
    members = np.zeros(len(keys), np.int64)
    counts = np.zeros((len(NAMES), len(keys), 256), np.int64)
    for part in parts:
        place = np.searchsorted(keys, part.keys)
        members[place] += part.members
        counts[:, place] += part.counts
    return Tally(keys, members, counts)


def compare(counted: Tally, words: Mapping[str, tuple[str, ...]], norms: Sequence[Norm] = ()) -> Peers:
    """Compare the groups of a whole pool. words: of its RawTable."""
    owners = _owners(counted.keys, words)
    family = np.unique(owners[:, :2], axis=0, return_inverse=True)[1].reshape(-1)
    found = [stand(counted.counts[NAMES.index(name)], name, side, family) for name, side in WATCHED]
    z, percentile, median, size, is_parent = (np.stack(parts) for parts in zip(*found, strict=True))
    answered, narrow = _answers(words, owners, norms)
    return Peers(owners, counted.members, z, percentile, median, size, is_parent, answered, tuple(norms), narrow)


def watch(peers: Peers, raw: RawTable, codes: Bytes, names: Sequence[str]) -> tuple[Ints, Floats]:
    """Return flag bits (n,) and suspicion (n,) of rows of the pool that was compared, both without what a norm answers.

    codes: (features, n).
    """
    z = np.where(peers.answered > 0, 0, peers.z).astype(np.float32)
    raised = _raised(peers) & (peers.answered == 0)
    bits, suspicion = np.zeros(codes.shape[1], np.int32), np.zeros(codes.shape[1], np.float32)
    rows, group = [codes[names.index(name)] for name, _ in WATCHED], places(peers, raw)
    for start in range(0, len(bits), BLOCK):  # peer tables of many groups leave the cache in one sweep: blocks of 64 k
        part = slice(start, start + BLOCK)
        base = group[part] << 8
        for w, row in enumerate(rows):
            key = base + row[part]
            suspicion[part] += np.take(z[w].ravel(), key)
            bits[part] |= np.take(raised[w].ravel(), key).astype(np.int32) << w
    if peers.narrow:
        about = [(of_category(raw, category), cells) for _number, category, cells in peers.narrow]
        mine = np.flatnonzero(np.logical_or.reduce([rows_of for rows_of, _cells in about]))
        anew = _answered(
            [(rows_of[mine], cells) for rows_of, cells in about], group[mine], z, [row[mine] for row in rows]
        )
        bits[mine] &= anew[0]
        suspicion[mine] = anew[1]
    return bits, suspicion


def distances(peers: Peers, raw: RawTable, codes: Bytes, names: Sequence[str]) -> Floats:
    """Return z of each watched side (w, n), 0 where a norm answers it; each row's sum is its suspicion.

    For some rows of the pool that was compared; codes: theirs (features, n).
    """
    group, rows = places(peers, raw), [codes[names.index(name)] for name, _ in WATCHED]
    found = np.stack(
        [np.where(peers.answered[w, group, row] > 0, 0, peers.z[w, group, row]) for w, row in enumerate(rows)]
    )
    for _number, category, cells in peers.narrow:
        about = of_category(raw, category)
        for w, row in enumerate(rows):
            found[w, about & cells[w, group, row]] = 0
    return found


def _answered(
    narrow: Sequence[tuple[Bools, Bools]], group: Ints, z: Floats, rows: Sequence[Bytes]
) -> tuple[Ints, Floats]:
    """Return the flag bits that stay (n,) and the suspicion (n,) of rows that norms of a category are about."""
    # They are few, and added up anew, so that no rest of a subtraction stays.
    kept, total = np.full(len(group), -1, np.int32), np.zeros(len(group), np.float32)
    for w, row in enumerate(rows):
        normal = np.zeros(len(group), bool)
        for about, cells in narrow:
            normal |= about & cells[w, group, row]
        total += np.where(normal, np.float32(0), z[w, group, row])
        kept &= np.where(normal, ~np.int32(1 << w), np.int32(-1))
    return kept, total


def flags(peers: Peers, group: int, codes: Mapping[str, int], values: Mapping[str, float], one: RawTable) -> list[Flag]:
    """Return the flags of a row, open ones first, then strongest. group: its own; codes, values: by feature.

    one: the row alone.
    """
    raised = _raised(peers)
    hits = [w for w, (name, _) in enumerate(WATCHED) if raised[w, group, codes[name]]]
    found = [_flag(peers, w, group, codes[WATCHED[w][0]], values[WATCHED[w][0]], one) for w in hits]
    return sorted(found, key=lambda flag: (bool(flag.norm), -flag.z, flag.feature))


def word(raw: RawTable, name: str, code: int) -> str:
    """Return the word of a code, "" for unknown."""
    return raw.words[name][code] if code >= 0 else ""


def tier_word(tier: int) -> str:
    """Return the code of a tier, "" for unknown."""
    return TIERS[tier] if tier < UNKNOWN_TIER else ""


def _flag(peers: Peers, w: int, group: int, code: int, value: float, one: RawTable) -> Flag:  # noqa: PLR0917
    z = float(peers.z[w, group, code])
    answers = (found for found in peers.narrow if found[2][w, group, code])
    narrow = (number for number, category, _cells in answers if of_category(one, category)[0])
    norm = int(peers.answered[w, group, code]) or next(narrow, 0)
    return Flag(
        feature=WATCHED[w][0],
        side=WATCHED[w][1],
        value=value,
        percentile=float(peers.percentile[w, group, code]),
        median=float(peers.median[w, group]),
        group_size=int(peers.size[w, group]),
        z=z,
        platform=word(one, "platform", int(peers.owners[group, 1])),
        tier="" if peers.is_parent[w, group] else tier_word(int(peers.owners[group, 2])),
        is_serious=z >= SERIOUS_Z and norm == 0,
        norm=peers.norms[norm - 1].key if norm else "",
    )


def _raised(peers: Peers) -> Bools:
    high = np.array([side == HIGH for _, side in WATCHED])[:, None, None]
    rare = np.where(high, 1 - peers.percentile, peers.percentile) <= RARE_SHARE
    return (peers.z >= FLAG_Z) & rare & (peers.size >= FEWEST)[:, :, None]


Group = tuple[Floats, Floats, Floats, Longs, Bools]


def histogram(row: Bytes, group: Ints | Longs, count: int) -> Longs:
    """Return how often each code of a feature (n,) occurs in each of so many groups (G, 256). group: (n,)."""
    return np.bincount((group << 8) + row, minlength=count << 8).reshape(-1, 256)


def stand(counts: Longs, name: str, side: str, family: Longs) -> Group:
    """Return z, percentile (G, 256), median, size and is_parent (G,) of one feature, watched on one side.

    counts: of its codes in each group (G, 256); family: (G,) the wider group that a small one borrows from.
    """
    own = counts.astype(np.float64)
    own[:, 0] = 0  # who has no value is nobody's peer in it
    wide = np.zeros((int(family.max(initial=-1)) + 1, 256))
    np.add.at(wide, family, own)
    parent = wide[family]
    size, parent_size = own.sum(axis=1), parent.sum(axis=1)
    weight = np.where(size >= ENOUGH, 1.0, size / (size + ENOUGH))[:, None]
    # Few members alone would make any of them an outlier or none: they borrow their platform's spread.
    mixed = weight * own / np.maximum(size, 1)[:, None] + (1 - weight) * parent / np.maximum(parent_size, 1)[:, None]
    below = np.cumsum(mixed, axis=1) - mixed / 2
    z, median = _distances(mixed, name, side)
    is_parent = size < ENOUGH
    compared = np.where(is_parent, parent_size, size).astype(np.int64)
    z[compared < FEWEST] = 0
    return z, below.astype(np.float32), median, compared, is_parent


def _distances(mixed: Doubles, name: str, side: str) -> tuple[Floats, Floats]:
    values = middles(name).astype(np.float64)
    place = np.log10(values) if FEATURES[name].scale == LOG else values
    place = np.nan_to_num(place)
    middle = np.argmax(np.cumsum(mixed, axis=1) >= 0.5, axis=1)
    away = place[None, :] - place[middle][:, None]
    spread = np.maximum(ROBUST_SD * _weighted_median(np.abs(away), mixed), LEAST_BINS * _bin(name))
    z = np.clip((away if side == HIGH else -away) / spread[:, None], 0, MOST_Z)
    z[:, 0] = 0
    return z.astype(np.float32), values[middle].astype(np.float32)


def _weighted_median(values: Doubles, weights: Doubles) -> Doubles:
    order = np.argsort(values, axis=1, kind="stable")
    cumulated = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    middle = np.argmax(cumulated >= 0.5 * cumulated[:, -1:], axis=1)
    return np.take_along_axis(values, order, axis=1)[np.arange(len(values)), middle]


def _bin(name: str) -> float:
    feature = FEATURES[name]
    ends = np.array([feature.low, feature.high])
    return float(np.diff(np.log10(ends) if feature.scale == LOG else ends)[0] / CUTS)


def _answers(
    words: Mapping[str, tuple[str, ...]], owners: Ints, norms: Sequence[Norm]
) -> tuple[Bytes, tuple[tuple[int, str, Bools], ...]]:
    found = np.zeros((len(WATCHED), len(owners), 256), np.uint8)
    narrow: list[tuple[int, str, Bools]] = []
    for number, norm in enumerate(norms[:255], 1):
        scope, cells = _scope(words, owners, norm), np.zeros(found.shape, bool)
        for w, (name, side) in enumerate(WATCHED):
            if name == norm.feature and norm.side in {None, side}:
                cells[w][np.ix_(scope, _span(name, norm))] = True
        if norm.category is None:
            found[cells] = number
        else:
            narrow.append((number, norm.category, cells))
    return found, tuple(narrow)


def of_category(raw: RawTable, category: str) -> Bools:
    """Return which rows (n,) name a category, case aside."""
    wanted = [code for code, word in enumerate(raw.words.get("category", ())) if word.casefold() == category.casefold()]
    hits = np.concatenate([[0], np.cumsum(np.isin(raw.categories.codes, wanted))])
    about: Bools = hits[raw.categories.offsets[1:]] > hits[raw.categories.offsets[:-1]]
    return about


def _scope(words: Mapping[str, tuple[str, ...]], owners: Ints, norm: Norm) -> Bools:
    asked = zip((norm.market, norm.platform, norm.tier), ("market", "platform", "tier"), owners.T, strict=True)
    scope = np.ones(len(owners), bool)
    for wanted, name, codes in asked:
        known = TIERS if name == "tier" else words.get(name, ())
        if wanted is not None:
            scope &= np.array(
                [0 <= code < len(known) and known[code].casefold() == wanted.casefold() for code in codes]
            )
    return scope


def _span(name: str, norm: Norm) -> Bools:
    values = middles(name)
    low, high = (-np.inf if norm.low is None else norm.low), (np.inf if norm.high is None else norm.high)
    return (values >= low) & (values <= high)
