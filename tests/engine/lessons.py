"""Generated outcomes for tests of learning: a market, a brief, and creators whose success follows a known rule."""

import numpy as np

from screening.engine import card, features
from screening.engine.lessons import Lessons, coded
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests.engine.profiles import TODAY, pool

EXPERT = card.compile_card()
CRITERIA = Criteria()
WISHES = Preferences((Wish(WishKind.AUDIENCE, 0.3, ("US",)), Wish(WishKind.ENGAGEMENT, 0.3)))


def profile(dice, place):
    """One creator with holes; what is not in the row is unknown."""
    size = float(np.exp(dice.normal(10, 1.2)))
    rate = 10 ** dice.normal(-1.6, 0.35)
    row = {
        "id": 10 + place, "platform": str(dice.choice(["instagram", "tiktok", "youtube"])), "market": "us",
        "followers": size, "following": size * 10 ** dice.normal(-1.5, 0.6), "posts": float(dice.integers(20, 4000)),
        "likes_avg": size * rate, "comments_avg": size * rate * 10 ** dice.normal(-1.6, 0.3),
        "views_avg": size * 10 ** dice.normal(-0.5, 0.3), "created": float(TODAY - dice.integers(200, 5000)),
        "verified": int(dice.integers(0, 2)), "audience_country": str(dice.choice(["US", "GB"])),
    }  # fmt: skip
    return {key: value for key, value in row.items() if key in {"id", "platform", "market"} or dice.random() < 0.85}


def market(count=1200, seed=0):
    """A frozen pool of generated creators."""
    dice = np.random.default_rng(seed)
    return pool([profile(dice, place) for place in range(count)])


def truth(frozen):
    """Log-odds (n,) of success by the rule of this world: rates as the expert says, age against the expert, a bend."""
    found = features.build(frozen.raw)

    def place(name):
        values = np.log10(found[name]) if features.FEATURES[name].scale == "log" else found[name]
        values = (values - np.nanmedian(values)) / np.nanstd(values)
        return np.nan_to_num(values)

    return 1.2 * place("engagement_rate") - 0.9 * place("account_age") - 0.7 * np.abs(place("followers")) + 0.3


def lessons(frozen, count, seed=0, rule=truth):
    """Outcomes of `count` creators of a pool, drawn evenly."""
    dice = np.random.default_rng([seed, count])
    seen = coded(frozen, CRITERIA, WISHES, EXPERT)
    rows = dice.choice(len(frozen), count, replace=False)
    worked = dice.random(count) < 1 / (1 + np.exp(-rule(frozen)[rows]))
    return Lessons(
        EXPERT.features, np.ascontiguousarray(seen.cells[:, rows]), seen.exists[:, rows], np.zeros(count, np.int32),
        [seen.setting()], worked, frozen.raw.creator_ids[rows],
    )  # fmt: skip
