"""What a person adds beside the recommendation, in versions; and short notes on a card.

Words stand in the erasable payload only; the row keeps the scales and the names of the fields that hold words.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditPayload, Kind
from review import claims, policies, workflow
from review.models import Approval, Decision, Note, Overlay, Relationship, ReviewTask
from screening import memory
from screening.models import RelationKind

MAX_WORDS = 4_000  # characters of one field
SCALES = ("cultural_fit", "strategic_alignment", "gut_rating")
VIEWS = ("agree", "disagree")


NOTHING: dict[str, Any] = {"relationship": Relationship.NONE, "factor_views": {}, "words": {}}


# What the desk says of a person and a creator, as the registry keeps it for everybody of the brand. A referral is left
# out: the desk does not say whose it was, and a policy may trust it.
RELATIONS = {Relationship.KNOW: RelationKind.KNOWS, Relationship.WORKED: RelationKind.WORKED}


class Field(models.TextChoices):
    """The fields of words on the desk. `factor:<code>` beside them holds why one disagrees with a factor."""

    HOW_TO_BRIEF = "how_to_brief", _("How to brief")
    FORECAST = "forecast", _("Adjust the forecast")
    CONVERSATION = "conversation", _("What the conversation showed")
    LAST_BRAND = "last_brand", _("What the last brand did wrong")
    RISK_NOTE = "risk_note", _("Risk note")


class NotAnOverlay(ValueError):
    """Raised when a field, a scale or a factor is none that the desk has."""


def save(
    task: ReviewTask,
    *,
    by: User,
    now: datetime,
    relationship: str = Relationship.NONE,
    has_interest: bool = False,
    cultural_fit: int | None = None,
    strategic_alignment: int | None = None,
    gut_rating: int | None = None,
    factor_views: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> Overlay:
    """Keep the person's view as the next version; the claim is renewed.

    An interest of one's own in the deal hands the card to somebody else: it is released, and this person cannot claim,
    decide or approve it again. Scales are 1 to 5. Raises NotAnOverlay, Refused and NotAllowed.
    """
    scales = {"cultural_fit": cultural_fit, "strategic_alignment": strategic_alignment, "gut_rating": gut_rating}
    views, kept = dict(factor_views or {}), {name: text.strip() for name, text in (words or {}).items() if text.strip()}
    _require_fields(scales, views, kept)
    with transaction.atomic():
        task, by = workflow.lock(task, "overlay", by=by)
        workflow.check(task, "overlay", by=by, now=now)
        version = (task.overlays.aggregate(last=Max("version"))["last"] or 0) + 1
        plain = {"relationship": str(Relationship(relationship)), "has_interest": has_interest, **scales}
        entry = log.record(
            Kind.OVERLAY,
            stream=f"task:{task.pk}",
            by=by,
            body={"task": task.pk, "version": version, "factor_views": views, "words": sorted(kept), **plain},
            personal=kept or None,
            subject=task.recommendation.creator.subject,
            brand=task.brand,
            market=task.market,
        )
        made = Overlay.objects.create(
            task=task, version=version, by=by, at=now, factor_views=views, words=sorted(kept), audit=entry, **plain
        )
        _relate(task, by=by, now=now)
        if has_interest:
            claims.let_go(task)
            if task.escalated_to_id == by.pk:
                ReviewTask.objects.filter(pk=task.pk).update(escalated_to=policies.manager_for(task))
        else:
            claims.renew(task, by=by, now=now)
    return made


def keep(task: ReviewTask, *, by: User, now: datetime, view: Mapping[str, Any]) -> Overlay | None:
    """Save a view, as `save` takes it, unless it says nothing new; return the person's latest overlay, if any."""
    latest = task.overlays.filter(by=by).order_by("-version").first()
    before = said(latest, words_of(latest)) if latest else NOTHING
    is_new = any(value != before.get(name) for name, value in view.items())
    return save(task, by=by, now=now, **view) if is_new else latest


def said(row: Overlay, words: Mapping[str, str]) -> dict[str, Any]:
    """Return what an overlay says, as `save` takes it."""
    return {
        "relationship": row.relationship, "factor_views": row.factor_views, "words": dict(words),
        **{name: getattr(row, name) for name in SCALES},
    }  # fmt: skip


def _relate(task: ReviewTask, *, by: User, now: datetime) -> None:
    # The last word on a card counts: what was said there before and is not said any more is taken back.
    said = task.overlays.filter(by=by).order_by("-version").values_list("relationship", flat=True)[:2]
    kinds = [RELATIONS.get(Relationship(one)) for one in said]
    creator = task.recommendation.creator
    if kinds[0]:
        memory.relate(creator, kind=kinds[0], person=by, brand=task.brand, by=by, now=now)
    if len(kinds) > 1 and kinds[1] and kinds[1] != kinds[0]:
        memory.unrelate(creator, kind=kinds[1], person=by, brand=task.brand, by=by)


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


def add_note(task: ReviewTask, *, by: User, now: datetime, text: str) -> Note:
    """Leave a short note on a card, whoever holds it. Raises NotAnOverlay when it is empty or too long."""
    text = text.strip()
    if not text:
        raise NotAnOverlay(_("The note is empty."))
    _require_fields({}, {}, {Field.RISK_NOTE: text})
    with transaction.atomic():
        task, by = workflow.lock(task, "note", by=by)
        workflow.check(task, "note", by=by, now=now)
        entry = log.record(
            Kind.OVERLAY,
            stream=f"task:{task.pk}",
            by=by,
            body={"task": task.pk, "what": "note", "length": len(text)},
            personal={"note": text},
            subject=task.recommendation.creator.subject,
            brand=task.brand,
            market=task.market,
        )
        return Note.objects.create(task=task, by=by, at=now, length=len(text), audit=entry)


def words_of(row: Approval | Decision | Note | Overlay) -> dict[str, str]:
    """Return what a person wrote with a row, from its payload; empty once it was erased."""
    payload = AuditPayload.objects.filter(entry_id=row.audit_id).first()
    return json.loads(payload.payload) if payload else {}
