"""How each pool feature is measured from raw figures. One function a feature; (n,) float64 out, NaN = unknown.

A figure of 0 is taken as hidden, not as none (platforms show 0 where likes or comments are switched off).
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from screening.engine import histories, subjects, texts
from screening.engine.raw import Doubles, RawTable

DAYS_A_YEAR = 365.25
# Following nobody is shown as 0 and is 0; every other figure's 0 means that the platform hides it.
STATED_ZERO = frozenset({"following"})


class Figures:
    """Latest known figures of n profiles, `figures["posts"]` (n,), each found once and shared by the measures."""

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.found: dict[str, Doubles] = {}

    def __getitem__(self, name: str) -> Doubles:
        if name not in self.found:
            values = histories.latest(self.raw.history, name)
            self.found[name] = values if name in STATED_ZERO else np.where(values > 0, values, np.nan)
        return self.found[name]

    @cached_property
    def age_days(self) -> Doubles:
        """Days since the account was opened, NaN where unknown or not in the past."""
        age = self.raw.as_of_day - self.raw.created_day
        return np.where(age > 0, age, np.nan)

    @cached_property
    def engagement(self) -> Doubles:
        """Reactions a post: the stated average, else likes + comments."""
        stated = self["engagement_avg"]
        return np.where(np.isnan(stated), self["likes_avg"] + self["comments_avg"], stated)

    @cached_property
    def rates(self) -> histories.Series:
        """Engagement rate at each dated row that has one."""
        return histories.engagement_series(self.raw.history)

    @cached_property
    def follower_steps(self) -> histories.Steps:
        """Changes of followers from one dated figure to the next."""
        return histories.steps(self.raw.history, "followers")

    @cached_property
    def subjects(self) -> Doubles:
        """What each profile says of each subject (n, subjects)."""
        return subjects.scores(self.raw)


def ratio(above: str, below: str, factor: float = 1.0) -> Callable[[Figures], Doubles]:
    """Return a measure: one figure over another, times `factor`."""
    return lambda figures: figures[above] / figures[below] * factor


def yes(name: str) -> Callable[[Figures], Doubles]:
    """Return a measure: 1 yes, 0 no, NaN unknown."""
    return lambda figures: np.where(figures.raw.flag(name) < 0, np.nan, figures.raw.flag(name)).astype(np.float64)


def posting_rate(figures: Figures) -> Doubles:
    """Posts a week: from the change of the post count in the last 180 days of figures, else posts over account age."""
    recent = histories.pace(figures.raw.history, "posts", days=180, least_days=14) * 7
    recent = np.where(recent >= 0, recent, np.nan)  # a falling count is deleted posts, not a rhythm
    return np.where(np.isnan(recent), figures["posts"] / figures.age_days * 7, recent)


def reach_rate(figures: Figures) -> Doubles:
    """Views in 30 days per follower: stated, else from the change of total views in the last 60 days of figures."""
    views = np.where(
        np.isnan(figures["views_30d"]),
        histories.pace(figures.raw.history, "views_total", days=60, least_days=7) * 30,
        figures["views_30d"],
    )
    # Total views that fall (videos taken down, recounts) say nothing about a month's reach.
    return np.where(views > 0, views, np.nan) / figures["followers"]


def growth_rate(figures: Figures) -> Doubles:
    """Relative change of followers in 30 days, over the last 180 days of figures (7 days at least)."""
    per_day = histories.pace(figures.raw.history, "followers", days=180, least_days=7, of=np.log)
    return np.expm1(per_day * 30)


def completeness(figures: Figures) -> Doubles:
    """Share of eight kinds of knowledge that are there: size, posts, reactions, comments, views, place, topic, bio."""
    raw = figures.raw
    views = (figures[name] for name in ("views_avg", "views_total", "avg_viewers"))
    has = [~np.isnan(figures[name]) for name in ("followers", "posts")]
    has += [~np.isnan(figures["likes_avg"]) | ~np.isnan(figures["engagement_avg"]), ~np.isnan(figures["comments_avg"])]
    has += [np.any([~np.isnan(found) for found in views], axis=0)]
    has += [(raw.code("language") >= 0) | (raw.code("country") >= 0) | (raw.code("audience_country") >= 0)]
    has += [(np.diff(raw.categories.offsets) > 0) | (np.diff(raw.text("topic").offsets) > 0)]
    has += [np.diff(raw.text("bio").offsets) > 0]
    return np.mean(has, axis=0)


def figures_age(figures: Figures) -> Doubles:
    """Days since the newest dated row, 1 at least; NaN without any."""
    return np.maximum(figures.raw.as_of_day - histories.last_day(figures.raw.history), 1.0)


MEASURES: Mapping[str, Callable[[Figures], Doubles]] = {
    "followers": lambda figures: figures["followers"],
    "following_ratio": ratio("following", "followers"),
    "posts": lambda figures: figures["posts"],
    "engagement_rate": lambda figures: figures.engagement / figures["followers"],
    "like_rate": ratio("likes_avg", "followers"),
    "comment_rate": ratio("comments_avg", "followers"),
    "view_rate": ratio("views_avg", "followers"),
    "share_rate": ratio("shares_avg", "views_avg"),
    "like_per_view": ratio("likes_avg", "views_avg"),
    "comment_per_like": ratio("comments_avg", "likes_avg"),
    "authentic_share": ratio("authentic_avg", "engagement_avg"),
    "engagement_trend": lambda figures: histories.trend(figures.rates),
    "engagement_spread": lambda figures: histories.spread(figures.rates),
    "growth_rate": growth_rate,
    "growth_spike": lambda figures: histories.spike(figures.follower_steps),
    "falling_share": lambda figures: histories.falling_share(figures.follower_steps),
    "posting_rate": posting_rate,
    "reach_rate": reach_rate,
    "views_per_post": ratio("views_total", "posts"),
    "lifetime_view_rate": ratio("views_total", "followers"),
    "views_per_day": lambda figures: figures["views_total"] / figures.age_days,
    "account_age": lambda figures: figures.age_days / DAYS_A_YEAR,
    "bio_completeness": lambda figures: texts.bio_completeness(figures.raw.text("bio")),
    "completeness": completeness,
    "figures_age": figures_age,
    "verified": yes("verified"),
    "partner": yes("partner"),
    "mature": yes("mature"),
    "live_rate": ratio("avg_viewers", "followers"),
    "viewers_steadiness": ratio("avg_viewers", "peak_viewers"),
    "watch_rate": ratio("watch_hours", "followers"),
    "fee_per_thousand": ratio("fee", "followers", 1000),
}
