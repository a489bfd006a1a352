"""Market norms: what is normal for a market although peers would say otherwise. Written, ended and corrected here.

A norm has an author who knows the market, a scope, and a day on which it ends; every run freezes the norms that are in
force, so a change reaches the next run and no earlier one.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from screening.engine.peers import WATCHED
from screening.engine.raw import TIERS
from screening.models import Market, MarketNorm, Platform

LONGEST = timedelta(days=731)  # what was normal two years ago is looked at again
LEAST = 20  # characters of a reason
MOST = 4_000
SCOPE = ("platform", "category", "tier")


class NormRefused(ValueError):
    """Raised when a norm cannot be as written; the sentence says what is allowed, `field` where it is asked."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def in_force(market: Market | str, *, on: date) -> QuerySet[MarketNorm]:
    """Return the norms of a market that hold on a day, oldest first."""
    dated = MarketNorm.objects.filter(market=market, valid_from_date__lte=on, valid_until_date__gte=on)
    return dated.filter(ended_at__isnull=True).order_by("pk")


def write(
    market: Market, *, flag: str, scope: Mapping[str, str], until: date, reason: str, by: User, now: datetime,
    replaces: MarketNorm | None = None,
) -> MarketNorm:  # fmt: skip
    """Write a norm that holds from today. flag: feature:side. scope: platform, category, tier, each where it is named.

    Raises NotAllowed for whoever does not know the market, and NormRefused.
    """
    access.require(by, "norm", market=market.code)
    kept = {name: str(scope.get(name) or "").strip()[:80] for name in SCOPE if scope.get(name)}
    reason = reason.strip()
    today = now.astimezone(ZoneInfo(market.time_zone)).date()
    _require(flag, kept, until, reason, today)
    with transaction.atomic():
        Market.objects.select_for_update().get(pk=market.pk)  # two norms at once get two numbers
        number = (MarketNorm.objects.filter(market=market).aggregate(last=Max("number"))["last"] or 0) + 1
        body = {
            "what": "correct" if replaces else "norm", "number": number, "flag": flag, "scope": kept,
            "from": today.isoformat(), "until": until.isoformat(), "replaces": replaces.pk if replaces else None,
        }  # fmt: skip
        entry = _record(market, by, body, reason)
        return MarketNorm.objects.create(
            market=market, number=number, flag=flag, scope=kept, author=by, reason_length=len(reason),
            valid_from_date=today, valid_until_date=until, replaces=replaces, audit=entry,
        )  # fmt: skip


def _require(flag: str, scope: Mapping[str, str], until: date, reason: str, today: date) -> None:
    if tuple(flag.split(":")) not in WATCHED:
        raise NormRefused(_("A norm answers one of the flags that peers can raise."), "flag")
    if scope.get("platform") and scope["platform"] not in Platform.values:
        raise NormRefused(_("“%(name)s” is not a platform.") % {"name": scope["platform"]}, "platform")
    if scope.get("tier") and scope["tier"] not in TIERS:
        raise NormRefused(_("“%(name)s” is not a size.") % {"name": scope["tier"]}, "tier")
    if not today < until <= today + LONGEST:
        raise NormRefused(_("A norm ends on a day that lies ahead, within two years."), "until")
    if not LEAST <= len(reason) <= MOST:
        raise NormRefused(
            _("Say in %(least)d characters or more why this is normal here.") % {"least": LEAST}, "reason"
        )


def end(norm: MarketNorm, *, reason: str, by: User, now: datetime) -> MarketNorm:
    """Take a norm out of force before its date; runs that froze it keep it. Raises NotAllowed and NormRefused."""
    access.require(by, "norm", market=norm.market_id)
    if not reason.strip():
        raise NormRefused(_("Say why it does not hold any more."), "reason")
    with transaction.atomic():
        live = MarketNorm.objects.filter(pk=norm.pk, ended_at__isnull=True)
        if not live.update(ended_at=now, ended_by=by):
            raise NormRefused(_("This norm was ended before."))
        _record(norm.market, by, {"what": "end", "norm": norm.pk, "number": norm.number}, reason.strip()[:MOST])
        norm.refresh_from_db()
    return norm


def correct(
    norm: MarketNorm, *, scope: Mapping[str, str], until: date, reason: str, by: User, now: datetime
) -> MarketNorm:
    """Write a norm anew with another scope or end: a new row that names the old one, which ends.

    Raises NotAllowed and NormRefused.
    """
    try:
        with transaction.atomic():
            end(norm, reason=reason, by=by, now=now)
            return write(
                norm.market, flag=norm.flag, scope=scope, until=until, reason=reason, by=by, now=now, replaces=norm
            )
    except IntegrityError as twice:
        raise NormRefused(_("This norm was corrected before. Correct the newer one.")) from twice


def _record(market: Market, by: User, body: dict[str, Any], reason: str) -> AuditEntry:
    return log.record(
        Kind.NORM, stream=f"market:{market.code}", by=by, body=body, personal={"reason": reason}, market=market.code
    )
