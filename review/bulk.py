"""The same decision for several low-stakes cards, one after the other: each is its own decision, entry and way back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.access import NotAllowed
from accounts.models import User
from review import decisions, policies, seals, workflow
from review.models import Choice, Decision, Overlay, ReviewTask, Stakes
from screening import gates

MOST = 25
CHOICES = (Choice.APPROVE, Choice.REJECT)  # a hold needs a date and what is waited for
WHOLE = (
    "recommendation__profile", "recommendation__creator", "recommendation__run__model", "campaign__brand",
    "campaign__market", "policy", "claimed_by",
)  # fmt: skip


class Alone(StrEnum):
    """Why a card is decided on its own."""

    GONE = "gone"
    SEALED = "sealed"
    HELD = "held"
    STAKES = "stakes"
    GUARDED = "guarded"
    OVERRIDE = "override"
    GATE = "gate"
    INTEREST = "interest"


class TooMany(ValueError):
    """Raised when more cards are selected than are decided at once."""


@dataclass(frozen=True)
class Picked:
    """A card of a selection, as its page showed it. version: 0 where it was not said."""

    task: int
    version: int


@dataclass(frozen=True)
class Report:
    """What became of a selection: all that could be decided were, or, where some must be decided alone, none.

    refused: cards that changed in between, each with the sentence that a person would have got.
    """

    made: list[Decision] = field(default_factory=list)
    alone: list[tuple[ReviewTask, Alone]] = field(default_factory=list)
    left: list[ReviewTask] = field(default_factory=list)  # could be decided together once the others are unpicked
    refused: list[tuple[ReviewTask, str]] = field(default_factory=list)


def decide(picked: Sequence[Picked], *, choice: str, by: User, now: datetime, key: str) -> Report:
    """Decide all cards of a selection, or none where some must be decided alone. Raises TooMany and Refused."""
    if choice not in CHOICES:
        raise workflow.Refused(_("Several cards are approved or rejected together, nothing else."))
    if len(picked) > MOST:
        raise TooMany
    versions = {one.task: one.version for one in picked}
    tasks = _load(list(versions), by)
    alone = why_alone(tasks, choice=choice, by=by, now=now)
    if alone:
        return Report(alone=[(one, alone[one.pk]) for one in tasks if one.pk in alone],
                      left=[one for one in tasks if one.pk not in alone])  # fmt: skip
    report = Report()
    for task in tasks:
        try:
            made = decisions.decide(
                task, choice=choice, by=by, now=now, version=versions[task.pk], key=f"{key[:60]}:{task.pk}"
            )
        except (decisions.TaskMoved, decisions.KeyReused, decisions.NeedsReason, workflow.Refused, NotAllowed) as why:
            report.refused.append((task, str(why)))
        else:
            report.made.append(made)
    return report


def _load(ids: Sequence[int], by: User) -> list[ReviewTask]:
    here = ReviewTask.objects.filter(access.scope(by).query("brand", "market", access.MAY["decide"]), pk__in=ids)
    found = {one.pk: one for one in here.select_related(*WHOLE)}
    return [found[pk] for pk in ids if pk in found]


def why_alone(tasks: Sequence[ReviewTask], *, choice: str, by: User, now: datetime) -> dict[int, Alone]:
    """Return which cards cannot be decided with others, and why, by id. A few queries a market, whatever the count."""
    interests = set(Overlay.objects.filter(task__in=tasks, by=by, has_interest=True).values_list("task", flat=True))
    closed = _closed(tasks, now) if choice == Choice.APPROVE else set()
    found: dict[int, Alone] = {}
    for task in tasks:
        holder = workflow.Case(task, by, now).holder
        tests = (
            # A sealed card says nothing but that it is sealed: the others would tell its verdict.
            (Alone.SEALED, seals.is_sealed(task)),
            (Alone.GONE, task.state not in workflow.WAITING),
            (Alone.HELD, holder is not None and holder.pk != by.pk),
            (Alone.STAKES, task.stakes != Stakes.LOW),
            (Alone.GUARDED, task.is_guarded),
            (Alone.INTEREST, task.pk in interests),
            (Alone.OVERRIDE, decisions.is_override(choice, task.recommendation.verdict)),
            (Alone.GATE, task.pk in closed),
        )
        if why := next((why for why, holds in tests if holds), None):
            found[task.pk] = why
    return found


def _closed(tasks: Sequence[ReviewTask], now: datetime) -> set[int]:
    found: set[int] = set()
    for market in {one.market: one.campaign.market for one in tasks}.values():
        mine = [one for one in tasks if one.market == market.pk]
        profiles = {one.recommendation.profile_id: one.recommendation.profile for one in mine}
        told = gates.check_all(list(profiles.values()), market, on=policies.today(market, now=now))
        found |= {one.pk for one in mine if any(gate.is_open for gate in told[one.recommendation.profile_id])}
    return found
