"""Import a file of creators from the command line: the same way as in the browser, carried out in this process."""

import json
import os
import time
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import dispatch, lease
from jobs.models import Job, Status
from screening.imports import columns, dates, handles, load, trial, words
from screening.imports.plan import Plan, UnknownPlatform, make_plan
from screening.imports.refusals import FileRefused
from screening.imports.rows import NoAccount
from screening.models import ImportBatch, Market

_COUNTS = ("records", "loaded", "merged", "refused")


class Command(BaseCommand):
    """Import one file and print what became of its records."""

    help = "Import a file of creators: CSV, TSV or TXT of any encoding and delimiter, XLSX, Parquet, JSON Lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what can be said about a file; what is left out is found."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--platform", default="", help=f"The file's main platform: {', '.join(handles.PLATFORMS)}.")
        parser.add_argument("--market", default="", help="Code of the market whose pool the profiles enter (US, RU).")
        parser.add_argument(
            "--as-of", default="", help="Day of the figures (2022-09-30); else the file's name is read."
        )
        parser.add_argument(
            "--source", default="", help="Where the figures come from; else the file's name without dates."
        )
        parser.add_argument(
            "--mapping", type=Path, help='JSON object, column to field: {"Views avg.": "audience_country"}.'
        )
        parser.add_argument("--dry-run", action="store_true", help="Read and count everything, write nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, load and report; a file that was loaded before changes nothing."""
        now = lease.now()
        try:
            plan = _plan(options, now)
            report = (
                trial.count(plan, market=options["market"], now=now)
                if options["dry_run"]
                else _load(plan, options, now)
            )
        except FileRefused as refused:
            raise CommandError(words.refusal(refused)) from refused
        except NoAccount as lack:
            raise CommandError(words.no_account()) from lack
        except (columns.UnknownTarget, UnknownPlatform) as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _sentences(report))


def _plan(options: dict[str, Any], now: datetime) -> Plan:
    path: Path = options["file"]
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    market = options["market"]
    if market and not Market.objects.filter(code=market).exists():
        known = ", ".join(Market.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(f"There is no market {market!r}. There are: {known or 'none yet'}.")
    return make_plan(
        path,
        name=path.name,
        today=now.date(),
        platform=options["platform"],
        as_of=_day(options["as_of"], now),
        source=options["source"],
        given=_mapping(options["mapping"]),
        remembered=load.remembered,
    )


def _day(text: str, now: datetime) -> date | None:
    try:
        day = dates.parse_date(text)
    except dates.NotADate as wrong:
        raise CommandError(f"--as-of {text}: {words.reason(wrong.code)}") from wrong
    if day and day > now.date():
        raise CommandError(f"--as-of {text}: {words.reason('date_future')}")
    return day


def _mapping(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise CommandError(f"The mapping {path} cannot be read: {wrong}.") from wrong
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise CommandError(f"The mapping {path} is not an object of texts: column to field.")
    return found


def _load(plan: Plan, options: dict[str, Any], now: datetime) -> dict[str, Any]:
    plan.reader(today=now.date())
    try:
        batch = load.begin(plan, by=None, now=now, market=options["market"])
    except load.AlreadyHere as here:
        return _report(here.batch) | {
            "loaded": 0,
            "merged": here.batch.loaded + here.batch.merged,
            "already": here.batch.pk,
        }
    if batch.job is None:
        load.start_import(batch, by=None, now=now)
    _finish(batch)
    batch.refresh_from_db()
    return _report(batch)


def _finish(batch: ImportBatch) -> None:
    """Carry the job out here, or wait for the worker that took it; one that died is relieved when its lease ends."""
    batch.refresh_from_db()
    while True:
        dispatch.run(batch.job_id or 0, worker=f"command:{os.getpid()}")
        job = Job.objects.get(pk=batch.job_id or 0)
        if job.status == Status.SUCCEEDED:
            return
        if job.is_finished:
            raise CommandError(job.error or f"The import was {job.get_status_display()}.")
        time.sleep(0.5)
        lease.requeue_expired(lease.now())


def _report(batch: ImportBatch) -> dict[str, Any]:
    warnings = [{**warning, "text": words.warning(warning)} for warning in batch.warnings]
    return {
        "file": batch.name,
        **load.counts(batch),
        "platform": batch.platform,
        "market": batch.market,
        "as_of": batch.as_of_date.isoformat() if batch.as_of_date else None,
        "mapping_by": batch.mapping_by,
        "mapping": batch.mapping,
        "warnings": warnings,
    }


def _sentences(report: dict[str, Any]) -> str:
    head = f"{report['file']}: " + ", ".join(f"{name} {report[name]}" for name in _COUNTS)
    notes = [warning["text"] for warning in report["warnings"]]
    if report.get("already"):
        notes.insert(0, f"Already here: import {report['already']}. Nothing was changed.")
    if report.get("dry_run"):
        notes.insert(0, "Nothing was written.")
    return "\n  ".join([head, *notes])
