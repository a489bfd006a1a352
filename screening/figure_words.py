"""Figures of a profile in words: what each is called, and a value as people write it."""

from django.utils.translation import gettext_lazy

from accounts import sight, wording
from accounts.access import Place
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


def shown(figure: Figure, *markets: str) -> str:
    """Return a figure as people write it: a price with its currency, a count in short. markets: as `written`."""
    return written(figure.name, figure.value, figure.currency, *markets)


def written(field: str, value: float, currency: str, *markets: str) -> str:
    """Return a value of a figure as people write it, a price as far as the reader's role needs it.

    value: in the unit of the column. markets: in which the reader sees the creator.
    """
    if field != "fee_minor":
        return words.compact(value)
    places = (Place(market=one) for one in markets)
    return wording.money(round(value), currency) if sight.sees(sight.FEE, *places) else str(sight.HIDDEN)
