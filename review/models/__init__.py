"""Tables of review: the written rules of who decides, the tasks, and what people said and decided."""

from review.models.attention import Attention, Draft, Friction, SavedView
from review.models.calendar import Holiday, WorkingHours
from review.models.case import (
    Evidence,
    EvidenceKind,
    Finding,
    Investigation,
    Opening,
    Question,
    QuestionKind,
    QuestionState,
    Quick,
)
from review.models.judged import (
    Approval,
    ApprovalChoice,
    Because,
    Category,
    Choice,
    Decision,
    FirstView,
    Note,
    Origin,
    Overlay,
    Relationship,
)
from review.models.notice import About, Notice, NoticeChoice, Way
from review.models.policy import FastTrack, Policy, PolicyState
from review.models.practice import Alarm, Practice, Side
from review.models.session import ItemKind, Session, SessionItem
from review.models.stop import RoutedFacts, Stop
from review.models.task import Arm, Lane, OnExpiry, ReviewTask, Route, Stakes, TaskState
from review.models.team import (
    Absence,
    Capacity,
    ClockSays,
    CreatorClock,
    Handoff,
    HandoffWhy,
    Mention,
    Promise,
)
from review.models.together import Weights

__all__ = [
    "About", "Absence", "Alarm", "Approval", "ApprovalChoice", "Arm", "Attention", "Because", "Capacity", "Category",
    "Choice", "ClockSays", "CreatorClock", "Decision", "Draft", "Evidence", "EvidenceKind", "FastTrack", "Finding",
    "FirstView", "Friction", "Handoff", "HandoffWhy", "Holiday", "Investigation", "ItemKind", "Lane", "Mention", "Note",
    "Notice", "NoticeChoice", "OnExpiry", "Opening", "Origin", "Overlay", "Policy", "PolicyState", "Practice",
    "Promise", "Question", "QuestionKind", "QuestionState", "Quick", "Relationship", "ReviewTask", "Route",
    "RoutedFacts", "SavedView", "Session", "SessionItem", "Side", "Stakes", "Stop", "TaskState", "Way", "Weights",
    "WorkingHours",
]  # fmt: skip
