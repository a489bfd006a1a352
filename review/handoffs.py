"""Handing a card to a named person, and whether what came with it was enough: nobody starts over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from review import notices, people, policies, workflow
from review.models import About, Handoff, HandoffWhy, ReviewTask, TaskState

LEASE = timedelta(hours=24)  # a handed card is held for its new person this long, not for a quarter of an hour
MAX_NOTE = 2_000  # characters


class NotHanded(ValueError):
    """Raised when a card cannot go to that person, or an answer lacks its words; the sentence says why."""


def hand_over(task: ReviewTask, *, to: User, by: User, now: datetime, note: str = "") -> Handoff:
    """Hand a card to a person who may decide it; it is held for them for a day, and they are told.

    Raises NotHanded, workflow.Refused and NotAllowed.
    """
    note = note.strip()
    _require_length(note)
    with transaction.atomic():
        task, by = workflow.lock(task, "hand_over", by=by)
        workflow.check(task, "hand_over", by=by, now=now)
        to = User.objects.get(pk=to.pk)
        _require_can_take(task, to, by=by, now=now)
        hold_for(task, to, now=now)
        return keep(task, why=HandoffWhy.HAND, before=by, to=to, by=by, now=now, note=note)


def hold_for(task: ReviewTask, to: User, *, now: datetime) -> None:
    """Hold a card for somebody for a day, inside the caller's transaction; escalated ones are theirs to answer."""
    asked = {"escalated_to": to} if task.state == TaskState.ESCALATED else {}
    claim = {"claimed_by": to, "claimed_at": now, "claimed_until": now + LEASE}
    ReviewTask.objects.filter(pk=task.pk).update(**claim, **asked)
    task.refresh_from_db()


def _require_can_take(task: ReviewTask, to: User, *, by: User, now: datetime) -> None:
    given = {"name": to.name}
    if to.pk == by.pk:
        raise NotHanded(_("That is you: a hand-off goes to somebody else."))
    right = "approve" if task.state == TaskState.ESCALATED else "decide"
    if not access.may(to, right, brand=task.brand, market=task.market) or not workflow.knows(task, to):
        raise NotHanded(_("%(name)s may not decide this card.") % given)
    if to.pk in policies.interested(task):
        raise NotHanded(_("%(name)s declared an interest of their own in this deal.") % given)
    if absence := people.away([to], now=now).get(to.pk):
        raise NotHanded(_("%(name)s is away now. The deputy is %(deputy)s.") % {**given, "deputy": absence.deputy.name})


def _require_length(text: str) -> None:
    if len(text) > MAX_NOTE:
        raise NotHanded(_("The text has %(found)d characters, at most 2,000 are kept.") % {"found": len(text)})


def keep(
    task: ReviewTask, *, why: HandoffWhy, before: User | None, to: User, by: User | None, now: datetime, note: str = ""
) -> Handoff:
    """Record that a card went to somebody else, and tell them, inside the caller's transaction."""
    body = {"task": task.pk, "what": str(why), "to": f"user:{to.pk}", "before": f"user:{before.pk}" if before else ""}
    entry = log.record(
        Kind.HANDOFF, stream=f"task:{task.pk}", by=by, body=body | {"length": len(note)},
        personal={"note": note} if note else None, subject=task.recommendation.creator.subject,
        brand=task.brand, market=task.market,
    )  # fmt: skip
    made = Handoff.objects.create(
        task=task, why=why, before=before, to=to, by=by, at=now, length=len(note), audit=entry
    )
    url = reverse("briefing", args=[task.pk])
    notices.tell([to], About.HANDOFF, key=f"handoff:{made.pk}", url=url, now=now, by=by, task=task,
                 numbers={"why": str(why)})  # fmt: skip
    if why == HandoffWhy.TAKE and before:
        notices.tell([before], About.TAKEN, key=f"taken:{made.pk}", url=url, now=now, by=by, task=task)
    return made


def answer(handoff: Handoff, *, is_enough: bool, by: User, now: datetime, missing: str = "") -> Handoff:
    """Say whether a hand-off was enough; the one before is told. Only who took the card says so, and once.

    Raises NotHanded and NotAllowed.
    """
    missing = "" if is_enough else missing.strip()
    _require_length(missing)
    if not is_enough and not missing:
        raise NotHanded(_("Write what was missing, a few words are enough."))
    with transaction.atomic():
        task = handoff.task
        row = Handoff.objects.select_for_update(of=("self",)).select_related("before", "by").get(pk=handoff.pk)
        access.require(User.objects.get(pk=by.pk), "decide", brand=task.brand, market=task.market)
        if row.to_id != by.pk:
            raise NotHanded(_("Only the person who took the card says whether the hand-off was enough."))
        if row.is_enough is not None:
            raise NotHanded(_("This hand-off is answered already."))
        _answer(row, task, is_enough=is_enough, by=by, now=now, missing=missing)
    return row


def _answer(row: Handoff, task: ReviewTask, *, is_enough: bool, by: User, now: datetime, missing: str) -> None:
    before = row.before or row.by
    body = {
        "task": task.pk, "what": "enough" if is_enough else "missing", "handoff": row.audit_id.hex,
        "to": f"user:{before.pk}" if before else "", "length": len(missing),
    }  # fmt: skip
    row.answer_audit = log.record(
        Kind.HANDOFF, stream=f"task:{task.pk}", by=by, body=body, personal={"missing": missing} if missing else None,
        subject=task.recommendation.creator.subject, brand=task.brand, market=task.market,
    )  # fmt: skip
    row.is_enough, row.answered_at, row.missing_length = is_enough, now, len(missing)
    row.save(update_fields=["is_enough", "answered_at", "missing_length", "answer_audit"])
    told = [before] if before else []
    notices.tell(
        told, About.HANDOFF, key=f"handoff:{row.pk}:answer", url=reverse("briefing", args=[task.pk]), now=now, by=by,
        task=task, numbers={"is_enough": is_enough},
    )  # fmt: skip


def newest_of(task: ReviewTask) -> QuerySet[Handoff]:
    """Return the newest hand-off of a card with its people, or no row."""
    return task.handoffs.select_related("before", "to", "by").order_by("-id")[:1]


def waiting_for(task: ReviewTask, *, user: User, newest: Iterable[Handoff] | None = None) -> Handoff | None:
    """Return the newest hand-off of a card where it came to this person, answered or not; None where it did not.

    newest: what `newest_of` gave, where it was read already.
    """
    newest = newest_of(task) if newest is None else newest
    return next((one for one in newest if one.to_id == user.pk), None)
