"""The written rules of who decides: propose, approve by a second person, retire; who is asked when the clock acts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Membership, Role, User
from audit import log
from audit.models import AuditEntry, Kind
from jobs import dispatch
from review import bounds, calendars, notices, people
from review.bounds import NotAPolicy
from review.judgement import hours
from review.judgement import rights as judgement
from review.judgement.rights import DecisionType, Right
from review.models import About, Absence, Overlay, Policy, PolicyState, ReviewTask, Stakes
from screening.engine.types import DecisionLine
from screening.judging import USUAL_LINE
from screening.models import Brand, Market, RunStatus, ScoringModel, ScreeningRun

MILLION = 1_000_000
MAX_REASON = 1_000  # characters
RULES = (
    "is_shadow", "decision_line_u6", "unsure_band_u6", "auto_line_u6", "spot_check_share_u6", "random_share_u6",
    "review_budget", "deadline_hours", "undo_seconds", "medium_fee_minor", "high_fee_minor", "high_budget_share_u6",
    "fast_track", "results_months", "trusts_referrals", "trusted", "auto_undo_hours", "card_minutes",
    "minute_cost_minor", "rights", "blind_share_u6", "practice_share_u6", "fresh_sign_in_minor", "has_business_hours",
)  # fmt: skip


TRUSTED_ROLES = (Role.STRATEGIST, Role.EXPERT, Role.MANAGER)


class CannotApprove(Exception):
    """Raised when a policy cannot become active: it is no draft, or its proposer approves it."""


def active(brand: Brand | str, market: Market | str) -> Policy | None:
    """Return the policy in force for a brand and a market, if there is one."""
    found = Policy.objects.filter(brand=brand, market=market, state=PolicyState.ACTIVE)
    return found.select_related("brand", "market", "owner", "deputy").first()


def propose(
    brand: Brand, market: Market, *, owner: User, by: User, now: datetime, deputy: User | None = None, **rules: Any
) -> Policy:
    """Write the next version as a draft. `rules` are fields of Policy named in RULES, the two fees from
    which stakes are medium and high among them; the rest keeps its default. Owner, deputy and the deputies of the
    matrix are managers there.

    Raises NotAllowed and NotAPolicy.
    """
    with transaction.atomic():
        access.require(User.objects.get(pk=by.pk), "policy", brand=brand.pk, market=market.pk)
        plain = general(Policy(**{name: said for name, said in rules.items() if name in RULES and name != "rights"}))
        bounds.require(rules, known=RULES, plain=plain)
        _require_people(brand, market, rules, owner, deputy)
        Brand.objects.select_for_update().get(pk=brand.pk)  # two proposals at once get two numbers
        last = Policy.objects.filter(brand=brand, market=market).aggregate(last=Max("version"))["last"] or 0
        draft = Policy(brand=brand, market=market, version=last + 1, owner=owner, deputy=deputy, proposed_by=by,
                       created_at=now, **rules)  # fmt: skip
        draft.audit = _record(draft, "propose", by=by, **{name: getattr(draft, name) for name in RULES})
        draft.save(force_insert=True)
        dispatch.enqueue("dry_run", params={"policy": draft.pk}, key=f"dry_run:{draft.pk}", by=by, now=now,
                         brand=brand.pk, market=market.pk)  # fmt: skip
        _tell(draft, by=by, now=now)
    return draft


def _tell(draft: Policy, *, by: User, now: datetime) -> None:
    notices.tell(holders(Role.MANAGER, draft.brand_id, draft.market_id), About.RULES, key=f"rules:{draft.pk}", by=by,
                 url=f"/policies/{draft.pk}/", now=now,
                 numbers={"market": draft.market_id, "version": draft.version})  # fmt: skip


def _require_people(brand: Brand, market: Market, rules: dict[str, Any], owner: User, deputy: User | None) -> None:
    here = set(holders(Role.MANAGER, brand.pk, market.pk).values_list("pk", flat=True))
    cells = (cell for bands in (rules.get("rights") or {}).values() for cell in bands.values())
    named = [("owner", owner.pk), *([("deputy", deputy.pk)] if deputy else [])]
    for field, pk in (*named, *(("rights", cell["deputy"]) for cell in cells if "deputy" in cell)):
        if pk not in here:
            raise NotAPolicy(_("Name a manager of this brand and market."), field)
    if deputy is not None and deputy.pk == owner.pk:
        raise NotAPolicy(_("A policy has an owner who is here, and a deputy who is somebody else."), "deputy")
    if set(rules.get("trusted") or ()) - trustable(brand.pk, market.pk):
        raise NotAPolicy(_("Name roles, and people who work for this brand and market."), "trusted")


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
        for one in here.filter(Q(state=PolicyState.DRAFT, version__lt=policy.version) | Q(pk=policy.pk)):
            notices.settle(f"rules:{one.pk}", now=now)  # of older drafts too: nobody can approve them any more
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


def retire(policy: Policy, *, by: User, now: datetime, reason: str) -> Policy:
    """Take a policy out of force, and say why: without one nothing is routed, the AI decides nothing.

    Raises CannotApprove and NotAllowed.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise CannotApprove(_("Write in a sentence why you take the rules out of force, at most 1,000 characters."))
    with transaction.atomic():
        access.require(User.objects.get(pk=by.pk), "policy", brand=policy.brand_id, market=policy.market_id)
        if not Policy.objects.filter(pk=policy.pk, state=PolicyState.ACTIVE).update(state=PolicyState.RETIRED):
            raise CannotApprove(_("Only the policy in force can be retired."))
        policy.refresh_from_db()
        _record(policy, "retire", by=by, reason=reason, reason_length=len(reason))
    return policy


