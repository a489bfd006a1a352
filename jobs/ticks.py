"""What is done by the clock: `every` names a function, `run_due` calls those whose slot nobody has taken yet.

Two schedulers may tick at once: a slot is a row, and only the one who inserts it acts (trust.md 2.2).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit import rollback
from jobs.models import Tick

logger = logging.getLogger(__name__)
Periodic = Callable[[datetime], object]
KEPT = 100  # slots of each name that stay readable


@dataclass(frozen=True)
class Chore:
    """A function of the clock and its period in seconds."""

    function: Periodic
    seconds: int


CHORES: dict[str, Chore] = {}
AT_START: list[Callable[[], object]] = []  # what the clock does before anything else
STEADY: dict[str, tuple[Callable[[], object], float]] = {}  # function, seconds between two calls


def every(seconds: int, name: str) -> Callable[[Periodic], Periodic]:
    """Name a function `fn(now)` that is called once every `seconds`. It must bear being called late, or twice."""

    def keep(function: Periodic) -> Periodic:
        CHORES[name] = Chore(function, seconds)
        return function

    return keep


def at_start(function: Callable[[], object]) -> Callable[[], object]:
    """Name a function that is called once when the clock begins, before jobs and chores."""
    AT_START.append(function)
    return function


def steadily(seconds: float, name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Name a function that the clock calls again and again, in a thread of its own and without slots.

    For what is due several times a second and bears being done by two clocks at once.
    """

    def keep(function: Callable[[], object]) -> Callable[[], object]:
        STEADY[name] = (function, seconds)
        return function

    return keep


def take(name: str, *, slot: int, now: datetime) -> bool:
    """Take a slot; False when another scheduler has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_tick (name, slot, at) VALUES (%s, %s, %s) ON CONFLICT (name, slot) DO NOTHING",
            [name, slot, connection.ops.adapt_datetimefield_value(now)],
        )
        return bool(cursor.rowcount == 1)


def run_due(now: datetime) -> list[str]:
    """Call every function whose present slot is free; return the names of those that succeeded.

    None while the database contradicts what is kept of it outside: the clock decides nothing on it.
    """
    if rollback.finding():
        return []
    return [name for name, chore in CHORES.items() if _run(name, chore, now)]


def _run(name: str, chore: Chore, now: datetime) -> bool:
    slot = int(now.timestamp() // chore.seconds)
    if not take(name, slot=slot, now=now):
        return False
    try:
        chore.function(now)
    except Exception:
        logger.exception("%s failed; it is tried again in its next slot", name)
        # A heartbeat says "it worked", so the slot of a failure does not stay.
        Tick.objects.filter(name=name, slot=slot).delete()
        return False
    Tick.objects.filter(name=name, slot__lt=slot - KEPT).delete()
    return True
