"""Whole runs in the data folder of the environment, and what each cost: `python -m benchmarks.parts.whole demo`, or
`list FILE` for three runs over a list that is imported first.
"""

import json
import sys

import django

from benchmarks import bench  # noqa: F401 - first: it holds numpy at one thread

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.parts.scaling import CRITERIA, WISHES  # noqa: E402
from jobs import lease, tasks  # noqa: E402
from jobs.models import Job, Status  # noqa: E402
from screening import briefs, runs, training  # noqa: E402
from screening.engine.types import Preferences  # noqa: E402
from screening.models import RunStatus, ScreeningRun  # noqa: E402
from tests import factories, template  # noqa: E402

ROUNDS = 3  # the first of a process loads what the later ones have


def demo() -> None:
    """Make the demo, with all its runs."""
    call_command("seed_demo", stdout=sys.stderr)


def of_list(path: str) -> None:
    """Import a list into a market and screen it for the same brief, as often as there are rounds."""
    now = lease.now()
    market = factories.market()
    call_command("import_creators", path, "--platform", "instagram", "--market", market.code, stdout=sys.stderr)
    training.approve(training.publish_card(market, by=None, now=now), by=factories.user("manager"), now=now)
    campaign = factories.campaign(market=market)
    briefs.publish(campaign, criteria=CRITERIA, preferences=Preferences(WISHES), by=None, now=now)
    for _ in range(ROUNDS):
        runs.start(campaign, by=None, now=now)
        while waiting := Job.objects.filter(status=Status.QUEUED).order_by("pk").first():
            tasks.run_job(waiting.pk)


def told() -> None:
    """Print each completed run: candidates, shown ones, CPU seconds."""
    found = ScreeningRun.objects.filter(status=RunStatus.COMPLETED).order_by("pk")
    print(json.dumps([
        {"cpu": run.cpu_seconds, "candidates": run.funnel["total"], "shown": run.funnel["shown"]} for run in found
    ]))  # fmt: skip


if __name__ == "__main__":
    template.migrate()
    demo() if sys.argv[1] == "demo" else of_list(sys.argv[2])
    told()
