"""Why a list of the queue holds nothing, as a code with numbers: an empty page says what is the case and what to do."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from review import listing
from review.listing import Filters, QueuePage
from review.models import Policy, PolicyState, ReviewTask, Stop, TaskState
from screening.models import RunStatus, ScreeningRun


@dataclass(frozen=True)
class Nothing:
    """Why there is no card. code: filter, mine, held, no_policy, stopped, run, never or done.

    count: cards that the filter hides, or that others hold. until: when the first of these is free. run: the one going.
    stop: the AI decides nothing here.
    """

    code: str
    count: int = 0
    until: datetime | None = None
    holder: User | None = None
    run: ScreeningRun | None = None
    stop: Stop | None = None
    against: int = 0  # of today's decisions


def why(user: User, page: QueuePage, *, now: datetime, stops: QuerySet[Stop]) -> Nothing:
    """Return why a page of the queue is empty. At most two queries. stops: what `stops_of` gave."""
    filters = page.filters
    is_part = filters.is_narrow or filters.cursor
    if is_part and (wide := listing.total(user, page.ground.pairs, filters.whose, now=now)):
        return Nothing("filter", count=wide)
    if filters.whose == "mine":
        return Nothing("mine", count=page.whose["unassigned"])
    if filters.whose == "unassigned" and page.whose["markets"]:
        return _held(user, page, now)
    if not access.scope(user).places(access.MAY["decide"]):
        return Nothing("no_policy")
    scope = access.scope(user).query("brand", "market", access.MAY["decide"])
    reached = access.scope(user).query("campaign__brand", "campaign__market", access.MAY["decide"])
    going = ScreeningRun.objects.filter(reached, status__in=[RunStatus.QUEUED, RunStatus.RUNNING])
    ruled = Policy.objects.filter(scope, state=PolicyState.ACTIVE).values_list("pk")[:1]
    runs, cards = going.select_related("campaign").order_by("id")[:1], ReviewTask.objects.filter(scope)
    against = listing.decided_today(user, now=now).filter(is_override=True).values_list("pk")
    at_once(ruled, runs, first := cards.values_list("pk")[:1], against)
    if not ruled:
        return Nothing("no_policy")
    if stop := _stop(filters, stops):
        return Nothing("stopped", stop=stop)
    if runs:
        return Nothing("run", run=runs[0])
    return Nothing("done", count=page.decided_today, against=len(against)) if first else Nothing("never")


def _stop(filters: Filters, stops: QuerySet[Stop]) -> Stop | None:
    asked = (one for one in stops if filters.market in {"", one.market_id})
    return next((one for one in asked if filters.brand == "" or one.brand in {"", filters.brand}), None)


def _held(user: User, page: QueuePage, now: datetime) -> Nothing:
    here = access.scope(user).query("brand", "market", access.MAY["decide"])
    held = ReviewTask.objects.filter(here, state=TaskState.OPEN, claimed_until__gt=now).exclude(claimed_by=None)
    first = held.select_related("claimed_by").order_by("claimed_until").first()
    until, holder = (first.claimed_until, first.claimed_by) if first else (None, None)
    return Nothing("held", count=page.whose["markets"], until=until, holder=holder)