def _record(policy: Policy, what: str, *, by: User, reason: str = "", **more: Any) -> AuditEntry:
    body = {"what": what, "version": policy.version, "owner": f"user:{policy.owner_id}", **more}
    return log.record(Kind.POLICY_CHANGE, stream=f"policy:{policy.brand_id}:{policy.market_id}", by=by, body=body,
                      brand=policy.brand_id, market=policy.market_id,
                      personal={"reason": reason} if reason else None)  # fmt: skip


def is_shadow(policy: Policy) -> bool:
    """Tell whether people decide everything: the policy's own word, or a brand nobody has opened yet."""
    return policy.is_shadow or policy.brand.is_shadow


def is_before(policy: Policy, model: ScoringModel) -> bool:
    """Tell whether a learned model came to work after a policy was put in force: nobody opened the policy on its record
    yet, so it starts in shadow.
    """
    if model.kind == "card" or model.approved_at is None or policy.approved_at is None:
        return False
    return policy.approved_at < model.approved_at


def decision_line(brand: Brand | str, market: Market | str) -> DecisionLine:
    """Return the line and the band around it against which a run sets its verdicts; the usual one without a policy."""
    policy = active(brand, market)
    if policy is None:
        return USUAL_LINE
    return line(policy)


def line(policy: Policy) -> DecisionLine:
    """Return the decision line that a policy sets for runs."""
    return DecisionLine(policy.decision_line_u6 / MILLION, policy.unsure_band_u6 / MILLION)


def right(policy: Policy, stakes: str, kind: DecisionType = DecisionType.PARTNERSHIP) -> Right:
    """Return who decides one kind of decision at these stakes, from which lines, how long, and what the clock does."""
    cell = (policy.rights or {}).get(kind, {}).get(stakes, {})
    return judgement.right(kind, stakes, general(policy), cell)


def rights(policy: Policy, kind: DecisionType = DecisionType.PARTNERSHIP) -> dict[str, Right]:
    """Return the rights of one kind of decision by stakes."""
    return {str(band): right(policy, band, kind) for band in Stakes}


def general(policy: Policy) -> Right:
    """Return what a policy says for all cells that say nothing of their own."""
    return Right(
        leads=judgement.Leads.PERSON,
        decision_line_u6=policy.decision_line_u6,
        auto_line_u6=policy.auto_line_u6,
        blind_share_u6=policy.blind_share_u6,
        spot_check_share_u6=policy.spot_check_share_u6,
        hours=policy.deadline_hours,
        on_expiry=judgement.Clock.STANDS,
        deputy=policy.deputy_id,
    )


def period(policy: Policy, stakes: str = "") -> timedelta:
    """Return how long people have for a task of these stakes; without stakes what the policy says in general."""
    return timedelta(hours=right(policy, stakes).hours if stakes else policy.deadline_hours)


def due(policy: Policy, stakes: str = "", *, now: datetime) -> datetime:
    """Return when a task that begins now is due: after its period, of working hours alone where the policy says so."""
    if not policy.has_business_hours:
        return now + period(policy, stakes)
    return hours.add(now, period(policy, stakes), calendars.of(policy.market))


