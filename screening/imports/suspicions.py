"""A file whose figures equal an earlier month's, or run backwards: probably the wrong file or the wrong date."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from screening.models import BatchStatus, ImportBatch, Metrics

_LOOKED_AT = 3_000  # profiles of the batch
_READ = 200_000  # rows of a side at most: a year of days of some 500 profiles says enough
_ENOUGH = 20  # profiles in common with another file
_SAME, _FALLING = 0.8, 0.7  # shares from which it is said
_GROWING = ("views_total", "posts", "followers")  # what does not fall for most of a list, the surest first
_ROUNDED = (*_GROWING, "likes_avg", "comments_avg", "views_avg", "engagement_avg", "viewers_avg")
_Figures = tuple[float | None, ...]  # as _ROUNDED


@dataclass
class _Other:
    """Counts of one other file: pairs of a profile's figures, ours of its last day and theirs of each day."""

    name: str
    pairs: Counter[date] = field(default_factory=Counter)
    same: Counter[date] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    fell: Counter[str] = field(default_factory=Counter)


def find(batch: ImportBatch) -> list[dict[str, Any]]:
    """Compare a batch with the other files of the same profiles. Returns warnings that name them.

    ``same_as_earlier``: at least 80 % of the common profiles have the very figures of another date.
    ``runs_backwards``: over 70 % of the profiles whose figure changed hold less at the later date.
    """
    own, others = _own(batch), dict[int, _Other]()
    rows = Metrics.objects.filter(batch__status=BatchStatus.LOADED, profile__in=own).exclude(batch=batch)
    wanted = rows.order_by("profile_id", "-taken_at").values_list(
        "profile_id", "batch_id", "batch__name", "taken_at", *_ROUNDED
    )
    for profile, other, name, day, *figures in wanted[:_READ].iterator():
        our_day, ours = own[profile]
        if day != our_day:
            _count(others.setdefault(other, _Other(name)), day, ours, tuple(figures), sign=1 if our_day > day else -1)
    return [warning for _, other in sorted(others.items()) for warning in _judge(other)]


def _own(batch: ImportBatch) -> dict[int, tuple[date, _Figures]]:
    """Return the figures of the last day of the first profiles. Read as stored: to sort a large file takes memory."""
    rows = Metrics.objects.filter(batch=batch).order_by("pk").values_list("profile_id", "taken_at", *_ROUNDED)
    own: dict[int, tuple[date, _Figures]] = {}
    for profile, day, *figures in rows[:_READ].iterator():
        is_later = own[profile][0] < day if profile in own else len(own) < _LOOKED_AT
        if is_later:
            own[profile] = (day, tuple(figures))
    return own


def _count(other: _Other, day: date, ours: _Figures, theirs: _Figures, *, sign: int) -> None:
    known = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    other.pairs[day] += 1
    other.same[day] += bool(known) and all(a == b for a, b in known)
    for name, a, b in zip(_GROWING, ours, theirs, strict=False):
        if a is not None and b is not None and a != b:
            other.moved[name] += 1
            other.fell[name] += (a - b) * sign < 0


def _judge(other: _Other) -> list[dict[str, Any]]:
    days = [day for day, count in other.pairs.items() if count >= _ENOUGH]
    day = max(days, key=lambda day: other.same[day] / other.pairs[day], default=None)
    if day and other.same[day] >= _SAME * other.pairs[day]:
        told = {"of": other.pairs[day], "count": other.same[day], "date": day.isoformat()}
        return [{"code": "same_as_earlier", "file": other.name, **told}]
    name = next((name for name in _GROWING if other.moved[name] >= _ENOUGH), None)
    if name and other.fell[name] > _FALLING * other.moved[name]:
        told = {"of": other.moved[name], "count": other.fell[name], "column": name}
        return [{"code": "runs_backwards", "file": other.name, **told}]
    return []
