"""Discovery: open it, mark creators and factors, take a mark back, end a round, narrow, move the date, freeze."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from screening import campaigns, standings
from screening.models import Campaign, Discovery, DiscoveryMark, DiscoveryRound, MarkKind, RunStatus, ScreeningRun

STAGES = (0, 100, 50, 20, 15, 8)  # places that stay; 0: everybody
MILLION = 1_000_000


class DiscoveryRefused(Exception):
    """Raised when a discovery cannot be changed like that; the sentence says what was found and what is allowed.

    field: what was said wrongly; "" where nothing said now would do.
    """

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(str(sentence))
        self.field = field


def today(campaign: Campaign, now: datetime) -> date:
    """Return the date that it is where a campaign runs."""
    return now.astimezone(ZoneInfo(campaign.market.time_zone)).date()


def start(campaign: Campaign, *, commit_date: date, by: User, now: datetime) -> Discovery:
    """Open the discovery of a campaign on its newest finished run. Raises NotAllowed and DiscoveryRefused."""
    _require(campaign, by, "brief")
    run = campaign.runs.filter(status=RunStatus.COMPLETED).order_by("-number").first()
    if run is None:
        raise DiscoveryRefused(_("No run of this campaign has finished yet: there is nothing to search in."))
    _check_date(campaign, commit_date, now)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        if Discovery.objects.filter(campaign=campaign).exists():
            raise DiscoveryRefused(_("This campaign has a discovery already."))
        made = Discovery.objects.create(
            campaign=campaign, run=run, commit_date=commit_date, opened_by=by, opened_at=now
        )
        _record(made, "open", by=by, run=run.pk, commit_date=commit_date.isoformat())
    return made


def _check_date(campaign: Campaign, commit_date: date, now: datetime) -> None:
    first, last = today(campaign, now), campaign.deadline_date
    if not first <= commit_date <= max(first, last):
        told = {"first": first.isoformat(), "last": max(first, last).isoformat()}
        sentence = _("The commit date lies between %(first)s and %(last)s, the campaign’s deadline.")
        raise DiscoveryRefused(sentence % told, "commit_date")


def mark(
    discovery: Discovery, *, kind: str, by: User, now: datetime, profile: int | None = None, feature: str = ""
) -> DiscoveryMark:
    """Say "more like this" or "not this" of a creator, or that a factor should count more or less.

    The other mark on the same creator or factor is taken back by it; the same mark again is returned as it stands.
    Raises NotAllowed and DiscoveryRefused.
    """
    with transaction.atomic():
        discovery = _lock(discovery, by=by, now=now)
        found = standings.search(discovery)
        kind = _checked(found, kind, profile, feature)
        before = standings.live(discovery)
        known = [one for one in before if (one.profile_id, one.feature) == (profile, feature)]
        if known and known[0].kind == kind:
            return known[0]
        for one in known:
            _take_back(one, by=by, now=now)
        kept = [one for one in before if one not in known]
        fresh = DiscoveryMark(
            discovery=discovery, round=discovery.round, kind=kind, profile_id=profile, feature=feature, by=by, at=now
        )
        fresh.changed_u6 = round(standings.changed(found, before, [*kept, fresh]) * MILLION)
        subject = {"feature": feature} if profile is None else {"profile": profile}
        fresh.audit = _record(discovery, str(kind), by=by, changed_u6=fresh.changed_u6, **subject)
        fresh.save(force_insert=True)
    return fresh


def _checked(found: standings.Field, kind: str, profile: int | None, feature: str) -> MarkKind:
    if kind in standings.SIDES:
        if profile is not None or feature not in found.features:
            raise DiscoveryRefused(_("The ranking has no such factor."), "feature")
    elif kind not in MarkKind.values or feature:
        raise DiscoveryRefused(_("A creator is picked or not: nothing else can be said here."), "kind")
    elif profile is None or not len(found.places([profile])):
        raise DiscoveryRefused(_("This creator is not in the ranking."), "profile")
    return MarkKind(kind)


def take_back(mark: DiscoveryMark, *, by: User, now: datetime) -> None:
    """Take a mark back; the ranking is as if it had not been said. Raises NotAllowed and DiscoveryRefused."""
    with transaction.atomic():
        _lock(mark.discovery, by=by, now=now)
        mark.refresh_from_db()
        if mark.taken_back_at is None:
            _take_back(mark, by=by, now=now)


def _take_back(mark: DiscoveryMark, *, by: User, now: datetime) -> None:
    DiscoveryMark.objects.filter(pk=mark.pk).update(taken_back_at=now, taken_back_by=by)
    _record(mark.discovery, "take_back", by=by, mark=mark.audit_id.hex)


def end_round(discovery: Discovery, *, number: int, by: User, now: datetime) -> DiscoveryRound:
    """End the open round and begin the next. number: the round that the person saw; an ended one is returned.

    Raises NotAllowed and DiscoveryRefused: a round in which nothing was said does not end.
    """
    with transaction.atomic():
        discovery = _lock(discovery, by=by, now=now)
        if ended := discovery.rounds.filter(number=number).first():
            return ended
        if number != discovery.round:
            raise DiscoveryRefused(
                _("There is no such round: number %(n)s is open.") % {"n": discovery.round}, "number"
            )
        marks = standings.live(discovery)
        if not [one for one in marks if one.round == discovery.round]:
            raise DiscoveryRefused(_("Nothing was said in this round yet: mark somebody first."))
        ended = _write_round(discovery, marks, by=by, now=now)
        Discovery.objects.filter(pk=discovery.pk).update(round=discovery.round + 1)
    return ended


def _write_round(discovery: Discovery, marks: list[DiscoveryMark], *, by: User | None, now: datetime) -> DiscoveryRound:
    found, number = standings.search(discovery), discovery.round
    own = [one.kind for one in marks if one.round == number]
    agreed, picked = standings.agreed(found, marks)
    said = {
        "number": number, "stage": discovery.stage, "picks": own.count(MarkKind.PICK),
        "rejections": own.count(MarkKind.REJECT), "hints": own.count(MarkKind.MORE) + own.count(MarkKind.LESS),
        "changed_u6": round(standings.changed(found, standings.until(marks, number), marks) * MILLION),
        "agreed": agreed, "picked": picked,
    }  # fmt: skip
    places = standings.standing(found, marks).ids[: standings.TOP].tolist()
    entry = _record(discovery, "round", by=by, **said)
    return DiscoveryRound.objects.create(
        discovery=discovery, places=places, ended_by=by, ended_at=now, audit=entry, **said
    )


def narrow(discovery: Discovery, *, stage: int, by: User, now: datetime) -> None:
    """Go to another stage, forth or back: nobody is lost, the list shows that many places."""
    if stage not in range(len(STAGES)):
        raise DiscoveryRefused(_("There is no such stage."), "stage")
    with transaction.atomic():
        discovery = _lock(discovery, by=by, now=now)
        if Discovery.objects.filter(pk=discovery.pk).exclude(stage=stage).update(stage=stage):
            _record(discovery, "stage", by=by, stage=stage, places=STAGES[stage])


def switch_taste(discovery: Discovery, *, on: bool, by: User, now: datetime) -> None:
    """Switch the team's taste on or off in the ranking; marks and what they teach are kept either way."""
    with transaction.atomic():
        discovery = _lock(discovery, by=by, now=now)
        if Discovery.objects.filter(pk=discovery.pk).exclude(is_taste_on=on).update(is_taste_on=on):
            _record(discovery, "taste_on" if on else "taste_off", by=by)


