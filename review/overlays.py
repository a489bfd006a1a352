"""What a person adds beside the recommendation, in versions.

Words stand in the erasable payload only; the row keeps the scales and the names of the fields that hold words.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, AuditPayload, Kind
from review import claims, disagreement, policies, workflow
from review.models import Approval, Decision, Overlay, Relationship, ReviewTask
from screening import memory
from screening.models import RelationKind

MAX_WORDS = 4_000  # characters of one field
SCALES = ("cultural_fit", "strategic_alignment", "gut_rating")
VIEWS = ("agree", "disagree")


NOTHING: dict[str, Any] = {"relationship": Relationship.NONE, "factor_views": {}, "words": {}}


# What the desk says of a person and a creator, as the registry keeps it for everybody of the brand. A referral counts
# where it names the colleague whose word it was: a policy may trust it.
RELATIONS = {Relationship.KNOW: RelationKind.KNOWS, Relationship.WORKED: RelationKind.WORKED}
FORECAST_PERCENT = (-90, 300)  # by how much a person may move a forecast


class Field(models.TextChoices):
    """The fields of words on the desk. `factor:<code>` beside them holds why one disagrees with a factor."""

    HOW_TO_BRIEF = "how_to_brief", _("How to brief")
    FORECAST = "forecast", _("Adjust the forecast")
    CONVERSATION = "conversation", _("What the conversation showed")
    LAST_BRAND = "last_brand", _("What the last brand did wrong")
    RISK_NOTE = "risk_note", _("Risk note")


class NotAnOverlay(ValueError):
    """Raised when a field, a scale or a factor is none that the desk has."""


def save(task: ReviewTask, *, by: User, now: datetime, **view: Any) -> Overlay:
    """Keep the person's view, as `write` takes it, as the next version; the claim is renewed.

    An interest of one's own in the deal hands the card to somebody else: it is released, and this person cannot claim,
    decide or approve it again. Raises NotAnOverlay, Refused and NotAllowed.
    """
    with transaction.atomic():
        verb = "interest" if view.get("has_interest") else "overlay"
        task, by = workflow.lock(task, verb, by=by)
        case = workflow.Case(task, by, now)
        workflow.check(task, verb, by=by, now=now, case=case)
        made = write(case, **view)
        _hold_or_hand_on(task, by=by, now=now, has_interest=made.has_interest)
        return made


def write(
    case: workflow.Case,
    *,
    relationship: str = Relationship.NONE,
    has_interest: bool = False,
    cultural_fit: int | None = None,
    strategic_alignment: int | None = None,
    gut_rating: int | None = None,
    factor_views: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
    referred_by: int | None = None,
    forecast_percent: int | None = None,
) -> Overlay:
    """Write the next version of a person's view on a case that the caller has locked and checked.

    referred_by: id of the colleague who referred the creator. forecast_percent: how far the forecast is too low (+) or
    too high (-), with its reason in words. Scales are 1 to 5. Raises NotAnOverlay.
    """
    task, by, now = case.task, case.by, case.now
    scales = {"cultural_fit": cultural_fit, "strategic_alignment": strategic_alignment, "gut_rating": gut_rating}
    views, kept = dict(factor_views or {}), {name: text.strip() for name, text in (words or {}).items() if text.strip()}
    _require_fields(scales, views, kept)
    _require_reason(forecast_percent, kept)
    _require_referrer(task, relationship, referred_by, by=by)
    version = case.overlays[-1].version + 1 if case.overlays else 1
    plain = {
        "relationship": str(Relationship(relationship)), "has_interest": has_interest, **scales,
        "forecast_percent": forecast_percent,
    }  # fmt: skip
    whose = {"referred_by": f"user:{referred_by}"} if referred_by else {}
    entry = log.record(
        Kind.OVERLAY,
        stream=f"task:{task.pk}",
        by=by,
        body={"task": task.pk, "version": version, "factor_views": views, "words": sorted(kept), **plain, **whose},
        personal=kept or None,
        subject=task.recommendation.creator.subject,
        brand=task.brand,
        market=task.market,
    )
    made = Overlay.objects.create(
        task=task, version=version, by=by, at=now, factor_views=views, words=sorted(kept), audit=entry,
        referred_by_id=referred_by, **plain,
    )  # fmt: skip
    case.overlays.append(made)
    _relate(case)
    disagreement.mark(task, decisions=case.decisions, overlays=case.overlays)
    return made


def _hold_or_hand_on(task: ReviewTask, *, by: User, now: datetime, has_interest: bool) -> None:
    if not has_interest:
        claims.renew(task, by=by, now=now)
        return
    claims.let_go(task)
    if task.escalated_to_id == by.pk:
        ReviewTask.objects.filter(pk=task.pk).update(escalated_to=policies.manager_for(task, now=now))


def keep(case: workflow.Case, *, view: Mapping[str, Any], is_locked: bool = False) -> Overlay | None:
    """Save a view, as `write` takes it, unless it says nothing new; return the person's latest overlay, if any.

    is_locked: the caller has locked the card and checked that the person may add to it.
    """
    latest = next((one for one in reversed(case.overlays) if one.by_id == case.by.pk), None)
    before = said(latest, words_of(latest)) if latest else NOTHING
    if all(value == before.get(name) for name, value in view.items()):
        return latest
    return write(case, **view) if is_locked else save(case.task, by=case.by, now=case.now, **view)


def said(row: Overlay, words: Mapping[str, str]) -> dict[str, Any]:
    """Return what an overlay says, as `save` takes it."""
    return {
        "relationship": row.relationship, "factor_views": row.factor_views, "words": dict(words),
        **{name: getattr(row, name) for name in SCALES}, "referred_by": row.referred_by_id,
        "forecast_percent": row.forecast_percent,
    }  # fmt: skip


def _relate(case: workflow.Case) -> None:
    # The last word on a card counts: what was said there before and is not said any more is taken back.
    task, by, now = case.task, case.by, case.now
    said = [_relation(one) for one in reversed(case.overlays) if one.by_id == by.pk][:2]
    creator = task.recommendation.creator
    if said[0]:
        memory.relate(creator, kind=said[0][0], person=said[0][1], brand=task.brand, by=by, now=now)
    if len(said) > 1 and said[1] and said[1] != said[0] and not _is_said_by_others(task, said[1], by=by):
        memory.unrelate(creator, kind=said[1][0], person=said[1][1], brand=task.brand, by=by)


def _relation(row: Overlay) -> tuple[RelationKind, User] | None:
    if row.referred_by is not None:
        return RelationKind.REFERRED, row.referred_by
    kind = RELATIONS.get(Relationship(row.relationship))
    return (kind, row.by) if kind else None


def _is_said_by_others(task: ReviewTask, said: tuple[RelationKind, User], *, by: User) -> bool:
    # Two people may name the same colleague: one who takes it back leaves the other's word.
    kind, who = said
    same = Overlay.objects.filter(
        referred_by=who, task__recommendation__creator=task.recommendation.creator, task__brand=task.brand
    )
    return kind == RelationKind.REFERRED and same.exclude(by=by).exists()


def _require_referrer(task: ReviewTask, relationship: str, referred_by: int | None, *, by: User) -> None:
    if referred_by is None:
        return
    if relationship != Relationship.REFERRAL:
        raise NotAnOverlay(_("Only a referral names who referred the creator."))
    who = User.objects.filter(pk=referred_by, is_active=True).first()
    if who is None or who.pk == by.pk or not access.scope(who).reaches(task.brand, task.market):
        raise NotAnOverlay(_("A referral is a colleague’s of this brand and market; your own word is “Know”."))


def _require_reason(percent: int | None, words: Mapping[str, str]) -> None:
    if percent is None:
        return
    low, high = FORECAST_PERCENT
    if not low <= percent <= high:
        raise NotAnOverlay(_("The forecast is moved by %(found)d%%; it goes from −90 to +300%%.") % {"found": percent})
    if Field.FORECAST not in words:
        raise NotAnOverlay(_("Say why the forecast is too high or too low."))


def _require_fields(scales: Mapping[str, int | None], views: Mapping[str, str], words: Mapping[str, str]) -> None:
    for name, value in scales.items():
        if value is not None and value not in range(1, 6):
            raise NotAnOverlay(_("%(name)s is %(value)s; it goes from 1 to 5.") % {"name": name, "value": value})
    for code, view in views.items():
        if view not in VIEWS or not code.isascii():
            raise NotAnOverlay(_("%(value)s is no view of a factor: agree or disagree.") % {"value": view})
    for name, text in words.items():
        if name not in Field.values and not name.startswith("factor:"):
            raise NotAnOverlay(_("There is no field %(name)s.") % {"name": name})
        if len(text) > MAX_WORDS:
            raise NotAnOverlay(_("The text has %(found)d characters, at most 4,000 are kept.") % {"found": len(text)})


def words_of(row: Approval | Decision | Overlay) -> dict[str, str]:
    """Return what a person wrote with a row, from its payload; empty once it was erased."""
    payload = AuditPayload.objects.filter(entry_id=row.audit_id).first()
    return json.loads(payload.payload) if payload else {}


def words_by_entry(uids: Iterable[UUID | None]) -> dict[UUID | None, dict[str, str]]:
    """Return what people wrote with these entries, by entry; erased ones are left out. One query."""
    kept = AuditPayload.objects.filter(entry_id__in=list(uids)).values_list("entry_id", "payload")
    return {uid: json.loads(text) for uid, text in kept}


def words_with(entry: AuditEntry | None) -> dict[str, str]:
    """Return what people wrote with an entry that was read with its payload (`select_related("audit__payload")`)."""
    payload = getattr(entry, "payload", None)
    return json.loads(payload.payload) if payload else {}
