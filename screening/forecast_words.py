"""Forecasts in words and on a strip: the figure, its intervals, what stands behind them, or what is lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from screening import forecasting, words
from screening.engine.baskets import FEWEST as FEWEST_CAMPAIGNS
from screening.engine.baskets import Sum
from screening.engine.forecast import FEWEST, Forecaster
from screening.models import Objective

MILLION = 1_000_000
Ends = tuple[float, float]


@dataclass(frozen=True)
class Strip:
    """Places on the log scale: thin line, thick line, dot; the axis is the same for all that a forecaster says."""

    outer: Ends
    inner: Ends | None
    middle: float
    axis: Ends


@dataclass(frozen=True)
class Shown:
    """What a creator is expected to bring. none: why there is no figure; then the rest is empty.

    adjusted: what people say of it, each a line.
    """

    goal: str
    middle: str = ""
    range: str = ""
    wider: str = ""
    basis: str = ""
    strip: Strip | None = None
    adjusted: Sequence[str] = ()
    none: str = ""

    @property
    def label(self) -> str:
        """The strip for those who do not see it."""
        return f"{self.goal}: {self.middle}, {self.range}"


def goal(kpi: str) -> str:
    """Return the KPI in words, as a heading."""
    return str(Objective(kpi).label).capitalize()


def shown(told: Mapping[str, Any] | None, kpi: str, *, known: int, adjusted: Sequence[str] = ()) -> Shown:
    """Return a stored forecast in words. known: creators of the market with a result in the KPI."""
    if not told:
        return Shown(goal(kpi), none=lacking(kpi, known))
    if "middle" not in told:
        return Shown(goal(kpi), none=_none(kpi, _("Too many figures lie beyond those of everybody with a result.")))
    bands = {band["level"]: band for band in told["bands"]}
    usual = bands.get(forecasting.USUAL)
    if usual is None:
        return Shown(goal(kpi), none=_none(kpi, _("The latest results lie too far off for an interval.")))
    return Shown(
        goal=goal(kpi), middle=words.compact(told["middle"]), range=_range(usual), wider=_range(bands.get(90)),
        basis=_basis(usual, told["markets"]), strip=_strip(told, usual, bands.get(50)), adjusted=adjusted,
    )  # fmt: skip


def _none(kpi: str, why: str) -> str:
    return _("%(goal)s: no forecast. %(why)s") % {"goal": goal(kpi), "why": why}


def lacking(kpi: str, known: int) -> str:
    """Return why nothing is forecast: how many creators have a result, and how many are needed."""
    n = wording.number(known)
    if known >= FEWEST:
        enough = _(
            "%(n)s creators here have a result: enough. It is learned with the market’s model; a run started after "
            "that has it."
        )
        return _none(kpi, enough % {"n": n})
    few = ngettext(
        "%(n)s creator of this market has a result in it; %(least)s are needed.",
        "%(n)s creators of this market have a result in it; %(least)s are needed.", known,
    )  # fmt: skip
    return _none(kpi, few % {"n": n, "least": FEWEST})


def _range(band: Mapping[str, Any] | None) -> str:
    return _interval(band["level"], band["low"], band["high"]) if band else ""


def _interval(level: int, low: float, high: float) -> str:
    given = {"low": words.compact(low), "high": words.compact(high), "level": wording.share(level / 100)}
    return _("%(low)s–%(high)s, %(level)s interval") % given


def promise(by: Forecaster) -> str:
    """Return what stands behind a forecaster's usual interval, and what it promises; "" where there is too little."""
    usual = next((one for one in by.widths() if round(100 * one.level) == forecasting.USUAL), None)
    if usual is None:
        return ""
    told = {"level": forecasting.USUAL, "n": usual.n, "rank": usual.rank, "promised_u6": usual.promised * MILLION}
    return _basis(told, by.markets)


def _basis(band: Mapping[str, Any], markets: int) -> str:
    given = {
        "n": wording.number(band["n"]), "rank": wording.number(band["rank"]),
        "sure": wording.share(0.9), "least": wording.percent(band["promised_u6"] / MILLION),
        "level": wording.share(band["level"] / 100),
    }  # fmt: skip
    said = ngettext(
        "The %(level)s interval: rank %(rank)s of the errors on %(n)s creator; with %(sure)s confidence it holds at "
        "least %(least)s of new ones.",
        "The %(level)s interval: rank %(rank)s of the errors on %(n)s creators; with %(sure)s confidence it holds at "
        "least %(least)s of new ones.", band["n"],
    ) % given  # fmt: skip
    return said if markets == 1 else said + " " + _("Results of other markets help, at the scale of this one.")


def _strip(told: Mapping[str, Any], usual: Mapping[str, Any], half: Mapping[str, Any] | None) -> Strip:
    low, high = told["ends"]
    return Strip(_places(usual), _places(half) if half else None, told["place"], (low, high))


def _places(band: Mapping[str, Any]) -> Ends:
    return log10(1 + band["low"]), log10(1 + band["high"])


def moved(told: Mapping[str, Any] | None, name: str, percent: int, why: str) -> str:
    """Return what a person says of a forecast: by how much they move it, to what, and why."""
    sign = "+" if percent > 0 else ""
    given = {"name": name, "share": f"{sign}{wording.share(percent / 100)}"}
    middle = (told or {}).get("middle")
    if middle is None:
        text = _("%(name)s: %(share)s.") % given
    else:
        text = _("%(name)s: %(figure)s (%(share)s).") % {
            **given, "figure": words.compact(middle * (1 + percent / 100)),
        }  # fmt: skip
    return f"{text} {why}" if why else text


def together(found: Sum | None, by: Forecaster | None, kpi: str, count: int) -> Shown:
    """Return what several creators bring together, in words. count: of how many it is the sum."""
    if found is None:
        return Shown(goal(kpi), none=_no_sum(by))
    basis = ngettext(
        "%(n)s creator; how far errors go together comes from %(campaigns)s campaigns.",
        "%(n)s creators; how far errors go together comes from %(campaigns)s campaigns. Audience that they share is "
        "counted twice.", count,
    )  # fmt: skip
    campaigns = wording.number(by.campaigns if by else 0)
    return Shown(
        goal=goal(kpi), middle=words.compact(found.middle),
        range=_interval(round(100 * found.level), found.low, found.high),
        basis=basis % {"n": wording.number(count), "campaigns": campaigns},
    )  # fmt: skip


def _no_sum(by: Forecaster | None) -> str:
    if by is None:
        return _("No sum: nothing is forecast for these creators.")
    if by.basket is not None:
        return _("No sum: not all of these creators have a forecast.")
    n = by.campaigns
    few = ngettext(
        "No sum: %(n)s campaign has results of two creators or more; %(least)s are needed to know how far errors go "
        "together.",
        "No sum: %(n)s campaigns have results of two creators or more; %(least)s are needed to know how far errors go "
        "together.", n,
    )  # fmt: skip
    return few % {"n": wording.number(n), "least": FEWEST_CAMPAIGNS}
