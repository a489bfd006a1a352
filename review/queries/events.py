"""The history of a case: every entry of its card, the run’s answer, and what was found out at its profile’s gates."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Membership, User
from audit.models import AuditEntry, Kind
from review import people
from review.models import ApprovalChoice, Overlay, ReviewTask
from review.overlays import SCALES
from screening import gates
from screening.models import GateAnswer, MarketGate


@dataclass(frozen=True)
class Event:
    """One step of a case. numbers: the entry's body; words: what people wrote, empty once erased."""

    at: datetime
    kind: str
    by: User | None
    numbers: dict[str, Any]
    words: dict[str, str] = field(default_factory=dict)
    to: User | None = None  # whom the clock or a manager passed it to
    uid: UUID | None = None  # of its audit entry
    gate: MarketGate | None = None  # that was answered


@dataclass(frozen=True)
class View:
    """A person's latest overlay with its words."""

    overlay: Overlay
    words: dict[str, str]


@dataclass(frozen=True)
class Told:
    """An entry of a case with its body as values."""

    entry: AuditEntry
    numbers: dict[str, Any]

    @property
    def named(self) -> set[int]:
        """Whom it names, by id: who acted, and whom it went to or who referred."""
        names = (self.entry.actor, self.to)
        return {int(name.removeprefix("user:")) for name in names if name}

    @property
    def to(self) -> str:
        """Whom it went to, or who referred, as `user:5`; empty for nobody."""
        return self.numbers.get("to") or self.numbers.get("referred_by") or ""


def answers_of(task: ReviewTask) -> QuerySet[GateAnswer]:
    """Return what people found out about the card's profile at the gates of its market."""
    return gates.answers_of(task.recommendation.profile, task.market) if _is_asked(task) else GateAnswer.objects.none()


def _is_asked(task: ReviewTask) -> bool:
    return getattr(task, "has_answers", True)


def entries_of(task: ReviewTask) -> QuerySet[AuditEntry]:
    """Return the entries of a case with their words, oldest first, for `told`."""
    whole = AuditEntry.objects.select_related("payload").defer("payload__salt").order_by("uid")
    own = Q(stream=f"task:{task.pk}") | Q(pk=task.recommendation.audit_id)
    if not _is_asked(task):
        return whole.filter(own)
    # A union: with a subquery in the condition it would be asked of every entry that there is.
    return whole.filter(pk__in=AuditEntry.objects.filter(own).values("pk").union(answers_of(task).values("audit")))


def told(entries: Iterable[AuditEntry]) -> list[Told]:
    """Return entries with their bodies as values."""
    return [Told(one, json.loads(one.body)) for one in entries]


def left(steps: Iterable[Told], here: Mapping[int, User], *others: int | None) -> QuerySet[User]:
    """Return who of a case, and of these others, is not at the place; no rows where everybody is."""
    named = {pk for one in steps for pk in one.named} | {pk for pk in others if pk is not None}
    return User.objects.filter(pk__in=named - set(here))


def history(
    task: ReviewTask, held: Iterable[Membership] | None = None, given: Iterable[GateAnswer] | None = None,
    entries: Iterable[AuditEntry] | None = None,
) -> list[Event]:  # fmt: skip
    """Return all steps of a case, oldest first: the run's answer, every entry of the card, its profile's gates.

    held: the memberships of the place; whoever stands in them is not read again. given: the answers at its gates.
    entries: what `entries_of` gave. One query beside these, where somebody of the case has left the place.
    """
    held = people.memberships(task.brand, task.market) if held is None else held
    steps = told(entries_of(task) if entries is None else entries)
    here = {one.user_id: one.user for one in held}
    here |= {one.pk: one for one in left(steps, here)}
    return events(steps, here, answers_of(task) if given is None else given)


def events(steps: Iterable[Told], people: Mapping[int, User], given: Iterable[GateAnswer]) -> list[Event]:
    """Return entries as steps of a case. people: who is named in them, by id. given: the answers at its gates."""
    by_name, asked = {f"user:{pk}": one for pk, one in people.items()}, {one.audit_id: one.gate for one in given}
    return [
        Event(
            entry.at, entry.kind, by_name.get(entry.actor), one.numbers,
            json.loads(entry.payload.payload) if hasattr(entry, "payload") else {},
            by_name.get(one.to), entry.pk, asked.get(entry.pk),
        )
        for one in steps if (entry := one.entry)
    ]  # fmt: skip


def question_of(steps: list[Event]) -> Event | None:
    """Return what a manager asks: it stands on the card until the next decision answers it."""
    last = next((step for step in reversed(steps) if step.kind in {Kind.APPROVAL, Kind.DECISION}), None)
    is_asked = last is not None and last.kind == Kind.APPROVAL and last.numbers.get("choice") == ApprovalChoice.ASK
    return last if is_asked else None


def version_of(step: Event) -> View | None:
    """Return the version of somebody’s view that a step kept, as its entry tells it; None for every other step."""
    told = step.numbers
    if step.kind != Kind.OVERLAY or "version" not in told:
        return None
    names = ("version", "relationship", "has_interest", "factor_views", "words", "forecast_percent", *SCALES)
    row = Overlay(by=step.by, at=step.at, **{name: told[name] for name in names if name in told})
    row.referred_by = step.to if told.get("referred_by") else None
    return View(row, step.words)


def views(steps: Iterable[Event]) -> list[View]:
    """Return each person’s latest view, newest first."""
    latest: dict[int, View] = {}
    for view in filter(None, map(version_of, reversed(list(steps)))):
        latest.setdefault(view.overlay.by_id, view)
    return list(latest.values())


def interested(steps: Iterable[Event]) -> set[int]:
    """Return who ever declared an interest of their own in a case, by id."""
    return {one.overlay.by_id for one in filter(None, map(version_of, steps)) if one.overlay.has_interest}
