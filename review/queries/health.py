"""Whether the clocks are alive: the heartbeats, the oldest thing that should be done, and what waits for workers."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from jobs.queries import heartbeats, load
from review.deadlines import SWEPT
from review.mail import waiting
from review.models import ReviewTask

LATE = {"deadlines": 60, "reaper": 60, "nearing": 180, "mail": 60}  # seconds of silence from which it is late


@dataclass(frozen=True)
class Beat:
    """One clock. seconds: since it last succeeded, None where it never did."""

    name: str
    seconds: int | None
    is_late: bool


@dataclass(frozen=True)
class Health:
    """Everything of the panel. oldest_due, oldest_job: seconds that the oldest waits, None where nothing does."""

    beats: list[Beat]
    oldest_due: int | None
    queued: int
    running: int
    oldest_job: int | None
    letters: int

    @property
    def is_late(self) -> bool:
        """True where the sweeper is silent, or a task is a minute over its time."""
        return any(beat.is_late for beat in self.beats) or (self.oldest_due or 0) > LATE["deadlines"]


def health(now: datetime) -> Health:
    """Return how the clocks are. Four queries."""
    due = ReviewTask.objects.filter(state__in=SWEPT, due_at__lte=now, paused_at__isnull=True)
    last, work = heartbeats(LATE), load()
    return Health(
        beats=[_beat(name, last.get(name), now) for name in LATE],
        oldest_due=_age(due.aggregate(at=Min("due_at"))["at"], now),
        queued=work.queued,
        running=work.running,
        oldest_job=_age(work.oldest, now),
        letters=waiting(now).count(),
    )


def _beat(name: str, last: datetime | None, now: datetime) -> Beat:
    seconds = _age(last, now)
    return Beat(name, seconds, seconds is None or seconds > LATE[name])


def _age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))
