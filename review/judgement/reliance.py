"""Who leans on the AI, and how: indicators, the alarm that may be read at any time, and gentle friction (science.md 3).

Agreement alone is no indicator: agreement with a good AI is right. Seconds do not transfer between teams, so speed is
compared with the team's own median, and one quick decision never counts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, median

Z90 = 1.6448536269514722  # of a two-sided interval of 90 %
LEAST_TEAM, LEAST_PERSON = 20, 10  # eligible cases before a share may be shown
LEAST_EACH = 10  # cases where the AI was wrong, and where it was right, before d' and c
LEAST_ARM = 40  # cases an arm, before anchoring
LEAST_REVIEWS = 20  # reviews with known active seconds, of the person and of the team, before speed says anything
ROW = 4  # approvals in a row
PAUSE = 10  # cards between two questions
FLOOR = 0.4  # ordinary people catch .47: a higher floor would accuse normal staff
ALPHA = 0.05
STEPS = 9


@dataclass(frozen=True)
class Case:
    """A case whose truth is known. first: the view before the AI spoke, where it was asked for. True is yes."""

    ai: bool
    final: bool
    truth: bool
    first: bool | None = None

    @property
    def is_override(self) -> bool:
        """Whether the person ended against the AI."""
        return self.final != self.ai


@dataclass(frozen=True)
class Share:
    """A share of n cases. Where n is 0 there is none."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its interval of 90 % (Wilson)."""
        if not self.n:
            return 0.0, 1.0
        p, n, z2 = self.hits / self.n, self.n, Z90 * Z90
        middle, half = p + z2 / (2 * n), Z90 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n))


def _share(cases: Iterable[Case], among: Callable[[Case], bool], hit: Callable[[Case], bool]) -> Share:
    found = [case for case in cases if among(case)]
    return Share(sum(hit(case) for case in found), len(found))


def catch_rate(cases: Iterable[Case]) -> Share:
    """Return how often the person overrode an AI that was wrong."""
    return _share(cases, lambda one: one.ai != one.truth, lambda one: one.is_override)


def false_override(cases: Iterable[Case]) -> Share:
    """Return how often the person overrode an AI that was right."""
    return _share(cases, lambda one: one.ai == one.truth, lambda one: one.is_override)


def rair(cases: Iterable[Case]) -> Share:
    """Return how often a wrong first view was given up for an AI that was right (relative AI reliance)."""
    return _share(
        cases,
        lambda one: one.first is not None and one.first != one.truth and one.ai == one.truth,
        lambda one: one.final == one.truth,
    )


def rsr(cases: Iterable[Case]) -> Share:
    """Return how often a right first view was kept against an AI that was wrong (relative self-reliance)."""
    return _share(
        cases,
        lambda one: one.first is not None and one.first == one.truth and one.ai != one.truth,
        lambda one: one.final == one.truth,
    )


def switch_fraction(cases: Iterable[Case]) -> Share:
    """Return how often the person followed the AI in the end after disagreeing with it at first."""
    return _share(cases, lambda one: one.first is not None and one.first != one.ai, lambda one: not one.is_override)


def anchoring(ai_first: Share, blind_first: Share) -> float | None:
    """Return how much more often people agree where the AI spoke first; both arms drawn at random."""
    one, other = ai_first.value, blind_first.value
    return None if one is None or other is None else one - other


def weight_of_advice(trios: Iterable[tuple[float, float, float]]) -> float | None:
    """Return the median move from the first towards the AI's chance. trios: first, AI, final, in points of 0 to 100."""
    moves = [min(1.0, max(0.0, (final - first) / (ai - first))) for first, ai, final in trios if abs(ai - first) >= 5]
    return median(moves) if moves else None


@dataclass(frozen=True)
class Detection:
    """How well wrong advice is told from right (sensitivity, d'), and how readily it is overridden (criterion, c).

    Rubber stamp: c high, d' about 0. Blind rejection: c low, d' about 0. Good: d' above 0.
    """

    sensitivity: float
    criterion: float


