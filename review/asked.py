"""The AI’s own question on a card, and a person’s answer: kept as an entry, with what it would change in the score.

The frozen answer of the run is never edited: a figure that was found is priced by the run’s own tables, exactly, and
the entry says what the score would have been. The next run counts the figure once it is imported.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import seals, workflow
from review.models import ReviewTask
from screening import answers
from screening.engine.features import FEATURES
from screening.judging import NotJudged
from screening.store import NotInStore
from screening.words import YES_NO

WHAT = "ai_question"  # of the entry
MOST_TEXT = 1_000  # characters
MILLION = 1_000_000


class Said(StrEnum):
    """The quick answers."""

    NORMAL = "normal"
    SPECIFIC = "specific"
    YES = "yes"
    NO = "no"
    FIGURE = "figure"
    TOLD = "told"
    UNKNOWN = "unknown"


class NotAnswered(ValueError):
    """Raised when an answer says nothing, or the card asks nothing; the sentence says what is missing."""


def quick(question: dict[str, Any] | None) -> tuple[Said, ...]:
    """Return the quick answers to a question; FIGURE asks for a number beside it, TOLD for words."""
    if question is None:
        return ()
    if question["code"] == "flag":
        return Said.NORMAL, Said.SPECIFIC, Said.UNKNOWN
    if question["feature"] in YES_NO:
        return Said.YES, Said.NO, Said.UNKNOWN
    return (Said.FIGURE if takes_figure(question) else Said.TOLD), Said.UNKNOWN


def takes_figure(question: dict[str, Any]) -> bool:
    """Tell whether a question names a missing figure that the score has a table for."""
    code = question["feature"]
    return bool(question["code"] == "missing" and code in FEATURES and not FEATURES[code].choices)


def answer(
    task: ReviewTask, *, by: User, now: datetime, said: str, text: str = "", figure: float | None = None
) -> AuditEntry:
    """Keep what a person answers to the AI’s question of a card; the newest answer counts.

    figure: in the feature’s own unit (shares as fractions), with FIGURE. Raises NotAnswered, Refused and NotAllowed.
    """
    question = task.recommendation.knowledge.get("question")
    text = text.strip()[:MOST_TEXT]
    if said not in quick(question):
        raise NotAnswered(_("This card asks something else."))
    if said == Said.FIGURE and figure is None:
        raise NotAnswered(_("Type the figure as a number."))
    if said == Said.TOLD and not text:
        raise NotAnswered(_("Write what you know."))
    value = {Said.FIGURE: figure, Said.YES: 1.0, Said.NO: 0.0}.get(Said(said))
    with transaction.atomic():
        task, by = workflow.lock(task, "note", by=by)
        workflow.check(task, "note", by=by, now=now)
        if seals.hides(task, by):
            raise workflow.Refused(_("The card is sealed: the AI asks after your own view."))
        body = {
            "task": task.pk, "what": WHAT, "question": question["code"], "feature": question["feature"],
            "said": str(said), "figure": None if value is None else repr(value), **_changed(task, question, value),
        }  # fmt: skip
        return log.record(
            Kind.ANSWER, stream=f"task:{task.pk}", by=by, body=body, personal={"ai_answer": text} if text else None,
            subject=task.recommendation.creator.subject, brand=task.brand, market=task.market,
        )  # fmt: skip


def _changed(task: ReviewTask, question: dict[str, Any], value: float | None) -> dict[str, int]:
    """Return score and chance with the figure, times 10^6; nothing where the score cannot take it."""
    if value is None or not takes_figure(question):
        return {}
    told = task.recommendation
    try:
        score, p = answers.with_figure(told.run, told.profile_id, question["feature"], value)
    except (answers.NotACandidate, NotJudged, NotInStore, KeyError):
        return {}
    return {
        "score_u6": told.score_u6, "p_u6": told.p_u6, "score_after_u6": round(score * MILLION),
        "p_after_u6": round(p * MILLION),
    }  # fmt: skip
