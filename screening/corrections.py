"""What people correct of a creator's figures, and the facts that they tell: the city, the agent.

Figures are added, never overwritten: a correction is a row of figures of its own, dated, typed by hand, with the reason
in the erasable payload. The value that it corrects stays in the history and counts no more. Whoever made it takes it
back. Figures are corrected by whoever may import them, facts are told by whoever may decide on the creator.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts import access, sight, wording
from accounts.models import Role, User
from audit import log
from audit.models import AuditEntry, Kind
from screening import pools
from screening.models import Correction, Creator, Fact, Market, Metrics, Profile

MOST_REASON = 200  # characters
MOST_WORDS = 80  # of a fact
COUNTS = (
    "followers", "following", "posts", "views_total", "views_30d", "watch_minutes", "stream_minutes", "fee_minor",
)  # fmt: skip
MEANS = (
    "engagement_avg", "likes_avg", "comments_avg", "views_avg", "shares_avg", "authentic_avg", "viewers_avg",
    "viewers_peak",
)  # fmt: skip


class Words(NamedTuple):
    """What people wrote beside a correction: a fact itself, and how it is known. Empty once erased."""

    datum: str = ""
    reason: str = ""


class CorrectionRefused(ValueError):
    """Raised when a correction cannot be as told; the sentence says what is allowed, `field` where it is asked."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def correct(
    profile: Profile, *, field: str, value: float, was: int, day: date, reason: str, by: User, now: datetime
) -> Correction:
    """Put another value beside the newest one of a figure, and have the pools frozen anew.

    value: in the unit of the column. was: id of the row that the person saw; day: as of which the value holds, from
    the day of that row to today. The same once more is the same. Raises NotAllowed and CorrectionRefused.
    """
    require(by, field, profile.markets)
    reason = _reason(reason)
    with transaction.atomic():
        Creator.objects.select_for_update().get(pk=profile.creator_id)  # pressed twice, the second waits for the first
        newest = _newest(profile, field)
        number = round(value) if field in COUNTS else float(value)
        told = _said_before(newest, field=field, number=number, was=was, by=by)
        if told is not None:
            return told
        _check(newest, field=field, number=number, was=was, day=day, today=now.date())
        assert newest is not None
        made = Metrics.objects.create(
            profile=profile, taken_at=day, is_typed_by_hand=True, currency=newest.currency, **{field: number}
        )
        body = {
            "what": "corrected", "field": field, "profile": profile.pk, "figures": made.pk, "was": newest.pk,
            "day": day.isoformat(), "value": str(number), "currency": newest.currency,
        }  # fmt: skip
        entry = _note(profile.creator, body, Words(reason=reason), by=by, market=_market(by, field, profile.markets))
        _refresh(profile, by=by, now=now)
        return Correction.objects.create(
            creator=profile.creator, field=field, figures=made, was=newest, by=by, at=now, audit=entry
        )


def tell(
    creator: Creator, *, field: str, words: str, reason: str, markets: Sequence[str], by: User, now: datetime,
    since_date: date | None = None,
) -> Correction:  # fmt: skip
    """Tell a fact of a creator; empty words: it is not known any more. The same once more is the same.

    markets: codes of those in which the person sees the creator. Raises NotAllowed and CorrectionRefused.
    """
    require(by, field, markets)
    words, reason = " ".join(words.split()), _reason(reason)
    if len(words) > MOST_WORDS:
        raise CorrectionRefused(_too_long(words, MOST_WORDS), "value")
    if since_date is not None and since_date > now.date():
        raise CorrectionRefused(_("The day lies in the future."), "day")
    with transaction.atomic():
        Creator.objects.select_for_update().get(pk=creator.pk)
        newest = of(creator.pk).filter(field=field).first()
        if newest is not None and (words_of(newest), newest.since_date) == (Words(words, reason), since_date):
            return newest
        if not words and (newest is None or not words_of(newest).datum):
            raise CorrectionRefused(_("Nothing was known before: type what you know."), "value")
        body = {"what": "told", "field": field, "since": since_date.isoformat() if since_date else None}
        entry = _note(creator, body, Words(words, reason), by=by, market=_market(by, field, markets))
        return Correction.objects.create(
            creator=creator, field=field, since_date=since_date, by=by, at=now, audit=entry
        )  # fmt: skip


def take_back(correction: Correction, *, markets: Sequence[str], by: User, now: datetime) -> bool:
    """Take one's own correction back: what was before counts again. False where it is taken back already.

    Raises NotAllowed and CorrectionRefused.
    """
    require(by, correction.field, markets)
    with transaction.atomic():
        Creator.objects.select_for_update().get(pk=correction.creator_id)
        kept = Correction.objects.select_related("creator", "by", "figures__profile").get(pk=correction.pk)
        if kept.by_id != by.pk:
            raise CorrectionRefused(_("This is not yours to change: ask %(names)s.") % {"names": kept.by.name})
        if kept.taken_back_at is not None:
            return False
        if kept.figures and Correction.objects.standing().filter(was=kept.figures_id, field=kept.field).exists():
            raise CorrectionRefused(_("The value was corrected once more since: that one is taken back first."))
        Correction.objects.filter(pk=kept.pk).update(taken_back_at=now)
        body = {"what": "taken_back", "field": kept.field, "said": kept.audit_id.hex}
        if kept.figures:
            body["profile"] = kept.figures.profile_id
            _refresh(kept.figures.profile, by=by, now=now)
        _note(kept.creator, body, None, by=by, market=_market(by, kept.field, markets))
    return True


