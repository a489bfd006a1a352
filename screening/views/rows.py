"""What the ranking, the comparison and a candidate's page show of a row, in the reader's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sight, wording
from screening import charts, look_words, ranking, words
from screening.engine.types import Verdict
from screening.models import ScreeningRun
from screening.models import Verdict as VerdictWords
from screening.ranking import Candidate, Said

TOP = 3
VOICES = {"auto": "ai", "fast": "both"}  # everybody else who decides is a person


@dataclass(frozen=True)
class Factor:
    """One signed part of a score, in words. value: the figure as people write it."""

    label: str
    points: float
    value: str = ""
    typical: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class Who:
    """Who decides: the voice, in words, and the first thing that matters about it."""

    voice: str
    label: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A line of the ranking."""

    rank: int
    name: str
    language: str
    url: str
    market: str
    platform: str
    followers: str
    score: float
    bars: charts.Bars
    top: tuple[Factor, ...]
    verdict: str
    confidence: float | None
    p: float
    flags: int
    missing: int
    fee: str
    who: Who | None
    place: str
    is_after_cut: bool = False


def rows(run: ScreeningRun, candidates: Sequence[Candidate]) -> list[Row]:
    """Return the lines of a list, all bars on one scale, the first line beyond the cut marked."""
    pieces = [_pieces(candidate) for candidate in candidates]
    scale = charts.reach(pieces)
    cut, made = run.campaign.wanted, []
    for before, candidate, parts in zip([None, *candidates], candidates, pieces, strict=False):
        crosses = before is not None and 0 < before.row.rank <= cut < candidate.row.rank
        made.append(_row(run, candidate, charts.bars(parts, scale), is_after_cut=crosses))
    return made


def _pieces(candidate: Candidate) -> list[float]:
    top = [points for _feature, points in candidate.row.top]
    return [*top, candidate.row.score - 50 - sum(top)]


def _row(run: ScreeningRun, candidate: Candidate, bars: charts.Bars, *, is_after_cut: bool) -> Row:
    row, profile = candidate.row, candidate.profile
    return Row(
        rank=row.rank,
        name=profile.creator.name or profile.handle,
        language=profile.creator.language or profile.language,
        url=reverse("run-creator", args=[run.pk, profile.pk]),
        market=run.campaign.market_id,
        platform=profile.get_platform_display(),
        followers=compact(candidate.followers),
        score=row.score,
        bars=bars,
        top=tuple(Factor(words.feature(feature), points) for feature, points in row.top),
        verdict=verdict(row.verdict),
        confidence=None if row.verdict == Verdict.UNSURE else row.confidence,
        p=row.p,
        flags=len(row.flags),
        missing=row.missing,
        fee=fee(run, candidate),
        who=who(candidate),
        place=place(candidate),
        is_after_cut=is_after_cut,
    )


def verdict(code: str) -> str:
    """Return a verdict in words."""
    return str(VerdictWords(code).label)


def compact(value: float | None) -> str:
    """Return a count as lists show it, empty where it is not known."""
    return "" if value is None else words.compact(value)


def fee(run: ScreeningRun, candidate: Candidate) -> str:
    """Return the price of a post in the market's currency, empty where it is not known."""
    if candidate.fee is None:
        return ""
    currency = run.campaign.market.currency
    # Whole units: nobody compares creators by cents.
    return sight.amount(round(candidate.fee) * (1 if currency in wording.WHOLE else 100), currency, run.campaign)


def who(candidate: Candidate) -> Who | None:
    """Return who decides, from the open card of the answer; None where there is no card."""
    task = getattr(candidate.answer, "task", None)
    if task is None:
        return None
    stakes = _("%(stakes)s stakes") % {"stakes": task.get_stakes_display()}
    return Who(VOICES.get(task.route, "human"), task.get_route_display(), stakes)