def blind_share_u6(policy: Policy, stakes: str) -> int:
    """Return how often a card is blind-first, times 10^6: always on high stakes (science.md 3.3)."""
    return right(policy, stakes).blind_share_u6


def deputy_of(task: ReviewTask, known: Mapping[int, User] | None = None) -> User | None:
    """Return who is asked after the manager: whom the cell of the card's stakes names, else the policy's deputy.

    known: people who were read already, by id.
    """
    named = right(task.policy, task.stakes).deputy
    if named is None or named == task.policy.deputy_id:
        return task.policy.deputy
    return (known or {}).get(named) or User.objects.filter(pk=named).first()


def trusted(policy: Policy, *, at: datetime | None = None) -> set[int] | None:
    """Return the ids of those whose referral counts; None: any colleague's. at: who held a named role then."""
    if not policy.trusted:
        return None
    named = [code.partition(":") for code in policy.trusted]
    found = {int(key) for what, _sep, key in named if what == "user" and key.isdigit()}
    for what, _sep, key in named:
        if what == "role" and key in Role.values:
            held = holders(Role(key), policy.brand_id, policy.market_id, at=at)
            found |= set(held.values_list("pk", flat=True))
    return found


def trustable(brand: str, market: str) -> set[str]:
    """Return whose referrals rules may name: roles, and people who decide or know something there."""
    return {f"role:{one}" for one in TRUSTED_ROLES} | {f"user:{one}" for one in everybody(brand, market)}


def morning(day: date, market: Market) -> datetime:
    """Return the first moment of a day where the campaign runs."""
    return datetime.combine(day, time(), ZoneInfo(market.time_zone))


def today(market: Market, *, now: datetime) -> date:
    """Return the date that it is where the campaign runs."""
    return now.astimezone(ZoneInfo(market.time_zone)).date()


def holders(role: Role, brand: str, market: str, *, at: datetime | None = None) -> QuerySet[User]:
    """Return who is here and holds a role for a brand and market, by id. at: who held it then."""
    is_held = Q(ended_at__isnull=True)
    if at:
        is_held = Q(is_held | Q(ended_at__gt=at), granted_at__lte=at)
    held = Membership.objects.filter(is_held, Q(brand="") | Q(brand=brand), Q(market="") | Q(market=market), role=role)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def everybody(brand: str, market: str) -> QuerySet[Membership, int]:
    """Return the ids of those who decide or know something for a brand and market."""
    held = Membership.objects.filter(
        Q(brand="") | Q(brand=brand), Q(market="") | Q(market=market), ended_at__isnull=True, user__is_active=True,
        role__in=[Role.STRATEGIST, Role.EXPERT, Role.MANAGER],
    )  # fmt: skip
    return held.values_list("user", flat=True)


def interested(task: ReviewTask) -> set[int]:
    """Return who declared an interest of their own in a deal: they are not asked about it."""
    return set(interests(task))


def interests(task: ReviewTask) -> QuerySet[Overlay, int]:
    """Return the ids of those who declared an interest of their own in a deal, one for each time."""
    return task.overlays.filter(has_interest=True).values_list("by", flat=True)


@dataclass(frozen=True)
class Here:
    """Who may be asked where a card is, read already. interested: ids of those with an interest of their own."""

    managers: Collection[User]
    interested: Collection[int]
    absences: Iterable[Absence] | None = None  # what `people.absences_of` gave; None: they are looked up


def manager_for(
    task: ReviewTask, *, but: Collection[int | None] = (), now: datetime | None = None, here: Here | None = None
) -> User | None:
    """Return the manager who is asked first about a card: the policy's owner, then its deputy, then any other.

    but: ids of people who may not answer (the decider). here: where it was read already. now: None for this moment.
    Whoever is away is passed over for the one who stands in, if that one may answer; where all are away the first is
    asked all the same. None when nobody is left.
    """
    now = now or timezone.now()
    here = here or Here(holders(Role.MANAGER, task.brand, task.market), interested(task))
    order, no = {task.policy.owner_id: 0, task.policy.deputy_id: 1}, {*but, *here.interested}
    ranked = sorted((one for one in here.managers if one.pk not in no), key=lambda one: (order.get(one.pk, 2), one.pk))
    gone, may = people.away(ranked, now=now, known=here.absences), {one.pk for one in ranked}
    for one in ranked:
        if one.pk not in gone:
            return one
        if (deputy := people.stands_in(one, now=now, known=here.absences)).pk in may - set(gone):
            return deputy
    return ranked[0] if ranked else None
