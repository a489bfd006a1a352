"""The clock: looks every two seconds what is due, in the embedded worker's thread or as production's `beat`.

It runs the chores itself. A queue would hold them behind long imports, and deadlines would pass unseen.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection

from jobs import lease, ticks

logger = logging.getLogger(__name__)
BETWEEN = 2.0  # seconds between two looks
RECOVERY = 30.0  # seconds that a steady function rests after it failed


def look() -> None:
    """Do what is due; whatever goes wrong, the clock goes on, with a new connection."""
    try:
        ticks.run_due(lease.now())
    except Exception:
        logger.exception("The clock failed; it goes on")
    finally:
        connection.close()


def keep_calling(name: str, function: Callable[[], object], seconds: float) -> None:
    """Call a steady function for ever; after a failure it rests, and has a new connection."""
    while True:
        try:
            function()
            time.sleep(seconds)
        except Exception:
            logger.exception("%s failed; it is tried again in %s s", name, RECOVERY)
            connection.close()
            time.sleep(RECOVERY)


def begin() -> None:
    """Do what comes before anything else; whatever goes wrong, the clock begins."""
    for function in ticks.AT_START:
        try:
            function()
        except Exception:
            logger.exception("%s failed; the clock begins without it", function.__name__)
    connection.close()


def go_on() -> None:
    """Look for ever, with what is steady in threads beside it."""
    for name, (function, seconds) in ticks.STEADY.items():
        threading.Thread(target=keep_calling, args=(name, function, seconds), daemon=True, name=name).start()
    while True:
        look()
        time.sleep(BETWEEN)
