"""What the machine learns from and obeys: outcomes, market events, relations. Verbs that review and playbooks call."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from screening import forecasting
from screening.models import (
    Campaign,
    Creator,
    ImportBatch,
    Market,
    MarketEvent,
    Objective,
    Outcome,
    Profile,
    Recommendation,
    Relation,
    RelationKind,
)

MILLION = 1_000_000
MOST_WORDS = 80  # characters beside a relation
FORECAST = ("predicted", "predicted_low", "predicted_high")


class OutcomeRefused(ValueError):
    """Raised when an outcome cannot be as told; the sentence says what was found and what is allowed."""


class RelationRefused(ValueError):
    """Raised when a relation cannot be as told; the sentence says what is allowed, `field` where it is asked."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class EventRefused(ValueError):
    """Raised when an event has no name or ends before it begins."""


@dataclass(frozen=True)
class Told:
    """What is told of a result. Figures in the unit of the KPI: people reached, reactions, orders.

    target: what the campaign asked of this creator; without one, the prediction is the bar. paid_minor: in the brand's
    currency.
    """

    kpi: str
    actual: float
    as_of_date: date
    target: float | None = None
    predicted: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    paid_minor: int | None = None

    @property
    def bar(self) -> float | None:
        """What the result is measured against."""
        return self.target if self.target is not None else self.predicted


def record_outcome(
    campaign: Campaign, profile: Profile, told: Told, *, by: User | None, now: datetime,
    recommendation: Recommendation | None = None, batch: ImportBatch | None = None,
) -> Outcome:  # fmt: skip
    """Record what a partnership achieved; whether it met its goal is computed. Raises NotAllowed and OutcomeRefused."""
    _may_record(campaign, by)
    _check(told, now)
    with transaction.atomic():
        if campaign.outcomes.filter(
            profile=profile, kpi=told.kpi, as_of_date=told.as_of_date, replaces__isnull=True
        ).exists():
            raise OutcomeRefused(
                _("A result of this creator for %(date)s is there already. Correct that one instead.")
                % {"date": told.as_of_date.isoformat()}
            )
        found = recommendation or _advice(campaign, profile)
        return _store(campaign, profile, told, by=by, now=now, recommendation=found, batch=batch)


def correct_outcome(outcome: Outcome, told: Told, *, by: User, now: datetime) -> Outcome:
    """Record what a result really was: a new row that names the old one. Raises NotAllowed and OutcomeRefused.

    What had been forecast of the same KPI stays where nothing else is told: a result corrects no forecast.
    """
    _may_record(outcome.campaign, by)
    if told.kpi == outcome.kpi:
        kept = {name: getattr(outcome, name) for name in FORECAST if getattr(told, name) is None}
        told = replace(told, **kept)
    _check(told, now)
    try:
        with transaction.atomic():
            return _store(
                outcome.campaign, outcome.profile, told, by=by, now=now, recommendation=outcome.recommendation,
                batch=None, replaces=outcome,
            )  # fmt: skip
    except IntegrityError as twice:
        raise OutcomeRefused(_("This result was corrected before. Correct the newer one.")) from twice


def _may_record(campaign: Campaign, by: User | None) -> None:
    if by is not None:
        access.require(by, "outcome", brand=campaign.brand_id, market=campaign.market_id)


def _check(told: Told, now: datetime) -> None:
    if told.kpi not in Objective.values:
        raise OutcomeRefused(_("“%(kpi)s” is not measured: reach, engagement or orders are.") % {"kpi": told.kpi})
    if told.bar is None:
        raise OutcomeRefused(_("A result needs the target or the forecast it is measured against."))
    if told.actual < 0 or told.bar <= 0:
        raise OutcomeRefused(_("Results are 0 or more, and targets more than 0."))
    if told.as_of_date > now.date():
        raise OutcomeRefused(_("The result is dated in the future."))
    ends = (told.predicted_low, told.predicted_high)
    if ends.count(None) == 1:
        raise OutcomeRefused(_("A forecast has a lower and an upper end, or neither."))
    if None not in ends and told.predicted_low > told.predicted_high:  # type: ignore[operator]
        raise OutcomeRefused(_("The lower end of the forecast lies above the upper one."))


def _advice(campaign: Campaign, profile: Profile) -> Recommendation | None:
    """Return the newest answer of the AI for a profile in a campaign."""
    return Recommendation.objects.filter(run__campaign=campaign, profile=profile).order_by("-run__number").first()


def _store(
    campaign: Campaign, profile: Profile, told: Told, *, by: User | None, now: datetime,
    recommendation: Recommendation | None, batch: ImportBatch | None, replaces: Outcome | None = None,
) -> Outcome:  # fmt: skip
    is_success = told.bar is not None and told.actual >= told.bar
    told = _beside_its_forecast(told, recommendation)
    body = {
        "campaign": campaign.pk, "profile": profile.pk, "kpi": told.kpi, "actual_u6": _u6(told.actual),
        "target_u6": _u6(told.target), **{f"{name}_u6": _u6(getattr(told, name)) for name in FORECAST},
        "as_of": told.as_of_date.isoformat(),
        "paid_minor": told.paid_minor, "is_success": is_success, "replaces": replaces.pk if replaces else None,
        "recommendation": recommendation.audit_id.hex if recommendation else None,
        "batch": batch.pk if batch else None,
    }  # fmt: skip
    entry = log.record(
        Kind.OUTCOME, stream=f"campaign:{campaign.pk}", by=by, body=body, subject=profile.creator.subject,
        brand=campaign.brand_id, market=campaign.market_id,
    )  # fmt: skip
    return Outcome.objects.create(
        campaign=campaign, profile=profile, recommendation=recommendation, kpi=told.kpi, predicted=told.predicted,
        predicted_low=told.predicted_low, predicted_high=told.predicted_high, target=told.target, actual=told.actual,
        as_of_date=told.as_of_date, paid_minor=told.paid_minor, is_success=is_success, batch=batch, replaces=replaces,
        by=by, created_at=now, audit=entry,
    )  # fmt: skip


