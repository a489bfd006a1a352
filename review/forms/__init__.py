"""Input checks of the desk, of a decision and of a manager’s answer. What must be said is checked by the verbs."""

from review.forms.answers import ASKED, AnswerForm
from review.forms.desk import ENDS, HINTS, MOST_VERSIONS, SCALE, SURE, TOP, DeskForm, Vote
from review.forms.first import FirstViewForm
from review.forms.rights import PERCENT
from review.forms.rules import MOST_MONEY, PolicyForm
from review.forms.team import (
    AbsenceForm,
    CapacityForm,
    ClockForm,
    EnoughForm,
    HandForm,
    NoteForm,
    PromiseForm,
)

__all__ = [
    "ASKED",
    "ENDS",
    "HINTS",
    "MOST_MONEY",
    "MOST_VERSIONS",
    "PERCENT",
    "SCALE",
    "SURE",
    "TOP",
    "AbsenceForm",
    "AnswerForm",
    "CapacityForm",
    "ClockForm",
    "DeskForm",
    "EnoughForm",
    "FirstViewForm",
    "HandForm",
    "NoteForm",
    "PolicyForm",
    "PromiseForm",
    "Vote",
]
