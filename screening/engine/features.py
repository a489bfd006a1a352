"""What the engine looks at: one row a feature, and the functions that measure them from a raw table.

A value outside [low, high] counts as the nearest end, an unknown one is NaN. `direction` says what more of it means in
domain sense: +1 good, -1 bad, 0 neither or best in the middle. `platforms` names where it can exist at all (empty =
everywhere): there a missing value is missing data, elsewhere it is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from screening.engine import measures, series, wishes
from screening.engine.raw import Floats, RawTable
from screening.engine.subjects import SUBJECTS
from screening.engine.types import Criteria, Preferences

LINEAR, LOG, CHOICE = "linear", "log", "choice"
STREAMS = ("twitch", "kick", "trovo")
PLATFORMS = (
    "instagram", "tiktok", "youtube", "twitch", "telegram", "vk", "rutube", "dzen", "x", "facebook", "kick", "trovo",
    "ok", "pinterest", "snapchat", "threads", "bilibili", "likee", "max", "blog",
)  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One thing that is looked at.

    source: columns of RawTable. evidence: figure, history, text, account, price, network or brief. since: the
    generation that brought it; pools and models of an earlier one are read as they are (codes.grid_key).
    """

    name: str
    unit: str
    low: float
    high: float
    scale: str
    direction: int
    source: tuple[str, ...]
    evidence: str
    per_campaign: bool = False
    platforms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    since: int = 1


