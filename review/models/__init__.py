"""Tables of review: the written rules of who decides, the tasks, and what people said and decided."""

from review.models.judged import (
    Approval,
    ApprovalChoice,
    Category,
    Choice,
    Decision,
    Note,
    Origin,
    Overlay,
    Relationship,
)
from review.models.policy import Policy, PolicyState
from review.models.task import Lane, OnExpiry, ReviewTask, Route, Stakes, TaskState

__all__ = [
    "Approval", "ApprovalChoice", "Category", "Choice", "Decision", "Lane", "Note", "OnExpiry", "Origin", "Overlay",
    "Policy", "PolicyState", "Relationship", "ReviewTask", "Route", "Stakes", "TaskState",
]  # fmt: skip
