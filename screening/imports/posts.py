"""A table of posts becomes the history of its profiles: one row of averages for each profile and month.

Of the texts no sentence is kept: the words and accounts that a month's posts name most, and how many are marked as
advertising (said.py).
"""

import hashlib
import json
import sqlite3
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from screening.imports import said
from screening.imports.checks import RowProblem
from screening.imports.rows import Part, Record
from screening.imports.scratch import scratch

_SUMS = ("likes", "comments", "views", "shares", "tags", "mentions")
_SCHEMA = f"""
CREATE TABLE month (platform TEXT, key TEXT, lone_id TEXT, handle TEXT, external_id TEXT, month TEXT, line INT,
  posts INT, repeats INT, last TEXT,
  {", ".join(f"{name} REAL, {name}_n INT" for name in _SUMS)}, about TEXT, figures TEXT, texts INT, ads INT,
  PRIMARY KEY (platform, key, lone_id, month));
CREATE TABLE row (platform TEXT, lone_id TEXT, month TEXT, line INT, cells TEXT,
  PRIMARY KEY (platform, lone_id, month, line)) WITHOUT ROWID;
CREATE TABLE day (platform TEXT, key TEXT, lone_id TEXT, month TEXT, day INT,
  PRIMARY KEY (platform, key, lone_id, month, day)) WITHOUT ROWID;
CREATE TABLE word (platform TEXT, key TEXT, lone_id TEXT, month TEXT, kind TEXT, word TEXT, posts INT,
  PRIMARY KEY (platform, key, lone_id, month, kind, word)) WITHOUT ROWID;
CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE refused (line INT, col TEXT, value TEXT, reason TEXT, cells TEXT);
"""
_ADD = f"""
INSERT INTO month VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, ?, {", ".join(["?, ?"] * len(_SUMS))}, ?, ?, ?, ?)
ON CONFLICT (platform, key, lone_id, month) DO UPDATE SET posts = posts + 1, last = max(last, excluded.last),
  external_id = max(external_id, excluded.external_id),
  {", ".join(f"{n} = {n} + excluded.{n}, {n}_n = {n}_n + excluded.{n}_n" for n in _SUMS)},
  about = excluded.about, figures = excluded.figures, texts = texts + excluded.texts, ads = ads + excluded.ads
"""
_ADD_WORD = """
INSERT INTO word VALUES (?, ?, ?, ?, ?, ?, 1)
ON CONFLICT (platform, key, lone_id, month, kind, word) DO UPDATE SET posts = posts + 1
"""
_OF = "platform = ? AND key = ? AND lone_id = ?"


@dataclass(slots=True)
class Month(Record):
    """A profile's month. ``rows`` are its posts as the file holds them where an id alone names the profile: such a
    profile may turn out to be unknown, and each row is refused then.
    """

    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def by_month(records: Iterator[Record], *, alive: Callable[[], None]) -> Iterator[tuple[Record, int, int]]:
    """Yield (record, posts in it, exact repeats in it): refused rows first, then one record a profile and month.

    A record's ``taken_at`` is the end of its month, or the last day of any post in the file. Figures of the profile
    itself (followers) are those of the day the file was made: they stand in the profile's last month only.
    ``alive`` is called now and then while the file is read.
    """
    with scratch(_SCHEMA) as notebook:
        for number, record in enumerate(records):
            if number % 5_000 == 0:
                alive()
            _note(notebook, record)
        end = notebook.execute("SELECT max(last) FROM month").fetchone()[0]
        for line, column, value, reason, cells in notebook.execute("SELECT * FROM refused ORDER BY line"):
            yield Record(line, json.loads(cells), [], problem=RowProblem(line, column, value, reason)), 1, 0
        yield from _months(notebook, end)


