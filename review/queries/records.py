"""The decision record, and the heartbeat of the clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts import access
from accounts.models import User
from jobs.models import Tick
from review import decisions, workflow
from review.models import Approval, ApprovalChoice, Choice, Decision, ReviewTask, TaskState
from review.overlays import words_of
from review.queries.cards import WHOLE
from screening.models import Recommendation

HEARTBEAT = "deadlines"


@dataclass(frozen=True)
class Record:
    """A decision with everything it ties together, reachable from its audit entry and back."""

    decision: Decision
    task: ReviewTask
    answer: Recommendation
    rationale: str
    proof: str  # what would prove an override right
    is_erased: bool  # there was a rationale, and its words went
    approvals: list[Approval]
    chain: list[Decision]  # all decisions of the task, oldest first


def record(decision_id: int, *, user: User) -> Record:
    """Return a decision record. Raises Decision.DoesNotExist for what the person may not see."""
    seen = Decision.objects.filter(access.scope(user).query("task__brand", "task__market"))
    whole = ("decided_by", "owner", "policy", "audit", "overlay", *(f"task__{name}" for name in WHOLE))
    found = seen.select_related(*whole).get(pk=decision_id)
    words = words_of(found)
    return Record(
        decision=found,
        task=found.task,
        answer=found.task.recommendation,
        rationale=words.get("rationale", ""),
        proof=words.get("proof", ""),
        is_erased=found.rationale_length > 0 and not words,
        approvals=list(found.approvals.select_related("by", "audit").order_by("pk")),
        chain=list(found.task.decisions.select_related("decided_by", "owner").order_by("pk")),
    )


def record_of_entry(uid: UUID, *, user: User) -> Record | None:
    """Return the decision record that an audit entry wrote, if it wrote one that the person may see."""
    found = Decision.objects.filter(audit=uid).values_list("pk", flat=True).first()
    try:
        return record(found, user=user) if found else None
    except Decision.DoesNotExist:
        return None


@dataclass(frozen=True)
class Final:
    """How a card ended, once nobody can take it back. by: who answers for it; approved: or rejected."""

    decision: Decision
    by: User
    is_approved: bool


def final(task: ReviewTask, *, now: datetime) -> Final | None:
    """Return how a card ended; None while it is open, or its decision or approval can still be taken back."""
    if task.state not in {TaskState.APPROVED, TaskState.REJECTED}:
        return None
    standing = task.decisions.filter(superseded_by__isnull=True, choice__in=[Choice.APPROVE, Choice.REJECT])
    made = standing.select_related("owner", "policy").order_by("-pk").first()
    if made is None or decisions.undo_seconds_left(made, now=now):
        return None
    answer = made.approvals.filter(superseded_by__isnull=True).select_related("by").order_by("-pk").first()
    if answer is not None and now < answer.at + workflow.APPROVAL_UNDO:
        return None
    is_rejected = answer is not None and answer.choice == ApprovalChoice.REJECT
    return Final(made, answer.by if answer and is_rejected else made.owner, task.state == TaskState.APPROVED)


def last_sweep() -> datetime | None:
    """Return when the clock last looked at the deadlines: the heartbeat of the sweeper."""
    return Tick.objects.filter(name=HEARTBEAT).order_by("-slot").values_list("at", flat=True).first()
