"""Opening the queue: a finished run is routed over all its candidates, and the chosen ones become cards.

Everything happens in the transaction that completes the run: its answers, the cards, what the AI decided by itself, and
one entry that covers everybody else ("not shown now") by the hash of the whole result.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from review import controls, decisions, facts, order, policies, routing, seals, workflow
from review.facts import Candidates
from review.judgement import value
from review.models import Arm, Choice, Lane, Origin, Policy, ReviewTask, Route, RoutedFacts, Stakes, TaskState
from review.routing import Facts, Reason, Routed, Shown
from screening import answers
from screening.models import Recommendation, RunStatus, ScreeningRun

MILLION = 1_000_000
BY_PEOPLE = (Route.REVIEW, Route.EXPERT, Route.MANAGER)  # fast track stays fast, the AI's own need no view
LET_GO = (TaskState.OPEN,)  # cards of an earlier run that a newer one replaces, unless somebody holds them


class NotRouted(Exception):
    """Raised when a creator of a run cannot be put before a person; the sentence says why."""


@dataclass(frozen=True)
class Chosen:
    """A candidate who comes before a person or the AI's own decision: its place, facts and worth of asking.

    arm: drawn blind with chance `share_u6` / 10^6.
    """

    place: int
    facts: Facts
    value: float
    probability: float
    arm: Arm = Arm.AI_FIRST
    share_u6: int = 0

    def order(self, due: datetime | None) -> float:
        """Return what the queue orders the card by: a sealed one by its deadline alone, which says nothing of it."""
        if self.arm != Arm.BLIND or due is None:
            return self.value
        return order.sealed(due)


def open_for_run(run: ScreeningRun, *, now: datetime) -> list[ReviewTask]:
    """Route a finished run and open its cards, once; again it returns the cards that are there.

    Without a policy in force nothing is opened: the entry says so, and approving a policy routes the run.
    """
    with transaction.atomic():
        workflow.lock_campaign(run.campaign_id)  # two workers at once open one set of cards
        if opened := list(ReviewTask.objects.filter(recommendation__run=run)):
            return opened
        policy = policies.active(run.campaign.brand_id, run.campaign.market_id)
        if policy is None:
            _record(run, {"what": "no_policy"})
            return []
        replaced = _replace_older(run, now)
        out, taken = _in_hand(run)
        candidates = Candidates(run, policy, on=run.created_at.date(), left_out=out, taken=taken)
        chosen = choose(candidates)
        tasks = _open(candidates, chosen, now=now)
        _record(run, _counts(candidates, chosen, tasks) | {"what": "routed", "replaced": replaced})
    return tasks


def choose(candidates: Candidates, *, reviewer: value.Reviewer | None = None) -> list[Chosen]:
    """Return who is looked at, best first: who would go forward, the ones near the cut, and the random share.

    Those who would go forward are always decided by somebody; the policy's budget counts what people are asked. Near
    the cut nobody is asked where the answer is worth less than it costs. reviewer: what is known of who will be asked.
    """
    run, policy, n = candidates.run, candidates.policy, len(candidates.rows)
    wanted = min(n, candidates.wanted)
    if not n:
        return []
    worth = value.of_selection(candidates.p, candidates.stake, wanted=candidates.wanted, reviewer=reviewer)
    top = _with_checks(facts.of(candidates, range(wanted), Shown.TOP), policy, run.seed)
    rules = candidates.rules
    alone = sum(is_closed(one, routing.route(one, rules)) for one in top)
    draw = value.choose(
        value.above_cost(worth, cost=_cost(policy) if rules.is_learned else 0.0),
        np.arange(n) < wanted,
        budget=policy.review_budget + alone,
        random_share=policy.random_share_u6 / MILLION,
        seed=run.seed,
    )
    near = facts.of(candidates, sorted(draw.nearest.tolist()), Shown.CUT)
    drawn = facts.of(candidates, draw.drawn.tolist(), Shown.DRAWN)
    places = [*range(wanted), *sorted(draw.nearest.tolist()), *draw.drawn.tolist()]
    return [
        Chosen(place, replace(one, probability=float(draw.probability[place])), float(worth[place]),
               float(draw.probability[place]))
        for place, one in zip(places, [*top, *near, *drawn], strict=True)
    ]  # fmt: skip


def _cost(policy: Policy) -> float:
    # Of one card, in the unit that worth has: the policy's medium stakes.
    return policy.card_minutes * (policy.minute_cost_minor or 0) / max(1, policy.medium_fee_minor)


def is_closed(said: Facts, routed: Routed) -> bool:
    """Tell whether a card is decided at once and nobody checks it."""
    return routed.is_alone and not (routed.route == Route.AUTO and said.is_spot_checked)


def _with_checks(top: Sequence[Facts], policy: Policy, seed: int) -> list[Facts]:
    share = policies.right(policy, Stakes.LOW).spot_check_share_u6 / MILLION  # nothing else is decided by the AI
    checked = value.spot_checks(len(top), share=share, seed=seed)
    return [replace(one, is_spot_checked=bool(hit)) for one, hit in zip(top, checked, strict=True)]


def profiles_of(candidates: Candidates, chosen: Sequence[Chosen]) -> list[int]:
    """Return the ids of the chosen profiles, in their order."""
    rows = candidates.rows[[one.place for one in chosen]]
    found: list[int] = candidates.judged.screening.profile_ids[rows].tolist()
    return found


def lead(candidates: Candidates, chosen: Sequence[Chosen], *, least_u6: int) -> dict[int, tuple[Chosen, Routed]]:
    """Return who leads on each of the chosen and the arm that is drawn for it, by profile. least_u6: of `draw_arm`."""
    found: dict[int, tuple[Chosen, Routed]] = {}
    for profile, one in zip(profiles_of(candidates, chosen), chosen, strict=True):
        routed = routing.route(one.facts, candidates.rules)
        drawn = draw_arm(
            one, routed, candidates.policy, seed=candidates.run.seed, profile_id=profile, least_u6=least_u6
        )
        found[profile] = drawn, routed
    return found


def _open(candidates: Candidates, chosen: Sequence[Chosen], *, now: datetime) -> list[ReviewTask]:
    ids = profiles_of(candidates, chosen)
    frozen = answers.freeze(candidates.run, ids, now=now, found=candidates.cases)
    said = {answer.profile_id: answer for answer in frozen}
    least = controls.blind_least_u6(candidates.policy.brand_id, candidates.policy.market_id)
    led = lead(candidates, chosen, least_u6=least)
    sealed = [one.facts.rank for one, _routed in led.values() if one.arm == Arm.BLIND]
    # In the order of the profiles: a card's own number, which stands in its address, says nothing of its rank.
    tasks = [
        open_one(said[profile], one, _without(routed, sealed), candidates.policy, now=now)
        for profile, (one, routed) in sorted(led.items())
    ]
    known = [RoutedFacts(task=task, facts=asdict(led[task.recommendation.profile_id][0].facts)) for task in tasks]
    RoutedFacts.objects.bulk_create(known)
    return tasks


def draw_arm(
    chosen: Chosen, routed: Routed, policy: Policy, *, seed: int, profile_id: int, least_u6: int = 0
) -> Chosen:
    """Draw whether a person speaks before the AI does: by the share, the run's seed and the profile alone.

    The share is the policy's; least_u6: a higher one where the controls of people here ask for it. Only what a person
    decides is drawn; the verdict, the score and the rank have no part in it.
    """
    if routed.route not in BY_PEOPLE:
        return chosen
    share = max(policies.blind_share_u6(policy, routed.stakes), least_u6)
    is_blind = np.random.default_rng([seed, 3, profile_id]).random() * MILLION < share
    return replace(chosen, arm=Arm.BLIND if is_blind else Arm.AI_FIRST, share_u6=share)


def _without(routed: Routed, sealed: Sequence[int]) -> Routed:
    """Return what is said of a card with its place counted without the sealed ones: a gap would give them away."""
    said, lane = [], routed.lane
    for code, numbers in routed.reasons:
        if code not in {Reason.TOP, Reason.AT_CUT}:
            said.append([code, numbers])
            continue
        rank = numbers["rank"] - sum(one < numbers["rank"] for one in sealed)
        is_top = rank <= numbers["wanted"]
        said.append([Reason.TOP if is_top else Reason.AT_CUT, {**numbers, "rank": rank}])
        if lane in {Lane.TOP, Lane.CUT}:
            lane = Lane.TOP if is_top else Lane.CUT
    return replace(routed, reasons=said, lane=lane)


def as_drawn(chosen: Chosen, routed: Routed, policy: Policy) -> dict[str, Any]:
    """Return what a card keeps of who leads and of the draws, by column; `replay` compares them."""
    is_auto, share = routed.route == Route.AUTO, policies.right(policy, routed.stakes).spot_check_share_u6
    return {
        "route": routed.route,
        "stakes": routed.stakes,
        "is_guarded": routed.is_guarded,
        "probability_u6": share if is_auto else round(chosen.probability * MILLION),
        "arm": chosen.arm,
        "arm_share_u6": chosen.share_u6,
        "is_exploration": routed.lane == Lane.EXPLORE,
        "is_spot_check": is_auto and chosen.facts.is_spot_checked,
    }


def open_one(answer: Recommendation, chosen: Chosen, routed: Routed, policy: Policy, *, now: datetime) -> ReviewTask:
    """Make the card of one answer inside the caller's transaction; what the AI decides alone is decided at once."""
    campaign, said = answer.run.campaign, chosen.facts
    ends = is_closed(said, routed)
    due = None if ends else policies.due(policy, routed.stakes, now=now)
    task = ReviewTask.objects.create(
        recommendation=answer,
        campaign=campaign,
        policy=policy,
        brand=campaign.brand_id,
        market=campaign.market_id,
        lane=seals.NO_LANE if chosen.arm == Arm.BLIND else routed.lane,
        reasons=routed.reasons,
        fee_minor=campaign.fee_minor if said.fee is None else said.fee,
        value=chosen.order(due),
        state=TaskState.APPROVED if ends else TaskState.OPEN,
        on_expiry=routed.on_expiry,
        opened_at=now,
        due_at=due,
        closed_at=now if ends else None,
        **as_drawn(chosen, routed, policy),
    )
    if routed.is_alone:
        origin = Origin.AUTO if routed.route == Route.AUTO else Origin.FAST
        decisions.write(task, Choice.APPROVE, origin=origin, by=None, owner=policy.owner, now=now,
                        key=f"{origin}:{task.pk}")  # fmt: skip
    return task


