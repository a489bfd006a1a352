"""What dated figures tell beyond their latest value: seasons, silences, series that stand still or bear a wrong date;
and what posts say of ads and of others. One function a feature, as in measures.py.
"""

from collections.abc import Callable, Mapping

import numpy as np

from screening.engine import histories, subjects
from screening.engine.histories import LEAST_STEPS, Series
from screening.engine.measures import Figures
from screening.engine.raw import Bools, Doubles, History, Longs

WEEK, LEAST_WEEKS = 7, 4
YEAR, LEAST_YEARS = 365.25, 2
MOST_STEP_DAYS = 45  # a longer step hides its season
SILENT_WITHIN = 365  # days of figures in which a silence counts
# What moves by itself from day to day; a fee or the accounts that are followed may stand still for months.
MOVING = ("followers", "views_total", "engagement_avg", "likes_avg", "comments_avg", "views_avg", "avg_viewers")
ISLAND, SHORE = np.log(2.0), np.log(1.1)  # how far a value leaves both neighbours, and how near those are


def seasonality(figures: Figures) -> Doubles:
    """Share of the movement of views, else followers, that repeats: by weekday over 4 weeks of days at least, else by
    quarter over 2 years at least.

    Adjusted for the number of seasons (Wherry, 1931): 0 where the calendar tells no more than chance would.
    """
    found = [_repeats(histories.series(figures.raw.history, name)) for name in ("views_total", "followers")]
    weekly, yearly = zip(*found, strict=True)
    return _first_known(*weekly, *yearly)


