"""A run's routing played again: whom it put before people, and whom it would have under other rules.

Who was in hand is rebuilt from the times of the cards, the draws come from the run's own seed, and what was written
later is not known: only the rules differ. Whether that works a run shows by itself: under the rules of that time it has
to give its very cards again, with the same facts, routes, stakes and draws.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Q

from accounts.models import Role
from review import controls, facts, policies, queue, workflow
from review.facts import Candidates
from review.models import Decision, Origin, Policy, ReviewTask, Route, Stop
from review.queue import Chosen
from review.routing import Facts, Reason, Routed, Rules, Shown
from screening import judging, store
from screening.engine import confidence
from screening.engine.reference import OtherGrid
from screening.engine.types import VERDICTS, DecisionLine, KnowledgeKind
from screening.models import ScreeningRun

ALONE: Mapping[str, Route] = {Origin.AUTO: Route.AUTO, Origin.FAST: Route.FAST}
GONE = (judging.NotJudged, store.NotInStore, OtherGrid)  # the pool was removed, or the engine reads it no more
UNLIKE = "unlike"  # what the statement of such a creator says (`engine.lacking`)
Played = dict[int, tuple[Chosen, Routed]]  # by profile


@dataclass(frozen=True)
class Setting:
    """What stood behind the rules when a run was routed, whatever they said.

    out: creators in hand. least_u6: the blind-first share that the controls of people asked for; None: the cards do not
    tell. was_shadow: nobody had opened the brand yet.
    """

    at: datetime
    wanted: int
    out: frozenset[int]
    is_stopped: bool
    is_owner_here: bool
    is_model_approved: bool
    has_expert: bool
    was_shadow: bool
    least_u6: int | None

    def rules(self, policy: Policy, run: ScreeningRun) -> Rules:
        """Return what a policy says, with what stood behind it then; its own owner and shadow are its own."""
        return replace(
            facts.rules_of(policy, run), is_shadow=policy.is_shadow, is_stopped=self.is_stopped,
            is_model_approved=self.is_model_approved, has_expert=self.has_expert,
        )  # fmt: skip

    def rules_then(self, policy: Policy, run: ScreeningRun) -> Rules:
        """Return what the policy of that time said."""
        is_shadow = policy.is_shadow or self.was_shadow
        return replace(self.rules(policy, run), is_shadow=is_shadow, is_owner_here=self.is_owner_here)


@dataclass
class Then(Candidates):
    """The candidates of a run as they stood when it was routed. line: sets each verdict anew; None: the run's own."""

    said: Rules | None = None
    line: DecisionLine | None = None

    @cached_property
    def rules(self) -> Rules:
        """What the policy says, with what stood behind it then."""
        return self.said or super().rules

    def verdict(self, row: int) -> str:
        """Return what the AI says of a row of the pool under the line."""
        if self.line is None:
            return super().verdict(row)
        screening = self.judged.screening
        case = self.cases[int(screening.profile_ids[row])]
        return under(float(screening.p[row]), self.line, is_far=any(item.code == UNLIKE for item in case.knowledge))


def under(p: float, line: DecisionLine, *, is_far: bool) -> str:
    """Return the verdict that a run under this line gives to a chance. is_far: unlike all that was learned from."""
    return str(VERDICTS[confidence.verdicts(np.array([p], np.float64), line, np.array([is_far]))[0]])


def is_far(card: ReviewTask) -> bool:
    """Tell whether the AI finds a creator unlike all it learned from: it is unsure of them wherever the line is."""
    doubts = card.recommendation.knowledge.get(KnowledgeKind.UNCERTAIN, ())
    return any(item["code"] == UNLIKE for item in doubts)


def read(stored: dict[str, Any]) -> Facts:
    """Return the facts of a card as they were stored when it was opened."""
    lists = {name: tuple(stored.get(name) or ()) for name in ("flags", "serious", "sensitive")}
    return Facts(**{**stored, **lists, "shown": Shown(stored["shown"])})


