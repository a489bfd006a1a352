"""A run in ranges for the kill test, each a little slow: `python -m tests.faults.ranged prepare | work | beat`.

Production's workers: `celery -A tests.faults.ranged worker`.
"""

import os
import sys
import time

import django
from django.conf import settings
from django.core.management import call_command

from hybridmkt.celery import app

django.setup()

from jobs import dispatch, lease, tasks, ticks  # noqa: E402
from screening import parts, runs  # noqa: E402
from screening.models import Campaign  # noqa: E402
from tests.screening import worker  # noqa: E402

# The same clock, faster: a test need not wait ten seconds for the reaper.
ticks.every(1, "reaper")(tasks.reap)
RANGES, PAUSE = 15, 0.3  # of sixty candidates, four a range; seconds
__all__ = ["app"]


def _slowly(step):
    def done(inputs, number):
        time.sleep(PAUSE)
        step(inputs, number)

    return done


parts.STEPS.update({name: _slowly(step) for name, step in parts.STEPS.items()})


def prepare() -> None:
    """Make a market, a run that nobody disturbs and one job judges whole, and queue the same again."""
    settings.RANGE_ROWS = 1_000
    worker.CAMPAIGNS = 1
    worker.prepare()
    campaign = Campaign.objects.get()
    dispatch.run(campaign.runs.get().job_id, worker="undisturbed")
    runs.start(campaign, by=None, now=lease.now(), seed=int(worker.NOW.strftime("%Y%m%d")))


def work() -> None:
    """Be the embedded worker."""
    call_command("jobworker")


def beat() -> None:
    """Be production's clock."""
    call_command("beat")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")
    {"prepare": prepare, "work": work, "beat": beat}[sys.argv[1]]()
