"""The strategy session: open it, write down what was agreed and the minutes, close it; open actions go on."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Membership, Role, User
from audit import log
from audit.models import AuditEntry, Kind
from review import notices, policies
from review.models import About, ItemKind, ReviewTask, Session, SessionItem
from screening import campaigns
from screening.models import Campaign

MAX_WORDS = 1_000  # characters of an item
MAX_MINUTES = 20_000  # characters of the minutes
WHO_MEETS = (Role.STRATEGIST, Role.EXPERT, Role.MANAGER)


class SessionRefused(Exception):
    """Raised when something cannot be written down like that; the sentence says why.

    field: what was said wrongly; "" where nothing said now would do.
    """

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(str(sentence))
        self.field = field


class MinutesMoved(SessionRefused):
    """Raised when somebody else saved the minutes meanwhile (409)."""


def people(campaign: Campaign) -> QuerySet[User]:
    """Return who meets about a campaign, by name."""
    held = Membership.objects.filter(
        Q(brand="") | Q(brand=campaign.brand_id), Q(market="") | Q(market=campaign.market_id),
        role__in=WHO_MEETS, ended_at__isnull=True,
    )  # fmt: skip
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name")


def present(session: Session) -> list[int]:
    """Return the ids of those who were there, as the minutes were saved last."""
    told = json.loads(session.minutes.body).get("present", []) if session.minutes else []
    return [int(one.removeprefix("user:")) for one in told]


def start(campaign: Campaign, *, by: User, now: datetime, minutes: int = 45) -> Session:
    """Open the next session of a campaign; the open one is returned. Raises NotAllowed and CampaignClosed.

    minutes: planned length, 5 to 480. Actions that earlier sessions left open stand in it.
    """
    _require(campaign, by)
    campaigns.require_open(campaign)
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if known := Session.objects.filter(campaign=campaign, closed_at__isnull=True).first():
            return known
        last = Session.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"] or 0
        made = Session.objects.create(
            campaign=campaign, number=last + 1, opened_by=by, opened_at=now, minutes_planned=min(max(minutes, 5), 480)
        )
        left = SessionItem.objects.filter(
            session__campaign=campaign, kind=ItemKind.ACTION, done_at__isnull=True
        )  # fmt: skip
        carried = left.update(session=made, times_carried=F("times_carried") + 1)
        _record(made, "open", by=by, carried=carried)
        _invite(made, by=by, now=now)
    return made


def _invite(session: Session, *, by: User, now: datetime) -> None:
    campaign = session.campaign
    people = {
        one.pk: one for role in WHO_MEETS for one in policies.holders(role, campaign.brand_id, campaign.market_id)
    }
    notices.tell(
        people.values(), About.SESSION, key=f"session:{session.pk}", url=reverse("session", args=[campaign.slug]),
        now=now, by=by, numbers={"campaign": campaign.pk, "number": session.number},
    )  # fmt: skip


def add(
    session: Session,
    *,
    kind: str,
    text: str,
    by: User,
    now: datetime,
    owner: User | None = None,
    due_date: date | None = None,
    task: ReviewTask | None = None,
) -> SessionItem:
    """Write down a decision or an action; an action has an owner. Raises SessionRefused and NotAllowed."""
    text, kind = text.strip(), ItemKind(kind)
    if not 0 < len(text) <= MAX_WORDS:
        raise SessionRefused(_("Write what was agreed, in at most 1,000 characters."), "text")
    campaign = session.campaign
    if (kind == ItemKind.ACTION and owner is None) or (owner is not None and not _may_meet(campaign, owner)):
        raise SessionRefused(_("An action needs an owner who works on this campaign."), "owner")
    if task is not None and task.campaign_id != campaign.pk:
        raise SessionRefused(_("This card belongs to another campaign."), "card")
    with transaction.atomic():
        session = _lock(session, by=by)
        entry = _record(
            session, str(kind), by=by, personal={"text": text}, length=len(text),
            owner=f"user:{owner.pk}" if owner else "", due_date=due_date.isoformat() if due_date else "",
            **({"task": task.pk} if task else {}),
        )  # fmt: skip
        made = SessionItem.objects.create(
            session=session, kind=kind, task=task, owner=owner, due_date=due_date, by=by, at=now, audit=entry
        )
        if owner is not None:
            notices.tell(
                [owner], About.SESSION, key=f"session-item:{made.pk}", url=reverse("session", args=[campaign.slug]),
                now=now, by=by, numbers={"campaign": campaign.pk, "number": session.number, "what": "action"},
            )  # fmt: skip
    return made


def finish(item: SessionItem, *, by: User, now: datetime, is_done: bool = True) -> None:
    """Tick an action off, or open it again, in a session or after it. Raises NotAllowed and SessionRefused."""
    session = item.session
    _require(session.campaign, by)
    if item.kind != ItemKind.ACTION:
        raise SessionRefused(_("Only an action is ticked off."))
    with transaction.atomic():
        found = SessionItem.objects.filter(pk=item.pk, kind=ItemKind.ACTION, done_at__isnull=is_done)
        if found.update(done_at=now if is_done else None, done_by=by if is_done else None):
            _record(session, "done" if is_done else "not_done", by=by, item=item.audit_id.hex)


def write_minutes(
    session: Session, *, text: str, version: int, by: User, now: datetime, there: Iterable[int] = ()
) -> Session:
    """Keep the minutes, each time anew; the entries keep what they were. version: the one that the form showed.

    there: ids of those who are present, people of this campaign. Raises MinutesMoved when somebody saved meanwhile,
    SessionRefused and NotAllowed.
    """
    text = text.strip()
    if len(text) > MAX_MINUTES:
        sentence = _("The minutes have %(found)d characters, at most 20,000 are kept.")
        raise SessionRefused(sentence % {"found": len(text)}, "text")
    with transaction.atomic():
        session = _lock(session, by=by)
        if session.version != version:
            raise MinutesMoved(_("Somebody else saved the minutes meanwhile. Yours are kept below: put both together."))
        named = {"present": [f"user:{one}" for one in _who_is_there(session, there)]}
        entry = _record(
            session, "minutes", by=by, personal={"text": text}, length=len(text), version=version + 1, **named
        )
        Session.objects.filter(pk=session.pk).update(minutes=entry, version=version + 1)
        session.refresh_from_db()
    return session


def _who_is_there(session: Session, there: Iterable[int]) -> list[int]:
    wanted = set(there)
    known = set(present(session)) | set(people(session.campaign).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - known:
        raise SessionRefused(_("Only those who work on this campaign are present in its session."), "present")
    return sorted(wanted)


def close(session: Session, *, by: User, now: datetime) -> Session:
    """Close a session; what is open is carried to the next. A closed one is returned. Raises NotAllowed."""
    _require(session.campaign, by)
    with transaction.atomic():
        if Session.objects.filter(pk=session.pk, closed_at__isnull=True).update(closed_at=now, closed_by=by):
            left = session.items.filter(kind=ItemKind.ACTION, done_at__isnull=True).count()
            _record(session, "close", by=by, left=left)
        session.refresh_from_db()
    return session


def _lock(session: Session, *, by: User) -> Session:
    _require(session.campaign, by)
    locked = Session.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=session.pk)
    if locked.closed_at is not None:
        raise SessionRefused(_("This session is closed. Open the next one to write more."))
    return locked


def _require(campaign: Campaign, by: User) -> None:
    access.require(User.objects.get(pk=by.pk), "decide", brand=campaign.brand_id, market=campaign.market_id)


def _may_meet(campaign: Campaign, user: User) -> bool:
    return user.is_active and access.may(user, "decide", brand=campaign.brand_id, market=campaign.market_id)


def _record(
    session: Session, what: str, *, by: User, personal: dict[str, Any] | None = None, **more: Any
) -> AuditEntry:
    campaign = session.campaign
    body = {"what": what, "campaign": campaign.pk, "session": session.number, **more}
    return log.record(
        Kind.SESSION, stream=f"session:{session.pk}", by=by, body=body, personal=personal, brand=campaign.brand_id,
        market=campaign.market_id,
    )  # fmt: skip
