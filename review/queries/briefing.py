"""The briefing card: the whole history of a case on one page, and what is still open. Reads only.

In a card that is sealed for the reader stands only what would stand there for any verdict: that the run ended, who had
the card, what the creator's own clock said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts import access
from accounts.at_once import at_once
from accounts.models import Membership, User
from audit.models import Kind
from review import people, seals, workflow
from review.models import Choice, Decision, Handoff, Promise, QuestionState, ReviewTask
from review.queries import precedents
from review.queries.cards import WHOLE, Past, case_of, decided_on, past_of, visible
from review.queries.events import Event, View, answers_of, entries_of, history, version_of
from review.queries.questions import Asked, questions_on, with_words
from screening.gates import GateResult

SILENT = {Kind.CLAIM}  # who opened a card is no view of the case
SAID_WHILE_SEALED = {Kind.RECOMMENDATION, Kind.HANDOFF, Kind.CREATOR_CLOCK, Kind.GATE}
MOST_CASES = 20
Words = Mapping[UUID | None, dict[str, str]]
MOST_HANDOFFS = 10


@dataclass(frozen=True)
class Promised:
    """A promise with its words; empty once they were erased."""

    row: Promise
    text: str


@dataclass(frozen=True)
class Handed:
    """A hand-off with its note and what was missing; empty once they were erased."""

    row: Handoff
    note: str
    missing: str


@dataclass(frozen=True)
class Briefing:
    """All that a person who takes over needs. views: what each overlay said, by its audit entry.

    person_p: the chance that `person` gave, None where nobody gave one. entries: how many the log holds of the case.
    """

    task: ReviewTask
    is_sealed: bool
    history: list[Event]
    views: dict[UUID, View]
    person: User | None
    person_p: float | None
    promises: list[Promised]
    handoffs: list[Handed]
    past: list[Past]
    cases: list[ReviewTask]
    open_gates: list[GateResult]
    questions: list[Asked]  # that are open
    allowed: set[str]
    entries: int
    last_entry: UUID | None
    held: list[Membership]  # of the people of the brand and market


def briefing(task: ReviewTask, *, user: User, now: datetime) -> Briefing:
    """Return the briefing card of a case that `find` gave. At most twelve queries, whatever the size of the data."""
    is_sealed = seals.hides(task, user)
    creator = task.recommendation.creator
    held, answers = people.memberships(task.brand, task.market), answers_of(task)
    results, made = precedents.of_creator(creator.pk), decided_on(creator, user=user, but=task)
    same, decided, entries = cases_of(creator.pk, user=user), task.decided(), entries_of(task)
    at_once(held, answers, results, made, same, decided, entries)
    everything = history(task, held, answers, entries)
    had = {one.kind for one in everything}
    words = {step.uid: step.words for step in everything}
    steps = [one for one in everything if one.kind not in SILENT]
    views = {} if is_sealed else _views(everything)
    handed, promised = task.handoffs.all(), task.promises.all()
    handed = handed.select_related("before", "to", "by") if Kind.HANDOFF in had else handed.none()
    handed = handed.order_by("-pk")[:MOST_HANDOFFS]
    is_promised = any(map(_is_word, everything))
    promised = promised.select_related("by", "owner", "kept_by") if is_promised else promised.none()
    at_once(handed, promised := promised.order_by("pk"))
    given = _handoffs(handed, words)
    if is_sealed:
        steps, given = _kept_back(task, steps, given, held)
    case = case_of(task, user=user, now=now)
    case.decisions = list(decided)
    if not is_sealed:
        case.has_interest = any(one.overlay.by_id == user.pk and one.overlay.has_interest for one in views.values())
    at_gates = workflow.gates_of(task, now=now, given=answers) if task.state in workflow.UNDECIDED else []
    case.open_gates = [one for one in at_gates if one.is_open]
    person, p = (None, None) if is_sealed else _person(task, case.decision, has_first=Kind.FIRST_VIEW in had)
    return Briefing(
        task=task,
        is_sealed=is_sealed,
        history=steps,
        views=views,
        person=person,
        person_p=p,
        promises=_promises(promised, words),
        handoffs=given,
        past=past_of(creator, user=user, told=precedents.newest(results), made=made),
        cases=list(same),
        open_gates=case.open_gates,
        questions=_questions(task, words) if Kind.QUESTION in had else [],
        allowed=workflow.allowed(task, by=user, now=now, case=case),
        entries=len(everything),
        last_entry=everything[-1].uid if everything else None,
        held=list(held),
    )


def _is_word(step: Event) -> bool:
    """Tell whether a step is a promise: of what people add, only their views have versions."""
    return step.kind == Kind.OVERLAY and "version" not in step.numbers


def _questions(task: ReviewTask, words: Words) -> list[Asked]:
    return [one for one in with_words(questions_on(task), words) if one.row.state == QuestionState.OPEN]


def _kept_back(
    task: ReviewTask, steps: list[Event], given: list[Handed], held: Iterable[Membership]
) -> tuple[list[Event], list[Handed]]:
    """Return what stands on a sealed card: nothing that whoever has seen the AI's view may have written of it."""
    steps = [one for one in steps if one.kind in SAID_WHILE_SEALED]
    asked = filter(None, (*(one.by for one in steps), *(one.row.before for one in given)))
    know = seals.who_may_know(task, asked, [row.user_id for row in held if row.role in access.MAY["decide"]])
    steps = [
        replace(one, words={}) if one.kind == Kind.HANDOFF and one.by and one.by.pk in know else one for one in steps
    ]
    return steps, [_silent(one) if one.row.before and one.row.before.pk in know else one for one in given]


def _silent(one: Handed) -> Handed:
    return replace(one, note="", missing="")


def cases_of(creator_id: int, *, user: User) -> QuerySet[ReviewTask]:
    """Return the cases of a creator that the person may see, newest first."""
    found = visible(user).filter(recommendation__creator=creator_id).select_related(*WHOLE)
    return found.order_by("-pk")[:MOST_CASES]


def _person(task: ReviewTask, last: Decision | None, *, has_first: bool) -> tuple[User | None, float | None]:
    if last is not None and last.expected_p_u6 is not None and last.choice != Choice.UNDO:
        return last.decided_by, last.expected_p_u6 / 1_000_000
    first = task.first_views.select_related("by").order_by("-pk").first() if has_first else None
    return (first.by, first.p_u6 / 1_000_000) if first else (None, None)


def _views(steps: Iterable[Event]) -> dict[UUID, View]:
    return {one.uid: view for one in steps if one.uid and (view := version_of(one))}


def _promises(rows: Iterable[Promise], words: Words) -> list[Promised]:
    return [Promised(one, words.get(one.audit_id, {}).get("promise", "")) for one in rows]


def _handoffs(rows: Iterable[Handoff], words: Words) -> list[Handed]:
    return [
        Handed(one, words.get(one.audit_id, {}).get("note", ""), words.get(one.answer_audit_id, {}).get("missing", ""))
        for one in rows
    ]
