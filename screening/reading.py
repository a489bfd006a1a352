"""Read a market's profiles and figures from the database into columns: two passes of plain tuples, no model objects."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from screening import money, said
from screening.engine import fees, raw
from screening.models import Correction, Market, Metrics, Profile

CHUNK = 5_000
EPOCH = date(1970, 1, 1).toordinal()
MINUTES = 60.0
# A column of Metrics -> the engine's figure and what one unit of the column is in the engine's.
FIGURES: dict[str, tuple[str, float]] = {
    **{name: (name, 1.0) for name in raw.FIGURES[: raw.FIGURES.index("avg_viewers")]},
    "viewers_avg": ("avg_viewers", 1.0),
    "viewers_peak": ("peak_viewers", 1.0),
    "watch_minutes": ("watch_hours", 1 / MINUTES),
    "stream_minutes": ("stream_hours", 1 / MINUTES),
    "fee_minor": ("fee", 1.0),
    "mentions_avg": ("mentions_avg", 1.0),
    "posts_in_period": ("posted", 1.0),
    "ads_in_period": ("ads", 1.0),
    "gap_days": ("gap_days", 1.0),
}
PROFILE = (
    "pk", "creator_id", "platform", "country", "creator__country", "language", "creator__language", "audience_country",
    "name", "creator__name", "handle", "bio", "is_verified", "is_partner", "is_mature", "opened_date",
)  # fmt: skip


def of_market(market: Market) -> QuerySet[Profile]:
    """Return the profiles that can be screened for a market: visible ones, but for creators who do not want contact."""
    # A JSON list is searched as text: both databases can, and a code stands in quotes, so "US" never finds "AUS".
    stands_in = Profile.objects.visible().alias(places=Cast("markets", TextField()))
    return stands_in.filter(places__contains=f'"{market.code}"', creator__do_not_contact=False)


def read_market(market: Market, *, on: date, only: Collection[int] | None = None) -> raw.RawTable:
    """Return all that the engine needs of a market's profiles, by profile id, with their whole history until a day.

    only: of these profiles, if they stand in the market.
    """
    found = of_market(market) if only is None else of_market(market).filter(pk__in=only)
    rows = found.order_by("pk").annotate(topics=Cast("categories", TextField()))
    columns = list(zip(*rows.values_list(*PROFILE, "topics").iterator(CHUNK), strict=True)) or [()] * (len(PROFILE) + 1)
    of = dict(zip((*PROFILE, "topics"), columns, strict=True))
    ids = np.array(of["pk"], np.int64)
    coded, words = _coded(of, market)
    lists = [_topics(text) for text in of["topics"]]
    words["category"] = _vocabulary(chain.from_iterable(lists))
    place = {word: code for code, word in enumerate(words["category"])}
    history = read_history(market, ids, on=on)
    told = said.read(ids, on=on)
    # What only all profiles together tell of one is not known of a few of them.
    numbers = {} if only is not None else said.numbers(told, of, ids) | _usual_fees(history, coded["platform"])
    return raw.RawTable(
        profile_ids=ids,
        creator_ids=np.array(of["creator_id"], np.int64),
        as_of_day=on.toordinal() - EPOCH,
        words=words,
        coded=coded,
        categories=raw.Lists.of([place[word] for word in found] for found in lists),
        flags={name: _yes_no(of[f"is_{name}"]) for name in raw.FLAGS},
        created_day=np.array(
            [np.nan if day is None else day.toordinal() - EPOCH for day in of["opened_date"]], np.float64
        ),
        texts={"name": raw.Text.of(_names(of)), "bio": raw.Text.of(of["bio"])} | said.topics(told, ids),
        history=history,
        numbers=numbers,
    )


def _usual_fees(history: raw.History, platform: raw.Ints) -> dict[str, raw.Doubles]:
    found = fees.usual_fee(history, platform) if "fee" in history.figures else np.array([np.nan])
    return {} if np.isnan(found).all() else {"usual_fee": found}


def _coded(of: Mapping[str, Sequence[Any]], market: Market) -> tuple[dict[str, raw.Ints], dict[str, tuple[str, ...]]]:
    known = {
        "platform": of["platform"],
        "market": [market.code] * len(of["pk"]),
        "country": _first_known(of["country"], of["creator__country"]),
        "language": _first_known(of["language"], of["creator__language"]),
        "audience_country": of["audience_country"],
    }
    words = {name: _vocabulary(column) for name, column in known.items()}
    return {name: _codes(column, words[name]) for name, column in known.items()}, words


def _first_known(own: Sequence[str], other: Sequence[str]) -> list[str]:
    return [word or spare for word, spare in zip(own, other, strict=True)]


def _vocabulary(column: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in column if word}))


def _codes(column: Iterable[str], words: tuple[str, ...]) -> raw.Ints:
    place = {word: code for code, word in enumerate(words)} | {"": -1}
    return np.array([place[word] for word in column], np.int32)


@lru_cache(maxsize=65_536)
def _topics(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(word).strip() for word in json.loads(text or "[]") if str(word).strip()))


def _yes_no(column: Sequence[bool | None]) -> Any:
    return np.array([-1 if answer is None else int(answer) for answer in column], np.int8)


def _names(of: Mapping[str, Sequence[Any]]) -> list[str]:
    shown = _first_known(of["name"], of["creator__name"])
    return [f"{name} {handle}" for name, handle in zip(shown, of["handle"], strict=True)]


def read_history(market: Market, ids: raw.Longs, *, on: date) -> raw.History:
    """Return the figures of profiles (n,), oldest first; columns that hold nothing are left out."""
    parts = [_part(chunk) for chunk in _chunks(_figures_of(ids.tolist(), on))]
    owners, days, keys, currencies, table = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((keys, days, owners))
    owners, days, currencies, table = owners[order], days[order], currencies[order], table[order]
    _leave_out_wrong(table, keys[order], on)
    figures = {name: table[:, k] * unit for k, (name, unit) in enumerate(FIGURES.values())}
    figures["fee"] = figures["fee"] * _factors(currencies, ~np.isnan(figures["fee"]), market, on)
    offsets = np.concatenate([np.searchsorted(owners, ids), [len(owners)]]).astype(np.int64)
    return raw.History(
        offsets, days.astype(np.int32), {name: column for name, column in figures.items() if not np.isnan(column).all()}
    )


def _leave_out_wrong(table: Any, keys: Any, on: date) -> None:
    """Blank in the rows (m,) of a table of FIGURES what people corrected: the row of the correction says it anew."""
    wrong: dict[str, list[int]] = defaultdict(list)
    corrected = Correction.objects.standing().filter(was__isnull=False, figures__taken_at__lte=on)
    for row, column in corrected.values_list("was_id", "field"):
        wrong[column].append(row)
    for k, column in enumerate(FIGURES):
        if wrong[column]:
            table[np.isin(keys, wrong[column]), k] = np.nan


def _figures_of(ids: Sequence[int], on: date) -> Iterable[tuple[Any, ...]]:
    # By id: PostgreSQL guesses a handful of rows behind a search in the text of a JSON list, and would walk the figures
    # once for each of 20,000 profiles.
    for start in range(0, len(ids), CHUNK):
        own = Metrics.objects.visible().filter(taken_at__lte=on, profile__in=ids[start : start + CHUNK])
        yield from own.values_list("profile_id", "taken_at", "pk", "currency", *FIGURES).iterator(CHUNK)


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterable[list[tuple[Any, ...]]]:
    yield []
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _part(rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    return (
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1].toordinal() - EPOCH for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], "U3"),
        np.array([row[4:] for row in rows], np.float64).reshape(len(rows), len(FIGURES)),
    )


def _factors(currencies: Any, priced: raw.Bools, market: Market, on: date) -> raw.Doubles:
    """Return what one minor unit of each row is in the market's major units; NaN where no rate is known."""
    found = np.full(len(currencies), np.nan)
    for currency in np.unique(currencies[priced]):
        found[currencies == currency] = _factor(str(currency) or market.currency, market, on)
    return found


def _factor(currency: str, market: Market, on: date) -> float:
    try:
        return float(money.rate(currency, market.currency, on=on)) / money.minor_units(currency)
    except money.RateMissing:
        return float("nan")  # an unknown price: shown as missing data, and asked for by `missing_rates`


def missing_rates(market: Market, *, on: date) -> list[str]:
    """Return the currencies in which profiles of a market are priced and that no known rate turns into the market's."""
    priced = Metrics.objects.visible().filter(fee_minor__isnull=False, profile__in=of_market(market).values("pk"))
    currencies = priced.exclude(currency__in=["", market.currency]).values_list("currency", flat=True).distinct()
    return sorted(currency for currency in currencies if np.isnan(_factor(currency, market, on)))
