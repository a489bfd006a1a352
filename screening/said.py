"""What the posts of a market's profiles say, as pools hold it: the words they repeat, and who names whom.

Kept are words and handles with the number of posts (imports/said.py), never a sentence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from screening.engine import network, raw
from screening.models import Metrics, Relation, RelationKind

WITHIN = timedelta(days=365)  # posts older than a profile's newest by more say what it was about, not what it is
MOST_WORDS = 40


@dataclass
class Told:
    """What the posts of one profile say: words and accounts, each with the number of posts that name it.

    hired_by: the accounts that its posts name which are marked as advertising. tells_ads: False where an import of an
    earlier release did not tell these from others.
    """

    words: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)
    hired_by: set[str] = field(default_factory=set)
    tells_ads: bool = True


def read(ids: raw.Longs, *, on: date) -> dict[int, Told]:
    """Return what is known of posts by profile id, of these profiles and until a day. One query."""
    wanted, newest = set(ids.tolist()), dict[int, date]()
    found: dict[int, Told] = {}
    rows = Metrics.objects.visible().filter(said__isnull=False, taken_at__lte=on).order_by("-taken_at", "pk")
    for profile, day, words, accounts in rows.values_list("profile_id", "taken_at", "said", "named").iterator(5_000):
        if profile not in wanted or day < newest.setdefault(profile, day) - WITHIN:
            continue
        told = found.setdefault(profile, Told())
        told.words.update(dict(words))
        for account, posts, *ads in accounts or []:
            told.accounts[account] += posts
            told.tells_ads &= bool(ads)
            if any(ads):
                told.hired_by.add(account)
    return found


def topics(told: Mapping[int, Told], ids: raw.Longs) -> dict[str, raw.Text]:
    """Return the engine's text `topic`: the words that a profile's posts repeat most; nothing where no posts are."""
    if not told:
        return {}
    return {"topic": raw.Text.of(_most(told[one].words) if one in told else "" for one in ids.tolist())}


def _most(words: Counter[str]) -> str:
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    return " ".join(word for word, _posts in ranked[:MOST_WORDS])


def numbers(told: Mapping[int, Told], of: Mapping[str, Sequence[Any]], ids: raw.Longs) -> dict[str, raw.Doubles]:
    """Return the engine's numbers of the network; nothing where nobody names anybody. of: columns of the profiles."""
    row_of = {pk: row for row, pk in enumerate(ids.tolist())}
    creators = np.array(of["creator_id"], np.int64)
    known = {(platform, handle.casefold()): row for row, (platform, handle) in enumerate(_handles(of))}
    inside, outside = _ties(told, row_of, of["platform"], known)
    inside += _told_by_sources(creators)
    is_read, tells_ads = np.zeros((2, len(ids)), bool)
    is_read[[row_of[pk] for pk in told]] = True
    tells_ads[[row_of[pk] for pk, what in told.items() if what.tells_ads]] = True
    if not inside and not is_read.any():
        return {}
    accounts = {name: number for number, name in enumerate(sorted({name for _row, name, _is_brand in outside}))}
    shared = [(row, accounts[name]) for row, name, _is_brand in outside]
    brands = [(row, accounts[name]) for row, name, is_brand in outside if is_brand]
    return {
        "named_by": network.named_by(*_columns(inside), creators, is_read),
        "shared_accounts": network.shared_accounts(*_columns(shared), creators, is_read),
        "shared_brands": network.shared_accounts(*_columns(brands), creators, tells_ads),
    }


def _handles(of: Mapping[str, Sequence[Any]]) -> Iterable[tuple[str, str]]:
    return zip(of["platform"], of["handle"], strict=True)


def _ties(
    told: Mapping[int, Told], row_of: Mapping[int, int], platforms: Sequence[str], known: Mapping[tuple[str, str], int]
) -> tuple[list[tuple[int, int]], list[tuple[int, tuple[str, str], bool]]]:
    """Return (namer, named) rows of the pool, and (namer, account, whether it hired them) of all that is no profile of
    the pool.
    """
    inside, outside = [], []
    for profile, what in told.items():
        row = row_of[profile]
        for account in what.accounts:
            name = (platforms[row], account)
            if name in known:
                inside.append((row, known[name]))
            else:
                outside.append((row, name, account in what.hired_by))
    return inside, outside


def _told_by_sources(creators: raw.Longs) -> list[tuple[int, int]]:
    """Return ties that a source told: one creator mentions another. What a brand's people said stays with them."""
    first = {creator: row for row, creator in reversed(list(enumerate(creators.tolist())))}
    kept = Relation.objects.filter(kind=RelationKind.MENTIONS, other__isnull=False, brand="").order_by("pk")
    pairs = kept.values_list("creator_id", "other_id")
    return [(first[one], first[other]) for one, other in pairs if one in first and other in first]


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[raw.Longs, raw.Longs]:
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