def ask_for(run: ScreeningRun, profile_id: int, *, by: User, now: datetime) -> ReviewTask:
    """Put somebody who is not shown now before a person, because a person wants to look; who is there is returned.

    Raises NotRouted and NotAllowed.
    """
    campaign = run.campaign
    with transaction.atomic():
        access.require(User.objects.get(pk=by.pk), "decide", brand=campaign.brand_id, market=campaign.market_id)
        workflow.lock_campaign(run.campaign_id)
        known = workflow.in_hand(run.campaign_id).filter(recommendation__creator__profiles=profile_id)
        passed_over = ReviewTask.objects.filter(recommendation__run=run, recommendation__profile=profile_id)
        if there := known.first() or passed_over.first():
            return there
        policy = policies.active(campaign.brand_id, campaign.market_id)
        if policy is None or run.status != RunStatus.COMPLETED or campaign.closed_at:
            raise NotRouted(_("The run is not finished, its campaign is closed, or no policy is in force."))
        candidates = Candidates(run, policy, on=run.created_at.date())
        places = np.flatnonzero(candidates.judged.screening.profile_ids[candidates.rows] == profile_id)
        if not len(places):
            raise NotRouted(_("This profile is not in the ranking of the run."))
        place = int(places[0])
        found = Chosen(place, facts.of(candidates, [place], Shown.ASKED)[0], 0.0, 1.0)
        task = _open(candidates, [found], now=now)[0]
        _record(run, {"what": "asked", "task": task.pk}, by=by)
    return task