def _repeats(known: Series) -> tuple[Doubles, Doubles]:
    days = np.diff(known.day)
    same = (known.owner[1:] == known.owner[:-1]) & (days > 0)
    pace = np.diff(known.value)[same] / days[same]
    owner, end, days = known.owner[1:][same], known.day[1:][same].astype(np.int64), days[same]
    daily, short = days == 1, days <= MOST_STEP_DAYS
    by_week = _explained(owner[daily], end[daily] % WEEK, pace[daily], known.n, WEEK * LEAST_WEEKS)
    quarter = (((end - days / 2) % YEAR) // (YEAR / 4)).astype(np.int64)
    by_year = _explained(owner[short], quarter[short], pace[short], known.n, 8)
    return by_week, np.where(histories.span(known) >= YEAR * LEAST_YEARS, by_year, np.nan)


def _explained(owner: Longs, season: Longs, value: Doubles, n: int, least: int) -> Doubles:
    """Return 1 - (within / (N - k)) / (total / (N - 1)) of each owner's values (n,), 0 at least; NaN under `least`."""
    count = np.bincount(owner, minlength=n)
    cell = owner * WEEK + season
    each = np.bincount(cell, minlength=n * WEEK)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = value - (np.bincount(owner, value, n) / count)[owner]
        inside = away - (np.bincount(cell, away, n * WEEK) / each)[cell]
        total, within = np.bincount(owner, away**2, n), np.bincount(owner, inside**2, n)
        seasons = (each.reshape(n, WEEK) > 0).sum(axis=1)
        share = 1 - (within / (count - seasons)) / (total / (count - 1))
    return np.where((count >= least) & (total > 0) & (count > seasons), np.maximum(share, 0.0), np.nan)


def posting_gap(figures: Figures) -> Doubles:
    """Longest silence in days in the last year of figures: between dated posts, else while their count did not rise."""
    history = figures.raw.history
    told = histories.series(history, "gap_days")
    longest = _most(told.owner, told.value, told.n, _recent(told))
    counts = histories.series(history, "posts")
    return _first_known(longest, _silence(counts))


def _silence(counts: Series) -> Doubles:
    recent = _recent(counts)
    owner, day, value = counts.owner[recent], counts.day[recent], counts.value[recent]
    starts = np.append(True, (owner[1:] != owner[:-1]) | (np.diff(value) > 0)) if len(owner) else np.zeros(0, bool)
    run = np.cumsum(starts) - 1
    first = day[starts]
    enough = np.bincount(owner, minlength=counts.n) >= LEAST_STEPS + 1
    most = _most(owner, np.maximum(day - first[run], 1.0) if len(owner) else day, counts.n, np.ones(len(owner), bool))
    return np.where(enough, most, np.nan)


def stale_share(figures: Figures) -> Doubles:
    """Share of steps at which no moving figure that both rows hold has changed by a digit; 4 steps at least."""
    history = figures.raw.history
    owner = histories.owners(history)
    same = (owner[1:] == owner[:-1]) & (np.diff(history.day) > 0)
    shared, moved = np.zeros((2, len(same)), bool)
    for name in MOVING:
        column = histories.figure(history, name)
        both = (column[1:] > 0) & (column[:-1] > 0)
        shared |= both
        moved |= both & (column[1:] != column[:-1])
    counted = same & shared
    steps = np.bincount(owner[1:][counted], minlength=figures.follower_steps.n)
    still = np.bincount(owner[1:][counted & ~moved], minlength=len(steps))
    return np.where(steps >= LEAST_STEPS, still / np.maximum(steps, 1), np.nan)


def misdated_share(figures: Figures) -> Doubles:
    """Share of dated rows that cannot be of their date: older than the account, or followers that leave both
    neighbours twofold and more while those agree within 10 %. 3 rows at least.
    """
    history, created = figures.raw.history, figures.raw.created_day
    owner = histories.owners(history)
    rows = np.bincount(owner, minlength=len(created))
    wrong = history.day < created[owner]
    known = histories.series(history, "followers")
    wrong[_places(history)[_islands(known)]] = True
    return np.where(rows >= 3, np.bincount(owner, wrong, len(created)) / np.maximum(rows, 1), np.nan)


def _places(history: History) -> Longs:
    return np.flatnonzero(histories.figure(history, "followers") > 0)


def _islands(known: Series) -> Bools:
    found = np.zeros(len(known.value), bool)
    log = np.log(known.value)
    out, back, across = log[1:-1] - log[:-2], log[1:-1] - log[2:], log[2:] - log[:-2]
    one = known.owner[2:] == known.owner[:-2]
    far = (np.abs(out) >= ISLAND) & (np.abs(back) >= ISLAND) & (np.sign(out) == np.sign(back))
    found[1:-1] = one & far & (np.abs(across) <= SHORE)
    return found


def ad_share(figures: Figures) -> Doubles:
    """Posts that are marked as advertising over all posts whose texts were read, in the last year of figures."""
    history = figures.raw.history
    ads, posted = histories.figure(history, "ads"), histories.figure(history, "posted")
    owner, n = histories.owners(history), len(figures.raw)
    newest = np.full(n, -np.inf)
    known = ~np.isnan(ads) & (posted > 0)
    np.maximum.at(newest, owner[known], history.day[known])
    counted = known & (history.day >= newest[owner] - SILENT_WITHIN)
    posts = np.bincount(owner[counted], posted[counted], n)
    return np.where(posts > 0, np.bincount(owner[counted], ads[counted], n) / np.maximum(posts, 1), np.nan)


def mention_rate(figures: Figures) -> Doubles:
    """Accounts that a post names, newest known average; a post that names nobody is a 0 that is known."""
    return histories.latest(figures.raw.history, "mentions_avg")


def fee_to_usual(figures: Figures) -> Doubles:
    """The last known fee over what creators of that platform and size usually ask (fees.py)."""
    return figures["fee"] / figures.raw.number("usual_fee")


def _recent(known: Series) -> Bools:
    newest = np.full(known.n, -np.inf)
    np.maximum.at(newest, known.owner, known.day)
    return known.day >= newest[known.owner] - SILENT_WITHIN


def _most(owner: Longs, value: Doubles, n: int, which: Bools) -> Doubles:
    found = np.full(n, -np.inf)
    np.maximum.at(found, owner[which], value[which])
    return np.where(np.isfinite(found), found, np.nan)


def _first_known(*columns: Doubles) -> Doubles:
    found = columns[0]
    for column in columns[1:]:
        found = np.where(np.isnan(found), column, found)
    return found


MEASURES: Mapping[str, Callable[[Figures], Doubles]] = {
    "seasonality": seasonality,
    "posting_gap": posting_gap,
    "stale_share": stale_share,
    "misdated_share": misdated_share,
    "main_subject": lambda figures: subjects.main(figures.subjects),
    "subject_focus": lambda figures: subjects.focus(figures.subjects),
    "ad_share": ad_share,
    "mention_rate": mention_rate,
    "named_by": lambda figures: figures.raw.number("named_by"),
    "shared_accounts": lambda figures: figures.raw.number("shared_accounts"),
    "fee_to_usual": fee_to_usual,
    "shared_brands": lambda figures: figures.raw.number("shared_brands"),
}
