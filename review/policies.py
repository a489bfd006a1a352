"""The written rules of who decides: propose, approve by a second person, retire; who is asked when the clock acts."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Membership, Role, User
from audit import log
from audit.models import AuditEntry, Kind
from jobs import dispatch
from review.models import Policy, PolicyState, ReviewTask
from screening.engine.types import DecisionLine
from screening.judging import USUAL_LINE
from screening.models import Brand, Market, RunStatus, ScreeningRun

RULES = (
    "is_shadow", "decision_line_u6", "unsure_band_u6", "auto_line_u6", "spot_check_share_u6", "random_share_u6",
    "review_budget", "deadline_hours", "undo_seconds", "medium_fee_minor", "high_fee_minor", "high_budget_share_u6",
    "trusts_referrals",
)  # fmt: skip


class NotAPolicy(ValueError):
    """Raised when rules contradict a bound that no policy may pass; the sentence names it."""


class CannotApprove(Exception):
    """Raised when a policy cannot become active: it is no draft, or its proposer approves it."""


def active(brand: Brand | str, market: Market | str) -> Policy | None:
    """Return the policy in force for a brand and a market, if there is one."""
    found = Policy.objects.filter(brand=brand, market=market, state=PolicyState.ACTIVE)
    return found.select_related("brand", "market", "owner", "deputy").first()


def propose(
    brand: Brand, market: Market, *, owner: User, by: User, now: datetime, deputy: User | None = None, **rules: Any
) -> Policy:
    """Write the next version as a draft. `rules` are fields of Policy named in RULES; the rest keeps its default.

    Raises NotAllowed and NotAPolicy.
    """
    _require_rules(rules, owner, deputy)
    with transaction.atomic():
        access.require(User.objects.get(pk=by.pk), "policy", brand=brand.pk, market=market.pk)
        Brand.objects.select_for_update().get(pk=brand.pk)  # two proposals at once get two numbers
        last = Policy.objects.filter(brand=brand, market=market).aggregate(last=Max("version"))["last"] or 0
        draft = Policy(brand=brand, market=market, version=last + 1, owner=owner, deputy=deputy, proposed_by=by,
                       created_at=now, **rules)  # fmt: skip
        draft.audit = _record(draft, "propose", by=by, **{name: getattr(draft, name) for name in RULES})
        draft.save(force_insert=True)
    return draft


def _require_rules(rules: dict[str, Any], owner: User, deputy: User | None) -> None:
    unknown = sorted(set(rules) - set(RULES))
    if unknown:
        raise NotAPolicy(f"No such rules: {', '.join(unknown)}. There are: {', '.join(RULES)}.")
    if rules.get("auto_line_u6", 700_000) < 700_000:
        raise NotAPolicy(_("The auto line is 70% at least."))
    if rules["high_fee_minor"] < rules["medium_fee_minor"]:
        raise NotAPolicy(_("High stakes begin at or above medium stakes."))
    if rules.get("random_share_u6", 100_000) < 100_000:
        raise NotAPolicy(_("At least 10% of what people are asked about is drawn at random."))
    if not owner.is_active or (deputy is not None and deputy.pk == owner.pk):
        raise NotAPolicy(_("A policy has an owner who is here, and a deputy who is somebody else."))


def approve(policy: Policy, *, by: User, now: datetime) -> Policy:
    """Put a draft in force, as a second person; the version before it retires. Raises CannotApprove and NotAllowed.

    A draft that is older than a version once in force stays a draft: it was written without knowing that one. Runs that
    ended while nothing was in force are routed by it.
    """
    with transaction.atomic():
        person = User.objects.get(pk=by.pk)
        access.require(person, "policy", brand=policy.brand_id, market=policy.market_id)
        if policy.proposed_by_id == by.pk:
            raise CannotApprove(_("Cannot approve: you proposed these rules yourself. A second person approves them."))
        Brand.objects.select_for_update().get(pk=policy.brand_id)  # of two approvals at once the second sees the first
        here = Policy.objects.filter(brand=policy.brand_id, market=policy.market_id)
        if here.filter(version__gt=policy.version).exclude(state=PolicyState.DRAFT).exists():
            raise CannotApprove(_("A newer version was in force since: propose these rules again."))
        here.filter(state=PolicyState.ACTIVE).update(state=PolicyState.RETIRED)
        draft = Policy.objects.filter(pk=policy.pk, state=PolicyState.DRAFT)
        if not draft.update(state=PolicyState.ACTIVE, approved_by=by, approved_at=now):
            raise CannotApprove(_("Only a draft can be approved."))
        policy.refresh_from_db()
        if not policy.is_shadow:
            Brand.objects.filter(pk=policy.brand_id).update(is_shadow=False)
        _record(policy, "approve", by=by, is_shadow=policy.is_shadow)
        _route_waiting_runs(policy, by=person, now=now)
    return policy


def _route_waiting_runs(policy: Policy, *, by: User, now: datetime) -> None:
    ended = ScreeningRun.objects.filter(
        campaign__brand=policy.brand_id, campaign__market=policy.market_id, campaign__closed_at__isnull=True,
        status=RunStatus.COMPLETED,
    )  # fmt: skip
    newest = ended.order_by().values("campaign").annotate(run=Max("pk")).values_list("run", flat=True)
    routed = set(
        ReviewTask.objects.filter(recommendation__run__in=list(newest)).values_list("recommendation__run", flat=True)
    )
    for run in set(newest) - routed:
        dispatch.enqueue("routing", params={"run": run}, key=f"routing:{run}:{policy.pk}", by=by, now=now,
                         brand=policy.brand_id, market=policy.market_id)  # fmt: skip


def retire(policy: Policy, *, by: User, now: datetime) -> Policy:
    """Take a policy out of force: without one nothing is routed, the AI decides nothing. Raises CannotApprove."""
    with transaction.atomic():
        access.require(User.objects.get(pk=by.pk), "policy", brand=policy.brand_id, market=policy.market_id)
        if not Policy.objects.filter(pk=policy.pk, state=PolicyState.ACTIVE).update(state=PolicyState.RETIRED):
            raise CannotApprove(_("Only the policy in force can be retired."))
        policy.refresh_from_db()
        _record(policy, "retire", by=by)
    return policy


def _record(policy: Policy, what: str, *, by: User, **more: Any) -> AuditEntry:
    body = {"what": what, "version": policy.version, "owner": f"user:{policy.owner_id}", **more}
    return log.record(Kind.POLICY_CHANGE, stream=f"policy:{policy.brand_id}:{policy.market_id}", by=by, body=body,
                      brand=policy.brand_id, market=policy.market_id)  # fmt: skip


def is_shadow(policy: Policy) -> bool:
    """Tell whether people decide everything: the policy's own word, or a brand nobody has opened yet."""
    return policy.is_shadow or policy.brand.is_shadow


