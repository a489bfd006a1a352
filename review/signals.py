"""What review listens to: `screening.signals.run_completed`, the only signal that travels up."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from screening.models import ScreeningRun
from screening.signals import run_completed


@receiver(run_completed, dispatch_uid="review.open_for_run")
def open_queue(sender: Any, *, run: ScreeningRun, now: datetime | None = None, **_rest: Any) -> None:
    """Open the cards of a run in the transaction that completes it."""
    from review import queue

    queue.open_for_run(run, now=now or run.finished_at or run.created_at)