FOLLOWERS = ("followers",)
ENGAGEMENT = ("engagement_avg", "likes_avg", "comments_avg", "followers")
SAID = ("bio", "topic", "categories")
POOL_FEATURES = (
    Feature("platform", "choice", 1, 254, CHOICE, 0, ("platform",), "account", choices=PLATFORMS),
    Feature("followers", "count", 1e2, 1e9, LOG, 0, FOLLOWERS, "figure"),
    Feature("following_ratio", "ratio", 1e-5, 10, LOG, -1, ("following", "followers"), "figure",
            platforms=("instagram", "tiktok", "twitch", "vk", "x", "threads")),
    Feature("posts", "count", 1, 1e5, LOG, 1, ("posts",), "figure"),
    Feature("engagement_rate", "share of followers", 1e-5, 1, LOG, 1, ENGAGEMENT, "figure"),
    Feature("like_rate", "share of followers", 1e-5, 1, LOG, 1, ("likes_avg", "followers"), "figure"),
    Feature("comment_rate", "share of followers", 1e-7, 0.3, LOG, 1, ("comments_avg", "followers"), "figure"),
    Feature("view_rate", "share of followers", 1e-4, 100, LOG, 1, ("views_avg", "followers"), "figure"),
    Feature("share_rate", "share of views", 1e-6, 0.3, LOG, 1, ("shares_avg", "views_avg"), "figure",
            platforms=("tiktok", "instagram", "telegram", "vk", "likee")),
    Feature("like_per_view", "share of views", 1e-4, 1, LOG, 1, ("likes_avg", "views_avg"), "figure"),
    Feature("comment_per_like", "ratio", 1e-4, 1, LOG, 0, ("comments_avg", "likes_avg"), "figure"),
    Feature("authentic_share", "share", 0, 1.2, LINEAR, 1, ("authentic_avg", "engagement_avg"), "figure",
            platforms=("instagram",)),
    Feature("engagement_trend", "change in 30 days", -0.8, 0.8, LINEAR, 1, ENGAGEMENT, "history"),
    Feature("engagement_spread", "decades", 0, 1.2, LINEAR, -1, ENGAGEMENT, "history"),
    Feature("growth_rate", "change in 30 days", -0.3, 1, LINEAR, 0, FOLLOWERS, "history"),
    Feature("growth_spike", "share of followers", 1e-4, 10, LOG, -1, FOLLOWERS, "history"),
    Feature("falling_share", "share of steps", 0, 1, LINEAR, -1, FOLLOWERS, "history"),
    Feature("posting_rate", "posts a week", 1e-2, 200, LOG, 0, ("posts", "created_day"), "history"),
    Feature("reach_rate", "views a follower in 30 days", 1e-3, 1e3, LOG, 1,
            ("views_30d", "views_total", "followers"), "history"),
    Feature("views_per_post", "views", 1, 1e9, LOG, 1, ("views_total", "posts"), "figure"),
    Feature("lifetime_view_rate", "views a follower", 1e-1, 1e5, LOG, 1, ("views_total", "followers"), "figure"),
    Feature("views_per_day", "views a day", 1e-2, 1e8, LOG, 1, ("views_total", "created_day"), "figure"),
    Feature("account_age", "years", 0, 20, LINEAR, 1, ("created_day",), "account"),
    Feature("bio_completeness", "share", 0, 1, LINEAR, 1, ("bio",), "text"),
    Feature("completeness", "share", 0, 1, LINEAR, 1, ("history", "categories", "bio", "language"), "account"),
    Feature("figures_age", "days", 1, 3650, LOG, -1, ("history",), "account"),
    Feature("verified", "yes", 0, 1, LINEAR, 1, ("verified",), "account"),
    Feature("partner", "yes", 0, 1, LINEAR, 1, ("partner",), "account", platforms=STREAMS),
    Feature("mature", "yes", 0, 1, LINEAR, -1, ("mature",), "account", platforms=STREAMS),
    Feature("live_rate", "share of followers", 1e-5, 1, LOG, 1, ("avg_viewers", "followers"), "figure",
            platforms=STREAMS),
    Feature("viewers_steadiness", "share of peak", 0, 1, LINEAR, 1, ("avg_viewers", "peak_viewers"), "figure",
            platforms=STREAMS),
    Feature("watch_rate", "hours a follower", 1e-3, 1e4, LOG, 1, ("watch_hours", "followers"), "figure",
            platforms=STREAMS),
    Feature("fee_per_thousand", "money per 1,000 followers", 1e-2, 1e7, LOG, -1, ("fee", "followers"), "price"),
    # What comes later stands at the end: the rows of a stored pool's codes are in this order.
    Feature("seasonality", "share of movement", 0, 1, LINEAR, 0, ("views_total", "followers"), "history", since=2),
    Feature("posting_gap", "days", 1, 1000, LOG, -1, ("gap_days", "posts"), "history", since=2),
    Feature("stale_share", "share of steps", 0, 1, LINEAR, -1, ("history",), "history", since=2),
    Feature("misdated_share", "share of rows", 0, 1, LINEAR, -1, ("history", "created_day"), "history", since=2),
    Feature("main_subject", "choice", 1, 254, CHOICE, 0, SAID, "text", choices=tuple(SUBJECTS), since=2),
    Feature("subject_focus", "share of subjects", 0, 1, LINEAR, 0, SAID, "text", since=2),
    Feature("ad_share", "share of posts", 0, 1, LINEAR, -1, ("ads", "posted"), "text", since=2),
    Feature("mention_rate", "accounts a post", 1e-2, 50, LOG, 0, ("mentions_avg",), "network", since=2),
    Feature("named_by", "creators", 1, 1e4, LOG, 1, ("named_by",), "network", since=2),
    Feature("shared_accounts", "accounts", 1, 1e4, LOG, 0, ("shared_accounts",), "network", since=2),
    Feature("fee_to_usual", "share of the usual price", 1e-2, 1e2, LOG, -1, ("fee", "usual_fee"), "price", since=2),
    Feature("shared_brands", "brands", 1, 1e4, LOG, 0, ("shared_brands",), "network", since=3),
)  # fmt: skip
CAMPAIGN_FEATURES = (
    Feature("topic_match", "match", 0, 0.6, LINEAR, 1, ("bio", "topic", "categories"), "brief", True),
    Feature("category_match", "match", 0, 1, LINEAR, 1, ("categories",), "brief", True),
    Feature("language_match", "yes", 0, 1, LINEAR, 1, ("language", "bio"), "brief", True),
    Feature("audience_match", "yes", 0, 1, LINEAR, 1, ("audience_country",), "brief", True),
    Feature("country_match", "yes", 0, 1, LINEAR, 1, ("country",), "brief", True),
    Feature("tier_fit", "decades outside", 0, 3, LINEAR, -1, ("followers",), "brief", True),
    Feature("posting_fit", "share of wish", 0.02, 2, LOG, 1, ("posts", "created_day"), "brief", True),
    Feature("fee_to_ceiling", "share of ceiling", 1e-2, 10, LOG, -1, ("fee",), "price", True),
)
FEATURES: Mapping[str, Feature] = {feature.name: feature for feature in POOL_FEATURES + CAMPAIGN_FEATURES}


def build(raw: RawTable) -> dict[str, Floats]:
    """Measure every pool feature: name -> (n,) float32, NaN = unknown. A row depends on nothing but itself."""
    figures = measures.Figures(raw)
    every = {**measures.MEASURES, **series.MEASURES}
    numbers = {name: measure(figures).astype(np.float32) for name, measure in every.items()}
    found = {"platform": choose(raw, "platform", PLATFORMS)} | numbers
    return {feature.name: found[feature.name] for feature in POOL_FEATURES}


def build_for_campaign(raw: RawTable, criteria: Criteria, preferences: Preferences) -> dict[str, Floats]:
    """Measure the features that depend on the brief; NaN in all rows where the brief does not ask (wishes.scales)."""
    found = wishes.measure(raw, criteria, preferences)
    return {feature.name: found[feature.name].astype(np.float32, copy=False) for feature in CAMPAIGN_FEATURES}


def choose(raw: RawTable, name: str, choices: tuple[str, ...]) -> Floats:
    """Return 1 + the index into `choices` of a coded column (n,); NaN where unknown or not among them."""
    known = {word: place for place, word in enumerate(choices, 1)}
    table = np.array([known.get(word.casefold(), np.nan) for word in raw.words.get(name, ())] + [np.nan], np.float32)
    return table[raw.code(name)]
