"""The list of a run as a file: what the page shows with its filters, all pages of it, safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import sight
from accounts.access import place_of
from accounts.models import User
from audit import log
from audit.formulas import guarded
from audit.models import Kind
from screening import exposures, judging, ranking, sealed
from screening.models import ScreeningRun
from screening.ranking import Candidate

BOM = "\ufeff"  # without it spreadsheets take UTF-8 for an old code page
PER_READ = 500  # rows held in memory at a time
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
DELIMITERS = {"": ",", "comma": ",", "semicolon": ";"}  # Russian spreadsheets expect the second
COLUMNS = (
    "rank", "creator", "handle", "platform", "market", "followers", "score_points", "chance", "verdict", "confidence",
    "factor_1", "factor_1_points", "factor_2", "factor_2_points", "factor_3", "factor_3_points", "missing", "flags",
    "fee", "currency", "removed_by", "route", "stakes", "profile_id", "creator_id", "decision_line", "unsure_band",
)  # fmt: skip


def ranking_file(
    run: ScreeningRun, *, kind: str, filters: dict[str, Any], by: User, delimiter: str = ","
) -> Iterator[bytes]:
    """Return the chunks of a file in constant memory, and write in the log who took it. kind: csv or jsonl."""
    with transaction.atomic():
        body = {"what": "ranking", "run": run.pk, "format": kind, "filters": {k: str(v) for k, v in filters.items()}}
        log.record(
            Kind.EXPORT, stream=f"campaign:{run.campaign_id}", by=by, body=body,
            brand=run.campaign.brand_id, market=run.campaign.market_id,
        )  # fmt: skip
    records = _records(run, filters, by)
    return _csv(records, delimiter) if kind == "csv" else _lines(records)


def _records(run: ScreeningRun, filters: dict[str, Any], by: User) -> Iterator[dict[str, Any]]:
    number, pages, hidden = 1, 1, sealed.profiles(run.campaign, by)
    has_fees = sight.sees(sight.FEE, place_of(run.campaign), by=by)
    while number <= pages:
        listed = ranking.read(run, number=number, per_page=PER_READ, hidden=hidden, **filters)
        if number * PER_READ <= exposures.MOST:
            shown = (one.row.creator_id for one in listed.candidates if one.row.rank)
            exposures.note(by, run.campaign, shown, now=timezone.now())
        for candidate in listed.candidates:
            yield dict(zip(COLUMNS, _values(run, candidate, has_fees=has_fees), strict=True))
        number, pages = number + 1, listed.page.pages


def _values(run: ScreeningRun, candidate: Candidate, *, has_fees: bool) -> Sequence[Any]:
    row, profile, task = candidate.row, candidate.profile, getattr(candidate.answer, "task", None)
    tops = [*row.top, *[("", None)] * (3 - len(row.top))]
    line = judging.line_used(run.norms)
    return (
        row.rank or None,
        profile.creator.name,
        profile.handle,
        profile.platform,
        run.campaign.market_id,
        candidate.followers,
        round(row.score, 6),
        round(row.p, 6),
        row.verdict,
        None if row.verdict == "unsure" else round(row.confidence, 6),
        *(part for top in tops for part in top),
        row.missing,
        [f"{feature}:{side}" for feature, side in row.flags],
        candidate.fee if has_fees else None,
        "" if candidate.fee is None or not has_fees else run.campaign.market.currency,
        row.removed_by,
        task.route if task else "",
        task.stakes if task else "",
        profile.pk,
        profile.creator_id,
        line.p,
        line.half_band,
    )


def _csv(records: Iterator[dict[str, Any]], delimiter: str) -> Iterator[bytes]:
    yield BOM.encode() + _line(COLUMNS, delimiter)
    for record in records:
        yield _line([_cell(value) for value in record.values()], delimiter)


def _line(cells: Sequence[str], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(cells)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return _cell("; ".join(value))
    # Numbers of our own may start with a minus; only what people wrote can hold a formula.
    return guarded(value) if isinstance(value, str) else "" if value is None else str(value)


def _lines(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for record in records:
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"