def _beside_its_forecast(told: Told, recommendation: Recommendation | None) -> Told:
    """Return what is told with what the run had forecast of the same KPI, where nothing else was told of it."""
    expected: dict[str, Any] = (recommendation.knowledge.get("forecast") if recommendation else None) or {}
    is_told = any(getattr(told, name) is not None for name in FORECAST)
    if is_told or "middle" not in expected or expected["kpi"] != told.kpi:
        return told
    band = forecasting.usual(expected)
    ends = {"predicted_low": band["low"], "predicted_high": band["high"]} if band else {}
    return replace(told, predicted=expected["middle"], **ends)


def _u6(value: float | None) -> int | str | None:
    # A result beyond 9 billion leaves exact JSON integers when taken times 10^6: it is written as text.
    if value is None:
        return None
    exact = round(value * MILLION)
    return exact if abs(exact) < log.MAX_INT else str(exact)


def record_event(
    market: Market, *, name: str, platform: str = "", from_date: date, until_date: date | None = None, by: User,
    now: datetime,
) -> MarketEvent:  # fmt: skip
    """Record a dated event of a market that shifts what can be expected. Raises NotAllowed and EventRefused."""
    access.require(by, "decide", market=market.code)
    if not name.strip():
        raise EventRefused(_("Give the event a name."))
    if until_date is not None and until_date < from_date:
        raise EventRefused(_("The event ends before it begins."))
    with transaction.atomic():
        body = {
            "what": "event", "platform": platform, "from": from_date.isoformat(),
            "until": until_date.isoformat() if until_date else None,
        }  # fmt: skip
        entry = _event_entry(market, by, body, name.strip())
        return MarketEvent.objects.create(
            market=market, name=name.strip()[:200], platform=platform, from_date=from_date, until_date=until_date,
            by=by, audit=entry,
        )  # fmt: skip


def _event_entry(market: Market, by: User, body: dict[str, str | None], name: str) -> AuditEntry:
    return log.record(
        Kind.NORM, stream=f"market:{market.code}", by=by, body=dict(body), personal={"name": name}, market=market.code
    )


def relate(
    creator: Creator, *, kind: str, person: User | None = None, other: Creator | None = None, brand: str = "",
    since_date: date | None = None, source: str = "", trust: int | None = None, times: int | None = None,
    by: User | None, now: datetime,
) -> Relation:  # fmt: skip
    """Record who knows, worked with, referred or mentions a creator; the same relation again is the same row.

    Exactly one of person and other. Raises RelationRefused.
    """
    if (person is None) == (other is None) or other == creator:
        raise RelationRefused(_("A relation is between the creator and one other: a person, or another creator."))
    if kind not in RelationKind.values:
        raise RelationRefused(_("“%(kind)s” is not a relation.") % {"kind": kind})
    with transaction.atomic():
        relation, is_new = Relation.objects.get_or_create(
            creator=creator, kind=kind, person=person, other=other, brand=brand,
            defaults={
                "since_date": since_date, "source": source[:MOST_WORDS], "trust": trust, "times": times, "by": by,
                "created_at": now,
            },
        )  # fmt: skip
        if is_new:
            note_relation(relation, "related", by=by)
    return relation


def unrelate(creator: Creator, *, kind: str, person: User, brand: str = "", by: User | None) -> None:
    """Take back that a person knows or worked with a creator; nothing where nobody said so, or somebody else did."""
    own = Q(by=by) | Q(by__isnull=True) | Q(person=by)
    with transaction.atomic():
        for relation in Relation.objects.filter(own, creator=creator, kind=kind, person=person, brand=brand):
            note_relation(relation, "taken_back", by=by)
            relation.delete()


def note_relation(relation: Relation, what: str, *, by: User | None) -> None:
    """Write into the log that a relation was said, corrected or taken back. what: related, corrected, taken_back."""
    creator, other = relation.creator, relation.other
    body = {
        "what": what, "relation": relation.pk, "relation_kind": relation.kind,
        "person": f"user:{relation.person_id}" if relation.person_id else None,
        "other": other.subject.hex if other else None,
        "since": relation.since_date.isoformat() if relation.since_date else None, "trust": relation.trust,
        "times": relation.times,
    }  # fmt: skip
    log.record(
        Kind.RELATION, stream=f"creator:{creator.subject.hex}", by=by, body=body,
        personal={"relation_words": relation.source} if relation.source else None, subject=creator.subject,
        brand=relation.brand,
    )  # fmt: skip
