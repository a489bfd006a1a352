"""Working hours of a market, pure: add some to a moment, count those between two. Lengths are real time, so a day on
which the clocks change has an hour more or less where the change lies inside the working hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FARTHEST = 3_660  # days: a calendar that holds so little work has no deadline to give


@dataclass(frozen=True)
class Calendar:
    """When a market works. days: 0 is Monday; opens, closes: local times of a working day."""

    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(18)
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a calendar in which nobody ever works."""
        if not self.days or self.opens >= self.closes:
            raise ValueError("A market works on one day of the week at least, and opens before it closes.")

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when work begins and ends on a day, in UTC; None on a day off."""
        if day.weekday() not in self.days or day in self.holidays:
            return None
        begin, end = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in (self.opens, self.closes))
        return begin, end


def _spans(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    first = start.astimezone(calendar.zone).date()
    for n in range(FARTHEST):
        span = calendar.span(first + timedelta(days=n))
        if span and span[1] > start:
            yield max(span[0], start), span[1]


def add(start: datetime, length: timedelta, calendar: Calendar) -> datetime:
    """Return when so much working time has passed since a moment. Raises ValueError beyond ten years."""
    left = length
    for begin, end in _spans(start.astimezone(UTC), calendar):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise ValueError("There is not so much working time in ten years of this calendar.")


def between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Return the working time between two moments; zero where the second lies before the first."""
    passed = timedelta(0)
    for begin, close in _spans(start.astimezone(UTC), calendar):
        if begin >= end:
            break
        passed += min(close, end.astimezone(UTC)) - begin
    return passed
