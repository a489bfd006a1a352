"""Known-answer controls: what practice says of how people lean on the AI, and what follows from it (science.md 3.3).

First a word to the person alone and more blind-first; a manager hears of it at the second alarm only.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts import access
from accounts.models import User
from review import people
from review.judgement import reliance
from review.judgement.reliance import Case, Share
from review.models import Alarm, Choice, Decision, Origin, Practice, Side
from screening.models import Outcome, Verdict

MORE_BLIND_U6 = 500_000  # of a place's cards, at least, while the record of somebody who decides there asks for it
TO_THE_MANAGER = 2  # alarms of one kind


def case_of(row: Practice) -> Case:
    """Return an answered practice card as the indicators read it."""
    ai = row.recommendation.verdict == Verdict.RECOMMEND
    return Case(ai=ai, final=bool(row.approves), truth=ai is row.ai_was_right, first=row.says_yes)


def answered(user: User) -> list[Practice]:
    """Return a person's answered practice cards, oldest first. One query."""
    rows = Practice.objects.filter(user=user, answered_at__isnull=False).select_related("recommendation")
    return list(rows.order_by("answered_at", "pk"))


def accepted(cases: Iterable[Case]) -> Share:
    """Return how often the person went along with an AI that was right."""
    false = reliance.false_override(cases)
    return Share(false.n - false.hits, false.n)


# What a person reads of their own practice, by code, in this order.
RATES: dict[str, Callable[[Iterable[Case]], Share]] = {
    "catch": reliance.catch_rate, "rsr": reliance.rsr, "rair": reliance.rair,
    "accepted": accepted,
}  # fmt: skip


def rates(rows: Iterable[Practice]) -> dict[str, Share]:
    """Return the rates of a person's answered practice cards by code, however few there are."""
    cases = [case_of(one) for one in rows]
    return {code: rate(cases) for code, rate in RATES.items()}


def errors_seen(user: User) -> int:
    """Return how many errors of the AI a person has seen: in practice, and among their own cards with a result.

    Own cards count here only. A result is known of whom they approved: an AI that was wrong and caught leaves none, so
    as evidence against a person own cards would accuse everybody.
    """
    practised = Practice.objects.filter(user=user, answered_at__isnull=False, ai_was_right=False).count()
    own = Decision.objects.filter(
        decided_by=user, origin=Origin.PERSON, superseded_by__isnull=True, choice=Choice.APPROVE
    ).values("task__recommendation")
    failed = Q(recommendation__verdict=Verdict.RECOMMEND, is_success=False)
    worked = Q(recommendation__verdict=Verdict.DECLINE, is_success=True)
    found = Outcome.objects.filter(failed | worked, recommendation__in=own, replaced_by__isnull=True)
    return practised + found.order_by().values("recommendation").distinct().count()


def hits(cases: Iterable[Case], side: Side) -> Share:
    """Return what an alarm of a side counts: wrong AI that was caught, or right AI that was accepted."""
    if side == Side.FOLLOWS:
        return reliance.catch_rate(cases)
    return accepted(cases)


def watch(row: Practice, *, now: datetime) -> list[Alarm]:
    """Look at a person's controls after an answer, inside its transaction; return the alarms that it raised.

    Each alarm counts from the one before it, so a second one is new evidence.
    """
    rows, raised = answered(row.user), []
    many = Practice.objects.filter(answered_at__isnull=False).order_by().values("user").distinct().count()
    for side in Side:
        before = Alarm.objects.filter(user=row.user, side=side).order_by("-pk").first()
        found = hits(map(case_of, _after(rows, before)), side)
        if reliance.is_alarm(found.hits, found.n, reviewers=many):
            raised.append(Alarm.objects.create(user=row.user, side=side, hits=found.hits, n=found.n, last=row, at=now))
    return raised


def _after(rows: Sequence[Practice], alarm: Alarm | None) -> list[Practice]:
    places = [n for n, one in enumerate(rows) if alarm and one.pk == alarm.last_id]
    return list(rows[places[0] + 1 :]) if places else list(rows)


def standing(user: User, side: Side) -> Alarm | None:
    """Return the newest alarm of a person, until ten newer controls of that kind went well enough."""
    alarm = Alarm.objects.filter(user=user, side=side).order_by("-pk").first()
    if alarm is None:
        return None
    since = hits(map(case_of, _after(answered(user), alarm)), side)
    return None if reliance.has_recovered(since) else alarm


def missed(user: User) -> tuple[int, int]:
    """Return what gentle friction asks for: caught and all of the AI's errors behind an alarm that stands."""
    alarm = standing(user, Side.FOLLOWS)
    return (alarm.hits, alarm.n) if alarm else (0, 0)


def has_alarmed(at: datetime) -> bool:
    """Tell whether anybody's practice had raised an alarm by then: before the first nobody is asked to look first."""
    return Alarm.objects.filter(at__lte=at).exists()


def blind_least_u6(brand: str, market: str) -> int:
    """Return the least blind-first share of a place: more where the record of somebody who decides there asks for it.

    The arm is drawn when the run ends, before anybody opens the card: so it is the place's share, and tells of nobody.
    """
    leaning = User.objects.filter(pk__in=Alarm.objects.values("user"))
    here = leaning.filter(pk__in=people.deciders(brand, market).values("pk"))
    return MORE_BLIND_U6 if any(standing(one, side) for one in here for side in Side) else 0


@dataclass(frozen=True)
class Team:
    """What a manager sees of a team's practice. None: too few cases or people."""

    catch: Share | None
    accepted: Share | None
    told: list[tuple[User, Side]]  # whose second alarm of a kind came

    @property
    def is_anything(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.catch or self.accepted or self.told)


LEAST_PEOPLE = 3  # behind a team's figure: of two, each could work the other's out


def team(manager: User) -> Team:
    """Return the practice of the places a person manages: figures of the team, names at the second alarm only."""
    here = access.scope(manager).query("brand", "market", access.MAY["approve"])
    rows = list(Practice.objects.filter(here, answered_at__isnull=False).select_related("recommendation"))
    catch, accepted = (_of_team(rows, side) for side in Side)
    users = {one.user_id for one in rows}
    alarms = Alarm.objects.filter(user__in=users).exclude(user=manager).select_related("user").order_by("pk")
    counted: dict[tuple[int, str], list[Alarm]] = {}
    for one in alarms:
        counted.setdefault((one.user_id, one.side), []).append(one)
    told = [(found[0].user, Side(found[0].side)) for found in counted.values() if len(found) >= TO_THE_MANAGER]
    return Team(catch, accepted, told)


def _of_team(rows: Sequence[Practice], side: Side) -> Share | None:
    mine = [one for one in rows if one.ai_was_right == (side == Side.OPPOSES)]
    share = hits(map(case_of, mine), side)
    few = share.n < reliance.LEAST_TEAM or len({one.user_id for one in mine}) < LEAST_PEOPLE
    return None if few else share
