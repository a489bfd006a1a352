"""Bring the generated creators in the way users do: one file a market and month, through the import itself."""

import csv
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from accounts.models import User
from hybridmkt.demo import creators
from jobs import dispatch, lease
from screening.imports import load, plan
from screening.models import BatchStatus, Market


def files(market: str, people: list[creators.Person], today: date) -> dict[date, Path]:
    """Write the monthly files of a market, oldest first; returns their places by as-of date."""
    folder = settings.DATA_DIR / "demo"
    folder.mkdir(exist_ok=True)
    months: dict[date, list[list[str]]] = {day: [] for day in creators.snapshot_dates(today)}
    for person in people:
        for day, row in zip(months, creators.rows(person, today), strict=True):
            months[day].append(row)
    return {day: _write(folder / f"creators {market} {day:%Y-%m-%d}.csv", rows) for day, rows in months.items()}


def _write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(creators.HEADER)
        writer.writerows(rows)
    return path


def bring_in(path: Path, market: Market, *, as_of: date, by: User, now: datetime) -> None:
    """Import one file as a strategist would, and wait for it. Raises RuntimeError when the import did not end well."""
    planned = plan.make_plan(path, name=path.name, today=now.date(), as_of=as_of, source=f"creators {market.code}")
    with lease.moved(now):
        batch = load.begin(planned, by=by, now=now, market=market.code, path=str(path))
        job = load.start_import(batch, by=by, now=now)
        dispatch.run(job.pk, worker="demo")
    batch.refresh_from_db()
    if batch.status != BatchStatus.LOADED:
        job.refresh_from_db()
        raise RuntimeError(f"{path.name} was not imported: {job.error}")