def newer_run(discovery: Discovery) -> QuerySet[ScreeningRun]:
    """Return the campaign's newest finished run, where the discovery does not stand on it yet, as a query of one."""
    finished = ScreeningRun.objects.filter(campaign=discovery.campaign_id, status=RunStatus.COMPLETED)
    return finished.filter(number__gt=discovery.run.number).order_by("-number")[:1]


def go_on(discovery: Discovery, *, commit_date: date, by: User, now: datetime) -> ScreeningRun:
    """Go on with what was learnt on the campaign's newest run, in a new round: every mark that stands is remembered.

    A frozen ranking opens again; what was frozen stays in the log. Raises NotAllowed and DiscoveryRefused.
    """
    _require(discovery.campaign, by, "brief")
    _check_date(discovery.campaign, commit_date, now)
    with transaction.atomic():
        locked = Discovery.objects.select_for_update(of=("self",)).select_related("campaign__market", "run")
        discovery = locked.get(pk=discovery.pk)
        run = newer_run(discovery).first()
        if run is None:
            raise DiscoveryRefused(_("No newer run of this campaign has finished."))
        marks = standings.live(discovery)
        if discovery.frozen_at is None and [one for one in marks if one.round == discovery.round]:
            _write_round(discovery, marks, by=by, now=now)
        last = discovery.rounds.count()  # numbered from 1 without a gap
        Discovery.objects.filter(pk=discovery.pk).update(
            run=run, earlier=[*discovery.earlier, [discovery.run_id, last]], round=last + 1, commit_date=commit_date,
            frozen_at=None, frozen=[],
        )  # fmt: skip
        _record(
            discovery, "go_on", by=by, number=run.number, run=run.pk, before=discovery.run_id, remembered=len(marks),
            commit_date=commit_date.isoformat(), profiles=[profile for profile, _score in discovery.frozen],
        )  # fmt: skip
    return run


