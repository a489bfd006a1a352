"""Learning from results: started by a person, done by the worker, and put up as a candidate where it proves better.

The challenger is compared with the model at work on the same results, each judged by a version that had not seen its
creator. Nothing it says counts before a manager approves it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access, wording
from accounts.models import User
from jobs import dispatch, lease
from jobs.lease import Lease
from jobs.models import Job, Status
from screening import lessons, pools, training
from screening.engine import learned
from screening.engine.confidence import bounds
from screening.engine.lessons import chances
from screening.engine.raw import Doubles
from screening.engine.tables import Model
from screening.engine.types import BANDS
from screening.models import Market, ScoringModel

KIND = "learn"
LIVE = (Status.QUEUED, Status.RUNNING)
STEPS = {
    "read": gettext_lazy("read the results and what was known before them"),
    "learn": gettext_lazy("learn many times, each time without some of the creators"),
    "compare": gettext_lazy("compare with the model at work"),
}
MILLION = 1_000_000
ALL = learned.FITS + 2  # units of progress: reading, the fits, comparing


class LearningRefused(Exception):
    """Raised when nothing can be learned now; the sentence says why."""


@dataclass(frozen=True)
class Last:
    """The last learning of a market."""

    job: Job
    is_live: bool

    @property
    def sentence(self) -> str:
        """What came of it, in words; "" while it runs and where it became a model."""
        told = self.job.result
        if self.job.status == Status.FAILED:
            return self.job.error
        if not told or told.get("model"):
            return ""
        given = {"n": wording.number(told["results"]), "version": told["champion"], **gain_words(told)}
        return (
            _(
                "Learned from %(n)s results, and not put up: its error is not surely smaller than that of version "
                "%(version)s (by %(gain)s, %(low)s to %(high)s)."
            )
            % given
        )


def gain_words(told: dict[str, Any]) -> dict[str, str]:
    """Return the gain of a challenger and the ends of its 90 % interval as numbers with three decimals."""
    return {name: wording.number(told[f"{name}_u6"] / MILLION, 3) for name in ("gain", "low", "high")}


def may_start(user: User, market: str) -> bool:
    """Tell whether a person may have a market's model learn: its managers, and admins of everything."""
    return access.may(user, "approve", market=market) or access.may(user, "places")


def start(market: Market, *, by: User, now: datetime) -> Job:
    """Have the worker learn from a market's results. Raises NotAllowed and LearningRefused."""
    if not may_start(by, market.pk):
        access.require(by, "approve", market=market.pk)
    lacks = lessons.known([market.pk])[market.pk].lacks
    if lacks:
        raise LearningRefused(lacks)
    with transaction.atomic():
        Market.objects.select_for_update().get(pk=market.pk)
        if Job.objects.filter(kind=KIND, market=market.pk, status__in=LIVE).exists():
            raise LearningRefused(_("This market’s model is learning already."))
        params = {"market": market.pk, "about": market.pk}
        return dispatch.enqueue(
            KIND, params=params, key=f"{KIND}:{market.pk}:{uuid4().hex}", by=by, now=now, market=market.pk
        )


def last(markets: Collection[str]) -> dict[str, Last]:
    """Return the newest learning of each market, where there was one. One query."""
    found = Job.objects.filter(kind=KIND, market__in=markets).order_by("pk")
    return {job.market: Last(job, job.status in LIVE) for job in found}


def carry_out(held: Lease) -> dict[str, Any]:
    """Learn, compare, and put a better model up as a candidate. Raises Refused where too little is known."""
    market, now = Market.objects.get(pk=held.params["market"]), lease.now()
    held.keep(done=0, total=ALL, step="read")
    expert, champion = training.expert_card(market, now), _champion(market)
    names = (*expert.features, *(name for name in champion[1].features if name not in expert.features))
    try:
        found = lessons.gather(market, training.with_features(expert, names), until=now)
        learned.require_enough(len(found.lessons), int(found.lessons.worked.sum()))
    except learned.TooFew as few:
        left = lessons.Known(len(found.lessons), int(found.lessons.worked.sum()))
        raise dispatch.Refused(left.lacks) from few
    except pools.EmptyMarket as nobody:
        raise dispatch.Refused(str(nobody)) from nobody

    def tell(done: int, _total: int) -> None:
        held.keep(done=1 + done, step="learn")

    result = learned.learn(found.lessons, expert, tell=tell)
    held.keep(done=ALL - 1, step="compare")
    trial = learned.compare(_champions_chances(*champion, found), result.held_out, found.lessons)
    told = _told(found, champion[0], trial, result)
    if not trial.is_better:
        return told
    with transaction.atomic():
        row = training.publish(market, result.model, by=held.by, now=now, facts=told, held_out=_kept(found, result))
        held.finish(told | {"model": row.pk, "version": row.version})
    return told


def _champion(market: Market) -> tuple[ScoringModel, Model]:
    try:
        row = training.active(market)
    except training.NoActiveModel as none:
        raise dispatch.Refused(str(none)) from none
    return row, training.load(row.pk)


def _champions_chances(row: ScoringModel, model: Model, found: lessons.Gathered) -> Doubles:
    """Return what the model at work says of each lesson: of those it learned from, what it said before it had."""
    said = chances(model, found.lessons).astype(np.float64)
    before = training.held_out(row)
    for place, outcome in enumerate(found.outcomes):
        if str(outcome) in before:
            said[place] = before[str(outcome)] / MILLION
    return said


def _kept(found: lessons.Gathered, result: learned.Learned) -> dict[str, int]:
    told = zip(found.outcomes, result.held_out, strict=True)
    return {str(outcome): round(float(p) * MILLION) for outcome, p in told}


def _told(
    found: lessons.Gathered, champion: ScoringModel, trial: learned.Trial, result: learned.Learned
) -> dict[str, Any]:
    return {
        "results": trial.count, "worked": int(found.lessons.worked.sum()), "left_out": found.left_out,
        "creators": len(np.unique(found.lessons.creators)), "champion": champion.version,
        "gain_u6": round(trial.gain * MILLION), "low_u6": round(trial.low * MILLION),
        "high_u6": round(trial.high * MILLION), "card_worth_u6": round(result.card_worth * MILLION),
        "reliability": _reliability(result.model),
    }  # fmt: skip


def _reliability(model: Model) -> dict[str, list[int]]:
    """Return how many chances of each wording were given before the creator was seen, and how many worked out."""
    assert model.calibration is not None
    records = {word: model.calibration.record(*bounds(word), is_yes=True) for word in reversed(BANDS)}
    return {str(word): [one.count, one.right] for word, one in records.items() if one.count}
