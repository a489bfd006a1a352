"""Generate creators with histories: the same seed and day give the same files.

Each creator has a hidden fit for people (`quality`) that shows, with noise, in how their followers react; results of
the demo's past campaigns lean on it, so that the product has something true to find.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hybridmkt.demo import names

MONTHS = 6  # snapshots of each profile, one a month, the newest a few days old
SIZES = {"US": 1_250, "RU": 950}  # creators generated for each market
PLATFORMS = {"US": ("instagram", "tiktok", "youtube"), "RU": ("telegram", "vk", "youtube", "instagram")}
SHARES = {"US": (0.45, 0.35, 0.20), "RU": (0.40, 0.25, 0.25, 0.10)}
HEADER = (
    "platform", "handle", "name", "country", "language", "category", "bio", "audience country", "opened date",
    "verified", "followers", "following", "posts", "likes avg", "comments avg", "views avg", "shares avg",
    "price per post",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One generated creator before any file is written: who they are and how good a partner they truly make."""

    market: str
    platform: str
    handle: str
    name: str
    topic: str
    bio: str
    quality: float  # standard normal
    followers: float
    seed: int


def people(market: str, seed: int) -> list[Person]:
    """Generate the creators of a market."""
    dice = np.random.default_rng([seed, len(market), SIZES[market]])
    return [_person(market, number, dice) for number in range(SIZES[market])]


def _person(market: str, number: int, dice: np.random.Generator) -> Person:
    first = str(dice.choice(names.FIRST[market]))
    last = str(dice.choice(names.LAST[market]))
    if market == "RU":
        last += "ова" if first in names.FEMALE_RU else "ов"
    topic = str(dice.choice(list(names.TOPICS)))
    platform = str(dice.choice(PLATFORMS[market], p=SHARES[market]))
    _category, english, russian = names.TOPICS[topic]
    words = english if market == "US" else russian
    handle = f"{names.latin(first)}_{names.latin(last)}_{number:x}"  # letters, digits, underscore: valid everywhere
    return Person(
        market=market, platform=platform, handle=handle, name=f"{first} {last}", topic=topic,
        bio=_bio(market, words, dice), quality=float(dice.normal()), followers=float(10 ** dice.normal(4.6, 0.65)),
        seed=int(dice.integers(2**31)),
    )  # fmt: skip


def _bio(market: str, words: tuple[str, ...], dice: np.random.Generator) -> str:
    if dice.random() < 0.08:
        return ""
    chosen = [str(word) for word in dice.permutation(words)[: dice.integers(1, 4)]]
    is_talkative = dice.random() < 0.3
    if market == "RU":
        tail = "Отвечаю на каждый комментарий" if is_talkative else "Вопросы в личные сообщения"
    else:
        tail = "Answers every comment" if is_talkative else "Write to me for work"
    return f"{', '.join(chosen).capitalize()}. {tail}."


def snapshot_dates(today: date) -> list[date]:
    """Return the days of the snapshots, oldest first; the newest lies four days back."""
    return [today - timedelta(days=4 + 30 * back) for back in range(MONTHS - 1, -1, -1)]


def rows(person: Person, today: date) -> Iterator[list[str]]:
    """Yield one row of figures per snapshot, as a file would write it; unknown figures are blank."""
    dice, platform = np.random.default_rng(person.seed), person.platform
    growth = dice.normal(0.012 + 0.01 * person.quality, 0.015)
    spike = int(dice.integers(2, MONTHS)) if dice.random() < 0.04 else -1  # a jump that ought to be asked about
    rate = 10 ** (-1.35 - 0.18 * (np.log10(person.followers) - 4.6) + 0.13 * person.quality + dice.normal(0, 0.16))
    pace = max(1.0, dice.lognormal(2.3, 0.5))
    fee = person.followers * 10 ** dice.normal(-1.55, 0.18) * (75 if person.market == "RU" else 1)
    known_fee, known_views = dice.random() < 0.55, platform in {"youtube", "tiktok", "telegram"} or dice.random() < 0.4
    followers, posts = person.followers, pace * dice.integers(8, 60)
    fixed = _fixed(person, dice)
    for month in range(MONTHS):
        followers *= 1 + growth + dice.normal(0, 0.006) + (0.55 if month == spike else 0.0)
        posts += pace
        likes = followers * rate * 10 ** dice.normal(0, 0.07)
        comments = likes * 10 ** dice.normal(-1.55 + 0.06 * person.quality, 0.12)
        views = likes * 9 if known_views else None
        shares = likes * 0.06 if platform == "tiktok" else None
        figures = [followers, dice.integers(80, 2_400), posts, likes, comments, views, shares]
        price = str(round(fee)) if known_fee else ""
        yield [*fixed, *("" if value is None else str(round(float(value))) for value in figures), price]


def _fixed(person: Person, dice: np.random.Generator) -> list[str]:
    """Return the part of a row that does not change from month to month."""
    home = "RU" if person.market == "RU" else "US"
    audience = (
        home if dice.random() < 0.78 else str(dice.choice(["KZ", "BY", "GE"] if home == "RU" else ["GB", "CA", "MX"]))
    )
    opened = date(2014, 1, 1) + timedelta(days=int(dice.integers(0, 3_900)))
    category = names.TOPICS[person.topic][0] if dice.random() < 0.9 else ""
    return [
        person.platform, person.handle, person.name, home, home.lower() if home == "RU" else "en", category, person.bio,
        audience if dice.random() < 0.7 else "", opened.isoformat(), "true" if person.followers > 4e5 else "false",
    ]  # fmt: skip
