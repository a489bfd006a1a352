"""Processes of the benchmark of scale: one that makes a large pool and its run, and the workers that carry it out.

`python -m benchmarks.parts.scaling prepare ROWS | queue | work`, on the data folder of the environment.
"""

import importlib
import json
import resource
import shutil
import sys
import time
from dataclasses import replace
from typing import Any

import django

from benchmarks import bench  # noqa: F401 - first: it holds numpy at one thread

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from benchmarks.parts.pools import generated_pool  # noqa: E402
from jobs import dispatch, lease, tasks  # noqa: E402
from jobs.models import Job, Status  # noqa: E402
from screening import briefs, execution, judging, pools, ranges, results, runs, store, training  # noqa: E402
from screening.engine import card, screen  # noqa: E402
from screening.engine.types import Criteria, Preferences, Wish, WishKind  # noqa: E402
from screening.models import ScreeningRun  # noqa: E402
from tests import factories, template  # noqa: E402

KIND = "scale"
CRITERIA = Criteria(platforms=("instagram", "tiktok"), followers_min=1_000, fee_max=5_000)
WISHES = (Wish(WishKind.SIZE, 0.3, low=10_000, high=300_000), Wish(WishKind.CATEGORIES, 0.4, ("beauty", "health")))


@dispatch.runs(KIND)
def to_result_file(held: lease.Lease) -> dict[str, Any]:
    """Do what the worker does with a run, from its frozen pool to its result's files."""
    run = execution._read(held.params["run"])
    inputs = judging.opened(run)
    is_large = ranges.is_large(inputs)
    written, counts = execution._in_ranges(run, held, inputs) if is_large else execution._at_once(run, held)
    return {"sha256": written.sha256, "passed": counts.passed, "ranges": len(inputs.spans)}


def prepare(rows: int) -> None:
    """Make a market, a run in it, and a generated pool of so many candidates that the run screens."""
    template.migrate()
    now = lease.now()
    market = factories.market()
    factories.metrics(factories.profile(), followers=50_000)
    training.approve(training.publish_card(market, by=None, now=now), by=factories.user("manager"), now=now)
    campaign = factories.campaign(market=market)
    briefs.publish(campaign, criteria=CRITERIA, preferences=Preferences(WISHES), by=None, now=now)
    run = runs.start(campaign, by=None, now=now)
    made = generated_pool(rows)
    history = replace(made.raw.history, figures={"followers": made.raw.history.figures["followers"]})
    table = replace(made.raw, history=history, words=made.raw.words | {"market": (market.code,)})
    ScreeningRun.objects.filter(pk=run.pk).update(pool=pools.keep(market, table, made.codes, by=None, now=now))


def queue() -> None:
    """Queue the run's work, nothing of it done before."""
    for folder in ("ranges", "results"):
        shutil.rmtree(settings.DATA_DIR / "store" / folder, ignore_errors=True)
    Job.objects.exclude(status=Status.SUCCEEDED).update(status=Status.CANCELLED)
    with transaction.atomic():
        key = f"{KIND}:{Job.objects.count()}"
        dispatch.enqueue(KIND, params={"run": ScreeningRun.objects.get().pk}, key=key, by=None, now=lease.now())


def work() -> None:
    """Carry out what is queued until the run's work is done; print what it took in this process.

    Workers live long: what they load once, modules and tables of letters, is loaded before. Looking for the next job in
    the database is this benchmark's own way, where production's workers wait for Redis: it is told apart (`looking`).
    """
    rows_of = screen.screen(generated_pool(1_000), CRITERIA, Preferences(WISHES), card.compile_card())
    results.rows_of(rows_of)
    importlib.import_module("pyarrow.parquet")
    store.has("")  # loads what reaches the store
    before = _held_mb()
    wall, whole, cpu = time.monotonic(), time.process_time(), 0.0
    while not (main := Job.objects.filter(kind=KIND).latest("pk")).is_finished:
        waiting = Job.objects.filter(status=Status.QUEUED).order_by("pk").values_list("pk", flat=True).first()
        if waiting is None:
            time.sleep(0.02)
        else:
            start = time.process_time()
            tasks.run_job(waiting)
            cpu += time.process_time() - start
    print(json.dumps({
        "cpu": cpu, "looking": time.process_time() - whole - cpu, "wall": time.monotonic() - wall,
        "status": main.status, "error": main.error, "grown_mb": _held_mb() - before, **main.result,
    }))  # fmt: skip


def _held_mb() -> float:
    """Return the most memory this process ever held, mapped files with it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    {"prepare": lambda: prepare(int(sys.argv[2])), "queue": queue, "work": work}[sys.argv[1]]()
