"""Figures of a profile in words: what each is called, and a value as people write it."""

from django.utils.translation import gettext_lazy

from accounts import wording
from screening import words
from screening.registry import Figure

NAMES = {
    "followers": gettext_lazy("Followers"),
    "following": gettext_lazy("Follows"),
    "posts": gettext_lazy("Posts"),
    "engagement_avg": gettext_lazy("Reactions to a post"),
    "likes_avg": gettext_lazy("Likes of a post"),
    "comments_avg": gettext_lazy("Comments on a post"),
    "views_avg": gettext_lazy("Views of a post"),
    "shares_avg": gettext_lazy("Shares of a post"),
    "authentic_avg": gettext_lazy("Reactions held authentic"),
    "views_total": gettext_lazy("Views, all time"),
    "views_30d": gettext_lazy("Views in 30 days"),
    "viewers_avg": gettext_lazy("Live viewers"),
    "viewers_peak": gettext_lazy("Most live viewers"),
    "watch_minutes": gettext_lazy("Minutes watched"),
    "stream_minutes": gettext_lazy("Minutes live"),
    "fee_minor": gettext_lazy("Price of a post"),
}


def name(field: str) -> str:
    """Return what a figure is called. field: a column of Metrics."""
    return str(NAMES[field])


def shown(figure: Figure) -> str:
    """Return a figure as people write it: a price with its currency, a count in short."""
    return written(figure.name, figure.value, figure.currency)


def written(field: str, value: float, currency: str) -> str:
    """Return a value of a figure as people write it. value: in the unit of the column."""
    return wording.money(round(value), currency) if field == "fee_minor" else words.compact(value)
