"""Production's clock with a fault put in: nobody tells of a job again, so that all hangs on the broker's memory.

That is what plain `delay()` does. It is the negative control of the test in which the broker forgets.
"""

from datetime import datetime

from django.core.management import call_command

from jobs import ticks
from tests.faults import quick  # noqa: F401 - the same clock otherwise


def reap(now: datetime) -> None:
    """Let what was lost be lost."""


ticks.every(1, "reaper")(reap)

if __name__ == "__main__":
    call_command("beat")
