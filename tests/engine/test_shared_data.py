"""Every feature is filled by real files, and real profiles are screened in time. Skips where the data is absent."""

import csv
import datetime
import time
from pathlib import Path

import numpy as np
import pytest

from screening.engine import card, features, screen
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests.engine.profiles import pool, raw_table

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
MODEL = card.compile_card()
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


def lines(path, **kwargs):
    with (DATA / path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
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
    found = {}
    for row in lines("creators_daily/vtuber_daily.csv")[1:60_000]:
        figures = {
            "followers": number(row[2] or "x"),
            "views_total": number(row[4] or "x"),
            "views_30d": number(row[6] or "x"),
        }
        found.setdefault(row[1], []).append((day(row[0]), figures))
    return [{"platform": "youtube", "history": history} for history in found.values()]


def paid():
    fees = {row[1]: number(row[3]) for row in lines("campaigns_synthetic/payouts.csv")[1:] if row[2] == "per_post"}
    return [
        {"platform": row[5].lower(), "followers": number(row[4]), "fee": fees[row[0]], "categories": [row[2]]}
        for row in lines("campaigns_synthetic/influencers.csv")[1:]
        if row[0] in fees
    ]


SOURCES = {read.__name__: read for read in (tiktok, instagram, big, russian, twitch, daily, paid)}


@pytest.fixture(scope="module")
def filled():
    """Source -> names of features that it fills for at least one profile in a hundred."""
    wishes = Preferences(
        (
            Wish(WishKind.TOPICS, 0.2, ("ремонт", "beauty")), Wish(WishKind.SIZE, 0.2, low=1e4, high=1e5),
            Wish(WishKind.POSTING, 0.2, low=1), Wish(WishKind.CATEGORIES, 0.2, ("beauty",)),
        )
    )  # fmt: skip
    criteria = Criteria(languages=("en",), countries=("Россия",), audience_countries=("India",), fee_max=5000)
    found = {}
    for name, read in SOURCES.items():
        raw = raw_table(read())
        built = features.build(raw) | features.build_for_campaign(raw, criteria, wishes)
        found[name] = {key for key, values in built.items() if np.mean(~np.isnan(values)) > 0.01}
    return found


class TestSharedData:
    @pytest.mark.parametrize("name", features.FEATURES)
    def test_fills_every_feature_from_some_file(self, filled, name):
        assert any(name in names for names in filled.values())

    def test_finds_trends_in_the_monthly_lists(self, filled):
        assert {"engagement_trend", "engagement_spread", "growth_rate"} <= filled["tiktok"]

    def test_screens_34_thousand_creators_and_the_russian_list_in_five_cpu_seconds_each(self):
        wishes = Preferences((Wish(WishKind.TOPICS, 0.4, ("ремонт", "плитка", "beauty")),), text="Winter cream")
        for rows in (big(), russian()):
            start = time.process_time()
            run = screen.screen(pool(rows), Criteria(followers_min=5000), wishes, MODEL)
            assert time.process_time() - start < 5
            assert run.rank.max() > 100
            assert 3 < run.score.std() < 40

    def test_puts_channels_about_the_topic_first(self):
        frozen = pool(russian())
        wishes = Preferences((Wish(WishKind.TOPICS, 0.4, ("укладка плитки", "плиточник")),))
        run = screen.screen(frozen, Criteria(), wishes, MODEL)
        best = [frozen.raw.text("topic").at(int(row)) for row in np.flatnonzero((run.rank > 0) & (run.rank <= 20))]
        assert sum("плит" in topic for topic in best) >= 15
