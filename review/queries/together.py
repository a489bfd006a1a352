"""The live figure Together of one card: the AI’s chance, and each person’s view as one vote (science.md 1.1).

One mapping of views to votes: a first view, committed before the AI was seen, is a whole vote, yes or no, as in the
record that the weights come from. Else the scales that a person filled in are one vote: their mean, 3 leans nowhere,
5 is a whole yes, 1 a whole no; it was given after the AI spoke and counts half. Who committed a first view has voted:
what they add later changes nothing here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from accounts.models import User
from review.judgement import combine
from review.judgement.combine import AFTER_THE_AI, Rates, Vote
from review.models import Arm, FirstView, ReviewTask
from review.overlays import SCALES
from review.queries.events import View
from review.together import Fitted, of_task

MIDDLE, REACH = 3, 2  # of the scales: from 1 to 5
RECORD, FIRST, LATER = "record", "first", "view"  # codes of parts beside the scales


@dataclass(frozen=True)
class Part:
    """One step from the AI to Together. code: RECORD, FIRST, LATER or a scale; by: whose, None for one’s own."""

    code: str
    move: float  # log-odds
    by: User | None = None


@dataclass(frozen=True)
class Figure:
    """Together with its steps. lean: of one’s own vote, -1 to 1. others: evidence of the colleagues’ votes."""

    p: float
    fitted: Fitted
    rates: Rates
    lean: float
    is_first: bool
    own_outcomes: int  # known results of one's own first views
    parts: list[Part]
    others: list[tuple[User, Vote]]

    @property
    def chances(self) -> list[float]:
        """The chance after each part, the AI’s p first."""
        if not self.parts:
            return [self.p]
        moves = np.cumsum([part.move for part in self.parts])
        return [self.p, *combine.logistic(combine.logit(np.array(self.p)) + moves).tolist()]

    @property
    def q(self) -> float:
        """Together: the AI’s own chance where nobody’s view leans anywhere."""
        return self.chances[-1]


def lean_of(scales: Mapping[str, int | None]) -> float:
    """Return how far the filled scales lean, -1 to 1; 0 where none is filled."""
    given = [value for value in scales.values() if value]
    return (sum(given) / len(given) - MIDDLE) / REACH if given else 0.0


def firsts_of(task: ReviewTask) -> QuerySet[FirstView]:
    """Return the first views of a card with who gave them, no rows where nobody could."""
    return task.first_views.select_related("by") if task.arm == Arm.BLIND else FirstView.objects.none()


def figure(
    task: ReviewTask, *, user: User, views: Iterable[View], scales: Mapping[str, int | None] | None = None,
    committed: Iterable[FirstView] | None = None,
) -> Figure:  # fmt: skip
    """Return the live figure of a card that is not sealed for the reader. One query where it was blind-first.

    views: the latest overlay of each person. scales: what one’s own desk says now, else one’s saved overlay speaks.
    committed: the first views with their people, where they were read before: then nothing is asked.
    """
    fitted, latest = of_task(task), {view.overlay.by_id: view.overlay for view in views}
    said = {who: {name: getattr(row, name) for name in SCALES} for who, row in latest.items()}
    if scales is not None:
        said[user.pk] = dict(scales)
    if committed is None:
        committed = firsts_of(task)
    firsts = {row.by_id: row for row in committed} if task.arm == Arm.BLIND else {}
    people = {who: row.by for who, row in latest.items()} | {who: row.by for who, row in firsts.items()}
    votes = {who: _vote(who, firsts, said, fitted) for who in {*said, *firsts}}
    own = votes.pop(user.pk, None) or Vote(0.0, fitted.rates_of(user.pk), AFTER_THE_AI)
    others = [(people[who], vote) for who, vote in sorted(votes.items()) if vote.lean]
    parts = _parts(task.recommendation.p, fitted.weights, own, said.get(user.pk, {}), others, user.pk in firsts)
    return Figure(
        task.recommendation.p,
        fitted,
        own.rates,
        own.lean,
        user.pk in firsts,
        fitted.outcomes_of(user.pk),
        parts,
        others,
    )


def _vote(
    who: int, firsts: Mapping[int, FirstView], said: Mapping[int, Mapping[str, int | None]], fitted: Fitted
) -> Vote:
    rates = fitted.rates_of(who)
    if who in firsts:
        return Vote(1.0 if firsts[who].says_yes else -1.0, rates)
    return Vote(lean_of(said[who]), rates, AFTER_THE_AI)


def _parts(  # noqa: PLR0917
    p: float, weights: combine.Weights, own: Vote, scales: Mapping[str, int | None], others: list[tuple[User, Vote]],
    is_first: bool,
) -> list[Part]:  # fmt: skip
    voters = len(others) + (own.lean != 0)
    if not voters:
        return []
    discount = weights.b2 / (1 + (voters - 1) * weights.rho)
    logit = float(combine.logit(np.array(p)))
    record = weights.b0 + (weights.b1 - 1) * logit
    parts = [Part(RECORD, record)] if record else []
    if own.lean and is_first:
        parts.append(Part(FIRST, discount * own.evidence))
    elif own.lean:
        given = {name: value for name, value in scales.items() if value}
        share = discount * own.evidence / own.lean / len(given) / REACH
        parts += [Part(name, share * (value - MIDDLE)) for name, value in given.items()]
    return parts + [Part(LATER, discount * vote.evidence, who) for who, vote in others]
