"""What proposed rules would have done to the cards of the last 90 days: each is routed again from what was known of it.

Cards are those that people or the AI decided on; whom a larger budget would have shown nobody knows. The verdict of
each is set anew from its chance and the proposed line, as a run would. Sealed cards are left out: their route tells
the verdict.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from django.db.models import F, Prefetch, QuerySet

from accounts.models import User
from jobs.models import Job
from review import facts, policies, seals
from review.judgement.enough import wilson
from review.models import Decision, Origin, Policy, ReviewTask, Route
from review.routing import Facts, Routed, Rules, Shown, route
from screening.engine import confidence
from screening.engine.types import VERDICTS, DecisionLine
from screening.models import Outcome

DAYS = 90
LISTED = 50  # changed cards that are named
ALONE = (Origin.AUTO, Origin.FAST)


@dataclass(frozen=True)
class Tried:
    """A card as it went, and as it would go."""

    task: ReviewTask
    was_alone: bool
    would: Routed

    @property
    def is_changed(self) -> bool:
        """Tell whether the proposed rules would send it elsewhere."""
        was = (str(self.task.route), str(self.task.stakes), self.was_alone)
        return was != (str(self.would.route), str(self.would.stakes), self.would.is_alone)


def of(draft: Policy) -> Job | None:
    """Return the job that tries a draft, if one was started."""
    return Job.objects.filter(idempotency_key=f"dry_run:{draft.pk}").first()


def count(draft: Policy, *, now: datetime) -> dict[str, Any]:
    """Return counts under the old and the proposed rules, as codes and numbers, and the ids of changed cards.

    `unknown` are cards from before routing kept what it knew.
    """
    since = now - timedelta(days=DAYS)
    here = ReviewTask.objects.filter(brand=draft.brand_id, market=draft.market_id, opened_at__gte=since)
    open_to_all = here.exclude(seals.SEALED)
    tried = list(_try(draft, open_to_all.filter(facts__isnull=False)))
    seconds = _seconds(draft, since)
    share = draft.spot_check_share_u6 / 1_000_000
    changed = [one.task.pk for one in tried if one.is_changed]
    named = set(changed[:LISTED])
    return {
        "cards": len(tried),
        "unknown": open_to_all.filter(facts__isnull=True).count(),
        "sealed": here.filter(seals.SEALED).count(),
        "old": _side([(one.task, str(one.task.route), str(one.task.stakes), one.was_alone) for one in tried], None),
        "new": _side(
            [(one.task, str(one.would.route), str(one.would.stakes), one.would.is_alone) for one in tried], share
        ),
        "median_seconds": round(median(seconds)) if seconds else None,
        "timed": len(seconds),
        "changed": changed[:LISTED],
        "n_changed": len(changed),
        "would": {
            str(one.task.pk): [str(one.would.route), str(one.would.stakes)] for one in tried if one.task.pk in named
        },
    }


def _try(draft: Policy, cards: QuerySet[ReviewTask]) -> Iterable[Tried]:
    first = Decision.objects.filter(supersedes__isnull=True)
    found = cards.select_related(
        "facts", "recommendation__run__model", "recommendation__run__campaign"
    ).prefetch_related(Prefetch("decisions", queryset=first, to_attr="first_decisions"))
    rules: dict[int, Rules] = {}
    for task in found.order_by("pk").iterator(chunk_size=500):
        run = task.recommendation.run
        if run.model_id not in rules:
            # As if they were in force: approving them opens the brand, and no stop lasts.
            found_here = facts.rules_of(draft, run)
            rules[run.model_id] = replace(found_here, is_shadow=draft.is_shadow, is_stopped=False)
        known = judged(read(task.facts.facts), policies.line(draft))
        was_alone = any(one.origin in ALONE for one in task.first_decisions)
        yield Tried(task, was_alone, route(replace(known, is_spot_checked=False), rules[run.model_id]))


def read(stored: dict[str, Any]) -> Facts:
    """Return the facts of a card as they were stored when it was opened."""
    lists = {name: tuple(stored.get(name) or ()) for name in ("flags", "serious", "sensitive")}
    return Facts(**{**stored, **lists, "shown": Shown(stored["shown"])})


def judged(known: Facts, line: DecisionLine) -> Facts:
    """Return the facts of a card with the verdict that a run under this line would give: its chance stays."""
    verdict = confidence.verdicts(np.array([known.p], np.float64), line)[0]
    return replace(known, verdict=str(VERDICTS[verdict]))


def _side(rows: list[tuple[ReviewTask, str, str, bool]], spot_share: float | None) -> dict[str, Any]:
    """Count one side. spot_share: None where checks are known card by card."""
    alone = [task for task, _lead, _stakes, is_alone in rows if is_alone]
    checked = sum(task.is_spot_check for task in alone) if spot_share is None else round(len(alone) * spot_share)
    results = _results(alone)
    low, high = wilson(sum(results), len(results)) if results else (0.0, 1.0)
    return {
        "routes": dict(Counter("alone" if is_alone else lead for _task, lead, _stakes, is_alone in rows)),
        "stakes": dict(Counter(stakes for _task, _lead, stakes, _is_alone in rows)),
        "people": len(rows) - len(alone) + checked,
        "alone": len(alone),
        "known": len(results),
        "worked": sum(results),
        "low_u6": round(low * 1_000_000),
        "high_u6": round(high * 1_000_000),
    }


def _results(cards: list[ReviewTask]) -> list[bool]:
    asked = {(task.campaign_id, task.recommendation.profile_id) for task in cards}
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


def changed_cards(result: dict[str, Any], *, user: User) -> list[tuple[ReviewTask, Route, str]]:
    """Return the named cards that would go elsewhere: (card, new route, new stakes). None sealed for the reader."""
    found = ReviewTask.objects.filter(pk__in=result["changed"]).exclude(pk__in=seals.hidden_from(user).values("pk"))
    rows = found.select_related("recommendation__creator", "recommendation__profile").order_by("pk")
    return [(task, Route(result["would"][str(task.pk)][0]), result["would"][str(task.pk)][1]) for task in rows]
