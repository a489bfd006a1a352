"""What is due soon: told to whoever holds the card, else to those who are asked; twice, the second time more urgently.

A quarter of the period before the deadline, four hours at most; then a sixteenth, one hour at most.
"""

from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet
from django.urls import reverse

from accounts import access
from accounts.models import Role, User
from review import deadlines, notices, policies
from review.models import About, ReviewTask, TaskState

SOON, NOW = timedelta(hours=4), timedelta(hours=1)
WAITS = (TaskState.OPEN, TaskState.ESCALATED, TaskState.AWAITING)


def steps(period: timedelta) -> tuple[timedelta, timedelta]:
    """Return how long before a deadline of this period people are told, first and second time."""
    return min(SOON, period / 4), min(NOW, period / 16)


def warn(now: datetime) -> int:
    """Tell of every card that is due soon, each person once a step; return how many cards are due soon."""
    near = ReviewTask.objects.filter(state__in=WAITS, paused_at__isnull=True, due_at__gt=now, due_at__lte=now + SOON)
    named = near.exclude(state=TaskState.OPEN) | near.filter(claimed_until__gt=now)
    cards = named.select_related("policy", "claimed_by", "escalated_to").order_by("due_at", "pk")
    for task in cards.iterator():
        _warn_of(task, now=now)
    _warn_of_unheld(near.filter(state=TaskState.OPEN).exclude(claimed_until__gt=now), now=now)
    return near.count()


def _warn_of(task: ReviewTask, *, now: datetime) -> None:
    asked = _asked(task, now=now)
    if asked is None or task.due_at is None:
        return
    left, (soon, urgent) = task.due_at - now, steps(policies.period(task.policy, task.stakes))
    step = 2 if left <= urgent else 1 if left <= soon else 0
    if step:
        at = task.due_at.isoformat()
        notices.tell([asked], About.DUE, key=f"due:{task.pk}:{at}:{step}", url=deadlines.address(task), now=now,
                     task=task, numbers={"at": at, "step": step}, wait=timedelta(0))  # fmt: skip


def _asked(task: ReviewTask, *, now: datetime) -> User | None:
    if task.claimed_by and task.claimed_until and task.claimed_until > now:
        return task.claimed_by
    return task.escalated_to


def _warn_of_unheld(near: QuerySet[ReviewTask], *, now: datetime) -> None:
    # Nobody holds them: each of those who decide there gets one notice an hour, with a count, not one for each card.
    for step, within in ((1, SOON), (2, NOW)):
        places = near.filter(due_at__lte=now + within).values("brand", "market").order_by("brand", "market")
        for place in places.annotate(n=Count("pk"), last=Max("due_at")):
            brand, market, slot = place["brand"], place["market"], int((now + within).timestamp() // 3600)
            numbers = {"count": place["n"], "at": place["last"].isoformat(), "brand": brand, "market": market}
            notices.tell(_deciders(brand, market), About.DUE, key=f"unheld:{brand}:{market}:{step}:{slot}",
                         url=reverse("queue"), now=now, numbers=numbers, wait=timedelta(0))  # fmt: skip


def _deciders(brand: str, market: str) -> list[User]:
    found: dict[int, User] = {}
    for role in sorted(access.MAY["decide"]):
        found |= {one.pk: one for one in policies.holders(Role(role), brand, market)}
    return list(found.values())
