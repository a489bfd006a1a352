"""A sealed card as its reader may see it: plain data of the creator and the deal, nothing that the AI says."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from review import deadlines, workflow
from review.models import ReviewTask, Stakes, TaskState
from review.queries.cards import Past, past_of
from screening import gates, registry
from screening.registry import Figure


@dataclass(frozen=True)
class BlindCard:
    """What a sealed card shows. refusal: why no view can be committed now, empty where it can."""

    task: ReviewTask
    allowed: set[str]
    refusal: str
    holder: User | None
    seconds_left: int
    figures: tuple[Figure, ...]
    gates: list[gates.GateResult]
    past: list[Past]
    manager: User | None  # whom the clock passes it to, on high stakes


def blind_card(task: ReviewTask, *, user: User, now: datetime) -> BlindCard:
    """Return the sealed card of a task that `find` gave. Seven queries."""
    case = workflow.Case(task, user, now)
    case.is_sealed = True
    case.open_gates = []
    climbs = task.stakes == Stakes.HIGH or task.state == TaskState.ESCALATED
    return BlindCard(
        task=task,
        allowed=workflow.allowed(task, by=user, now=now, case=case),
        refusal=str(workflow.refusal(workflow.MOVES["first_view"], case) or ""),
        holder=case.holder,
        seconds_left=int((task.claimed_until - now).total_seconds()) if case.holder and task.claimed_until else 0,
        figures=registry.figures(task.recommendation.profile),
        gates=workflow.gates_of(task, now=now),
        past=past_of(task.recommendation.creator, user=user, but=task),
        manager=deadlines.next_asked(task) if climbs else None,
    )
