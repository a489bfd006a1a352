"""Real creators with a known end: the learned card against what people would use. Skips where the data is absent.

Four tables of ../shared/data: reactions a season later (Instagram, TikTok), genuine and fake accounts, streamers who
became partners of the platform. No result of a real campaign is public, so these stand for it. Chances are compared on
creators that no model saw, by log loss and by how well they tell good from bad (AUC).
"""

import csv

import numpy as np
import pytest

from screening.engine import card, learned
from screening.engine.lessons import Lessons, chances, coded
from screening.engine.types import Criteria, Preferences
from tests.engine.profiles import pool
from tests.engine.shared_data import DATA, day, lines, number

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
EXPERT = card.compile_card()
REPEATS = 2
MONTHLY = "creators_monthly/social media influencers"


def months(platform, *files):
    """Creators of monthly lists: handle -> {day: figures}. A file: name, month, columns {figure: place}."""
    found = {}
    for name, month, places in files:
        for row in lines(f"{MONTHLY}{name}")[1:]:
            if len(row) > max(places.values()):
                figures = {key: number(row[place]) for key, place in places.items() if key != "handle"}
                found.setdefault(row[places["handle"]], {})[day(month)] = figures
    return found


def later(platform, before, after, rate):
    """Creators of `before` who are in `after` too; good = a rate above the middle there."""
    both = sorted(set(before) & set(after))
    then = np.array([rate(next(iter(after[handle].values()))) for handle in both])
    kept = np.flatnonzero(np.isfinite(then))
    rows = [{"platform": platform, "market": "us", "history": sorted(before[both[k]].items())} for k in kept]
    return rows, then[kept] > np.median(then[kept])


def instagram():
    """Instagram, March 2022: reactions per follower in September."""
    march = {"handle": 0, "followers": 5, "authentic_avg": 8, "engagement_avg": 10}
    september = {"handle": 1, "followers": 4, "engagement_avg": 9}
    return later(
        "instagram", months("instagram", (" - instagram.csv", "2022-03-01", march)),
        months("instagram", (" - instagram sep-2022.csv", "2022-09-01", september)),
        lambda figures: figures["engagement_avg"] / figures["followers"],
    )  # fmt: skip


def tiktok():
    """TikTok, March and June 2022: likes per view in September."""
    early = {"handle": 0, "followers": 3, "views_avg": 5, "likes_avg": 7, "comments_avg": 9, "shares_avg": 11}
    late = {"handle": 1, "followers": 4, "views_avg": 6, "likes_avg": 8}
    return later(
        "tiktok",
        months("tiktok", (" - tiktok.csv", "2022-03-01", early),
               ("-tiktok june 2022 - june 2022.csv", "2022-06-01", early)),
        months("tiktok", (" - Tiktok sep 2022.csv", "2022-09-01", late)),
        lambda figures: figures["likes_avg"] / figures["views_avg"],
    )  # fmt: skip


def genuine():
    """Instagram accounts, genuine and fake."""
    rows = list(csv.DictReader((DATA / "fraud/insta_train.csv").open()))
    made = [
        {"platform": "instagram", "market": "us", "posts": float(row["#posts"]), "followers": float(row["#followers"]),
         "following": float(row["#follows"]), "bio": "x" * int(row["description length"])}
        for row in rows
    ]  # fmt: skip
    return made, np.array([row["fake"] == "0" for row in rows])


def partners():
    """Twitch streamers of the Russian market: who became a partner."""
    rows, old = lines("creators_twitch/RU_target.csv")[1:], day("2018-05-01")
    made = [
        {"platform": "twitch", "market": "ru", "created": float(old - int(row[1])), "mature": int(row[2] == "True"),
         "views_total": number(row[3])}
        for row in rows
    ]  # fmt: skip
    good = np.array([row[4] == "True" for row in rows])
    kept = np.sort(np.concatenate([np.flatnonzero(good), np.flatnonzero(~good)[: 2 * good.sum()]]))
    return [made[k] for k in kept], good[kept]


TABLES = (instagram, tiktok, genuine, partners)


def area(p, good):
    """Area under the curve, by ranks."""
    order = np.argsort(np.argsort(p, kind="stable"))
    return (order[good].sum() - good.sum() * (good.sum() - 1) / 2) / (good.sum() * (~good).sum())


def foils(features, good, seen, unseen):
    """Chances of a cross-validated linear model and of a boosted forest for those they did not see."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = LogisticRegressionCV(
        Cs=6, cv=3, scoring="neg_log_loss", max_iter=2000, l1_ratios=(0,), use_legacy_attributes=False
    )
    linear = make_pipeline(StandardScaler(), fitted)
    forest = HistGradientBoostingClassifier(max_leaf_nodes=6, learning_rate=0.05, min_samples_leaf=5)
    return {
        name: model.fit(features[seen], good[seen]).predict_proba(features[unseen])[:, 1]
        for name, model in (("linear", linear), ("forest", forest))
    }


def tried(table, count):
    """One table: log loss and AUC of each way, mean of the repeats, on those that were not learned from."""
    rows, good = table()
    frozen = pool([{"id": n + 1, **row} for n, row in enumerate(rows)])
    seen_by = coded(frozen, Criteria(), Preferences(), EXPERT)
    values = np.where(seen_by.cells == 0, 128, seen_by.cells)[seen_by.cells.std(axis=1) > 0].T.astype(float)
    values = np.column_stack([values, (seen_by.cells == 0)[seen_by.cells.std(axis=1) > 0].T])
    whole = Lessons(
        EXPERT.features, seen_by.cells, seen_by.exists, np.zeros(len(rows), np.int32), [seen_by.setting()], good,
        frozen.raw.creator_ids,
    )  # fmt: skip
    found = {}
    for repeat in range(REPEATS):
        order = np.random.default_rng([repeat, count]).permutation(len(rows))
        seen, unseen = order[:count], order[count:]
        part = Lessons(
            EXPERT.features, seen_by.cells[:, seen], seen_by.exists[:, seen], np.zeros(count, np.int32),
            whole.settings, good[seen], frozen.raw.creator_ids[seen],
        )  # fmt: skip
        model = learned.learn(part, EXPERT).model
        said = {"card": chances(EXPERT, whole)[unseen], "learned": chances(model, whole)[unseen]}
        for name, p in (said | foils(values, good, seen, unseen)).items():
            told = learned.log_loss(np.clip(p, 0.05, 0.95), good[unseen]).mean(), area(p, good[unseen])
            found.setdefault(name, []).append(told)
    return {name: np.mean(told, axis=0) for name, told in found.items()}


@pytest.fixture(scope="module", params=[60, 200])
def compared(request):
    """Way -> mean log loss and AUC over the tables, after so many outcomes."""
    each = {table.__name__: tried(table, request.param) for table in TABLES}
    for name, ways in each.items():
        print(request.param, name, {way: (round(a, 3), round(b, 3)) for way, (a, b) in ways.items()})
    return {way: np.mean([ways[way] for ways in each.values()], axis=0) for way in each["genuine"]}


def test_is_never_far_behind_what_people_would_use_instead(compared):
    loss, told = compared["learned"]
    assert loss <= min(compared["linear"][0], compared["forest"][0]) + 0.01
    assert told >= max(compared["linear"][1], compared["forest"][1]) - 0.01


def test_is_better_than_the_card_it_began_with(compared):
    assert compared["learned"][0] < compared["card"][0] - 0.05
    assert compared["learned"][1] > compared["card"][1] + 0.02
