"""Figures of a creator over time, as their page draws them, reactions with the peers of today behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import wording
from screening import charts, words
from screening.engine.bands import Band
from screening.forms import market_name
from screening.peer_bands import Standing
from screening.registry import Dossier, ProfileCard

CHARTED: dict[str, str | Promise] = {
    "followers": gettext_lazy("Followers"),
    "reactions": gettext_lazy("Reactions, share of followers"),
    "engagement_avg": gettext_lazy("Reactions to a post"),
    "likes_avg": gettext_lazy("Likes of a post"),
    "views_avg": gettext_lazy("Views of a post"),
    "viewers_avg": gettext_lazy("Live viewers"),
}
MOST_CHARTS = 2  # for one profile
MOST_CHARTED = 4  # profiles with charts: the page stays under its size
MOST_DOTS = 60  # of a chart; a longer history is thinned evenly, its ends are kept
BEHIND = {"reactions": "engagement_rate"}  # what peers are known by -> the feature of their pool


@dataclass(frozen=True)
class Chart:
    """A history to draw: a wide and a narrow one, and its table. peers: who the band behind it is, in words."""

    title: str
    wide: charts.History
    narrow: charts.History
    spoken: str
    has_hand: bool
    is_share: bool
    peers: str
    table: tuple[charts.Figure, ...]


def of(found: Dossier, standings: Sequence[Standing]) -> list[Chart]:
    """Return the charts of a creator's profiles. standings: where they stand among peers, none where that is sealed."""
    drawn: list[Chart] = []
    for card in found.profiles[:MOST_CHARTED]:
        own = [chart for name in CHARTED if (chart := _chart(card, name, standings)) is not None]
        drawn += own[:MOST_CHARTS]
    return drawn


def _chart(card: ProfileCard, name: str, standings: Iterable[Standing]) -> Chart | None:
    is_share = name in BEHIND
    known = _thinned([charts.Figure(*point) for point in (card.reactions() if is_share else card.series(name))])
    found = _band(card, BEHIND.get(name, ""), standings)
    usual = charts.Usual(found[1].least, found[1].median, found[1].most) if found else None
    wide = charts.history(known, usual=usual)
    narrow = charts.history(known, width=340, height=210, usual=usual)
    if wide is None or narrow is None:
        return None
    title, peers = f"{CHARTED[name]}, {card.profile.get_platform_display()}", _peers(*found) if found else ""
    is_hand = any(one.is_hand for one in known)
    return Chart(
        title, wide, narrow, _spoken(title, wide, is_share, peers), is_hand, is_share, peers, tuple(reversed(known))
    )  # fmt: skip


def _spoken(title: str, drawn: charts.History, is_share: bool, peers: str) -> str:
    said = words.share if is_share else words.compact
    told = {
        "what": title,
        "first": said(drawn.first.value),
        "start": wording.day(drawn.first.day),
        "last": said(drawn.last.value),
        "end": wording.day(drawn.last.day),
    }
    line = _("%(what)s: %(first)s on %(start)s, %(last)s on %(end)s") % told
    return f"{line}. {peers}" if peers else line


def _band(card: ProfileCard, feature: str, standings: Iterable[Standing]) -> tuple[Standing, Band] | None:
    """Return the first market in which enough peers of a profile are known by a feature."""
    own = (one for one in standings if one.profile == card.profile)
    return next(((one, band) for one in own for band in one.bands if band.feature == feature), None)


def _peers(one: Standing, band: Band) -> str:
    told = {
        "count": wording.number(band.size),
        "size": str(words.TIERS[band.tier]) if band.tier else _("all sizes"),
        "market": market_name(one.pool.market),
        "low": words.value(band.feature, band.least),
        "high": words.value(band.feature, band.most),
        "median": words.value(band.feature, band.median),
        "day": wording.day(one.pool.frozen_at),
    }
    return (
        _(
            "Grey band: nine tenths of %(count)s peers (%(size)s) in %(market)s as of %(day)s, %(low)s to %(high)s. "
            "Line: the middle one, %(median)s."
        )
        % told
    )


def _thinned(known: Sequence[charts.Figure]) -> list[charts.Figure]:
    by_day = list({one.day: one for one in known}.values())
    if len(by_day) <= MOST_DOTS:
        return by_day
    step = (len(by_day) - 1) / (MOST_DOTS - 1)
    return [by_day[round(n * step)] for n in range(MOST_DOTS)]
