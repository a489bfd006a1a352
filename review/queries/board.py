"""The board of a strategy session: where AI and people agree, contradict each other, or find what nobody looked for.

It builds itself from the cards of a campaign. Sealed cards are left out and only counted, which tells nothing of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from review import policies, seals, sessions, together, workflow
from review.judgement.combine import Vote, chance
from review.judgement.enough import Standing
from review.models import Choice, Decision, FirstView, Overlay, ReviewTask, Session, SessionItem
from review.overlays import words_with
from review.queries.exploration import Exploration, exploration, spent_at, tried_at
from screening import gates
from screening.models import Campaign, DiscoveryRound, GateAnswer, Verdict

LOOK_BACK = timedelta(days=14)  # of decided cards, where there was no session before
SIDES = {Verdict.RECOMMEND: True, Verdict.DECLINE: False}
SHOWN = 12  # cards a column
PICKED = (str(Choice.APPROVE), str(Choice.HOLD))  # what an exploration pick is answered with on the board
MOST = 400  # cards of a campaign that are looked at, worthiest first


@dataclass(frozen=True)
class Stance:
    """A card with both sides. person: the chance that the person gave, None where they only chose a side."""

    task: ReviewTask
    says_yes: bool
    person: float | None
    who: User
    words: str
    decision: Decision | None
    together: float | None = None  # where enough results are known to say it as a number

    @property
    def ai(self) -> float:
        """The AI's chance."""
        return self.task.recommendation.p

    @property
    def gap(self) -> float:
        """How far both lie apart; a side without a chance counts as just over its half."""
        return abs((self.person if self.person is not None else (0.55 if self.says_yes else 0.45)) - self.ai)


@dataclass(frozen=True)
class Board:
    """One session with its three columns. sealed: cards that are left out until a view is committed.

    can: what the reader may choose on each exploration pick, by its id. present: ids and names of who was there.
    tests: None before the first card, whose policy says the share.
    """

    campaign: Campaign
    session: Session | None
    agree: list[Stance]
    contradict: list[Stance]
    explore: list[ReviewTask]
    sealed: int
    decided: list[Decision]
    items: list[SessionItem]
    rounds: list[DiscoveryRound]
    earlier: list[Session]
    can: dict[int, set[str]]
    present: list[tuple[int, str]]
    tests: Exploration | None

    @property
    def creators(self) -> list[int]:
        """Of whom the board tells what the AI says."""
        stances, decided = (*self.agree, *self.contradict), (one.task for one in self.decided)
        return [task.recommendation.creator_id for task in (*(one.task for one in stances), *self.explore, *decided)]

    @property
    def minutes(self) -> str:
        """The minutes as they were saved last."""
        return words_with(self.session.minutes).get("text", "") if self.session else ""


def board(campaign: Campaign, *, user: User, now: datetime, number: int | None = None) -> Board:
    """Return the board of a campaign's session: the given one, else the open one, else the last. Seven queries."""
    met = Session.objects.filter(campaign=campaign).select_related("minutes__payload")
    known = list(met.order_by("-number"))
    shown = next((one for one in known if one.number == number), known[0] if known else None)
    since = _since(known, shown, now)
    everything = _cards(campaign, user)
    cards = [task for task in everything if not task.is_hidden]  # type: ignore[attr-defined]
    stances = _stances(cards, since)
    picks = [task for task in cards if task.is_exploration and task.closed_at is None][:SHOWN]
    asked = _Asked(campaign, picks, shown, user, now)
    return Board(
        campaign=campaign,
        session=shown,
        agree=[one for one in stances if _agrees(one)][:SHOWN],
        contradict=sorted((one for one in stances if _contradicts(one)), key=lambda one: -one.gap)[:SHOWN],
        explore=picks,
        sealed=len(everything) - len(cards),
        decided=_decided(cards, shown),
        items=_items(shown),
        rounds=list(asked.rounds),
        earlier=[one for one in known if one != shown],
        can=asked.can(),
        present=list(asked.present),
        tests=asked.tests(everything),
    )


