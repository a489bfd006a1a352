"""The monthly lists of creators as one panel a platform: twelve files, twelve layouts.

Columns are read by place, for the headers of June name others. A handle that a file holds twice counts with its last
row. Where a file writes a number twice, as text and as a value, the value is read.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.parts import sets
from benchmarks.parts.sets import number
from screening.engine import codes, features
from tests.engine.profiles import pool
from tests.engine.shared_data import day, lines

FOLDER = "creators_monthly/social media influencers"
MARCH, JUNE, SEPTEMBER, NOVEMBER = DATES = ("2022-03-01", "2022-06-01", "2022-09-01", "2022-11-01")
REACTIONS = {"instagram": "engagement_avg", "tiktok": "likes_avg", "youtube": "likes_avg"}
INSTAGRAM = {"handle": 0, "categories": (2, 3), "followers": 5, "audience_country": 6, "authentic_avg": 8,
             "engagement_avg": 10}  # fmt: skip
TIKTOK = {"handle": 0, "followers": 3, "views_avg": 5, "likes_avg": 7, "comments_avg": 9, "shares_avg": 11}
YOUTUBE = {"handle": 0, "categories": (2,), "followers": 4, "audience_country": 5, "views_avg": 7, "likes_avg": 9,
           "comments_avg": 11}  # fmt: skip
FILES: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "instagram": (
        (" - instagram.csv", INSTAGRAM),
        ("-instagram june 2022 - june 2022.csv", INSTAGRAM),
        (" - instagram sep-2022.csv", {"handle": 1, "followers": 4, "audience_country": 5, "authentic_avg": 7,
                                       "engagement_avg": 9, "categories": (10, 11)}),
        ("-instagram - -nov 2022.csv", {"handle": 1, "categories": (3, 11), "followers": 5, "audience_country": 6,
                                        "authentic_avg": 8, "engagement_avg": 10}),
    ),
    "tiktok": (
        (" - tiktok.csv", TIKTOK),
        ("-tiktok june 2022 - june 2022.csv", TIKTOK),
        (" - Tiktok sep 2022.csv", {key: place + 1 for key, place in TIKTOK.items()}),
        ("-tiktok - ---nov 2022.csv", {"handle": 1, "followers": 3, "views_avg": 4, "likes_avg": 5, "comments_avg": 6,
                                       "shares_avg": 7}),
    ),
    "youtube": (
        (" - youtube.csv", YOUTUBE),
        ("-youtube june 2022 - june 2022.csv", {"handle": 0, "categories": (2, 3), "followers": 5,
                                                "audience_country": 6, "views_avg": 8, "likes_avg": 10,
                                                "comments_avg": 12}),
        (" - Youtube sep-2022.csv", {"handle": 2, "audience_country": 3, "followers": 5, "categories": (6, 11),
                                     "likes_avg": 8, "comments_avg": 10}),
        ("-youtube - --nov 2022.csv", {"handle": 1, "categories": (3, 13), "followers": 5, "audience_country": 6,
                                       "views_avg": 8, "likes_avg": 10, "comments_avg": 12}),
    ),
}  # fmt: skip
WORDS = {"handle", "categories", "audience_country"}

Panel = dict[str, dict[str, dict[str, Any]]]


def panel(platform: str) -> Panel:
    """Return handle -> date -> what the list of that date says: figures, and words where it has them."""
    found: Panel = {}
    for date, (name, places) in zip(DATES, FILES[platform], strict=True):
        for handle, said in _read(f"{FOLDER}{name}", places):
            found.setdefault(handle, {})[date] = said
    return found


def profile(platform: str, past: dict[str, dict[str, Any]], *, creator: int) -> dict[str, Any]:
    """Return the row of a profile as it was known after these lists, its dates counted back from the last of them."""
    last = past[max(past)]
    history = [(day(date), {key: one for key, one in said.items() if key not in WORDS}) for date, said in past.items()]
    words = {key: last[key] for key in ("categories", "audience_country") if last.get(key)}
    return {"platform": platform, "market": "us", "creator": creator, "history": sorted(history), **words}


def _read(path: str, places: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in lines(path)[1:]:
        handle = row[places["handle"]].strip().casefold() if len(row) > places["handle"] else ""
        if not handle:
            continue
        said: dict[str, Any] = {}
        for key, place in places.items():
            if key == "categories":
                said[key] = [word for at in place if at < len(row) and (word := row[at].strip())]
            elif key == "audience_country":
                said[key] = row[place].strip()
            elif key != "handle" and (value := number(row[place] if place < len(row) else "")) > 0:
                said[key] = value  # 0 means hidden
        yield handle, said


def later(platform: str, *, share: float = 0.07) -> sets.Table:
    """Return creators as they were known by June 2022: who is in the best share of the platform in September."""
    return by_country(platform, share=share)[0]


def by_country(platform: str, *, share: float = 0.5) -> tuple[sets.Table, np.ndarray]:
    """Return the same with the country (n,) of each one's audience, "" where no list names it."""
    rows, reached = [], []
    for place, said in enumerate(panel(platform).values()):
        past = {date: one for date, one in said.items() if date < SEPTEMBER}
        then = said.get(SEPTEMBER, {}).get(REACTIONS[platform])
        if past and then:
            rows.append(profile(platform, past, creator=place))
            reached.append(then)
    table = sets.profiles(f"{platform} by June", rows, np.array(reached) > np.quantile(reached, 1 - share))
    return table, np.array([row.get("audience_country", "").strip("- ") for row in rows])  # "-" is none


def ahead(platform: str) -> tuple[sets.Table, np.ndarray, np.ndarray, np.ndarray]:
    """Return creators as they were known at the end of a list, and what the next one counts of them.

    A table whose label is the change a month of log10(1 + count), what was counted last (n,) log10, the months from
    there to the list that is asked (n,), and which list that is (n,): 0 June, 1 September, 2 November. A row knows
    nothing of its own list or of a later one.
    """
    parts: list[sets.Table] = []
    last: list[float] = []
    months: list[float] = []
    names, key = tuple(codes.POOL_NAMES), REACTIONS[platform]
    for turn, (before, then) in enumerate(pairwise(DATES)):
        rows, reached = [], []
        for place, said in enumerate(panel(platform).values()):
            past = {date: one for date, one in said.items() if date <= before}
            counted = [date for date in sorted(past) if key in past[date]]
            if counted and key in said.get(then, {}):
                rows.append(profile(platform, past, creator=place + 1))
                months.append((day(then) - day(counted[-1])) / 30.4)
                last.append(np.log10(1 + past[counted[-1]][key]))
                reached.append((np.log10(1 + said[then][key]) - last[-1]) / months[-1])
        frozen = pool(rows, today=day(before))
        found = features.build(frozen.raw)
        values = np.stack([found[name] for name in names])
        parts.append(sets.Table(str(turn), names, values, frozen.codes, np.array(reached), frozen.raw.creator_ids))
    whole = sets.Table(
        f"{platform}, next list", names, np.concatenate([one.values for one in parts], axis=1),
        np.concatenate([one.cells for one in parts], axis=1), np.concatenate([one.label for one in parts]),
        np.concatenate([one.owners for one in parts]),
    )  # fmt: skip
    whole = sets.with_column(whole, "counted last", 10 ** np.array(last))
    usable = [name for name, values in zip(whole.names, whole.values, strict=True) if np.isfinite(values).mean() > 0.01]
    turns = np.repeat(np.arange(len(parts)), [len(one) for one in parts])
    return sets.with_names(whole, usable), np.array(last), np.array(months), turns
