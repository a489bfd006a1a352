"""Gentle friction: one question before an approval after several quick ones. Never a block, never more than it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from review import controls, decisions, seals
from review.judgement import reliance
from review.judgement.reliance import Record, Review
from review.models import Choice, Decision, Friction, Origin, ReviewTask, Route, Stakes

NEWEST = 200  # reviews of the team that its median is taken from


def due(task: ReviewTask, *, by: User, now: datetime) -> Friction | None:
    """Return the question that stands before this approval, if one does; it is kept from the first time it is asked.

    Fast track has none, and what asks for a written reason anyway needs none.
    """
    asked = Friction.objects.filter(task=task, user=by).first()
    if asked is not None:
        return asked if asked.answered_at is None else None
    is_asked_why = task.stakes == Stakes.HIGH or decisions.is_override(Choice.APPROVE, task.recommendation.verdict)
    if task.route == Route.FAST or is_asked_why or seals.hides(task, by):
        return None
    record = _record(by)
    if record is None:
        return None
    return Friction.objects.create(
        task=task, user=by, asked_at=now, approvals=record.approvals, seconds=round(record.seconds),
        usual_seconds=round(record.usual),
    )  # fmt: skip


def answer(task: ReviewTask, *, by: User, now: datetime, worry: int | None) -> None:
    """Keep the answer: the place of one of the AI's uncertainties, or None for nothing. Any answer continues."""
    chosen = uncertainties(task)
    said = chosen[worry] if worry is not None and 0 <= worry < len(chosen) else None
    Friction.objects.filter(task=task, user=by, answered_at=None).update(answered_at=now, worry=said)


def uncertainties(task: ReviewTask) -> list[Mapping[str, Any]]:
    """Return what the AI is uncertain about, as it is stored."""
    return list(task.recommendation.knowledge.get("uncertain", ()))


def _record(by: User) -> Record | None:
    made = Decision.objects.filter(decided_by=by, origin=Origin.PERSON).exclude(choice=Choice.UNDO)
    newest = list(made.filter(superseded_by__isnull=True).select_related("task").order_by("-id")[: reliance.ROW])
    could = len(newest) == reliance.ROW and all(
        one.choice == Choice.APPROVE and one.active_seconds is not None and one.task.route != Route.FAST
        for one in newest
    )
    missed = controls.missed(by)
    if not could and not missed[1]:
        return None  # the rule itself says so; what it would be told costs several more queries
    last = Friction.objects.filter(user=by).order_by("-id").first()
    since = None if last is None else made.filter(at__gt=last.asked_at).count()
    usual = {place: _usual(*place) for place in {_place(one.task) for one in newest}}
    reviews = [
        Review(True, one.active_seconds, usual[_place(one.task)], one.task.route == Route.FAST) for one in newest
    ]
    own = made.filter(active_seconds__isnull=False)[: reliance.LEAST_REVIEWS].count()
    return reliance.friction(reviews if could else [], reviews=own, cards_since=since, missed=missed)


def _place(task: ReviewTask) -> tuple[str, str, str]:
    return task.brand, task.market, task.stakes


def _usual(brand: str, market: str, stakes: str) -> float | None:
    alike = Decision.objects.filter(
        task__brand=brand, task__market=market, task__stakes=stakes, origin=Origin.PERSON, active_seconds__isnull=False
    )
    known = alike.exclude(task__route=Route.FAST).exclude(choice=Choice.UNDO).order_by("-id")
    return reliance.usual([float(one or 0) for one in known.values_list("active_seconds", flat=True)[:NEWEST]])
