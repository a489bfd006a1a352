"""Real files beside the project as rows of profiles, for the engine's own tests and for benchmarks."""

import csv
import datetime
import math
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from screening.engine import network
from screening.engine.fees import usual_fee
from screening.imports import said
from tests.engine.profiles import raw_table

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
THOUSANDS = {"тыс.": 1e3, "млн": 1e6}


def number(text):
    """Read a plain or Russian short number, NaN if it is neither: reading dirty cells is the tests of import."""
    text = text.replace("\u202f", " ").replace("\xa0", " ").strip()
    head, _, tail = text.rpartition(" ")
    try:
        if tail in THOUSANDS:
            return float(head.replace(",", ".").replace(" ", "")) * THOUSANDS[tail]
        return float(text.replace(" ", ""))
    except ValueError:
        return float("nan")


def day(text):
    return (datetime.date.fromisoformat(text[:10]) - datetime.date(1970, 1, 1)).days


@contextmanager
def long_cells():
    """Let csv read cells of any length; its bound is one for the whole process, where the import lives as well."""
    bound = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(bound)


def lines(path, **kwargs):
    with long_cells(), (DATA / path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return list(csv.reader(file, **kwargs))


def monthly(pattern, columns, platform):
    """Profiles of the monthly lists: one history from several files, {figure: column} each."""
    found = {}
    for (name, month), places in zip(pattern, columns, strict=True):
        for row in lines(f"creators_monthly/social media influencers{name}")[1:]:
            if len(row) > max(places.values()):
                figures = {key: number(row[place]) for key, place in places.items() if key != "handle"}
                found.setdefault(row[places["handle"]], {})[day(month)] = figures
    return [
        {"platform": platform, "history": sorted(history.items()), "audience_country": "India", "language": "en"}
        for history in found.values()
    ]


def tiktok():
    files = [(" - Tiktok sep 2022.csv", "2022-09-01"), ("-tiktok june 2022 - june 2022.csv", "2022-06-01"),
             (" - tiktok.csv", "2022-03-01")]  # fmt: skip
    september = {"handle": 1, "followers": 4, "views_avg": 6, "likes_avg": 8, "comments_avg": 10, "shares_avg": 12}
    others = {key: place if key == "handle" else place - 1 for key, place in september.items()} | {"handle": 0}
    return monthly(files, [september, others, others], "tiktok")


def instagram():
    files = [(" - instagram.csv", "2022-03-01"), ("-instagram - -nov 2022.csv", "2022-11-01")]
    march = {"handle": 0, "followers": 5, "authentic_avg": 8, "engagement_avg": 10}
    return monthly(files, [march, {"handle": 1, "followers": 5, "authentic_avg": 8, "engagement_avg": 10}], "instagram")


def big():
    rows = lines("creators_big/influencers.txt", delimiter="\t", quoting=csv.QUOTE_NONE)[2:]
    return [
        {"platform": "instagram", "market": "us", "categories": [row[1].strip()] if row[1].strip() else [],
         "followers": number(row[2]), "following": number(row[3]), "posts": number(row[4])}
        for row in rows
    ]  # fmt: skip


def russian():
    rows = lines("creators_ru/youtube_channels_ru.csv")
    head = {name: place for place, name in enumerate(rows[0])}
    return [
        {"platform": "youtube", "market": "ru", "bio": row[head["description"]], "topic": row[head["query"]],
         "followers": number(row[head["subscribers"]]), "posts": number(row[head["videos_cnt"]]),
         "views_total": number(row[head["views_cnt"]]), "created": float(day("2015-06-01")),
         "verified": int(row[head["is_verified"]] == "TRUE"), "country": row[head["country"]]}
        for row in rows[1:]
    ]  # fmt: skip


def twitch():
    rows = lines("creators_twitch/RU_target.csv")[1:]
    old = day("2018-05-01")
    anonymous = [
        {"platform": "twitch", "created": float(old - int(row[1])), "mature": int(row[2] == "True"),
         "views_total": number(row[3]), "partner": int(row[4] == "True")}
        for row in rows
    ]  # fmt: skip
    top = [
        {"platform": "twitch", "watch_hours": number(row[1]) / 60, "peak_viewers": number(row[3]),
         "avg_viewers": number(row[4]), "followers": number(row[5]), "language": row[10]}
        for row in lines("creators_other/twitchdata-update.csv")[1:]
    ]  # fmt: skip
    return anonymous + top


def daily():
    found, rows = {}, lines("creators_daily/vtuber_daily.csv")[1:]
    some = {row[1] for row in rows[:1_400]}  # all days of some, not some days of all
    for row in rows:
        if row[1] not in some:
            continue
        figures = {
            "followers": number(row[2] or "x"),
            "views_total": number(row[4] or "x"),
            "views_30d": number(row[6] or "x"),
        }
        found.setdefault(row[1], []).append((day(row[0]), figures))
    return [{"platform": "youtube", "history": history} for history in found.values()]


def posts():
    rows = lines("posts/instagram_posts_gr.csv")[1:]
    who = {handle: place for place, handle in enumerate(dict.fromkeys(row[0].casefold() for row in rows))}
    found = [{"platform": "instagram", "history": {}, "ads": 0, "days": []} for _ in who]
    inside, outside, hired, names = [], [], [], {}
    for row in rows:
        place, told = who[row[0].casefold()], dict(said.words(row[5]))
        accounts = told["named"]
        found[place]["ads"] += said.is_ad(row[5])
        found[place]["days"].append(day(row[6]))
        inside += [(place, who[name]) for name in accounts if name in who]
        outside += [(place, names.setdefault(name, len(names))) for name in accounts if name not in who]
        hired += [(place, names[name]) for name in told.get(said.HIRED, ()) if name not in who]
    owners, is_read = np.arange(len(who)), np.ones(len(who), bool)
    named = network.named_by(*np.array(inside).T, owners, is_read)
    shared = network.shared_accounts(*np.array(outside).T, owners, is_read)
    brands = network.shared_accounts(*np.array(hired).T, owners, is_read)
    for place, one in enumerate(found):
        days, figures = sorted(set(one.pop("days"))), {"ads": one.pop("ads"), "mentions_avg": 1.0}
        gap = max(np.diff(days), default=math.nan)
        one["history"] = [(days[-1], figures | {"posted": max(len(days), figures["ads"]), "gap_days": gap})]
        one |= {"named_by": named[place], "shared_accounts": shared[place], "shared_brands": brands[place]}
    return found


def paid():
    fees = {row[1]: number(row[3]) for row in lines("campaigns_synthetic/payouts.csv")[1:] if row[2] == "per_post"}
    rows = [
        {"platform": row[5].lower(), "followers": number(row[4]), "fee": fees[row[0]], "categories": [row[2]]}
        for row in lines("campaigns_synthetic/influencers.csv")[1:]
        if row[0] in fees
    ]
    raw = raw_table(rows)
    usual = usual_fee(raw.history, raw.code("platform"))
    return [row | {"usual_fee": asked} for row, asked in zip(rows, usual.tolist(), strict=True)]


SOURCES = {read.__name__: read for read in (tiktok, instagram, big, russian, twitch, daily, posts, paid)}
