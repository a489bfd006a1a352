"""The list of a finished run as people read it: rows of the result with names and figures, and all that is said of one.

Figures are those of the run's own pool, so that a list shows tomorrow what it showed today. Reads only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from screening import answers, judging, pools, results, store
from screening.engine import histories
from screening.engine.types import VERDICTS, Verdict
from screening.models import Profile, Recommendation, ScreeningRun

U6 = answers.U6
FEW, MANY = 2, 4  # creators side by side


class NotListed(LookupError):
    """Raised when a run has no such rank or profile."""


@dataclass(frozen=True)
class Candidate:
    """One row of the list. followers, fee: as of the run, fee in major units of the market's currency; None = unknown.

    answer: the frozen answer with its `task` where one is open, None where the row is not shown now.
    """

    row: results.Row
    profile: Profile
    followers: float | None
    fee: float | None
    answer: Recommendation | None


@dataclass(frozen=True)
class Ranking:
    """A page of the list, and how many rows each view of it has."""

    page: results.Page
    candidates: tuple[Candidate, ...]
    counts: Mapping[str, int]


def read(
    run: ScreeningRun, *, view: str = "shown", sort: str = "rank", number: int = 1, flagged: bool = False,
    criterion: str = "", per_page: int = results.PER_PAGE, hidden: frozenset[int] = frozenset(),
) -> Ranking:  # fmt: skip
    """Return a page of a completed run's list: shown now, not shown now, or removed by the criteria. Three queries.

    hidden: profiles that are sealed for the reader; list, ranks and counts are made without them.
    """
    shown = list(run.recommendations.values_list("profile_id", flat=True))
    page = results.page(
        run, view=view, shown=shown, sort=sort, number=number, flagged=flagged, criterion=criterion, per_page=per_page,
        hidden=hidden,
    )  # fmt: skip
    told, n = funnel(run, hidden), len(set(shown) - hidden)
    counts = {
        "shown": n,
        "not_shown": max(0, int(told["ranked"]) - n),
        "removed": int(told["total"]) - int(told["passed"]),
    }
    return Ranking(page, candidates(run, page.rows, is_brief=True), counts)


def candidates(run: ScreeningRun, rows: Sequence[results.Row], *, is_brief: bool = False) -> tuple[Candidate, ...]:
    """Return rows in their order with profiles, figures and frozen answers, brief: without long parts. Two queries."""
    ids = [row.profile_id for row in rows]
    profiles = Profile.objects.select_related("creator").in_bulk(ids)
    frozen = run.recommendations.filter(profile__in=ids).select_related("task")
    long = ("knowledge", "flags", "factors") if is_brief else ()
    said = {answer.profile_id: answer for answer in frozen.defer(*long)}
    followers, fees = figures(run, ids, "followers"), figures(run, ids, "fee")
    return tuple(
        Candidate(row, profiles[row.profile_id], followers.get(row.profile_id), fees.get(row.profile_id),
                  said.get(row.profile_id))
        for row in rows if row.profile_id in profiles
    )  # fmt: skip


def figures(run: ScreeningRun, profile_ids: Iterable[int], name: str) -> dict[int, float]:
    """Return the newest known value of a figure in the run's pool; profiles without it are left out.

    Nothing where the pool was removed: the list says what it ranked, without followers and fees.
    """
    if run.pool is None:
        return {}
    try:
        pool = pools.open_pool(run.pool)
    except store.NotInStore:
        return {}
    places = {profile: row for profile in profile_ids if (row := pools.row_of(pool, profile)) is not None}
    if not places:
        return {}
    values = histories.latest(pool.raw.take(np.array(list(places.values()))).history, name)
    return {profile: float(value) for profile, value in zip(places, values, strict=True) if not np.isnan(value)}


def funnel(run: ScreeningRun, hidden: frozenset[int] = frozenset()) -> dict[str, Any]:
    """Return the counts of a completed run without the hidden profiles, and without the hash that covers them."""
    told = dict(run.funnel)
    if not hidden or not run.result_sha256:
        return told
    rows = results.rows(run)
    out = rows[np.isin(rows["profile"], np.array(sorted(hidden), np.int64)) & (rows["rank"] > 0)]
    verdicts = {str(one): int((out["verdict"] == k).sum()) for k, one in enumerate(VERDICTS)}
    return told | {
        "ranked": int(told["ranked"]) - len(out),
        "with_missing": int(told["with_missing"]) - int((out["missing"] > 0).sum()),
        "flagged": int(told["flagged"]) - int((out["flags"] > 0).sum()),
        "verdicts": {code: int(n) - verdicts.get(code, 0) for code, n in told["verdicts"].items()},
        "output": "",
    }


def asked(texts: Iterable[str]) -> list[int]:
    """Return the ranks of ?p=1,4,7 (or p given several times), each once, in the order given."""
    words = (word for text in texts for word in text.split(","))
    return list(dict.fromkeys(int(word) for word in words if word.isdecimal() and len(word) < 9))


def by_rank(run: ScreeningRun, ranks: Sequence[int], hidden: frozenset[int] = frozenset()) -> list[Candidate]:
    """Return the candidates that stand at these ranks, counted without hidden ones; other ranks are left out."""
    rows = results.rows(run)
    listed = rows["profile"][(rows["rank"] > 0) & ~np.isin(rows["profile"], np.array(sorted(hidden), np.int64))]
    return _found(run, [int(listed[rank - 1]) for rank in ranks if 0 < rank <= len(listed)], hidden)


def by_profile(run: ScreeningRun, profile_id: int, hidden: frozenset[int] = frozenset()) -> Candidate:
    """Return one candidate of a completed run, ranked or not. Raises NotListed, for one that is hidden too."""
    found = _found(run, [profile_id], hidden)
    if not found:
        raise NotListed(f"Profile {profile_id} does not stand in the list of run {run.number}.")
    return found[0]


def by_profiles(run: ScreeningRun, profile_ids: Sequence[int]) -> list[Candidate]:
    """Return candidates of a completed run in this order; who does not stand in its list is left out."""
    return _found(run, profile_ids)


def _found(run: ScreeningRun, profile_ids: Sequence[int], hidden: frozenset[int] = frozenset()) -> list[Candidate]:
    page = results.page(run, view="all", only=profile_ids, per_page=max(1, len(profile_ids)), hidden=hidden)
    by_id = {candidate.profile.pk: candidate for candidate in candidates(run, page.rows)}
    return [by_id[profile_id] for profile_id in profile_ids if profile_id in by_id]


@dataclass(frozen=True)
class Said:
    """All that the AI says of one candidate, frozen or derived again to the same numbers; codes and numbers, no words.

    factors: (feature, points, value or None), heaviest first; score = 50 + their sum. knowledge: as on Recommendation.
    """

    score: float
    p: float
    verdict: Verdict
    factors: tuple[tuple[str, float, Any], ...]
    missing: tuple[str, ...]
    flags: tuple[Mapping[str, Any], ...]
    knowledge: Mapping[str, Any]
    figures_days: int | None

    @property
    def confidence(self) -> float | None:
        """Chance that the verdict proves right; None for Unsure."""
        if self.verdict is Verdict.UNSURE:
            return None
        return self.p if self.verdict is Verdict.RECOMMEND else 1 - self.p

    @property
    def known(self) -> tuple[tuple[str, float, Any], ...]:
        """Factors of known cells."""
        return tuple(factor for factor in self.factors if factor[0] not in self.missing)

    @property
    def missing_points(self) -> float:
        """What missing data adds to the score."""
        return sum(points for feature, points, _value in self.factors if feature in self.missing)


def said(run: ScreeningRun, candidate: Candidate) -> Said:
    """Return what the AI says of a candidate: the frozen answer, or the same derived again from pool and model."""
    if candidate.answer is not None:
        return _frozen(run, candidate.answer)
    judged = judging.judge(run)
    pk = candidate.profile.pk
    found = answers.assessed(run, judged, [pk])[pk]
    return Said(
        score=found.score,
        p=found.p,
        verdict=found.verdict,
        factors=tuple((one.feature, one.points, one.word or one.value) for one in found.factors),
        missing=found.missing,
        flags=tuple(asdict(flag) for flag in found.flags),
        knowledge=answers.knowledge_of(found) | answers.beside(run, judged, found),
        figures_days=found.figures_days,
    )


def _frozen(run: ScreeningRun, answer: Recommendation) -> Said:
    seen = run.finished_at or run.created_at
    return Said(
        score=answer.score,
        p=answer.p,
        verdict=Verdict(answer.verdict),
        factors=tuple((feature, points / U6, value) for feature, points, value in answer.factors),
        missing=tuple(answer.knowledge.get("missing", ())),
        flags=tuple(answer.flags),
        knowledge=answer.knowledge,
        figures_days=None if answer.figures_date is None else (seen.date() - answer.figures_date).days,
    )
