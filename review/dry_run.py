"""What proposed rules would have done to the cards of the last 90 days, counted beside what was done.

A run that can be played again (`replay`) is: whom another budget or random share would have shown is known of it. The
cards of the others are routed again one by one, from what was known of each; whom those runs would have shown otherwise
nobody knows. Either way the draws are those of the run's own seed, so that only the rules differ.

What the AI says of a sealed card shows in whom a run chooses beside it. So nothing of a creator with a sealed card is
counted, and no run of a campaign that has one is played again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import F, Prefetch

from accounts.models import User
from jobs.models import Job, Status
from review import policies, queue, replay, seals
from review.judgement import value
from review.judgement.enough import wilson
from review.models import Arm, Decision, Lane, Origin, Policy, ReviewTask, Route, Stakes
from review.queue import Chosen
from review.replay import Setting
from review.routing import Facts, Routed, Shown, route
from screening.models import Outcome, Profile, ScreeningRun

DAYS = 90
MILLION = 1_000_000
LISTED, OF_A_KIND = 50, 10  # changed cards that are named: in all, and of those that change in the same way


@dataclass(frozen=True)
class Way:
    """How a card goes: who leads, at what stakes, and which draws hit it."""

    route: str
    stakes: str
    is_alone: bool = False
    is_checked: bool = False
    is_drawn: bool = False
    is_blind: bool = False

    @property
    def kind(self) -> str:
        """Return the line of the count that the card stands in; each stands in one."""
        if self.is_alone:
            return "spot" if self.is_checked else "alone"
        return "drawn" if self.is_drawn and self.route != Route.FAST else self.route


@dataclass(frozen=True)
class Tried:
    """A candidate as it went, and as it would go; None: not shown to anybody. task: its card, if there was one."""

    run: int
    campaign: int
    profile: int
    task: int | None
    was: Way | None
    would: Way | None


@dataclass
class Trial:
    """A draft, and what is found while it is tried. since: the start of the days."""

    draft: Policy
    since: datetime
    sealed: set[tuple[int, int]] = field(default_factory=set)  # campaign and creator
    tried: list[Tried] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def of(draft: Policy) -> Job | None:
    """Return the job that tries a draft, if one was started."""
    return Job.objects.filter(idempotency_key=f"dry_run:{draft.pk}").first()


def found(job: Job | None) -> dict[str, Any]:
    """Return what a trial found; nothing while it works, where it failed, or before runs were played again."""
    result: dict[str, Any] = job.result if job and job.status == Status.SUCCEEDED else {}
    return result if "runs" in result else {}


def count(draft: Policy, *, now: datetime, keep: Callable[..., None] | None = None) -> dict[str, Any]:
    """Return counts under the old and the proposed rules, as codes and numbers, with some of what changes.

    `unknown` are cards from before routing kept what it knew. keep: told how far it is, after each run.
    """
    trial = Trial(draft, now - timedelta(days=DAYS))
    here = ReviewTask.objects.filter(brand=draft.brand_id, market=draft.market_id)
    trial.sealed = set(here.filter(seals.SEALED).values_list("campaign", "recommendation__creator"))
    recent = here.filter(opened_at__gte=trial.since).order_by()
    runs = sorted(set(recent.values_list("recommendation__run", flat=True)))
    for n, run in enumerate(runs, 1):
        _try_run(trial, run)
        if keep:
            keep(done=n, total=len(runs))
    seconds = _seconds(draft, trial.since)
    changed = [one for one in trial.tried if one.was != one.would]
    return {
        "cards": sum(one.was is not None for one in trial.tried),
        **{name: trial.counts[name] for name in ("runs", "played", "sealed_runs", "old_runs", "unlike", "opened")},
        **{name: trial.counts[name] for name in ("unknown", "sealed")},
        "old": _side([(one, one.was) for one in trial.tried if one.was]),
        "new": _side([(one, one.would) for one in trial.tried if one.would]),
        "median_seconds": round(median(seconds)) if seconds else None,
        "timed": len(seconds),
        "n_changed": len(changed),
        "changed": [_kept(one) for one in _examples(changed)],
    }


def _try_run(trial: Trial, run_id: int) -> None:
    first = Prefetch("decisions", Decision.objects.filter(supersedes__isnull=True), to_attr="first_decisions")
    found = ReviewTask.objects.filter(recommendation__run=run_id, opened_at__gte=trial.since)
    every = list(found.select_related("facts", "recommendation").prefetch_related(first).order_by("pk"))
    cards = [card for card in every if hasattr(card, "facts")]
    trial.counts["unknown"] += len(every) - len(cards)
    opened = [card for card in cards if card.facts.facts["shown"] != Shown.ASKED]
    trial.counts["runs"] += bool(opened) or len(every) > len(cards)
    if not cards:
        trial.counts["old_runs"] += 1
        return
    run = ScreeningRun.objects.select_related("brief", "model", "campaign__brand", "campaign__market").get(pk=run_id)
    policy = Policy.objects.select_related("brand", "owner").get(pk=cards[0].policy_id)
    at = replay.setting(run, policy, opened or cards)
    is_sealed = any(campaign == run.campaign_id for campaign, _creator in trial.sealed)
    again = _again(run, policy, at, opened, trial.draft) if opened and not is_sealed else None
    if opened:
        trial.counts["opened"] += at.was_shadow and not policy.is_shadow and not trial.draft.is_shadow
        trial.counts["sealed_runs" if is_sealed else "unlike" if again is None else "played"] += 1
    ways = dict(_one_by_one(trial, run, at, cards, is_sealed=is_sealed))
    if again is not None:
        routed = {card.recommendation.profile_id for card in opened}
        ways = {profile: way for profile, way in ways.items() if profile not in routed} | again
    _keep_ways(trial, run, cards, ways)


def _again(
    run: ScreeningRun, policy: Policy, at: Setting, opened: Sequence[ReviewTask], draft: Policy
) -> dict[int, Way] | None:
    """Return whom the draft would have shown, by profile, if the run gives its own cards again; else None."""
    if at.least_u6 is None:
        return None
    try:
        then, would = replay.play(run, policy, at, draft=draft)
    except replay.GONE:
        return None
    if not replay.agrees(opened, then, policy):
        return None
    return {profile: _way(one.facts, routed, one.arm) for profile, (one, routed) in would.items()}


def _one_by_one(
    trial: Trial, run: ScreeningRun, at: Setting, cards: Sequence[ReviewTask], *, is_sealed: bool
) -> Iterator[tuple[int, Way]]:
    """Yield how each card would go that was shown, by profile, from what was known of it."""
    rules, line = at.rules(trial.draft, run), policies.line(trial.draft)
    known = {card.pk: replay.read(card.facts.facts) for card in cards}
    checked = {} if is_sealed else _checks(trial.draft, run, known)
    for card in cards:
        profile = card.recommendation.profile_id
        said = replace(
            known[card.pk], verdict=replay.under(known[card.pk].p, line, is_far=replay.is_far(card)),
            is_spot_checked=checked.get(card.pk, card.is_spot_check),
        )  # fmt: skip
        led = route(said, rules)
        arm = card.arm
        if at.least_u6 is not None:
            drawn = Chosen(0, said, 0.0, 0.0)
            arm = queue.draw_arm(
                drawn, led, trial.draft, seed=run.seed, profile_id=profile, least_u6=at.least_u6
            ).arm  # fmt: skip
        yield profile, _way(said, led, arm)


def _checks(draft: Policy, run: ScreeningRun, known: dict[int, Facts]) -> dict[int, bool]:
    # A run draws one number for each of its top, in the order of rank: all of them have cards.
    top = sorted((one.rank, pk) for pk, one in known.items() if one.shown == Shown.TOP)
    share = policies.right(draft, Stakes.LOW).spot_check_share_u6 / MILLION
    hits = value.spot_checks(len(top), share=share, seed=run.seed)
    return {pk: bool(hit) for (_rank, pk), hit in zip(top, hits, strict=True)}


def _keep_ways(trial: Trial, run: ScreeningRun, cards: Sequence[ReviewTask], ways: dict[int, Way]) -> None:
    """Note how each card went and would go, and who else would be shown; nothing of a creator with a sealed card."""
    there = set()
    for card in cards:
        profile = card.recommendation.profile_id
        there.add(profile)
        if (card.campaign_id, card.recommendation.creator_id) in trial.sealed:
            trial.counts["sealed"] += 1
        else:
            trial.tried.append(Tried(run.pk, run.campaign_id, profile, card.pk, _went(card), ways.get(profile)))
    new = sorted(set(ways) - there)
    trial.tried += [Tried(run.pk, run.campaign_id, profile, None, None, ways[profile]) for profile in new]


def _went(card: ReviewTask) -> Way:
    lead, is_alone = replay.routed_as(card)
    return Way(lead, str(card.stakes), is_alone, card.is_spot_check, card.is_exploration, card.arm == Arm.BLIND)


def _way(said: Facts, led: Routed, arm: str) -> Way:
    is_checked = led.route == Route.AUTO and said.is_spot_checked
    is_drawn, is_blind = led.lane == Lane.EXPLORE, arm == Arm.BLIND and led.route in queue.BY_PEOPLE
    return Way(str(led.route), str(led.stakes), led.is_alone, is_checked, is_drawn, is_blind)


def _side(rows: list[tuple[Tried, Way]]) -> dict[str, Any]:
    alone = [(one, way) for one, way in rows if way.is_alone]
    results = _results({(one.campaign, one.profile) for one, _way in alone})
    low, high = wilson(sum(results), len(results)) if results else (0.0, 1.0)
    return {
        "ways": dict(Counter(way.kind for _one, way in rows)),
        "stakes": dict(Counter(way.stakes for _one, way in rows)),
        "blind": sum(way.is_blind for _one, way in rows),
        "people": len(rows) - len(alone) + sum(way.is_checked for _one, way in alone),
        "alone": len(alone),
        "known": len(results),
        "worked": sum(results),
        "low_u6": round(low * MILLION),
        "high_u6": round(high * MILLION),
    }


def _results(asked: set[tuple[int, int]]) -> list[bool]:
    rows = Outcome.objects.filter(
        campaign__in={campaign for campaign, _profile in asked}, replaced_by__isnull=True, kpi=F("campaign__objective")
    ).order_by("as_of_date", "pk")
    newest = {(c, p): ok for c, p, ok in rows.values_list("campaign", "profile", "is_success")}
    return [ok for pair, ok in newest.items() if pair in asked]


def _seconds(draft: Policy, since: datetime) -> list[int]:
    rows = Decision.objects.filter(
        origin=Origin.PERSON, seconds_taken__isnull=False, at__gte=since, task__brand=draft.brand_id,
        task__market=draft.market_id,
    )  # fmt: skip
    return [one for one in rows.values_list("seconds_taken", flat=True) if one is not None]


def _examples(changed: list[Tried]) -> list[Tried]:
    """Return some of what changes, so that each kind of change is among them."""
    seen: Counter[tuple[Any, ...]] = Counter()
    found = []
    for one in changed:
        change = tuple((way.kind, way.stakes, way.is_blind) if way else None for way in (one.was, one.would))
        seen[change] += 1
        found += [(seen[change], one)] if seen[change] <= OF_A_KIND else []
    first = sorted(found, key=lambda pair: pair[0])[:LISTED]
    return [one for _n, one in sorted(first, key=lambda pair: (pair[1].run, pair[1].profile))]


def _kept(one: Tried) -> dict[str, Any]:
    sides = {name: _plain(way) for name, way in (("was", one.was), ("would", one.would))}
    return {"run": one.run, "campaign": one.campaign, "profile": one.profile, "task": one.task, **sides}


def _plain(way: Way | None) -> list[Any] | None:
    return [way.kind, way.stakes, way.is_blind] if way else None


@dataclass(frozen=True)
class Example:
    """A creator whom the rules would treat otherwise. was, would: [kind, stakes, blind-first], None: not shown."""

    profile: Profile
    run: int
    task: int | None
    was: list[Any] | None
    would: list[Any] | None


def examples(result: dict[str, Any], *, user: User) -> list[Example]:
    """Return what changes by name; nobody who has a card in the campaign that is sealed for the reader. Two queries."""
    rows = result["changed"]
    hidden = seals.hidden_from(user).filter(campaign__in={one["campaign"] for one in rows})
    kept = set(hidden.values_list("campaign", "recommendation__creator")) if rows else set()
    profiles = Profile.objects.select_related("creator").in_bulk([one["profile"] for one in rows])
    named = [(one, profiles[one["profile"]]) for one in rows if one["profile"] in profiles]
    return [
        Example(profile, one["run"], one["task"], one["was"], one["would"])
        for one, profile in named
        if (one["campaign"], profile.creator_id) not in kept
    ]
