"""The frozen answers that people see: one Recommendation and one audit entry for each profile that is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from audit import log
from audit.models import AuditEntry, Kind
from screening import forecasting, judging, lookouts, pools
from screening.engine import raw
from screening.engine.types import Assessment, KnowledgeKind
from screening.models import Profile, Recommendation, ScreeningRun

U6 = 1_000_000
EPOCH = date(1970, 1, 1).toordinal()


class NotACandidate(LookupError):
    """Raised when a profile does not stand in the pool of a run."""


def freeze(
    run: ScreeningRun, profile_ids: Iterable[int], *, now: datetime, found: Mapping[int, Assessment] | None = None
) -> list[Recommendation]:
    """Freeze the run's answers for some profiles and return them in rank order; those frozen before stay as they are.

    Called inside the transaction that completes the run, by it and by whoever listens to `run_completed`. found:
    answers derived before, for all of them. Raises NotACandidate.
    """
    wanted = set(profile_ids)
    with transaction.atomic():
        frozen = list(run.recommendations.filter(profile__in=wanted))
        new = sorted(wanted - {answer.profile_id for answer in frozen})
        profiles = Profile.objects.filter(pk__in=new).select_related("creator").in_bulk()
        ready = found or assess_many(run, new)
        judged = judging.judge(run)
        made = [_answer(run, judged, profiles[pk], ready[pk]) for pk in new]
        frozen += Recommendation.objects.bulk_create(made)
    return sorted(frozen, key=lambda answer: (answer.rank == 0, answer.rank, answer.profile_id))


def assess(run: ScreeningRun, profile_id: int) -> Assessment:
    """Derive everything a card shows about any candidate of a run again, from pool and model. Raises NotACandidate."""
    return assess_many(run, [profile_id])[profile_id]


def assess_many(run: ScreeningRun, profile_ids: Iterable[int]) -> dict[int, Assessment]:
    """Derive the answers for some candidates of a run, some milliseconds each. Raises NotACandidate."""
    return assessed(run, judging.judge(run), profile_ids)


def assessed(run: ScreeningRun, judged: judging.Judged, profile_ids: Iterable[int]) -> dict[int, Assessment]:
    """Derive the answers for some candidates from a run's opened inputs. Raises NotACandidate."""
    rows = {profile_id: _row(run, judged.pool, profile_id) for profile_id in profile_ids}
    return dict(zip(rows, judged.assess(list(rows.values())), strict=True))


def with_figure(run: ScreeningRun, profile_id: int, feature: str, value: float) -> tuple[float, float]:
    """Return the score and chance a run would have given if a missing figure had been known; nothing is changed.

    Raises NotACandidate, judging.NotJudged, store.NotInStore, and KeyError for a feature the run did not use.
    """
    judged = judging.judge(run)
    return judged.with_figure(_row(run, judged.pool, profile_id), feature, value)


def beside(run: ScreeningRun, judged: judging.Judged, found: Assessment) -> dict[str, Any]:
    """Return what a frozen answer keeps beside the AI's own: the forecast, and what a look at its flags would find;
    nothing of what the run froze no tables for.
    """
    pool, pk = judged.pool, found.profile_id
    forecast = forecasting.forecasts(run, pool, [pk]).get(pk)
    look = lookouts.look(run, pool, judged.screening.references.peers, _row(run, pool, pk), found.flags)
    return {name: told for name, told in (("forecast", forecast), ("look", look)) if told is not None}


def _row(run: ScreeningRun, pool: raw.Pool, profile_id: int) -> int:
    row = pools.row_of(pool, profile_id)
    if row is None:
        raise NotACandidate(f"Profile {profile_id} does not stand in the pool of run {run.number}.")
    return row