def set_date(discovery: Discovery, *, commit_date: date, by: User, now: datetime) -> None:
    """Move the commit date of a discovery that is not frozen. Raises NotAllowed and DiscoveryRefused."""
    _require(discovery.campaign, by, "brief")
    with transaction.atomic():
        discovery = _lock(discovery, by=by, now=now)
        _check_date(discovery.campaign, commit_date, now)
        Discovery.objects.filter(pk=discovery.pk).update(commit_date=commit_date)
        _record(discovery, "date", by=by, commit_date=commit_date.isoformat())


def freeze(discovery: Discovery, *, now: datetime, by: User | None = None) -> bool:
    """Freeze the ranking as it is: at the commit date, or earlier by a person. False when it is frozen already.

    by: None for the clock. Raises NotAllowed.
    """
    if by is not None:
        _require(discovery.campaign, by, "brief")
    with transaction.atomic():
        discovery = Discovery.objects.select_for_update(of=("self",)).select_related("campaign__market", "run").get(
            pk=discovery.pk
        )  # fmt: skip
        if discovery.frozen_at is not None:
            return False
        marks = standings.live(discovery)
        if [one for one in marks if one.round == discovery.round]:
            _write_round(discovery, marks, by=by, now=now)
        final = _final(discovery, marks, STAGES[discovery.stage] or STAGES[1])
        Discovery.objects.filter(pk=discovery.pk).update(frozen_at=now, frozen=final)
        _record(discovery, "freeze", by=by, places=len(final), profiles=[profile for profile, _score in final])
    return True


def _final(discovery: Discovery, marks: list[DiscoveryMark], places: int) -> list[list[int]]:
    stood = standings.standing(standings.search(discovery), marks)
    total = stood.field.score + stood.taste
    return [[int(stood.field.ids[row]), round(float(total[row]) * MILLION)] for row in stood.order[:places]]


def listed(discovery: Discovery, stood: standings.Standing, marks: standings.Marks) -> list[int]:
    """Return who stands in the list of a stage, best first: without rejected ones; of a frozen one as it was.

    Whoever is sealed by now stands in neither.
    """
    here = stood.ids.tolist()
    if discovery.frozen_at is not None:
        known = set(here)
        return [profile for profile, _score in discovery.frozen if profile in known]
    rejected = {one.profile_id for one in marks if one.kind == MarkKind.REJECT}
    return [one for one in here if one not in rejected][: STAGES[discovery.stage] or None]


def freeze_due(now: datetime) -> int:
    """Freeze every discovery whose commit date is over; return how many."""
    waiting = Discovery.objects.filter(frozen_at__isnull=True).select_related("campaign__market")
    return sum(freeze(one, now=now) for one in waiting if is_over(one, now))


def is_over(discovery: Discovery, now: datetime) -> bool:
    """Tell whether the commit date of a discovery has passed where the campaign runs."""
    return today(discovery.campaign, now) > discovery.commit_date


def _lock(discovery: Discovery, *, by: User, now: datetime) -> Discovery:
    locked = Discovery.objects.select_for_update(of=("self",)).select_related("campaign__market", "run")
    found = locked.get(pk=discovery.pk)
    _require(found.campaign, by, "decide")
    if found.frozen_at is not None or is_over(found, now):
        raise DiscoveryRefused(_("The commit date has passed: the ranking is frozen as it was."))
    return found


def _require(campaign: Campaign, by: User, verb: str) -> None:
    access.require(User.objects.get(pk=by.pk), verb, brand=campaign.brand_id, market=campaign.market_id)
    campaigns.require_open(campaign)


def _record(discovery: Discovery, what: str, *, by: User | None, **more: Any) -> AuditEntry:
    campaign = discovery.campaign
    body = {"what": what, "campaign": campaign.pk, "round": discovery.round, **more}
    return log.record(Kind.DISCOVERY, stream=f"campaign:{campaign.pk}", by=by, body=body, brand=campaign.brand_id,
                      market=campaign.market_id)  # fmt: skip
