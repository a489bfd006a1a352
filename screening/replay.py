"""Replay: the answers of a run derived once more from the pool, model, brief and norms that the log names.

    replay.of(answers)    one Replay for each: reproduced, differs (in what), or not replayable (why)

The run's own verbs do it (`judging`, `answers`): nothing is computed here. Every file is read anew and held against its
hash, and what comes out is compared with the row that people saw and with its entry in the log.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from jobs import dispatch
from jobs.lease import Lease
from jobs.models import Job, Status
from screening import answers, forecasting, judging, lookouts, pools, results, store
from screening.engine.forecast import BrokenForecaster
from screening.engine.lookout import BrokenLookout
from screening.engine.reference import OtherGrid
from screening.engine.tables import BrokenModel
from screening.engine.tables import OtherFormat as OtherModel
from screening.engine.types import Screening
from screening.models import Recommendation, RunStatus, ScreeningRun

KIND, OF_RUN = "replay", "replay_run"
MOST_NAMED = 100  # answers that differ whose numbers a job keeps; the command lists all


class Finding(StrEnum):
    """How a replay ends."""

    REPRODUCED = "reproduced"
    DIFFERS = "differs"
    NOT_REPLAYABLE = "not_replayable"


class Why(StrEnum):
    """Why an answer cannot be derived again."""

    ERASED = "erased"
    POOL_GONE = "pool_gone"
    POOL_CHANGED = "pool_changed"
    MODEL_CHANGED = "model_changed"
    FORECASTER_CHANGED = "forecaster_changed"
    LOOKOUT_CHANGED = "lookout_changed"
    INPUTS_CHANGED = "inputs_changed"
    OTHER_ENGINE = "other_engine"


# The first that fits an error is told; OtherModel is a BrokenModel.
BECAUSE: Mapping[type[Exception], Why] = {
    store.NotInStore: Why.POOL_GONE,
    judging.NotJudged: Why.POOL_GONE,
    answers.NotACandidate: Why.POOL_CHANGED,
    pools.Erased: Why.ERASED,
    pools.ChangedPool: Why.POOL_CHANGED,
    pools.OtherFormat: Why.OTHER_ENGINE,
    OtherModel: Why.OTHER_ENGINE,
    OtherGrid: Why.OTHER_ENGINE,
    BrokenModel: Why.MODEL_CHANGED,
    BrokenForecaster: Why.FORECASTER_CHANGED,
    BrokenLookout: Why.LOOKOUT_CHANGED,
}


@dataclass(frozen=True)
class Difference:
    """One thing that came out otherwise. what: a column, `log.` and a field of the entry, or what of a column."""

    what: str
    was: Any
    now: Any


@dataclass(frozen=True)
class Replay:
    """What became of one answer. detail: of what cannot be replayed. then, now: which code said it, and says it."""

    answer: int
    finding: Finding
    why: Why | None = None
    detail: str = ""
    differences: tuple[Difference, ...] = ()
    then: str = ""
    now: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, as a job keeps it."""
        return {
            "answer": self.answer, "finding": str(self.finding), "why": str(self.why or ""), "detail": self.detail,
            "differences": [[one.what, one.was, one.now] for one in self.differences],
            "then": self.then, "now": self.now,
        }  # fmt: skip


def of(found: Iterable[Recommendation]) -> Iterator[Replay]:
    """Replay answers, run by run: a screening each, and some milliseconds an answer."""
    by_run: dict[int, list[int]] = defaultdict(list)
    for answer in found:
        by_run[answer.run_id].append(answer.pk)
    for pk, own in sorted(by_run.items()):
        run = ScreeningRun.objects.select_related("campaign__market", "brief", "model").defer("model__document")
        rows = Recommendation.objects.filter(pk__in=own).select_related("audit").order_by("rank", "pk")
        yield from _of_run(run.get(pk=pk), list(rows))


def _of_run(run: ScreeningRun, rows: list[Recommendation]) -> Iterator[Replay]:
    for kept in (forecasting, lookouts):  # as of pool and model: what lies there now counts
        kept.load.cache_clear()
    try:
        judged = judging.afresh(run)
        about_all = _whole(run, judged)
    except tuple(BECAUSE) as error:
        yield from (_not(row, error) for row in rows)
        return
    for row in rows:
        try:
            yield _one(run, row, judged, about_all)
        except tuple(BECAUSE) as error:
            yield _not(row, error)


def _not(row: Recommendation, error: Exception) -> Replay:
    why = next(why for kind, why in BECAUSE.items() if isinstance(error, kind))
    return _told(row, Finding.NOT_REPLAYABLE, why=why, detail=str(error))


def _told(row: Recommendation, finding: Finding, **more: Any) -> Replay:
    return Replay(row.pk, finding, then=json.loads(row.audit.body)["code"], now=judging.release(), **more)


def _whole(run: ScreeningRun, judged: judging.Judged) -> list[Difference]:
    """Compare the list of all candidates: what the log names, what comes out now, and the file that pages read."""
    assert isinstance(judged.screening, Screening)
    was, now = run.funnel.get("output", ""), _digest(results.rows_of(judged.screening))
    found = [Difference("list", was, now)] if was != now else []
    try:
        kept = _digest(results.rows(run))
    except store.NotInStore:
        return found  # the answers do not need it
    return found + ([Difference("file", was, kept)] if was != kept else [])


def _digest(rows: results.Rows) -> str:
    return hashlib.sha256(rows.tobytes()).hexdigest()


