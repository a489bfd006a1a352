"""Raw tables for engine tests, from plain rows: what a row leaves out is unknown."""

import numpy as np

from screening.engine import codes, features
from screening.engine.raw import CODED, FIGURES, FLAGS, NUMBERS, TEXTS, History, Lists, Pool, RawTable, Text, spans

TODAY = 20_000


def raw_table(rows, *, today=TODAY):
    """Build a RawTable. A row: any of id, creator, CODED words, FLAGS, TEXTS, NUMBERS, categories, created (day),
    history.

    Figures given directly (followers=..., likes_avg=...) stand for one dated row of today.
    """
    words = {name: tuple(sorted({row[name] for row in rows if row.get(name)})) for name in CODED}
    words["category"] = tuple(sorted({word for row in rows for word in row.get("categories", ())}))
    coded = {
        name: np.array([words[name].index(row[name]) if row.get(name) else -1 for row in rows], np.int32)
        for name in CODED
    }
    return RawTable(
        profile_ids=np.array([row.get("id", place + 1) for place, row in enumerate(rows)], np.int64),
        creator_ids=np.array(
            [row.get("creator", row.get("id", place + 1)) for place, row in enumerate(rows)], np.int64
        ),
        as_of_day=today,
        words=words,
        coded=coded,
        categories=Lists.of([[words["category"].index(word) for word in row.get("categories", ())] for row in rows]),
        flags={name: np.array([row.get(name, -1) for row in rows], np.int8) for name in FLAGS},
        created_day=np.array([row.get("created", np.nan) for row in rows], np.float64),
        texts={name: Text.of([row.get(name, "") for row in rows]) for name in TEXTS},
        history=_history([row.get("history") or _latest(row, today) for row in rows]),
        numbers={name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in NUMBERS},
    )


def pool(rows, *, today=TODAY):
    """Freeze rows into a pool, as screening.pools does from the database."""
    raw = raw_table(rows, today=today)
    return Pool("test", raw, codes.encode(features.build(raw), codes.POOL_NAMES), codes.grid_key())


def measured(name, **row):
    """Measure one pool feature of one profile."""
    return float(features.build(raw_table([row]))[name][0])


def _latest(row, today):
    figures = {name: row[name] for name in FIGURES if name in row}
    return [(today, figures)] if figures else []


def _history(histories):
    dated = [item for history in histories for item in history]
    figures = {name: np.array([item[1].get(name, np.nan) for item in dated], np.float64) for name in FIGURES}
    return History(
        spans(len(history) for history in histories), np.array([item[0] for item in dated], np.int32), figures
    )