def _answer(run: ScreeningRun, judged: judging.Judged, profile: Profile, found: Assessment) -> Recommendation:
    told = beside(run, judged, found)
    return Recommendation(
        run=run, profile=profile, creator=profile.creator, audit=_recorded(run, profile, found, told),
        **columns(found, judged.pool.raw.as_of_day, told),
    )  # fmt: skip


def columns(found: Assessment, as_of: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of an answer: column of Recommendation -> value. as_of: day of the pool; told: `beside`."""
    days = found.figures_days
    return {
        "rank": found.rank,
        "score_u6": round(found.score * U6),
        "p_u6": round(found.p * U6),
        "verdict": str(found.verdict),
        "factors": [[one.feature, round(one.points * U6), one.word or one.value] for one in found.factors],
        "missing": len(found.missing),
        "flags": [asdict(flag) for flag in found.flags],
        "knowledge": knowledge_of(found) | dict(told),
        "figures_date": None if days is None else date.fromordinal(EPOCH + as_of - days),
    }


def knowledge_of(found: Assessment) -> dict[str, Any]:
    """Return the knowledge statement as plain data: codes with numbers, and what else a card says beside it."""
    kinds: dict[str, Any] = {str(kind): [] for kind in KnowledgeKind}
    for item in found.knowledge:
        kinds[str(item.kind)].append(
            {"code": item.code, "feature": item.feature, "points": item.points, "numbers": dict(item.numbers)}
        )
    question = found.question
    return (
        kinds
        | {
            "question": None
            if question is None
            else {"code": question.code, "feature": question.feature, "numbers": dict(question.numbers)},
            "missing": list(found.missing),
            "missing_points": found.missing_points,
            "typical": {one.feature: one.typical for one in found.factors if one.typical is not None},
            "is_prior": found.is_prior,
            "suspicion": found.suspicion,
            "tier": found.tier,
            "other_profiles": list(found.other_profiles),
        }
        | _backed(found)
    )


def _backed(found: Assessment) -> dict[str, Any]:
    # Only of learned models: what was frozen before there were any reads as it did.
    if found.chances is None:
        return {}
    return {"chances": list(found.chances), "record": None if found.record is None else asdict(found.record)}


def _recorded(run: ScreeningRun, profile: Profile, found: Assessment, told: Mapping[str, Any]) -> AuditEntry:
    body = inputs(run) | {"profile": profile.pk} | logged(found, told)
    return log.record(
        Kind.RECOMMENDATION, stream=f"campaign:{run.campaign_id}", by=None, body=body,
        subject=profile.creator.subject, brand=run.campaign.brand_id, market=run.campaign.market_id,
    )  # fmt: skip


def logged(found: Assessment, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the log says of an answer, as part of an audit body. told: `beside`."""
    forecast = {"forecast_u6": forecasting.recorded(told["forecast"])} if "forecast" in told else {}
    look = {"look_u6": lookouts.recorded(told["look"])} if "look" in told else {}
    return {
        "rank": found.rank,
        "score_u6": round(found.score * U6),
        "p_u6": round(found.p * U6),
        "verdict": str(found.verdict),
        "factors": [[one.feature, round(one.points * U6)] for one in found.top],
        "flags": [f"{flag.feature}:{flag.side}" for flag in found.flags],
        "missing": len(found.missing),
        **forecast,
        **look,
    }


def inputs(run: ScreeningRun) -> dict[str, Any]:
    """Return what a replay needs, as an audit body: every input by id and hash, and the hash of what came out."""
    line = judging.line_used(run.norms)
    return {
        "run": run.pk,
        "pool": run.pool_id,
        "model": run.model_id,
        "model_sha": run.model.sha256,
        "brief": run.brief_id,
        "brief_version": run.brief.version,
        "norms": judging.digest_of(run.norms),
        "line_u6": [round(line.p * judging.MILLION), round(line.half_band * judging.MILLION)],
        "round": run.round,
        "seed": run.seed,
        "code": judging.release(),
        "output": run.funnel.get("output", ""),
        "result": run.result_sha256,
    }