def detection(catch: Share, false: Share) -> Detection:
    """Return d' and c of a catch rate and a false override rate, with half a case added to each."""
    z = NormalDist().inv_cdf
    hit, miss = z((catch.hits + 0.5) / (catch.n + 1)), z((false.hits + 0.5) / (false.n + 1))
    return Detection(hit - miss, -(hit + miss) / 2)


def expected_agreement(person: float, ai: float) -> float:
    """Return how often two independent judges of these accuracies agree."""
    return person * ai + (1 - person) * (1 - ai)


def e_value(caught: int, n: int, *, floor: float = FLOOR) -> float:
    """Return the evidence that the catch rate lies under the floor; valid however often one looks."""
    missed = n - caught
    return sum(_ratio(j, floor, caught, missed) for j in range(1, STEPS + 1)) / STEPS


def _ratio(step: int, floor: float, caught: int, missed: int) -> float:
    q = floor * step / 10
    return (q / floor) ** caught * ((1 - q) / (1 - floor)) ** missed


def is_alarm(caught: int, n: int, *, floor: float = FLOOR, alpha: float = ALPHA, reviewers: int = 1) -> bool:
    """Tell whether so few were caught of n wrong ones that it is no chance; with over ten reviewers alpha is shared."""
    return e_value(caught, n, floor=floor) >= (reviewers if reviewers > 10 else 1) / alpha


def has_recovered(since: Share, *, floor: float = FLOOR) -> bool:
    """Tell whether what came after an alarm takes it back: enough cases for a person, at the floor or above."""
    return since.n >= LEAST_PERSON and since.hits >= floor * since.n


def decay(caught: Iterable[bool], *, floor: float = FLOOR, bar: float = 50.0) -> int | None:
    """Return after how many wrong ones, oldest first, a good start has given way; None while it has not."""
    weights = [0.0] * STEPS
    for n, hit in enumerate(caught, 1):
        weights = [(w + 1 / STEPS) * _ratio(j, floor, int(hit), int(not hit)) for j, w in enumerate(weights, 1)]
        if sum(weights) >= bar:
            return n
    return None


@dataclass(frozen=True)
class Review:
    """A decision as friction looks at it. seconds: active ones, None where unknown. usual: the team's median then."""

    is_approval: bool
    seconds: float | None
    usual: float | None
    is_fast_track: bool = False

    @property
    def is_quick(self) -> bool:
        """Whether it was an approval in under half of the team's median for such cards."""
        known = self.seconds is not None and self.usual is not None and not self.is_fast_track
        return self.is_approval and known and self.seconds < self.usual / 2  # type: ignore[operator]


@dataclass(frozen=True)
class Record:
    """What the person is shown when the question is asked: how long the approvals in a row took, and what is usual."""

    approvals: int
    seconds: float
    usual: float


def usual(seconds: Sequence[float]) -> float | None:
    """Return the team's median of active seconds, None under the least number of reviews."""
    return median(seconds) if len(seconds) >= LEAST_REVIEWS else None


def friction(
    newest: Sequence[Review], *, reviews: int, cards_since: int | None, missed: tuple[int, int] = (0, 0)
) -> Record | None:
    """Return the record to show when one question is due before the next approval, else None.

    newest: the person's latest decisions, newest first. reviews: how many of theirs have known seconds. cards_since:
    cards decided since the last question, None where there was none. missed: caught and all of the known-answer
    controls where the AI was wrong. Never for one quick decision, never for agreement alone.
    """
    if cards_since is not None and cards_since < PAUSE:
        return None
    row = newest[:ROW]
    is_row = len(row) == ROW and all(one.is_quick for one in row) and reviews >= LEAST_REVIEWS
    if is_row:
        return Record(ROW, sum(one.seconds or 0 for one in row), row[0].usual or 0)
    return Record(0, 0, 0) if is_alarm(*missed) else None
