"""A worker for the kill tests: the product's own worker with one more kind of job, whose rows can be counted.

Embedded: `python -m tests.faults.chunked prepare | queue | work`; production: `celery -A tests.faults.chunked worker`
and `python -m tests.faults.chunked beat`.
"""

import sys
import time

import django
from django.core.management import call_command
from django.db import connection, transaction

from hybridmkt.celery import app

django.setup()

from jobs import dispatch, lease, tasks, ticks  # noqa: E402
from tests import template  # noqa: E402

CHUNKS, ROWS = 40, 10
# The same clock, faster: a test need not wait ten seconds for the reaper.
ticks.every(1, "reaper")(tasks.reap)
__all__ = ["app"]


@dispatch.runs("chunked")
def write_chunks(job: lease.Lease) -> dict[str, int]:
    """Write the numbers from 0 in chunks, a little slowly; the table takes a number twice, so repeats would show."""
    for n in range(job.done, CHUNKS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO fault_row VALUES (%s)", [(row,) for row in range(n * ROWS, (n + 1) * ROWS)])
            job.keep(done=n + 1, total=CHUNKS)
        time.sleep(0.03)
    return {"rows": CHUNKS * ROWS}


def prepare() -> None:
    """Make the tables."""
    template.migrate()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_row (n integer)")


def queue() -> None:
    """Queue one job."""
    with transaction.atomic():
        dispatch.enqueue("chunked", params={}, key="one", by=None, now=lease.now())


def work() -> None:
    """Be the embedded worker."""
    call_command("jobworker")


def beat() -> None:
    """Be production's clock."""
    call_command("beat")


if __name__ == "__main__":
    {"prepare": prepare, "queue": queue, "work": work, "beat": beat}[sys.argv[1]]()
