"""The belt to the worker: kinds of jobs of this floor (see `jobs.dispatch.runs`)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs import dispatch, lease, ticks
from jobs.lease import Lease
from jobs.models import Job
from screening import discovery, drift, execution, learning, own_trials, pools, proxies, replay, runs, words
from screening.imports import tasks as import_tasks  # noqa: F401 - registers its kinds
from screening.models import Market


def _run_page(job: Job) -> str:
    return reverse("run", args=[job.params["run"]])


@dispatch.runs(
    runs.KIND, queue="score", title=_("Screening run"), steps=dict(words.STEPS), link=_run_page, ended=execution.end
)
def screen(held: Lease) -> None:
    """Carry out a screening run. Two CPU seconds for a million candidates; safe to start again after a kill."""
    execution.execute(held)


@dispatch.runs(pools.KIND, queue="score", title=_("Candidates of a market, frozen"))
def freeze_pool(held: Lease) -> dict[str, Any]:
    """Freeze a market after its figures changed (params: ``market``): briefs count on it at once."""
    market = Market.objects.get(pk=held.params["market"])
    try:
        pool = pools.freeze(market, by=held.by, now=lease.now())
    except pools.EmptyMarket:
        return {"size": 0}
    return {"pool": pool.pk, "size": pool.size}


def _places(_job: Job) -> str:
    return reverse("places") + "#markets"


@dispatch.runs(learning.KIND, queue="score", title=_("Learning from results"), steps=dict(learning.STEPS), link=_places)
def learn(held: Lease) -> dict[str, Any]:
    """Learn a market's model from its results (params: ``market``). A minute for a thousand; writes at its end."""
    is_proxy = held.params.get("target") == learning.NEXT_MONTH
    return proxies.carry_out(held) if is_proxy else learning.carry_out(held)


def _own_score_page(job: Job) -> str:
    return f"{reverse('own-score', args=[job.params['run']])}?saved={job.params['own_score']}"


@dispatch.runs(
    own_trials.KIND, queue="score", title=_("An own score beside the AI’s"), steps=dict(own_trials.STEPS),
    link=_own_score_page,
)  # fmt: skip
def try_own_score(held: Lease) -> dict[str, Any]:
    """Compare an own score with the model at work (params: ``own_score``). Seconds; writes at its end."""
    return own_trials.carry_out(held)


def _replayed(job: Job) -> str:
    return reverse("run-creator", args=[job.params["run"], job.params["profile"]]) + "#replay"


@dispatch.runs(replay.KIND, queue="score", title=_("Replay of an AI verdict"), link=_replayed)
def replay_answer(held: Lease) -> dict[str, Any]:
    """Derive an answer again from its frozen inputs (params: ``answer``); writes nothing but what it found."""
    return replay.carry_out(held)


def _run_replayed(job: Job) -> str:
    return _run_page(job) + "#replay"


@dispatch.runs(replay.OF_RUN, queue="score", title=_("Replay of a screening run"), link=_run_replayed)
def replay_run(held: Lease) -> dict[str, Any]:
    """Derive all answers of a run again (params: ``run``); writes nothing but what it found."""
    return replay.carry_out_run(held)


@ticks.every(60, "discovery")
def freeze_rankings(now: datetime) -> None:
    """Freeze the ranking of every discovery whose commit date has passed."""
    discovery.freeze_due(now)


@ticks.every(3_600, "drift")
def watch_drift(now: datetime) -> None:
    """Note which markets have moved away from their models: the queue says so."""
    drift.watch(now=now)
