"""The clock: looks every two seconds what is due, in the embedded worker's thread or as production's `beat`.

It runs the chores itself. A queue would hold them behind long imports, and deadlines would pass unseen.
"""

import logging
import time

from django.db import connection

from jobs import lease, ticks

logger = logging.getLogger(__name__)
BETWEEN = 2.0  # seconds between two looks


def look() -> None:
    """Do what is due; whatever goes wrong, the clock goes on, with a new connection."""
    try:
        ticks.run_due(lease.now())
    except Exception:
        logger.exception("The clock failed; it goes on")
    finally:
        connection.close()


def go_on() -> None:
    """Look for ever."""
    while True:
        look()
        time.sleep(BETWEEN)