def _note(notebook: sqlite3.Connection, record: Record) -> None:
    if record.problem or record.taken_at is None:
        lost = record.problem or RowProblem(record.line, "", "", "date_missing")
        row = (record.line, lost.column, lost.value, lost.reason, json.dumps(record.cells))
        notebook.execute("INSERT INTO refused VALUES (?, ?, ?, ?, ?)", row)
        return
    part, day = record.parts[0], record.taken_at
    print_of = hashlib.blake2b(json.dumps([part.platform, part.key, record.cells]).encode(), digest_size=16).digest()
    month, lone_id = day.isoformat()[:7], "" if part.key else part.external_id
    if lone_id:
        kept = (part.platform, lone_id, month, record.line, json.dumps(record.cells))
        notebook.execute("INSERT INTO row VALUES (?, ?, ?, ?, ?)", kept)
    if not notebook.execute("INSERT OR IGNORE INTO seen VALUES (?)", (print_of,)).rowcount:
        same = "UPDATE month SET repeats = repeats + 1 WHERE platform = ? AND key = ? AND lone_id = ? AND month = ?"
        notebook.execute(same, (part.platform, part.key, lone_id, month))
        return
    sums: list[Any] = []
    told = dict(said.words(part.text or ""))
    if part.text is not None:
        part.post.setdefault("post_mentions", len(told["named"]))
    for name in _SUMS:
        count = part.post.get(f"post_{name}")
        sums += [count or 0, count is not None]
    about = json.dumps(part.about, default=str)
    who = (part.platform, part.key, lone_id, part.handle, part.external_id)
    text = (part.text is not None, said.is_ad(part.text or ""))
    notebook.execute(_ADD, (*who, month, record.line, day.isoformat(), *sums, about, json.dumps(part.figures), *text))
    at = (part.platform, part.key, lone_id, month)
    notebook.execute("INSERT OR IGNORE INTO day VALUES (?, ?, ?, ?, ?)", (*at, day.toordinal()))
    words = [(*at, kind, word) for kind, found in told.items() for word in found]
    notebook.executemany(_ADD_WORD, words)


def _months(notebook: sqlite3.Connection, end: str | None) -> Iterator[tuple[Record, int, int]]:
    cursor = notebook.execute("SELECT * FROM month ORDER BY platform, key, lone_id, month DESC")
    names = [column[0] for column in cursor.description]
    before = None
    for values in cursor:
        row = dict(zip(names, values, strict=True))
        who = (row["platform"], row["key"], row["lone_id"])
        part = Part(row["platform"], row["handle"], row["key"], row["external_id"], about=json.loads(row["about"]))
        if opened := part.about.get("opened_date"):
            part.about["opened_date"] = date.fromisoformat(opened)
        part.figures = _averages(row) | (json.loads(row["figures"]) if who != before else {})
        before = who
        taken_at = _month_end(row["month"], date.fromisoformat(end or row["last"]))
        part.figures["period_days"] = taken_at.day
        part.figures |= _told(notebook, row)
        month = Month(row["line"], [], [part], taken_at=taken_at, rows=_rows(notebook, row))
        yield month, row["posts"] + row["repeats"], row["repeats"]


def _told(notebook: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    """Return the longest silence before a post of a month, and what its texts say; nothing that is not known."""
    who = (row["platform"], row["key"], row["lone_id"])
    own = f"SELECT day FROM day WHERE {_OF} AND month = ? ORDER BY day"
    days = [day for (day,) in notebook.execute(own, (*who, row["month"]))]
    last = f"SELECT max(day) FROM day WHERE {_OF} AND month < ?"
    before = notebook.execute(last, (*who, row["month"])).fetchone()[0]
    days = days if before is None else [before, *days]
    found: dict[str, Any] = {}
    if len(days) > 1:
        found["gap_days"] = max(after - day for day, after in pairwise(days))
    if row["texts"]:
        most = f"SELECT word, posts FROM word WHERE {_OF} AND month = ? AND kind = ? ORDER BY posts DESC, word LIMIT ?"
        kept = {kind: notebook.execute(most, (*who, row["month"], kind, said.MOST)) for kind in said.KINDS}
        found["ads_in_period"] = row["ads"]
        found |= {kind: [[word, posts] for word, posts in rows] for kind, rows in kept.items()}
        hired = f"SELECT word, posts FROM word WHERE {_OF} AND month = ? AND kind = ?"
        ads = dict(notebook.execute(hired, (*who, row["month"], said.HIRED)))
        found["named"] = [[word, posts, ads.get(word, 0)] for word, posts in found["named"]]
    return found


def _rows(notebook: sqlite3.Connection, month: dict[str, Any]) -> list[tuple[int, list[str]]]:
    if not month["lone_id"]:
        return []
    of = "SELECT line, cells FROM row WHERE platform = ? AND lone_id = ? AND month = ? ORDER BY line"
    found = notebook.execute(of, (month["platform"], month["lone_id"], month["month"]))
    return [(line, json.loads(cells)) for line, cells in found]


def _averages(row: dict[str, Any]) -> dict[str, Any]:
    known = {f"{name}_avg": round(row[name] / row[f"{name}_n"], 4) for name in _SUMS if row[f"{name}_n"]}
    return {**known, "posts_in_period": row["posts"]}


def _month_end(month: str, last: date) -> date:
    year, number = map(int, month.split("-"))
    return min(date(year, number, monthrange(year, number)[1]), last)
