"""A file whose figures equal an earlier month's, or run backwards: probably the wrong file or the wrong date."""

from collections import defaultdict
from typing import Any

from django.db.models import Q

from screening.models import BatchStatus, ImportBatch, Metrics

_LOOKED_AT = 3_000  # profiles of the batch
_ENOUGH = 20  # profiles in common with another file
_SAME, _FALLING = 0.8, 0.7  # shares from which it is said
_ROUNDED = (
    "followers",
    "views_total",
    "posts",
    "likes_avg",
    "comments_avg",
    "views_avg",
    "engagement_avg",
    "viewers_avg",
)
_GROWING = ("views_total", "posts", "followers")  # what does not fall for most of a list, the surest first


def find(batch: ImportBatch) -> list[dict[str, Any]]:
    """Compare a batch with the other files of the same profiles. Returns warnings that name them.

    ``same_as_earlier``: at least 80 % of the common profiles have the very figures of another date.
    ``runs_backwards``: over 70 % of the profiles whose figure changed hold less at the later date.
    """
    mine = list(
        Metrics.objects.filter(batch=batch)
        .order_by("profile_id")
        .values("profile_id", "taken_at", *_ROUNDED)[:_LOOKED_AT]
    )
    visible = Q(batch__status=BatchStatus.LOADED)
    others = Metrics.objects.filter(visible, profile__in={row["profile_id"] for row in mine}).exclude(batch=batch)
    by_file: dict[int, list[tuple[dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    own = {row["profile_id"]: row for row in mine}
    for row in others.order_by("batch_id", "profile_id", "-taken_at").values(
        "profile_id", "batch_id", "batch__name", "taken_at", *_ROUNDED
    ):
        if row["taken_at"] != own[row["profile_id"]]["taken_at"]:
            by_file[row["batch_id"]].append((own[row["profile_id"]], row))
    return [warning for pairs in by_file.values() if len(pairs) >= _ENOUGH for warning in _judge(pairs)]


def _judge(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    file = {"file": pairs[0][1]["batch__name"], "of": len(pairs)}
    same = sum(_is_same(mine, other) for mine, other in pairs)
    if same >= _SAME * len(pairs):
        return [{"code": "same_as_earlier", **file, "count": same, "date": pairs[0][1]["taken_at"].isoformat()}]
    for name in _GROWING:
        moves = [_growth(mine, other, name) for mine, other in pairs]
        changed = [move for move in moves if move]
        if len(changed) >= _ENOUGH:
            falls = sum(move < 0 for move in changed)
            is_odd = falls > _FALLING * len(changed)
            return (
                [{"code": "runs_backwards", **file, "of": len(changed), "count": falls, "column": name}]
                if is_odd
                else []
            )
    return []


def _is_same(mine: dict[str, Any], other: dict[str, Any]) -> bool:
    common = [name for name in _ROUNDED if mine[name] is not None and other[name] is not None]
    return bool(common) and all(mine[name] == other[name] for name in common)


def _growth(mine: dict[str, Any], other: dict[str, Any], name: str) -> float:
    """Return by how much a figure grew from the earlier date to the later; 0 where either is unknown."""
    if mine[name] is None or other[name] is None:
        return 0.0
    step = mine[name] - other[name]
    return float(step if mine["taken_at"] > other["taken_at"] else -step)
