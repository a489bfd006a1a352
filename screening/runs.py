"""Screening runs: started, cancelled, tried again. What the worker does stands in execution.py."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from jobs import dispatch
from jobs.models import Job, Status
from screening import answers, briefs, campaigns, judging, money, training, words
from screening.engine.types import DecisionLine
from screening.models import (
    BatchStatus,
    Brief,
    Campaign,
    Correction,
    ImportBatch,
    RunStatus,
    ScoringModel,
    ScreeningRun,
)
from screening.reading import of_market

KIND = "screen"
LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


class RunRefused(Exception):
    """Raised when a run cannot be started; the sentence says what is missing and who can add it."""


class NotRepeatable(Exception):
    """Raised when a run that has neither failed nor been cancelled is tried again."""


def start(
    campaign: Campaign, *, by: User | None, now: datetime, seed: int | None = None,
    line: DecisionLine | None = None,
) -> ScreeningRun:  # fmt: skip
    """Start a run of the newest brief with the approved model; its inputs are frozen now, the pool by the worker.

    seed: whole number from 0, the date unless given; line: of the policy in force unless given. Raises NotAllowed,
    CampaignClosed and RunRefused.
    """
    if by is not None:
        access.require(by, "run", brand=campaign.brand_id, market=campaign.market_id)
    campaigns.require_open(campaign)
    brief = _brief(campaign)
    _check_supply(campaign, brief, now)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        _check_idle(campaign)
        run = ScreeningRun.objects.create(
            campaign=campaign, number=_next_number(campaign), brief=brief, model=_model(campaign),
            norms=_frozen(campaign, line or judging.line_of(campaign), now),
            seed=int(now.strftime("%Y%m%d")) if seed is None else seed, started_by=by, created_at=now,
        )  # fmt: skip
        run.job = _enqueue(run, attempt=1, by=by, now=now)
        run.audit = record(run, "started", by=by)
        run.save(update_fields=["job", "audit"])
    return run


def _brief(campaign: Campaign) -> Brief:
    brief = briefs.latest(campaign)
    if brief is None:
        raise RunRefused(_("The campaign has no brief yet. Write one: it says whom to look for."))
    return brief


def _model(campaign: Campaign) -> ScoringModel:
    try:
        return training.active(campaign.market)
    except training.NoActiveModel as none:
        raise RunRefused(str(none)) from none


def _frozen(campaign: Campaign, line: DecisionLine, now: datetime) -> dict[str, object]:
    try:
        return judging.in_force(campaign, on=now.date(), line=line)
    except money.RateMissing as missing:
        raise RunRefused(str(missing)) from missing


def _check_supply(campaign: Campaign, brief: Brief, now: datetime) -> None:
    if not of_market(campaign.market).exists():
        raise RunRefused(_("No creators are known in %(market)s. Import some first.") % {"market": campaign.market_id})
    counts = briefs.live_counts(campaign, briefs.criteria_of(brief), on=now.date())
    if (
        counts.pool is None
        or counts.funnel is None
        or counts.funnel.passed
        or _has_newer_figures(counts.pool.frozen_at)
    ):
        return  # the worker counts on a fresh pool and refuses by itself
    raise RunRefused(nobody_left([str(code) for code in counts.loosen]))


def _has_newer_figures(moment: datetime) -> bool:
    corrected = Correction.objects.filter(Q(at__gt=moment) | Q(taken_back_at__gt=moment), figures__isnull=False)
    return ImportBatch.objects.filter(status=BatchStatus.LOADED, loaded_at__gt=moment).exists() or corrected.exists()


def nobody_left(loosen: list[str]) -> str:
    """Return the sentence for hard criteria that remove everybody: which to loosen first, two at most."""
    first = ", ".join(str(words.criterion(code)) for code in loosen[:2])
    return _("The hard criteria leave nobody. Loosen first: %(criteria)s.") % {"criteria": first}


def _check_idle(campaign: Campaign) -> None:
    live = campaign.runs.filter(status__in=LIVE).first()
    if live is not None:
        raise RunRefused(
            _("Run %(n)d of this campaign has not finished. Wait for it, or cancel it.") % {"n": live.number}
        )


def _next_number(campaign: Campaign) -> int:
    last: int | None = campaign.runs.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _enqueue(run: ScreeningRun, *, attempt: int, by: User | None, now: datetime) -> Job:
    return dispatch.enqueue(
        KIND, params={"run": run.pk}, key=f"run:{run.pk}:{attempt}", by=by, now=now,
        brand=run.campaign.brand_id, market=run.campaign.market_id,
    )  # fmt: skip


def record(run: ScreeningRun, what: str, *, by: User | None, **more: object) -> AuditEntry:
    """Write what happened to a run, with all its inputs."""
    return log.record(
        Kind.RUN, stream=f"campaign:{run.campaign_id}", by=by,
        body=answers.inputs(run) | {"what": what, "campaign": run.campaign_id, "number": run.number} | more,
        brand=run.campaign.brand_id, market=run.campaign.market_id,
    )  # fmt: skip


def cancel(run: ScreeningRun, *, by: User, now: datetime) -> ScreeningRun:
    """Stop a run that waits or runs; nothing of it is kept. Raises NotAllowed and jobs.dispatch.NotCancellable."""
    access.require(by, "run", brand=run.campaign.brand_id, market=run.campaign.market_id)
    if run.job is None:
        raise dispatch.NotCancellable(_("This work has already ended: there is nothing to cancel."))
    dispatch.cancel(run.job, by=by, now=now)
    run.refresh_from_db()
    return run


def retry(run: ScreeningRun, *, by: User, now: datetime) -> ScreeningRun:
    """Try a failed or cancelled run again with the inputs it froze. Raises NotAllowed, NotRepeatable, RunRefused."""
    access.require(by, "run", brand=run.campaign.brand_id, market=run.campaign.market_id)
    campaigns.require_open(run.campaign)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=run.campaign_id)
        _check_idle(run.campaign)
        ended = ScreeningRun.objects.filter(pk=run.pk, status__in=[RunStatus.FAILED, RunStatus.CANCELLED])
        if not ended.update(status=RunStatus.QUEUED, error="", finished_at=None):
            raise NotRepeatable(_("Only a run that failed or was cancelled can be tried again."))
        run.refresh_from_db()
        attempt = Job.objects.filter(idempotency_key__startswith=f"run:{run.pk}:").count() + 1
        run.job = _enqueue(run, attempt=attempt, by=by, now=now)
        run.save(update_fields=["job"])
        record(run, "retried", by=by)
    return run


def end(job: Job) -> None:
    """End a run whose job failed or was cancelled, in the same transaction (see `jobs.dispatch.runs`)."""
    status = RunStatus.CANCELLED if job.status == Status.CANCELLED else RunStatus.FAILED
    live = ScreeningRun.objects.filter(job=job, status__in=LIVE)
    if live.update(status=status, error=job.error, finished_at=job.finished_at):
        run = ScreeningRun.objects.select_related("campaign", "brief").defer("model__document").get(job=job)
        record(run, str(status), by=None)
