"""After the reveal: the person's first view and the AI's side by side, the difference in words, and the ways on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from accounts.models import User
from audit.models import Kind
from review.models import Because, ReviewTask
from review.queries import Card
from review.views.cards import Face, Factor
from review.words.events import side

MILLION = 1_000_000
CLOSE = 5  # points within which two chances count as the same
NAMED = 2  # factors of the AI's side that are named


@dataclass(frozen=True)
class Way:
    """One way on: its code, what it says, and the chance that goes into the decision record."""

    code: str
    label: str
    p: float


@dataclass(frozen=True)
class Both:
    """Both views of a card. own, ai: chances; *_at: their places on the axis; together_at: empty without a number."""

    said: str
    at: datetime
    own: float
    ai: float
    own_at: str
    ai_at: str
    line_at: str
    together: float | None
    together_at: str
    gap: str
    why: str
    ways: list[Way]


def first_of(card: Card, user: User) -> Mapping[str, Any] | None:
    """Return the numbers of the person's own first view, read from the card's history; None where they gave none."""
    own = (step for step in card.history if step.kind == Kind.FIRST_VIEW and step.by == user)
    found = next(own, None)
    return None if found is None else {**found.numbers, "at": found.at}


def both(card: Card, face: Face, *, user: User, together: float | None) -> Both | None:
    """Return both views of a card whose first view is the person's own. together: the combined chance, if any."""
    first = first_of(card, user)
    if first is None:
        return None
    own, ai = first["p_u6"] / MILLION, card.answer.p
    because = [Because(one).label for one in (first["because"], first.get("because_too")) if one]
    return Both(
        said=_("%(side)s, %(p)s") % {"side": side(first), "p": wording.share(own)}, at=first["at"], own=own, ai=ai,
        own_at=_place(own), ai_at=_place(ai), line_at=_place(face.line), together=together,
        together_at="" if together is None else _place(together), gap=_gap(own, ai),
        why=_why(", ".join(map(str, because)), face.score.top, own, ai), ways=_ways(own, ai),
    )  # fmt: skip


def _place(p: float) -> str:
    return f"{p * 100:.1f}%"


def _points(own: float, ai: float) -> int:
    return abs(round(own * 100) - round(ai * 100))


def _gap(own: float, ai: float) -> str:
    points = _points(own, ai)
    if points < CLOSE:
        return _("You and the AI see it nearly the same.")
    return ngettext("You differ by %(n)d point.", "You differ by %(n)d points.", points) % {"n": points}


def _why(because: str, top: list[Factor], own: float, ai: float) -> str:
    """Return what weighs on each side: only factors that pull the AI to where it stands from the person."""
    pull = [one for one in top if (one.points < 0 if ai < own else one.points > 0)][:NAMED]
    mine = _("What decides it for you: %(because)s.") % {"because": because}
    if _points(own, ai) < CLOSE or not pull:
        return mine
    named = ", ".join(f"{one.label} ({wording.points(one.points)})" for one in pull)
    return f"{mine} " + _("What weighs on the AI’s side: %(factors)s.") % {"factors": named}


def _standings(own: float, ai: float) -> dict[str, float]:
    # What is shown beside a way is what is kept of it. Never Together: it counts the person's view already.
    return {"keep": own, "part": (own + ai) / 2, "ai": ai}


def _ways(own: float, ai: float) -> list[Way]:
    words = {
        "keep": _("I keep my view (%(p)s)"),
        "part": _("I move part of the way (%(p)s)"),
        "ai": _("I take the AI’s figure (%(p)s)"),
    }
    return [Way(code, words[code] % {"p": wording.share(p)}, p) for code, p in _standings(own, ai).items()]


def settled(task: ReviewTask, user: User, way: str) -> float | None:
    """Return the chance that a person holds after seeing both sides, for the decision record; None: not said."""
    first = task.first_views.filter(by=user).first() if way else None
    if first is None:
        return None
    return _standings(first.p_u6 / MILLION, task.recommendation.p).get(way)