def setting(run: ScreeningRun, policy: Policy, cards: Sequence[ReviewTask]) -> Setting:
    """Return what stood behind the rules when a run was routed. cards: those that its routing opened, with facts."""
    at = cards[0].opened_at
    said = {code for card in cards for code, _numbers in card.reasons}
    stopped = Stop.objects.filter(
        Q(brand="") | Q(brand=policy.brand_id), Q(model__isnull=True) | Q(model=run.model_id),
        Q(ended_at__isnull=True) | Q(ended_at__gt=at), market=policy.market_id, at__lte=at,
    )  # fmt: skip
    return Setting(
        at=at,
        wanted=int(cards[0].facts.facts["wanted"]),
        out=_in_hand(run, cards, at),
        is_stopped=stopped.exists(),
        # Guardrails stand on every card of a run, or on none.
        is_owner_here=Reason.OWNER_GONE not in said,
        is_model_approved=Reason.NO_MODEL not in said,
        has_expert=policies.holders(Role.EXPERT, policy.brand_id, policy.market_id, at=at).exists(),
        was_shadow=Reason.SHADOW in said,
        least_u6=_least(policy, cards, at),
    )


def _in_hand(run: ScreeningRun, cards: Sequence[ReviewTask], at: datetime) -> frozenset[int]:
    """Return the creators of the campaign who were decided or in hand: opened before, and not passed over by then."""
    before = ReviewTask.objects.filter(campaign=run.campaign_id, pk__lt=min(card.pk for card in cards))
    there = before.exclude(state=workflow.NOT_SHOWN, closed_at__lte=at)
    return frozenset(there.values_list("recommendation__creator_id", flat=True))


def _least(policy: Policy, cards: Sequence[ReviewTask], at: datetime) -> int | None:
    by_people = [card for card in cards if routed_as(card)[0] in queue.BY_PEOPLE]
    drawn = [(card.arm_share_u6, policies.blind_share_u6(policy, card.stakes)) for card in by_people]
    if over := [share for share, own in drawn if share > own]:
        return over[0]
    is_under = any(own < controls.MORE_BLIND_U6 for _share, own in drawn)  # a higher least would have shown
    return 0 if is_under or not controls.has_alarmed(at) else None


def routed_as(card: ReviewTask) -> tuple[str, bool]:
    """Return the route by which a card was opened, and whether it was decided at once: what is taken back moves it.

    card: with its `first_decisions`.
    """
    first: Iterable[Decision] = card.first_decisions  # type: ignore[attr-defined]
    alone = [ALONE[one.origin] for one in first if one.origin in ALONE]
    return (str(alone[0]), True) if alone else (str(card.route), False)


def play(run: ScreeningRun, policy: Policy, at: Setting, *, draft: Policy) -> tuple[Played, Played]:
    """Return whom the rules of that time put before people, and whom a draft would have. Raises one of GONE."""
    base: dict[str, Any] = {
        "on": run.created_at.date(), "left_out": at.out, "taken": run.campaign.wanted - at.wanted,
        "cases": {}, "known_at": at.at,  # what the engine found of a profile is the same for both
    }  # fmt: skip
    then = Then(run, policy, said=at.rules_then(policy, run), **base)
    would = Then(run, draft, said=at.rules(draft, run), line=policies.line(draft), **base)
    least = at.least_u6 or 0
    return _played(then, least), _played(would, least)


def _played(candidates: Candidates, least_u6: int) -> Played:
    chosen = queue.choose(candidates)
    return queue.lead(candidates, chosen, least_u6=least_u6) if chosen else {}


def agrees(cards: Sequence[ReviewTask], again: Played, policy: Policy) -> bool:
    """Tell whether a run that was played again gave its very cards. cards: with facts and first decisions."""
    stored = {card.recommendation.profile_id: card for card in cards}
    return stored.keys() == again.keys() and all(
        read(card.facts.facts) == again[profile][0].facts and _kept(card) == queue.as_drawn(*again[profile], policy)
        for profile, card in stored.items()
    )


def _kept(card: ReviewTask) -> dict[str, Any]:
    names = ("stakes", "is_guarded", "probability_u6", "arm", "arm_share_u6", "is_exploration", "is_spot_check")
    return {"route": routed_as(card)[0]} | {name: getattr(card, name) for name in names}