def place(candidate: Candidate) -> str:
    """Return where a row without a card stands: shown, not shown now, removed by a criterion, or another profile."""
    if candidate.row.removed_by:
        return _("Removed: %(criterion)s") % {"criterion": words.criterion(candidate.row.removed_by)}
    if candidate.answer is not None:
        return _("not asked this time")
    if not candidate.row.rank:
        return _("another profile of the creator stands in the list")
    return _("not shown now")


@dataclass(frozen=True)
class Flag:
    """An observation against peers. percentile: place among them, 0-1; drawn on that axis with the band of 90 %."""

    title: str
    text: str
    percentile: float
    is_answered: bool
    band: tuple[float, float] = (0.05, 0.95)
    median: float = 0.5
    axis: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Card:
    """All that is said of one candidate, in words. parts: factors of known cells; lacking: what missing data adds."""

    row: Row
    said: Said
    factors: tuple[Factor, ...]
    lacking: Factor | None
    know: list[str]
    uncertain: list[str]
    no_data: list[str]
    question: str
    flags: tuple[Flag, ...]
    age: str

    @property
    def record(self) -> str:
        """How verdicts as sure as this one ended, of a learned model."""
        return words.record(self.said.knowledge.get("record"))

    @property
    def look(self) -> str:
        """What a look at its flags would find; empty where the run tells nothing of it."""
        return look_words.said(self.said.knowledge.get("look"))

    @property
    def chances(self) -> str:
        """Where the chance may lie in truth, of a learned model."""
        return words.chances(self.said.knowledge.get("chances"))

    @property
    def top(self) -> tuple[Factor, ...]:
        """The three heaviest factors of known cells."""
        return self.factors[:TOP]

    @property
    def rest(self) -> Factor | None:
        """All other known factors as one part."""
        others = self.factors[TOP:]
        if not others:
            return None
        n = len(others)
        label = ngettext("%(n)s smaller factor", "%(n)s smaller factors", n) % {"n": wording.number(n)}
        return Factor(label, sum(factor.points for factor in others))


def card(run: ScreeningRun, candidate: Candidate) -> Card:
    """Return everything a comparison or a page shows of a candidate."""
    said = ranking.said(run, candidate)
    told = {
        part: [words.knowledge(item) for item in said.knowledge.get(part, ())]
        for part in ("know", "uncertain", "no_data")
    }
    typical = said.knowledge.get("typical", {})
    bars = charts.bars((), charts.Reach(0, 0))
    return Card(
        row=_row(run, candidate, bars, is_after_cut=False),
        said=said,
        factors=tuple(_factor(one, typical) for one in said.known),
        lacking=_lacking(said),
        question=words.question(said.knowledge.get("question")),
        flags=tuple(map(_flag, said.flags)),
        age=days(said.figures_days),
        **told,
    )


def _factor(one: tuple[str, float, Any], typical: dict[str, float]) -> Factor:
    feature, points, value = one
    usual = words.value(feature, typical[feature]) if feature in typical and not isinstance(value, str) else ""
    return Factor(words.factor(feature, value), points, words.value(feature, value), usual)


def _lacking(said: Said) -> Factor | None:
    n = len(said.missing)
    if not n:
        return None
    label = ngettext("Missing data: %(n)s figure", "Missing data: %(n)s figures", n) % {"n": wording.number(n)}
    return Factor(label, said.missing_points, is_missing=True)


def _flag(told: Any) -> Flag:
    return Flag(
        words.flag_name(told["feature"], told["side"]), words.flag(told), told["percentile"], bool(told["norm"])
    )


def days(count: int | None) -> str:
    """Return an age in days in words."""
    if count is None:
        return _("not known")
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": wording.number(count)}


def longest(cards: Iterable[Card]) -> float:
    """Return the points of the longest bar that a comparison draws, one scale for all its columns."""
    parts = [abs(p.points) for c in cards for p in (*c.top, c.rest, c.lacking) if p is not None]
    return max(parts, default=1.0)
