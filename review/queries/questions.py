"""Questions as pages show them, with the words from their payloads. Read only."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts import access
from accounts.models import User
from audit.models import AuditPayload
from review import questions
from review.models import Question, QuestionState, ReviewTask

MOST_ENDED = 30
SHOWN = (
    "task__recommendation__creator", "task__recommendation__profile", "task__campaign__brand", "task__campaign__market",
    "task__policy", "by", "to", "answered_by", "gate",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question with what was written; the words are empty once they were erased."""

    row: Question
    text: str
    answer: str
    panel: int  # how many were asked the same


@dataclass(frozen=True)
class Questions:
    """What a person is asked, what they asked, and what ended lately."""

    waiting: list[Asked]
    own: list[Asked]
    ended: list[Asked]


def questions_of(user: User) -> Questions:
    """Return the questions of a person, soonest due first; those that ended newest first. Four queries."""
    waiting = list(questions.open_of(user).select_related(*SHOWN).order_by("due_at", "pk"))
    seen = visible_questions(user).select_related(*SHOWN)
    own = list(seen.filter(by=user, state=QuestionState.OPEN).order_by("due_at", "pk"))
    ended = seen.filter(Q(by=user) | Q(to=user) | Q(answered_by=user)).exclude(state=QuestionState.OPEN)
    done = list(ended.order_by("-ended_at", "-pk")[:MOST_ENDED])
    told = {one.row.pk: one for one in with_words([*waiting, *own, *done])}
    return Questions(*([told[row.pk] for row in rows] for rows in (waiting, own, done)))


def visible_questions(user: User) -> QuerySet[Question]:
    """Return the questions of the person's brands and markets."""
    return Question.objects.filter(access.scope(user).query("task__brand", "task__market"))


def question(question_id: int, *, user: User) -> Asked:
    """Return a question that the person may see. Raises Question.DoesNotExist."""
    row = visible_questions(user).select_related(*SHOWN, "task__recommendation__run__model").defer(
        "task__recommendation__run__model__document"
    ).get(pk=question_id)  # fmt: skip
    return with_words([row])[0]


def questions_on(task: ReviewTask) -> QuerySet[Question]:
    """Return the questions of a card, oldest first, for `with_words`."""
    return task.questions.select_related("by", "to", "answered_by", "gate").order_by("pk")


def with_words(rows: Iterable[Question], said: Mapping[UUID | None, dict[str, str]] | None = None) -> list[Asked]:
    """Return questions with what was written. One query where said does not bring it."""
    found = list(rows)
    if not found:
        return []
    entries = {uid for row in found for uid in (row.audit_id, row.answer_id) if uid}
    said = words_of_entries(entries) if said is None else said
    panels = [row.audit_id for row in found if row.instead_of_id is None]
    return [
        Asked(
            row, said.get(row.audit_id, {}).get("question", ""), said.get(row.answer_id, {}).get("answer", ""),
            panels.count(row.audit_id),
        )
        for row in found
    ]  # fmt: skip


def words_of_entries(entries: Iterable[UUID]) -> dict[UUID | None, dict[str, str]]:
    """Return what people wrote with audit entries, by their ids; nothing for what was erased. One query."""
    found = AuditPayload.objects.filter(pk__in=list(entries))
    return {one.pk: json.loads(one.payload) for one in found}


def is_late(asked: Asked, *, now: datetime) -> bool:
    """Tell whether an open question is due."""
    return asked.row.state == QuestionState.OPEN and asked.row.due_at <= now
