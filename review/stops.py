"""The stop button: one manager stops the AI in a market at once, two start it again. Meanwhile people decide.

What is stopped is asked inside the transaction that would decide. Whoever stops waits for runs that are being routed,
and then takes back what was decided without a person and can still be undone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Membership, Role, User
from audit import log
from audit.models import AuditEntry, Kind
from review import bounds, decisions, notices, workflow
from review.models import About, Choice, Decision, Origin, ReviewTask, Stop, TaskState
from review.routing import Reason
from screening.models import Campaign, Market, ModelState, ScoringModel

MAX_REASON = 1_000  # characters


class CannotStop(ValueError):
    """Raised when a stop or a restart is not possible; the sentence says why."""


def in_force(brand: str, market: str, *, model: int | None = None) -> Stop | None:
    """Return the stop that holds for a brand, market and model, the widest one first; None: the AI may decide."""
    here = holding(brand, market, model=model).select_related("by", "market", "model", "proposed_by")
    return here.order_by("brand", "model", "pk").first()


def holding(brand: Any, market: Any, *, model: Any) -> QuerySet[Stop]:
    """Return the stops that hold for a brand, market and model: values, or columns of an outer query."""
    found = Stop.objects.filter(Q(brand="") | Q(brand=brand), market=market, ended_at__isnull=True)
    return found.filter(Q(model__isnull=True) | Q(model=model))


def stoppable(market: Market) -> QuerySet[ScoringModel]:
    """Return the models of a market that can be stopped: those that were in force once, newest first."""
    return ScoringModel.objects.filter(market=market).exclude(state=ModelState.CANDIDATE).order_by("-version")


def stop(
    market: Market, *, reason: str, by: User, now: datetime, brand: str = "", model: ScoringModel | None = None
) -> Stop:
    """Stop the AI at once: for a brand or all, for one model or all. Raises CannotStop and NotAllowed."""
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise CannotStop(_("Write in a sentence why you stop it, at most 1,000 characters."))
    if model is not None and model.market_id != market.pk:
        raise CannotStop(_("That model belongs to another market."))
    with transaction.atomic():
        by = User.objects.get(pk=by.pk)
        _require(by, brand, market.pk)
        _wait_for_routing(brand, market)
        back = _take_back(brand, market, model, by=by, now=now)
        body = {"what": "stop", "model": model.pk if model else None, "came_back": back, "reason_length": len(reason)}
        entry = _record(brand, market.pk, body, by=by, reason=reason)
        try:
            with transaction.atomic():
                made = Stop.objects.create(brand=brand, market=market, model=model, by=by, at=now, came_back=back,
                                           reason_length=len(reason), audit=entry)  # fmt: skip
        except IntegrityError as clash:
            raise CannotStop(_("It is stopped already.")) from clash
        _tell(made, "stop", by=by, now=now)
    return made


def propose_restart(stop: Stop, *, by: User, now: datetime) -> Stop:
    """Ask to start the AI again; nothing starts until a second manager confirms. Raises CannotStop and NotAllowed."""
    with transaction.atomic():
        by = User.objects.get(pk=by.pk)
        _require(by, stop.brand, stop.market_id)
        waiting = Stop.objects.filter(pk=stop.pk, ended_at__isnull=True, proposed_by__isnull=True)
        if not waiting.update(proposed_by=by, proposed_at=now):
            raise CannotStop(_("Somebody has asked for that already, or the AI runs again."))
        stop.refresh_from_db()
        _record(stop.brand, stop.market_id, {"what": "propose", "stop": stop.pk}, by=by)
        _tell(stop, "propose", by=by, now=now)
    return stop


def withdraw_restart(stop: Stop, *, by: User, now: datetime) -> Stop:
    """Take the question back, or refuse it, as any manager may: the AI stays stopped."""
    with transaction.atomic():
        by = User.objects.get(pk=by.pk)
        _require(by, stop.brand, stop.market_id)
        asked = Stop.objects.filter(pk=stop.pk, ended_at__isnull=True, proposed_by__isnull=False)
        known = asked.select_for_update().first()
        if known is None:
            raise CannotStop(_("Nobody has asked to start the AI again."))
        _settle(known, now=now)
        asked.update(proposed_by=None, proposed_at=None)
        stop.refresh_from_db()
        _record(stop.brand, stop.market_id, {"what": "withdraw", "stop": stop.pk}, by=by)
    return stop


def confirm_restart(stop: Stop, *, by: User, now: datetime) -> Stop:
    """Start the AI again, as a second person; the database holds that too. Raises CannotStop and NotAllowed."""
    with transaction.atomic():
        by = User.objects.get(pk=by.pk)
        _require(by, stop.brand, stop.market_id)
        locked = Stop.objects.select_for_update().get(pk=stop.pk)
        if locked.ended_at or locked.proposed_by_id is None:
            raise CannotStop(_("Nobody has asked to start the AI again."))
        if locked.proposed_by_id == by.pk:
            raise CannotStop(_("Starting again takes two people: you asked for it, a second manager confirms."))
        _settle(locked, now=now)
        Stop.objects.filter(pk=stop.pk).update(confirmed_by=by, ended_at=now)
        stop.refresh_from_db()
        _record(stop.brand, stop.market_id, {"what": "restart", "stop": stop.pk}, by=by)
        _tell(stop, "restart", by=by, now=now)
    return stop


def may_stop(user: User, brand: str, market: str) -> bool:
    """Tell whether a person may stop the AI there: a manager of that brand and market, of all brands for all."""
    return access.scope(user).covers([(brand, market)], access.MAY["policy"])


def _require(by: User, brand: str, market: str) -> None:
    access.require(by, "policy", brand=brand, market=market)
    if not may_stop(by, brand, market):
        raise access.NotAllowed(_("A stop for all brands takes a manager of all brands."))


def _wait_for_routing(brand: str, market: Market) -> None:
    # A run is routed under the lock of its campaign, and so does the clock decide: both end first, or see the stop.
    mine = Campaign.objects.filter(market=market, closed_at__isnull=True, **({"brand": brand} if brand else {}))
    list(mine.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _take_back(brand: str, market: Market, model: ScoringModel | None, *, by: User, now: datetime) -> int:
    # What was decided without a person and can still be undone. The locks of the campaigns keep new ones out.
    ours = Decision.objects.filter(
        origin__in=[Origin.AUTO, Origin.FAST, Origin.EXPIRY], choice__in=[Choice.APPROVE, Choice.REJECT],
        superseded_by__isnull=True, task__market=market.pk, task__state__in=[TaskState.APPROVED, TaskState.NOT_SHOWN],
        at__gte=now - timedelta(hours=bounds.LONGEST_UNDO), task__campaign__closed_at__isnull=True,
    )  # fmt: skip
    if brand:
        ours = ours.filter(task__brand=brand)
    if model is not None:
        ours = ours.filter(task__recommendation__run__model=model.pk)
    taken = 0
    for decision in ours.select_related("policy").order_by("task"):
        if now > decision.at + workflow.undo_window(decision):
            continue
        task = ReviewTask.objects.select_for_update(of=("self",)).select_related("policy", "recommendation").get(
            pk=decision.task_id
        )  # fmt: skip
        if not workflow.others_in_hand(task).exists():
            decisions.take_back(task, by=by, now=now, key=f"stop:{decision.pk}", why=Reason.STOPPED)
            taken += 1
    return taken


def _record(brand: str, market: str, body: Mapping[str, Any], *, by: User, reason: str = "") -> AuditEntry:
    return log.record(Kind.STOP, stream=f"stop:{market}", by=by, body=dict(body), brand=brand, market=market,
                      personal={"reason": reason} if reason else None)  # fmt: skip


def _tell(stop: Stop, what: str, *, by: User, now: datetime) -> None:
    roles = (Role.MANAGER,) if what == "propose" else (Role.MANAGER, Role.STRATEGIST, Role.EXPERT)
    here = Membership.objects.filter(Q(market="") | Q(market=stop.market_id), role__in=roles, ended_at__isnull=True)
    if stop.brand:
        here = here.filter(Q(brand="") | Q(brand=stop.brand))
    people = User.objects.filter(pk__in=here.values("user"), is_active=True)
    key = _asked(stop) if what == "propose" else f"stop:{stop.pk}:{what}"
    notices.tell(people, About.STOP, key=key, url="/policies/", now=now, by=by,
                 numbers={"what": what, "market": stop.market_id, "brand": stop.brand})  # fmt: skip


def _asked(stop: Stop) -> str:
    return f"stop:{stop.pk}:propose:{stop.proposed_at:%Y%m%d%H%M%S}"


def _settle(stop: Stop, *, now: datetime) -> None:
    # The question whether the AI starts again was answered or taken back: nobody has to read it any more.
    notices.settle(_asked(stop), now=now)
