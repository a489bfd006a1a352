"""What people decided and said of a creator, for the creator's page: cases, overlays, outcomes as a story.

Cards lie one floor up, so the frame tells where they are read (`hybridmkt/apps.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from screening.models import Creator, Outcome


@dataclass(frozen=True)
class Voice:
    """One voice on a case. p: its chance that it works out, None where it gave none; words stand beside it."""

    name: str
    p: float | None
    words: str


@dataclass(frozen=True)
class Case:
    """A case of a creator. ai, person, together: None where sealed for the reader, or where nobody spoke."""

    campaign: str
    brand: str
    state: str
    is_waiting: bool
    is_sealed: bool
    fee: str
    due_at: datetime | None
    offer_until: datetime | None
    url: str
    briefing_url: str
    ai: Voice | None = None
    person: Voice | None = None
    together: Voice | None = None
    decided: str = ""  # what was decided, by whom
    decided_on: date | None = None
    decision_url: str = ""
    happened: str = ""  # how it ended, in words
    is_success: bool | None = None


@dataclass(frozen=True)
class Said:
    """What a colleague wrote of a creator: what the last brand did wrong, or how to brief."""

    label: str
    text: str
    by: str
    at: datetime
    campaign: str
    brand: str


@dataclass(frozen=True)
class Casebook:
    """Everything of the brands that the reader may see, newest first. sealed: campaigns whose AI side is hidden."""

    cases: tuple[Case, ...] = ()
    said: tuple[Said, ...] = ()
    sealed: frozenset[int] = frozenset()


Reader = Callable[[Creator, User, Sequence[Outcome]], Casebook]
_readers: list[Reader] = []


def tell(reader: Reader) -> None:
    """Say where cases are read; the last one told is asked."""
    _readers.append(reader)


def of(creator: Creator, user: User, outcomes: Sequence[Outcome]) -> Casebook:
    """Return what people decided and said of a creator that this person may read; nothing without a reader.

    outcomes: what the creator achieved for the brands that the person sees, newest first.
    """
    return _readers[-1](creator, user, outcomes) if _readers else Casebook()