class _Asked:
    """What is read beside the cards, in one statement, and what follows from it."""

    def __init__(
        self, campaign: Campaign, picks: list[ReviewTask], session: Session | None, user: User, now: datetime
    ) -> None:
        self.campaign, self.user, self.now = campaign, user, now
        self.on = policies.today(campaign.market, now=now)
        self.picks = picks if access.may(user, "decide", brand=campaign.brand_id, market=campaign.market_id) else []
        self.profiles = [task.recommendation.profile for task in self.picks]
        self.rounds = DiscoveryRound.objects.filter(discovery__campaign=campaign).order_by("number")
        there = sessions.present(session) if session else []
        self.present = User.objects.filter(pk__in=there).order_by("name").values_list("pk", "name")
        self.spent, self.tried = spent_at(campaign), tried_at(campaign)
        self.interests = Overlay.objects.filter(task__in=[one.pk for one in self.picks], by=user, has_interest=True)
        self.held = gates.holding([campaign.market_id] if self.picks else [], on=self.on)
        self.given = GateAnswer.objects.filter(profile__in=self.profiles, gate__market=campaign.market_id)
        self.sizes = gates.sizes(self.profiles, on=self.on)
        own = (self.interests, self.held, self.given, self.sizes)
        at_once(self.rounds, self.present, self.spent, self.tried, *own)

    def can(self) -> dict[int, set[str]]:
        """Return which of Approve and Hold the reader may choose on each pick, as `workflow.allowed` would say."""
        code, declared = self.campaign.market_id, {one.task_id for one in self.interests}
        told = gates.check_markets(
            self.profiles, [code], on=self.on, followers=dict(self.sizes), given=self.given, held=self.held
        )
        found: dict[int, set[str]] = {}
        for task in self.picks:
            case = workflow.Case(task, self.user, self.now)
            shut = [gate for gate in told[code, task.recommendation.profile_id] if gate.is_open]
            vars(case).update(has_interest=task.pk in declared, open_gates=shut, is_sealed=False)
            found[task.pk] = {
                verb for verb in PICKED
                if task.state in workflow.MOVES[verb].sources and not workflow.refusal(workflow.MOVES[verb], case)
            }  # fmt: skip
        return found

    def tests(self, everything: Sequence[ReviewTask]) -> Exploration | None:
        """Return what exploration picks cost and became, by the policy of the newest card."""
        newest = max(everything, key=lambda task: task.pk, default=None)
        if newest is None:
            return None
        return exploration(self.campaign, newest.policy, spent=list(self.spent), tried=list(self.tried))


def _since(known: Sequence[Session], shown: Session | None, now: datetime) -> datetime:
    before = [one for one in known if shown is None or one.number < shown.number]
    return before[0].opened_at if before else (shown.opened_at if shown else now) - LOOK_BACK


def _cards(campaign: Campaign, user: User) -> list[ReviewTask]:
    here = ReviewTask.objects.filter(campaign=campaign).annotate(is_hidden=seals.hidden_too(user))
    whole = here.select_related(
        "recommendation__creator", "recommendation__profile", "campaign__brand", "policy", "claimed_by"
    )
    rows = whole.defer("recommendation__knowledge", "recommendation__factors", "recommendation__flags")
    said = (
        Prefetch("first_views", FirstView.objects.select_related("by", "audit__payload")),
        Prefetch("decisions", Decision.objects.select_related("decided_by", "audit__payload").order_by("pk")),
    )
    return list(together.annotated(rows).prefetch_related(*said).order_by("-value", "-pk")[:MOST])


def _stances(cards: Sequence[ReviewTask], since: datetime) -> list[Stance]:
    found = [(task, _last(task), next(iter(task.first_views.all()), None)) for task in cards]
    kept = [
        (task, made, first)
        for task, made, first in found
        if (made and made.decided_by and made.at >= since) or (first and task.closed_at is None)
    ]
    return [_stance(task, made, first) for task, made, first in kept]


def _last(task: ReviewTask) -> Decision | None:
    last = next(reversed(task.decisions.all()), None)
    return last if last and last.choice in {Choice.APPROVE, Choice.REJECT} and last.decided_by_id else None


def _stance(task: ReviewTask, made: Decision | None, first: Any) -> Stance:
    if made is None:
        words = words_with(first.audit).get("why", "")
        return Stance(task, first.says_yes, _share(first.p_u6), first.by, words, None, _together(task, first))
    given = made.expected_p_u6 if made.expected_p_u6 is not None else (first.p_u6 if first else None)
    assert made.decided_by is not None
    words = words_with(made.audit).get("rationale", "")
    return Stance(
        task, made.choice == Choice.APPROVE, _share(given), made.decided_by, words, made, _together(task, first)
    )


def _together(task: ReviewTask, first: FirstView | None) -> float | None:
    fitted = together.of_task(task)
    if first is None or fitted.standing == Standing.WORDS:
        return None
    vote = Vote(1.0 if first.says_yes else -1.0, fitted.rates_of(first.by_id))
    return chance(task.recommendation.p, [vote], fitted.weights)


def _share(p_u6: int | None) -> float | None:
    return None if p_u6 is None else p_u6 / 1e6


def _agrees(one: Stance) -> bool:
    return SIDES.get(Verdict(one.task.recommendation.verdict)) is one.says_yes


def _contradicts(one: Stance) -> bool:
    side = SIDES.get(Verdict(one.task.recommendation.verdict))
    return side is not None and side is not one.says_yes


def _items(session: Session | None) -> list[SessionItem]:
    if session is None:
        return []
    return list(session.items.select_related("by", "owner", "audit__payload").order_by("pk"))


def _decided(cards: Sequence[ReviewTask], session: Session | None) -> list[Decision]:
    if session is None:
        return []
    made = [(task, _last(task)) for task in cards]
    ended = session.closed_at
    found = [
        one for task, one in made
        if one and one.at >= session.opened_at and (ended is None or one.at <= ended)
    ]  # fmt: skip
    for one in found:  # read with the card, not once more for each line
        one.task = next(task for task, made_there in made if made_there is one)
    return sorted(found, key=lambda one: one.at)
