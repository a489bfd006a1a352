"""What the worker does with a run: pool -> engine -> result -> the answers people see.

Every step may be killed and done again: pools and results are named by their content, the pool is fixed on the run
once, and the run is completed by compare-and-swap in the transaction that ends the job.
"""

import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jobs import dispatch, lease
from jobs.lease import Lease, LostLease
from jobs.models import Job
from screening import answers, judging, parts, pools, ranges, results, runs, signals
from screening.engine.eligibility import loosest_first
from screening.engine.types import VERDICTS, Funnel, Screening
from screening.models import RunStatus, ScreeningRun
from screening.results import Written

STEPS = ("freeze", "screen", "write", "finish")
SHOWN = 200  # best candidates whose answers are frozen for people


def execute(held: Lease) -> None:
    """Carry out the run of a job. Raises Refused where nobody can be screened, LostLease when the job is not ours."""
    began = time.process_time()
    run = _take(held)
    _step(held, "freeze")
    run = _with_pool(run, held)
    inputs = judging.opened(run)
    if ranges.is_large(inputs):
        written, counts = _in_ranges(run, held, inputs)
    else:
        written, counts = _at_once(run, held)
    _complete(run, held, funnel(counts, written) | {"output": written.output}, written.sha256, began)
    if ranges.is_large(inputs):
        parts.tidy(inputs)


def end(job: Job) -> None:
    """End a run whose job failed or was cancelled, and its ranges, in the same transaction."""
    ranges.end(job)
    runs.end(job)


def _at_once(run: ScreeningRun, held: Lease) -> tuple[Written, Funnel]:
    _step(held, "screen")
    screening = judging.judge(run).screening
    assert isinstance(screening, Screening)
    _require_somebody(screening.funnel)
    _step(held, "write")
    return results.write(run, screening), screening.funnel


def _in_ranges(run: ScreeningRun, held: Lease, inputs: parts.Inputs) -> tuple[Written, Funnel]:
    count = len(inputs.spans)
    total = len(STEPS) + 2 * count
    ranges.spread(held, run, "count", before=1, total=total)
    parts.references(inputs)  # made here once, so that whoever judges finds the tally of all
    ranges.spread(held, run, "judge", before=1 + count, total=total)
    counts = parts.funnel(inputs)
    _require_somebody(counts)
    held.keep(done=total - 2, total=total, step="write")
    return parts.merge(inputs, held.keep), counts


def _require_somebody(counts: Funnel) -> None:
    if not counts.passed:
        raise dispatch.Refused(runs.nobody_left([str(code) for code in loosest_first(counts)]))


def _take(held: Lease) -> ScreeningRun:
    live = ScreeningRun.objects.filter(pk=held.params["run"], job=held.pk, status__in=runs.LIVE)
    if not live.update(status=RunStatus.RUNNING):
        raise dispatch.Refused(_("This run has ended already."))
    return _read(held.params["run"])


def _read(run_id: int) -> ScreeningRun:
    whole = ScreeningRun.objects.select_related("campaign__market", "campaign__brand", "brief", "model", "pool")
    return whole.defer("model__document").get(pk=run_id)


def _step(held: Lease, step: str) -> None:
    held.keep(done=STEPS.index(step), total=len(STEPS), step=step)


def _with_pool(run: ScreeningRun, held: Lease) -> ScreeningRun:
    if run.pool is not None:
        return run  # an attempt before this one froze it: the inputs of a run never change
    try:
        pool = pools.freeze(run.campaign.market, by=held.by, now=lease.now())
    except pools.EmptyMarket as nobody:
        raise dispatch.Refused(str(nobody)) from nobody
    ScreeningRun.objects.filter(pk=run.pk, pool__isnull=True).update(pool=pool)
    return _read(run.pk)


def funnel(counts: Funnel, written: Written) -> dict[str, Any]:
    """Return the counts of a run: pool, each criterion in order, ranked creators, verdicts, missing data, flags."""
    return {
        "total": counts.total,
        "passed": counts.passed,
        **{name: written.counts[name] for name in ("ranked", "with_missing", "flagged")},
        "verdicts": {str(one): written.counts[str(one)] for one in VERDICTS},
        "steps": [
            {
                "criterion": str(step.criterion),
                "removed": step.removed,
                "left": step.left,
                "alone": step.alone,
                "without": step.without,
                "unknown": step.unknown,
            }
            for step in counts.steps
        ],
    }


def _complete(run: ScreeningRun, held: Lease, counts: dict[str, Any], sha256: str, began: float) -> None:
    run.result_sha256, run.funnel = sha256, counts
    chosen = results.best(run, SHOWN)
    counts["shown"] = len(chosen)
    found = answers.assess_many(run, chosen)  # the long part, outside of the transaction
    with transaction.atomic():
        held.keep(done=max(held.job.total, len(STEPS)) - 1, step="finish")
        now = lease.now()
        mine = ScreeningRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, job=held.pk)
        if not mine.update(status=RunStatus.COMPLETED, result_sha256=sha256, funnel=counts, finished_at=now):
            raise LostLease(f"Run {run.pk} is not running any more.")
        run = _read(run.pk)
        # The one entry that covers everybody, shown or not: it holds the hash of the whole result.
        runs.record(run, "completed", by=None, total=counts["total"], passed=counts["passed"], shown=len(chosen))
        answers.freeze(run, chosen, now=now, found=found)
        signals.run_completed.send(sender=ScreeningRun, run=run, now=now)
        ScreeningRun.objects.filter(pk=run.pk).update(cpu_seconds=time.process_time() - began)
        held.finish({"run": run.pk, "campaign": run.campaign.slug, "number": run.number})