def decision_line(brand: Brand | str, market: Market | str) -> DecisionLine:
    """Return the line and the band around it against which a run sets its verdicts; the usual one without a policy."""
    policy = active(brand, market)
    if policy is None:
        return USUAL_LINE
    return DecisionLine(policy.decision_line_u6 / 1_000_000, policy.unsure_band_u6 / 1_000_000)


def period(policy: Policy) -> timedelta:
    """Return how long people have for a task."""
    return timedelta(hours=policy.deadline_hours)


def morning(day: date, market: Market) -> datetime:
    """Return the first moment of a day where the campaign runs."""
    return datetime.combine(day, time(), ZoneInfo(market.time_zone))


def today(market: Market, *, now: datetime) -> date:
    """Return the date that it is where the campaign runs."""
    return now.astimezone(ZoneInfo(market.time_zone)).date()


def holders(role: Role, brand: str, market: str) -> QuerySet[User]:
    """Return who is here and holds a role for a brand and market, by id."""
    held = Membership.objects.filter(
        Q(brand="") | Q(brand=brand), Q(market="") | Q(market=market), role=role, ended_at__isnull=True
    )
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def interested(task: ReviewTask) -> set[int]:
    """Return who declared an interest of their own in a deal: they are not asked about it."""
    return set(task.overlays.filter(has_interest=True).values_list("by", flat=True))


def manager_for(task: ReviewTask, *, but: Collection[int | None] = ()) -> User | None:
    """Return the manager who is asked first about a card: the policy's owner, then its deputy, then any other.

    but: ids of people who may not answer (the decider). None when nobody is left.
    """
    out = [one for one in (*but, *interested(task)) if one is not None]
    found = holders(Role.MANAGER, task.brand, task.market).exclude(pk__in=out)
    order = {task.policy.owner_id: 0, task.policy.deputy_id: 1}
    return min(found, key=lambda one: (order.get(one.pk, 2), one.pk), default=None)
