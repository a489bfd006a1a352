"""The letter that explains a decision to the creator: from the decision record, in English or Russian, to be printed.

It says who decided, on what data and what of it weighed, and what the creator can ask for. It holds nothing of other
creators (no rank, no list), no words that colleagues wrote for each other, no price, and nothing that could be read as
an accusation: what was flagged, or speaks of doubt in figures, is left out. The product sends nothing; a person does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts import access
from accounts.models import User
from review import queries, seals
from review.models import Decision, Origin, ReviewTask
from screening import words
from screening.models import Metrics, Recommendation

MOST = 4  # statements on either side
LEAST = 500_000  # half a point, in millionths: less moved nothing
# Of doubt in figures, or of other creators: never in a letter, whatever it weighed.
UNSAID = frozenset({
    "authentic_share", "misdated_share", "stale_share", "growth_spike", "named_by", "shared_accounts", "falling_share",
})  # fmt: skip
BY_PEOPLE = frozenset({Origin.PERSON, Origin.FAST})


@dataclass(frozen=True)
class Letter:
    """What a letter says, as codes and values; the words are made by the page, in the letter's language."""

    task: ReviewTask
    answer: Recommendation
    decision: Decision
    by: User  # who answers for it
    is_approved: bool
    is_by_person: bool
    sources: list[str]
    figures_date: date | None
    is_learned: bool
    weighed: Sequence[tuple[str, int, Any]]

    @property
    def spoke_for(self) -> list[str]:
        """What spoke for it, heaviest first."""
        return [words.factor(code, value) for code, points, value in self.weighed if points >= LEAST][:MOST]

    @property
    def spoke_against(self) -> list[str]:
        """What spoke against it, heaviest first."""
        return [words.factor(code, value) for code, points, value in self.weighed if points <= -LEAST][:MOST]

    @property
    def unknown(self) -> list[str]:
        """What was not known."""
        missing: list[str] = self.answer.knowledge.get("missing", [])
        return [words.feature(code) for code in missing if code not in UNSAID][:MOST]


def letter(user: User, task_id: int, *, now: datetime) -> Letter | None:
    """Return the letter of a decided card that the user may see, None while its decision can still be taken back.

    Raises NotAllowed.
    """
    reach = access.scope(user).query(brand="brand", market="market")
    joined = ("campaign__brand", "recommendation__creator", "recommendation__profile", "recommendation__run__model")
    found = ReviewTask.objects.filter(reach, pk=task_id, recommendation__creator__erased_at__isnull=True)
    task = found.select_related(*joined).defer("recommendation__run__model__document").first()
    if task is None:
        return None
    access.require(user, "playbook", brand=task.brand, market=task.market)
    seals.require_open(task, user)
    ended = queries.final(task, now=now)
    return None if ended is None else _letter(task, ended)


def _letter(task: ReviewTask, ended: queries.Final) -> Letter:
    answer, decision = task.recommendation, ended.decision
    flagged = {flag["feature"] for flag in answer.flags}
    rows = Metrics.objects.visible().filter(profile=answer.profile)
    if answer.figures_date:
        rows = rows.filter(taken_at__lte=answer.figures_date)
    return Letter(
        task=task, answer=answer, decision=decision, by=ended.by, is_approved=ended.is_approved,
        is_by_person=ended.by != decision.owner or decision.origin in BY_PEOPLE,
        sources=sorted({source for source in rows.values_list("source", flat=True).distinct() if source}),
        figures_date=answer.figures_date, is_learned=not answer.run.model.is_prior,
        weighed=[
            (code, points, value) for code, points, value in decision.ai_factors
            if value is not None and code not in UNSAID | flagged
        ],
    )  # fmt: skip
