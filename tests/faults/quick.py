"""Production with a faster clock: a test need not wait a minute before a lost job is told again.

`celery -A tests.faults.quick worker`, and `python -m tests.faults.quick` for the clock.
"""

import django
from django.core.management import call_command

from hybridmkt.celery import app

django.setup()

from jobs import dispatch, tasks, ticks  # noqa: E402

ticks.every(1, "reaper")(tasks.reap)
dispatch.UNNOTICED = 3
__all__ = ["app"]

if __name__ == "__main__":
    call_command("beat")
