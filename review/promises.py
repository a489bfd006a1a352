"""What was promised to a creator: by whom to keep, until when, and whether it was kept."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import workflow
from review.models import Promise, ReviewTask

MAX_TEXT = 500  # characters


class NotAPromise(ValueError):
    """Raised when a promise lacks its words or an owner who can keep it; the sentence says which."""


def promise(
    task: ReviewTask, *, text: str, owner: User, by: User, now: datetime, due_date: date | None = None
) -> Promise:
    """Keep what somebody promised to the creator of a card. Raises NotAPromise, workflow.Refused and NotAllowed."""
    text = text.strip()
    if not text:
        raise NotAPromise(_("Write what was promised."))
    if len(text) > MAX_TEXT:
        raise NotAPromise(_("The text has %(found)d characters, at most 500 are kept.") % {"found": len(text)})
    with transaction.atomic():
        task, by = workflow.lock(task, "promise", by=by)
        workflow.check(task, "promise", by=by, now=now)
        owner = User.objects.get(pk=owner.pk)
        if not access.may(owner, "decide", brand=task.brand, market=task.market):
            raise NotAPromise(_("%(name)s does not work on this brand and market.") % {"name": owner.name})
        due = due_date.isoformat() if due_date else None
        entry = _record(task, {"what": "promise", "owner": f"user:{owner.pk}", "due": due}, by=by, text=text)
        return Promise.objects.create(
            task=task, by=by, owner=owner, at=now, due_date=due_date, length=len(text), audit=entry
        )


def kept(made: Promise, *, by: User, now: datetime) -> Promise:
    """Say that a promise was kept. Raises NotAPromise where it was said already, workflow.Refused and NotAllowed."""
    with transaction.atomic():
        task, by = workflow.lock(made.task, "promise", by=by)
        workflow.check(task, "promise", by=by, now=now)
        if not Promise.objects.filter(pk=made.pk, kept_at__isnull=True).update(kept_at=now, kept_by=by):
            raise NotAPromise(_("That promise is marked as kept already."))
        _record(task, {"what": "kept", "promise": made.audit_id.hex}, by=by)
    made.refresh_from_db()
    return made


def _record(task: ReviewTask, body: dict[str, object], *, by: User, text: str = "") -> AuditEntry:
    return log.record(
        Kind.OVERLAY, stream=f"task:{task.pk}", by=by, body={"task": task.pk, **body, "length": len(text)},
        personal={"promise": text} if text else None, subject=task.recommendation.creator.subject,
        brand=task.brand, market=task.market,
    )  # fmt: skip
