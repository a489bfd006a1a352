"""A small world for the kill tests: people, open cards, and files that wait for the worker.

`python -m tests.faults.world CARDS FILES` makes it in the database of the settings, `... FILES` adds files to it.
"""

import csv
import io
import sys
from datetime import timedelta

import django
from django.conf import settings
from django.db import transaction

django.setup()

from jobs import lease  # noqa: E402
from screening import briefs, runs, training  # noqa: E402
from screening.engine.types import Criteria, Preferences  # noqa: E402
from screening.imports import load, plan  # noqa: E402
from screening.models import ImportBatch, Verdict  # noqa: E402
from tests import factories, template  # noqa: E402

PASSWORD = "correct horse"  # as the factories give it
WRITERS = ("one@example.org", "two@example.org", "three@example.org")
ROWS = 3_000  # of one file: three chunks
RUNS = 2


def make(cards: int, files: int) -> None:
    """Make people, cards and queued jobs."""
    template.migrate()
    with transaction.atomic():
        for email in WRITERS:
            factories.user("strategist", email=email, name=email)
        market, brand = factories.market("US"), factories.brand()
        owner = factories.user("manager")
        training.approve(training.publish_card(market, by=None, now=lease.now()), by=owner, now=lease.now())
        factories.policy(brand, market, owner=owner)
        run = factories.run(factories.campaign(brand=brand, market=market))
        for rank in range(1, cards + 1):
            verdict = Verdict.RECOMMEND if rank % 3 else Verdict.UNSURE
            p_u6 = 610_000 if rank % 3 else 500_000
            factories.task(factories.recommendation(run, rank=rank, verdict=verdict, p_u6=p_u6))
    add(files)
    for _run in range(RUNS):
        _queue_run(brand, market, owner)


def add(files: int) -> None:
    """Queue more files."""
    first = ImportBatch.objects.count()
    for number in range(first, first + files):
        _queue_file(number)


def _queue_file(number: int) -> None:
    now = lease.now()
    path = settings.DATA_DIR / f"creators {number}.csv"
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["username", "name", "followers", "likes avg"])
    sheet.writerows([f"file{number}_{row}", f"Creator {row}", 1_000 + row, 50 + row % 90] for row in range(ROWS))
    path.write_text(out.getvalue())
    day = now.date() - timedelta(days=1)
    planned = plan.make_plan(path, name=path.name, today=now.date(), platform="instagram", as_of=day)
    load.start_import(load.begin(planned, by=None, now=now, market="US", path=str(path)), by=None, now=now)


def _queue_run(brand, market, by) -> None:
    campaign = factories.campaign(brand=brand, market=market)
    briefs.publish(campaign, criteria=Criteria(), preferences=Preferences(), by=by, now=lease.now())
    runs.start(campaign, by=by, now=lease.now())


if __name__ == "__main__":
    {2: make, 1: add}[len(sys.argv) - 1](*map(int, sys.argv[1:]))
