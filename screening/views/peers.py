"""Where a creator's figures stand among peers, in words and as strips."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log10

from django.utils.translation import gettext as _

from accounts import wording
from screening import words
from screening.engine.bands import Band
from screening.engine.features import FEATURES
from screening.forms import market_name
from screening.peer_bands import Standing

MARGIN = 0.08  # of the axis, at both ends


@dataclass(frozen=True)
class Line:
    """One figure. The places are decimal logarithms: rates of peers lie around their middle in ratios."""

    title: str
    text: str
    place: float
    band: tuple[float, float]
    median: float
    usual: tuple[float, float]
    axis: tuple[float, float]


@dataclass(frozen=True)
class Group:
    """A profile among the peers of one market. frozen_at: when their figures were read."""

    title: str
    frozen_at: datetime
    lines: tuple[Line, ...]


def of(standings: Iterable[Standing]) -> list[Group]:
    """Return in words and strips where the profiles of a creator stand among peers."""
    return [_group(one) for one in standings]


def _group(one: Standing) -> Group:
    title = f"{one.profile.get_platform_display()}, {market_name(one.pool.market)}"
    return Group(title, one.pool.frozen_at, tuple(_line(band) for band in one.bands))


def _line(band: Band) -> Line:
    said = {
        "count": wording.number(band.size),
        "size": str(words.TIERS[band.tier]) if band.tier else _("all sizes"),
        "low": words.value(band.feature, band.low),
        "high": words.value(band.feature, band.high),
        "median": words.value(band.feature, band.median),
    }
    text = _("%(count)s peers (%(size)s): half have %(low)s to %(high)s, the middle one %(median)s") % said
    value, low, median, high, least, most = _places(band)
    ends = min(value, least), max(value, most)
    room = MARGIN * (ends[1] - ends[0])
    return Line(
        words.factor(band.feature, band.value), text, value, (low, high), median, (least, most),
        (ends[0] - room, ends[1] + room),
    )  # fmt: skip


def _places(band: Band) -> Sequence[float]:
    least = FEATURES[band.feature].low  # nothing at all has no logarithm: it stands at the end of the scale
    return [log10(max(one, least)) for one in (band.value, band.low, band.median, band.high, band.least, band.most)]
