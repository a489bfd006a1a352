"""The page for an approved creator: why matched, how to brief, what to watch. Read from what was said, never stored."""

import json
from dataclasses import dataclass, field
from typing import Any

from accounts import access
from accounts.models import User
from review import approvals
from review.approvals import Conditions
from review.models import Approval, Choice, Decision, Overlay, ReviewTask, TaskState
from screening import words
from screening.models import Outcome, Recommendation

TOP = 3  # factors named on the page; the rest stand on the card


@dataclass(frozen=True)
class Said:
    """What one person wrote on the desk, field by field, with the scales they set."""

    by: User
    overlay: Overlay
    words: dict[str, str]


@dataclass(frozen=True)
class Document:
    """One playbook page: the AI's insight, the human observation, what follows from both, and what came of it."""

    task: ReviewTask
    answer: Recommendation
    decision: Decision
    rationale: str
    factors: list[str]
    doubts: list[str]
    flags: list[str]
    said: list[Said]
    outcomes: list[Outcome] = field(default_factory=list)
    approval: Approval | None = None
    tied: Conditions | None = None  # what the approval is tied to

    @property
    def how_to_brief(self) -> list[Said]:
        """Views that say how to brief."""
        return [view for view in self.said if view.words.get("how_to_brief")]

    @property
    def pitfalls(self) -> list[tuple[Said, str]]:
        """What people warned of: the risk note, and what the last brand did wrong."""
        fields = ("risk_note", "last_brand")
        return [(view, view.words[name]) for view in self.said for name in fields if view.words.get(name)]


def document(user: User, task_id: int) -> Document | None:
    """Return the page of an approved task that the user may see, None for anything else."""
    reach = access.scope(user).query(brand="brand", market="market")
    task = (
        ReviewTask.objects.filter(reach, pk=task_id, state=TaskState.APPROVED)
        .select_related("campaign__brand", "recommendation__creator", "recommendation__profile")
        .first()
    )
    if task is None:
        return None
    decision = (
        task.decisions.filter(choice=Choice.APPROVE, superseded_by__isnull=True)
        .select_related("decided_by", "owner", "audit__payload")
        .order_by("-id")
        .first()
    )
    if decision is None:
        return None
    return _document(task, decision)


def _document(task: ReviewTask, decision: Decision) -> Document:
    answer = task.recommendation
    overlays = list(task.overlays.select_related("by", "audit__payload").order_by("by_id", "-version"))
    newest = {overlay.by_id: overlay for overlay in reversed(overlays)}
    approval = approvals.standing(task)
    outcomes = answer.profile.outcomes.filter(campaign=task.campaign, replaced_by__isnull=True).order_by("-as_of_date")
    tied = approvals.tied_to(json.loads(approval.audit.body), _words(approval)) if approval else None
    return Document(
        approval=approval, tied=tied, task=task, answer=answer, decision=decision,
        rationale=_words(decision).get("rationale", ""),
        factors=[words.factor(code, value) for code, _points, value in answer.factors[:TOP]],
        doubts=[words.knowledge(item) for item in _doubts(answer)],
        flags=[words.flag(flag) for flag in answer.flags],
        said=[Said(overlay.by, overlay, _words(overlay)) for overlay in newest.values()],
        outcomes=list(outcomes.select_related("by")),
    )  # fmt: skip


def _doubts(answer: Recommendation) -> list[dict[str, Any]]:
    return [*answer.knowledge.get("uncertain", []), *answer.knowledge.get("no_data", [])]


def _words(row: Decision | Overlay | Approval) -> dict[str, str]:
    """Return what a person wrote with a row; empty once it was erased."""
    payload = getattr(row.audit, "payload", None)
    return json.loads(payload.payload) if payload else {}