def _one(run: ScreeningRun, row: Recommendation, judged: judging.Judged, about_all: list[Difference]) -> Replay:
    entry = json.loads(row.audit.body)
    named = {name: entry.get(name) for name in answers.inputs(run) if name != "code"}
    if other := _differences("", named, _plain(answers.inputs(run) | {"code": None}), only=named):
        detail = ", ".join(one.what for one in other)
        return _told(row, Finding.NOT_REPLAYABLE, why=Why.INPUTS_CHANGED, detail=detail, differences=tuple(other))
    found = answers.assessed(run, judged, [row.profile_id])[row.profile_id]
    beside = answers.beside(run, judged, found)
    again = answers.columns(found, judged.pool.raw.as_of_day, beside)
    was = {name: getattr(row, name) for name in again}
    logged = answers.logged(found, beside)
    differences = [
        *_differences("", _plain(was), _plain(again), only=again),
        *_differences("log.", entry, _plain(logged), only=logged),
        *about_all,
    ]
    return _told(row, Finding.DIFFERS if differences else Finding.REPRODUCED, differences=tuple(differences))


def _plain(told: Mapping[str, Any]) -> Any:
    """Return values as a database gives them back: lists for tuples, days as text."""
    return json.loads(json.dumps(dict(told), default=date.isoformat))


def _differences(
    before: str, was: Mapping[str, Any], now: Mapping[str, Any], *, only: Iterable[str]
) -> list[Difference]:
    found = []
    for name in only:
        if was.get(name) == now.get(name):
            continue
        if name == "factors":
            found += _factors(before, was[name], now[name])
        elif name == "knowledge":
            found += _differences("knowledge.", was[name], now[name], only=sorted({*was[name], *now[name]}))
        else:
            found.append(Difference(before + name, was.get(name), now.get(name)))
    return found


def _factors(before: str, was: list[list[Any]], now: list[list[Any]]) -> list[Difference]:
    one, two = ({row[0]: row[1:] for row in rows} for rows in (was, now))
    names = [row[0] for row in now] + [row[0] for row in was if row[0] not in two]
    other = [name for name in names if one.get(name) != two.get(name)]
    found = [Difference(f"{before}factors.{name}", one.get(name), two.get(name)) for name in other]
    return found or [Difference(f"{before}factors", list(one), list(two))]


def start(answer: Recommendation, *, by: User, now: datetime) -> Job:
    """Have a worker replay an answer; pressed again within a minute it is the same job. The caller checks the right."""
    campaign = answer.run.campaign
    with transaction.atomic():
        return dispatch.enqueue(
            KIND, params={"answer": answer.pk, "run": answer.run_id, "profile": answer.profile_id},
            key=f"{_key(answer)}{now:%Y%m%d%H%M}", by=by, now=now, brand=campaign.brand_id, market=campaign.market_id,
        )  # fmt: skip


def carry_out(held: Lease) -> dict[str, Any]:
    """Replay the answer of a job. As long as the run's own judging took: a CPU second for 30,000 candidates."""
    (found,) = of([Recommendation.objects.get(pk=held.params["answer"])])
    return found.plain()


def start_run(run: ScreeningRun, *, by: User, now: datetime) -> Job:
    """Have a worker replay every answer of a run; pressed again within a minute it is the same job."""
    campaign = run.campaign
    with transaction.atomic():
        return dispatch.enqueue(
            OF_RUN, params={"run": run.pk}, key=f"{_run_key(run)}{now:%Y%m%d%H%M}", by=by, now=now,
            brand=campaign.brand_id, market=campaign.market_id,
        )  # fmt: skip


def carry_out_run(held: Lease) -> dict[str, Any]:
    """Replay the answers of a job's run and count how they end. One judging, and some milliseconds an answer.

    Kept of an answer that differs: its number alone. What the AI said of it a reader may not be meant to see.
    """
    findings: Counter[str] = Counter()
    why: Counter[str] = Counter()
    differ: list[int] = []
    told: Replay | None = None
    total = Recommendation.objects.filter(run=held.params["run"]).count()
    held.keep(done=0, total=total)
    for n, told in enumerate(of(all_of(held.params["run"])), 1):
        findings[told.finding] += 1
        if told.why:
            why[told.why] += 1
        if told.finding == Finding.DIFFERS:
            differ.append(told.answer)
        if n % 50 == 0:
            held.keep(done=n)
    return {
        "findings": dict(findings), "why": dict(why), "differ": differ[:MOST_NAMED],
        "then": told.then if told else "", "now": judging.release(),
    }  # fmt: skip


def last_of_run(run: ScreeningRun) -> QuerySet[Job]:
    """Return the replays of a whole run that came to an end, newest first."""
    ended = Job.objects.filter(idempotency_key__startswith=_run_key(run), status=Status.SUCCEEDED)
    return ended.select_related("by").order_by("-pk")


def _run_key(run: ScreeningRun) -> str:
    return f"{OF_RUN}:{run.pk}:"


def last(answer: Recommendation) -> Job | None:
    """Return the last replay of an answer that came to an end. One query."""
    ended = Job.objects.filter(idempotency_key__startswith=_key(answer), status=Status.SUCCEEDED)
    return ended.select_related("by").order_by("-pk").first()


def _key(answer: Recommendation) -> str:
    return f"{KIND}:{answer.pk}:"


def all_of(run: int | None = None) -> Iterator[Recommendation]:
    """Return the answers of all completed runs, or of one. Raises LookupError where there is no such run."""
    if run is not None and not ScreeningRun.objects.filter(pk=run).exists():
        raise LookupError(f"There is no run {run}.")
    found = Recommendation.objects.filter(run__status=RunStatus.COMPLETED, **({} if run is None else {"run": run}))
    return found.only("pk", "run").order_by("run", "pk").iterator()
