"""Learning from results: started by a person, done by the worker, and put up as a candidate where it proves better.

The challenger is compared with the model at work on the same results, each judged by a version that had not seen its
creator. Nothing it says counts before a manager approves it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
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
from screening import forecasting, lessons, lookouts, pools, training, words
from screening.engine import boosted, grades, learned
from screening.engine.codes import POOL_NAMES
from screening.engine.confidence import bounds
from screening.engine.ladder import Others
from screening.engine.lessons import Lessons, chances
from screening.engine.raw import Doubles
from screening.engine.slices import slices
from screening.engine.tables import Model
from screening.engine.types import BANDS
from screening.models import Market, ScoringModel

KIND = "learn"
RESULTS, GRADED, NEXT_MONTH = "results", "graded", "next_month"  # what is learned from
LIVE = (Status.QUEUED, Status.RUNNING)
STEPS = {
    "read": gettext_lazy("read the results and what was known before them"),
    "learn": gettext_lazy("learn many times, each time without some of the creators"),
    "boost": gettext_lazy("learn what figures mean by twos, each time without some of the creators"),
    "compare": gettext_lazy("compare with the model at work"),
}
MILLION = 1_000_000
ALL = learned.FITS + 2  # units of progress: reading, the fits, comparing
EVERY = 5.0  # seconds after which a long fit holds its lease again


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
        if told.get("target") == NEXT_MONTH:
            given = {"n": wording.number(told["profiles"]), "version": told["champion"], **gain_words(told)}
            return (
                _(
                    "Next-month engagement learned from, profiles: %(n)s. Not put up: its error is not surely smaller "
                    "than that of version %(version)s (by %(gain)s, %(low)s to %(high)s)."
                )
                % given
            )
        if told.get("target") == GRADED:
            return _not_graded(told)
        given = {"n": words.number_of_results(told), "version": told["champion"], **gain_words(told)}
        return (
            _(
                "Results learned from: %(n)s. Not put up: its error is not surely smaller than that of version "
                "%(version)s (by %(gain)s, %(low)s to %(high)s)."
            )
            % given
        )


def _not_graded(told: dict[str, Any]) -> str:
    given = {"n": words.number_of_results(told), "version": told["champion"], **gain_words(told)}
    if told["is_better"]:  # then only its chances can have kept it back
        return (
            _(
                "Graded results learned from: %(n)s. Not put up: it explains more of the grades than version "
                "%(version)s (by %(gain)s), but its chances are surely worse (log loss)."
            )
            % given
        )
    return (
        _(
            "Graded results learned from: %(n)s. Not put up: it does not surely explain more of the grades than "
            "version %(version)s (by %(gain)s, %(low)s to %(high)s)."
        )
        % given
    )


def gain_words(told: dict[str, Any]) -> dict[str, str]:
    """Return the gain of a challenger and the ends of its 90 % interval as numbers with three decimals."""
    return {name: wording.number(told[f"{name}_u6"] / MILLION, 3) for name in ("gain", "low", "high")}


def may_start(user: User, market: str) -> bool:
    """Tell whether a person may have a market's model learn: its managers, and admins of everything."""
    return access.may(user, "approve", market=market) or access.may(user, "places")


def start(market: Market, *, by: User, now: datetime, target: str = RESULTS) -> Job:
    """Have the worker learn from a market's results, met or not or graded, or from a proxy where it has none.

    Raises NotAllowed and LearningRefused.
    """
    if not may_start(by, market.pk):
        access.require(by, "approve", market=market.pk)
    known = lessons.known([market.pk])[market.pk]
    lacks = {RESULTS: known.lacks, GRADED: known.lacks_graded, NEXT_MONTH: known.has_some}[target]
    if lacks:
        raise LearningRefused(lacks)
    with transaction.atomic():
        Market.objects.select_for_update().get(pk=market.pk)
        if Job.objects.filter(kind=KIND, market=market.pk, status__in=LIVE).exists():
            raise LearningRefused(_("This market’s model is learning already."))
        params = {"market": market.pk, "about": market.pk, "target": target}
        return dispatch.enqueue(
            KIND, params=params, key=f"{KIND}:{market.pk}:{uuid4().hex}", by=by, now=now, market=market.pk
        )


def last(markets: Collection[str]) -> dict[str, Last]:
    """Return the newest learning of each market, where there was one. One query."""
    found = Job.objects.filter(kind=KIND, market__in=markets).order_by("pk")
    return {job.market: Last(job, job.status in LIVE) for job in found}


def carry_out(held: Lease) -> dict[str, Any]:
    """Learn, compare, and put a better model up as a candidate. Raises Refused where too little is known.

    Of graded results the primary figure is how much of the grades a model explains; its chances must be no worse.
    """
    market, now = Market.objects.get(pk=held.params["market"]), lease.now()
    held.keep(done=0, total=ALL, step="read")
    expert, at_work = training.expert_card(market, now), champion(market)
    names = tuple(dict.fromkeys([*expert.features, *at_work[1].features, *POOL_NAMES]))
    found, others = _read(held, market, expert, names, now)

    def tell(done: int, _total: int) -> None:
        held.keep(done=1 + done, step="learn")

    result = learned.learn(found.lessons, expert, others=others, tell=tell)
    result, boosting = _boosted(held, found.lessons, result)
    held.keep(done=ALL - 1 + (boosted.FITS if boosting else 0), step="compare")
    theirs = champions_chances(*at_work, found.lessons, found.outcomes)
    trial = learned.judge(theirs, result.held_out, found.lessons, result.unit)
    chanced = learned.compare(theirs, result.held_out, found.lessons)
    told = _told(found, at_work[0], trial, result) | boosting
    if found.lessons.grades is not None:
        told |= _graded(found, trial, chanced, theirs, result)
    if not trial.is_better or chanced.is_worse:
        return told
    with transaction.atomic():
        row = training.publish(
            market, result.model, by=held.by, now=now, facts=told, held_out=held_out(found.outcomes, result)
        )
        held.finish(told | {"model": row.pk, "version": row.version})
    return told