def ask_for_all(run: ScreeningRun, profile_ids: Sequence[int], *, by: User, now: datetime) -> list[ReviewTask]:
    """Put several before a person as `ask_for` does: all of them, or none. Raises NotRouted and NotAllowed."""
    with transaction.atomic():
        return [ask_for(run, one, by=by, now=now) for one in dict.fromkeys(profile_ids)]


def _in_hand(run: ScreeningRun) -> tuple[set[int], int]:
    # Nobody is asked twice about the same creator of a campaign; what the clock passed over may come again.
    states = dict(workflow.in_hand(run.campaign_id).values_list("recommendation__creator_id", "state"))
    return set(states), sum(state in {TaskState.APPROVED, TaskState.AWAITING} for state in states.values())


def _replace_older(run: ScreeningRun, now: datetime) -> list[int]:
    free = ReviewTask.objects.filter(campaign=run.campaign, state__in=LET_GO).exclude(claimed_until__gt=now)
    free = free.exclude(offer_until__gt=now)  # the creator waits for an answer to this one
    older = list(free.exclude(decisions__isnull=False).select_for_update(of=("self",)).values_list("pk", flat=True))
    for task in ReviewTask.objects.filter(pk__in=older):
        ReviewTask.objects.filter(pk=task.pk).update(
            state=TaskState.NOT_SHOWN, version=task.version + 1, closed_at=now, claimed_by=None, claimed_at=None,
            claimed_until=None, **seals.opened(task, now=now),
        )  # fmt: skip
    return older


def _counts(candidates: Candidates, chosen: Iterable[Chosen], tasks: Sequence[ReviewTask]) -> dict[str, Any]:
    policy = candidates.policy
    shown = Counter(str(one.facts.shown) for one in chosen)
    return {
        "policy": policy.pk,
        "policy_version": policy.version,
        "candidates": len(candidates.rows),
        "left_out": len(candidates.left_out),
        "not_shown": len(candidates.rows) - len(tasks),
        "shown": dict(shown),
        "routes": dict(Counter(str(task.route) for task in tasks)),
        "guarded": sum(task.is_guarded for task in tasks),
        "blind": [task.pk for task in tasks if task.arm == Arm.BLIND],
        "budget": policy.review_budget,
        "random_share_u6": policy.random_share_u6,
    }


def _record(run: ScreeningRun, body: dict[str, Any], *, by: User | None = None) -> None:
    log.record(
        Kind.ROUTING,
        stream=f"run:{run.pk}",
        by=by,
        body={"run": run.pk, "result": run.result_sha256, "seed": run.seed, **body},
        brand=run.campaign.brand_id,
        market=run.campaign.market_id,
    )
