"""Next-month engagement as a proxy for results: what a market without any may learn from, if a manager chooses so.

One lesson a profile: what was known of it when its figures were taken, and whether its reactions a post and follower
were, at their next taking about a month later, at least those of the middle profile of its platform. It is no result of
any campaign. Nothing here is ever joined with results, and the model that comes of it says so wherever it speaks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter

import numpy as np

from screening import pools
from screening.engine import codes, features, raw
from screening.engine import lessons as engine
from screening.engine.tables import Model
from screening.engine.types import Criteria, Preferences
from screening.models import Market, Metrics
from screening.reading import of_market, read_market

LEAST, MOST = timedelta(days=20), timedelta(days=45)  # what counts as about a month, house rule
MOST_LESSONS = 2_000  # drawn by the profiles' ids: more take long and teach little
FEWEST = 10  # profiles of a platform, under which no middle of it is known
NOTHING = (Criteria(), Preferences())  # no brief asked for anything


Row = tuple[int, str, date, int | None, float | None, float | None, float | None]


@dataclass(frozen=True, eq=False)
class Shown:
    """Lessons, with a name for each in the same order: its profile and the day after. left_out: pairs that teach
    nothing, their platform being too rare to have a middle.
    """

    lessons: engine.Lessons
    names: tuple[str, ...]
    left_out: int


@dataclass(frozen=True)
class Pair:
    """A profile with the day before, the day after, and its rate then: reactions a post for each follower."""

    profile: int
    platform: str
    before: date
    after: date
    rate: float


def gather(market: Market, model: Model, *, until: datetime) -> Shown:
    """Return lessons of a market's profiles with figures about a month apart. Raises EmptyMarket."""
    found = pairs(market, on=until.date())
    worked = above(found)
    kept = drawn([one for one in found if one.profile in worked])
    pool = pools.open_pool(pools.newest(market) or pools.freeze(market, by=None, now=until))
    parts = [
        _seen(market, list(own), day, model)
        for day, own in groupby(sorted(kept, key=attrgetter("before", "profile")), key=attrgetter("before"))
    ]
    empty = np.zeros((len(model.features), 0), np.uint8)
    flat = [pk for part, _creators in parts for pk in part.ids.tolist()]
    days = {one.profile: one.after for one in kept}
    found_lessons = engine.Lessons(
        features=model.features,
        cells=np.concatenate([empty, *(part.cells for part, _creators in parts)], axis=1),
        exists=np.concatenate([empty.astype(bool), *(part.exists for part, _creators in parts)], axis=1),
        setting=np.zeros(len(flat), np.int32),
        settings=[engine.coded(pool, *NOTHING, model).setting()],
        worked=np.array([worked[pk] for pk in flat], bool),
        creators=np.concatenate([np.zeros(0, np.int64), *(creators for _part, creators in parts)]),
    )
    return Shown(found_lessons, tuple(f"{pk}:{days[pk]}" for pk in flat), len(found) - len(worked))


def pairs(market: Market, *, on: date) -> list[Pair]:
    """Return the newest two figures about a month apart of each profile that has such. One query."""
    rows = Metrics.objects.visible().filter(taken_at__lte=on, profile__in=of_market(market).values("pk"))
    figures = ("followers", "likes_avg", "comments_avg", "engagement_avg")
    told = rows.order_by("profile_id", "taken_at", "pk").values_list(
        "profile_id", "profile__platform", "taken_at", *figures
    )
    found = (_newest(pk, list(own)) for pk, own in groupby(told.iterator(5_000), key=itemgetter(0)))
    return [one for one in found if one is not None]


def _newest(pk: int, rows: Sequence[Row]) -> Pair | None:
    for _pk, platform, after, followers, likes, comments, together in reversed(rows):
        reactions = together if together is not None else _sum(likes, comments)
        if reactions is None or not followers:
            continue
        before = [row[2] for row in rows if LEAST <= after - row[2] <= MOST]
        return Pair(pk, platform, before[-1], after, reactions / followers) if before else None
    return None


def _sum(likes: float | None, comments: float | None) -> float | None:
    return None if likes is None or comments is None else likes + comments


def above(found: Iterable[Pair]) -> Mapping[int, bool]:
    """Tell of each profile whether its rate is at least the middle one of its platform; rare platforms are left out."""
    of: dict[str, list[Pair]] = defaultdict(list)
    for one in found:
        of[one.platform].append(one)
    middle = {name: float(np.median([one.rate for one in own])) for name, own in of.items() if len(own) >= FEWEST}
    return {one.profile: one.rate >= middle[name] for name, own in of.items() if name in middle for one in own}


def drawn(found: Sequence[Pair]) -> list[Pair]:
    """Return those that are learned from: all, or the most that may be, the same whatever came first."""
    ids = np.array([one.profile for one in found], np.int64)
    order = np.lexsort((ids, raw.draws(ids, 0)))[:MOST_LESSONS]
    return [found[place] for place in order]


def _seen(market: Market, own: Sequence[Pair], day: date, model: Model) -> tuple[engine.Coded, raw.Longs]:
    table = read_market(market, on=day, only=[one.profile for one in own])
    pool = raw.Pool("", table, codes.encode(features.build(table), codes.POOL_NAMES), codes.grid_key())
    return engine.coded(pool, *NOTHING, model), table.creator_ids