def require(by: User, field: str, markets: Sequence[str]) -> None:
    """Refuse with a sentence unless a person may correct this of a creator who stands in these markets."""
    if field not in {*COUNTS, *MEANS, *Fact.values}:
        raise CorrectionRefused(_("“%(field)s” is not a figure or a fact.") % {"field": field})
    if not _sees(by, field, markets):
        roles = access.MAY[verb_of(field)] & sight.SEES[sight.FEE]
        raise access.NotAllowed(access.RULE % {"roles": ", ".join(str(Role(one).label) for one in sorted(roles))})
    access.require(by, verb_of(field), market=_market(by, field, markets))


def may(user: User, field: str, markets: Sequence[str]) -> bool:
    """Tell whether a person may correct this of a creator who stands in these markets."""
    return any(access.may(user, verb_of(field), market=one) and _sees(user, field, [one]) for one in markets or [""])


def _sees(user: User, field: str, markets: Sequence[str]) -> bool:
    """Tell whether a person sees what they would correct."""
    return field != "fee_minor" or sight.in_markets(sight.FEE, markets, by=user)


def verb_of(field: str) -> str:
    """Return what takes to correct it: figures are imported, facts are known by those who decide."""
    return "decide" if field in Fact.values else "import"


def of(creator: int) -> QuerySet[Correction]:
    """Return what stands of a creator, newest first, each with the payload that `words_of` reads."""
    rows = Correction.objects.standing().filter(creator=creator).select_related("by")
    return rows.annotate(words=F("audit__payload__payload")).order_by("-pk")


def words_of(correction: Correction) -> Words:
    """Return what was written beside a correction of `of`, empty once it was erased."""
    kept: str | None = correction.words  # type: ignore[attr-defined]
    told = json.loads(kept) if kept else {}
    return Words(told.get("datum", ""), told.get("correction_reason", ""))


def _newest(profile: Profile, field: str) -> Metrics | None:
    rows = Metrics.objects.visible().filter(profile=profile, **{f"{field}__isnull": False})
    return rows.select_related("correction").order_by("-taken_at", "-pk").first()


def _said_before(newest: Metrics | None, *, field: str, number: float, was: int, by: User) -> Correction | None:
    said = getattr(newest, "correction", None)
    is_same = said is not None and (said.was_id, said.by_id, getattr(newest, field)) == (was, by.pk, number)
    return said if is_same else None


def _check(newest: Metrics | None, *, field: str, number: float, was: int, day: date, today: date) -> None:
    if newest is None or newest.pk != was:
        raise CorrectionRefused(_("The figure changed while this page was open. Look at it, then correct it."))
    if number < 0:
        raise CorrectionRefused(_("A figure is 0 or more."), "value")
    if number == getattr(newest, field):
        raise CorrectionRefused(_("This is the value that stands."), "value")
    if not newest.taken_at <= day <= today:
        between = {"first": wording.day(newest.taken_at), "last": wording.day(today)}
        raise CorrectionRefused(_("The day lies between %(first)s and %(last)s.") % between, "day")


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise CorrectionRefused(_("Write how you know it."), "reason")
    if len(text) > MOST_REASON:
        raise CorrectionRefused(_too_long(text, MOST_REASON), "reason")
    return text


def _too_long(text: str, most: int) -> str:
    return _("The text has %(found)d characters, at most %(most)d are kept.") % {"found": len(text), "most": most}


def _market(by: User, field: str, markets: Iterable[str]) -> str:
    """Return the first market in which the person has the right, else the first at all."""
    known = list(markets)
    return next((one for one in known if access.may(by, verb_of(field), market=one)), next(iter(known), ""))


def _refresh(profile: Profile, *, by: User, now: datetime) -> None:
    for code in Market.objects.filter(pk__in=profile.markets).values_list("pk", flat=True):
        pools.freeze_soon(code, by=by, now=now)


def _note(
    creator: Creator, body: Mapping[str, object], words: Words | None, *, by: User, market: str
) -> AuditEntry:  # fmt: skip
    personal = {"datum": words.datum, "correction_reason": words.reason} if words else None
    return log.record(
        Kind.CORRECTION, stream=f"creator:{creator.subject.hex}", by=by, body=dict(body),
        personal={key: text for key, text in personal.items() if text} if personal else None,
        subject=creator.subject, market=market,
    )  # fmt: skip