def _boosted(held: Lease, known: Lessons, card: learned.Learned) -> tuple[learned.Learned, dict[str, Any]]:
    """Return a card boosted where there are enough results and it proved better by that, and what is told of it."""
    if not boosted.is_enough(len(known)):
        return card, {}
    total, held_at = ALL + boosted.FITS, {"done": -1, "time": 0.0}

    def tell(done: int, _total: int) -> None:
        if done > held_at["done"] or monotonic() - held_at["time"] > EVERY:
            held_at.update(done=done, time=monotonic())
            held.keep(done=ALL - 1 + done, total=total, step="boost")

    grown = boosted.boost(card, tell=tell)
    trial = learned.judge(card.held_out, grown.held_out, known, card.unit)
    told = in_millionths(trial) | {"is_taken": trial.is_better}
    return grown if trial.is_better else card, {"boosted": told}


def _read(
    held: Lease, market: Market, expert: Model, names: Sequence[str], now: datetime
) -> tuple[lessons.Gathered, Others | None]:
    """Return the lessons of a market, and those of all others where there are enough to stand on."""
    try:
        found = lessons.gather(market, training.with_features(expert, names), until=now)
        forecasting.learn(market, found, by=held.by, now=now)
        lookouts.learn(market, by=held.by, now=now)
    except pools.EmptyMarket as nobody:
        raise dispatch.Refused(str(nobody)) from nobody
    held.keep(step="read")
    is_graded = held.params.get("target") == GRADED
    found = found.graded() if is_graded else found
    elsewhere = lessons.gather_elsewhere(market, expert, until=now, is_graded=is_graded)
    counted = lessons.Known(*_counts(found.lessons), *(_counts(elsewhere) if elsewhere else (0, 0)))
    if counted.lacks:  # of some results the creator could not be read: fewer are left than were known
        raise dispatch.Refused(counted.lacks)
    return found, Others(elsewhere, expert) if elsewhere and counted.is_beside else None


def _counts(known: Lessons) -> tuple[int, int]:
    return len(known), int(known.worked.sum())


def champion(market: Market) -> tuple[ScoringModel, Model]:
    """Return the model at work in a market. Raises Refused where there is none."""
    try:
        row = training.active(market)
    except training.NoActiveModel as none:
        raise dispatch.Refused(str(none)) from none
    return row, training.load(row.pk)


def champions_chances(row: ScoringModel, model: Model, known: Lessons, names: Sequence[int | str]) -> Doubles:
    """Return what the model at work says of each lesson: of those it learned from, what it said before it had.

    names: of the lessons, in their order.
    """
    said = chances(model, known).astype(np.float64)
    before = training.held_out(row)
    for place, name in enumerate(names):
        if str(name) in before:
            said[place] = before[str(name)] / MILLION
    return said


def held_out(names: Sequence[int | str], result: learned.Learned) -> dict[str, int]:
    """Return what a model said of each lesson before it had seen it, as it is kept: name -> millionths."""
    return {str(name): round(float(p) * MILLION) for name, p in zip(names, result.held_out, strict=True)}


def _told(
    found: lessons.Gathered, champion: ScoringModel, trial: learned.Trial, result: learned.Learned
) -> dict[str, Any]:
    return {
        "results": trial.count, "worked": int(found.lessons.worked.sum()), "left_out": found.left_out,
        "elsewhere": result.elsewhere, "creators": len(np.unique(found.lessons.creators)), "champion": champion.version,
        **in_millionths(trial), "card_worth_u6": round(result.card_worth * MILLION),
        "reliability": _reliability(result.model), "slices": _slices(found.lessons, result.held_out),
    }  # fmt: skip


def _graded(
    found: lessons.Gathered, trial: learned.Trial, chanced: learned.Trial, theirs: Doubles, result: learned.Learned
) -> dict[str, Any]:
    """Return what is told of a model of grades beside: whether it explains more, its chances, and its order."""
    known = found.lessons
    assert known.grades is not None
    return {
        "target": GRADED, "is_better": trial.is_better, "chances": in_millionths(chanced),
        "ndcg_u6": round(grades.ndcg(result.held_out, known.grades) * MILLION),
        "ndcg_before_u6": round(grades.ndcg(theirs, known.grades) * MILLION),
    }  # fmt: skip


def _slices(known: Lessons, p: Doubles) -> list[list[Any]]:
    """Return how chances came true by part: kind, name, count, worked out; stated, gap and usual gap in millionths."""
    return [
        [one.kind, one.name, one.count, one.worked, *(round(x * MILLION) for x in (one.stated, one.gap, one.usual))]
        for one in slices(known, p)
    ]


def in_millionths(trial: learned.Trial) -> dict[str, int]:
    """Return the gain of a challenger and the ends of its interval as whole numbers."""
    return {f"{name}_u6": round(getattr(trial, name) * MILLION) for name in ("gain", "low", "high")}


def _reliability(model: Model) -> dict[str, list[int]]:
    """Return how many chances of each wording were given before the creator was seen, and how many worked out."""
    assert model.calibration is not None
    records = {word: model.calibration.record(*bounds(word), is_yes=True) for word in reversed(BANDS)}
    return {str(word): [one.count, one.right] for word, one in records.items() if one.count}
