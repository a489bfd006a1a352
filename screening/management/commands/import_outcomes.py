"""`./run manage import_outcomes FILE`: results of partnerships from a table; each row is recorded or refused."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from jobs import lease
from screening import memory, money
from screening.imports import handles, readers
from screening.imports.dates import NotADate, parse_date
from screening.imports.numbers import NotANumber, parse_number
from screening.imports.refusals import FileRefused
from screening.models import Campaign, Outcome, Platform, Profile

NEEDED = ("campaign", "platform", "handle", "kpi", "actual", "as_of")
FIGURES = ("actual", "target", "predicted", "predicted_low", "predicted_high")


class RowRefused(ValueError):
    """Raised when a row names no known campaign or profile, or holds no readable figure."""


class Command(BaseCommand):
    """Records the results of a file: records = recorded + known + refused, always."""

    help = (
        "Record results from CSV, TSV, XLSX, Parquet or JSON Lines with the columns campaign (slug), platform, handle, "
        "kpi (reach, engagement, orders), actual, as_of; and, where known, target, predicted, predicted_low, "
        "predicted_high, paid (major units)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and who stands for it."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--by", default="", metavar="EMAIL", help="who records the results (the system, if left out)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, record, report."""
        by = User.objects.filter(email=options["by"].lower()).first()
        if options["by"] and by is None:
            raise CommandError(f"Nobody has an account with {options['by']!r}.")
        counts, refused = {"records": 0, "recorded": 0, "known": 0, "refused": 0}, []
        for line, row in _rows(options["file"]):
            counts["records"] += 1
            try:
                counts["recorded" if _record(row, by) else "known"] += 1
            except (RowRefused, memory.OutcomeRefused, NotANumber, NotADate, handles.NotAHandle) as reason:
                counts["refused"] += 1
                refused.append({"line": line, "reason": str(reason)})
        if options["json"]:
            self.stdout.write(json.dumps({**counts, "rows": refused}, ensure_ascii=False))
            return
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()))
        for one in refused:
            self.stdout.write(f"  line {one['line']}: {one['reason']}")


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    try:
        table = readers.open_table(path, is_known_name=lambda name: name.casefold() in NEEDED)
    except FileRefused as refused:
        raise CommandError(f"{path.name} cannot be read: {refused}.") from refused
    names = [name.strip().casefold() for name in table.columns]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise CommandError(f"{path.name} lacks the columns: {', '.join(missing)}.")
    return [(line, dict(zip(names, (cell.strip() for cell in cells), strict=False))) for line, cells in table.rows()]


def _record(row: Mapping[str, str], by: User | None) -> bool:
    """Record a row; False where the same result is there already."""
    campaign = Campaign.objects.select_related("brand", "market").filter(slug=row["campaign"]).first()
    if campaign is None:
        raise RowRefused(f"No campaign has the slug {row['campaign']!r}.")
    platform = row["platform"].casefold()
    if platform not in Platform.values:
        raise RowRefused(f"{row['platform']!r} is not a platform: {', '.join(Platform.values)} are.")
    key = handles.read_handle(platform, row["handle"]).key
    profile = Profile.objects.visible().filter(platform=platform, handle_key=key).first()
    if profile is None:
        raise RowRefused(f"No profile {row['handle']!r} is known on {row['platform']!r}.")
    told = _told(row, campaign)
    same = Outcome.objects.filter(campaign=campaign, profile=profile, kpi=told.kpi, as_of_date=told.as_of_date)
    if same.filter(actual=told.actual).exists():
        return False
    memory.record_outcome(campaign, profile, told, by=by, now=lease.now())
    return True


def _told(row: Mapping[str, str], campaign: Campaign) -> memory.Told:
    figures = {name: parse_number(row[name]) if row.get(name) else None for name in FIGURES}
    day = parse_date(row["as_of"])
    if figures["actual"] is None or day is None:
        raise RowRefused("A result needs its figure (actual) and its day (as_of).")
    paid = parse_number(row["paid"]) if row.get("paid") else None
    return memory.Told(
        kpi=row["kpi"].casefold(),
        actual=figures["actual"],
        as_of_date=day,
        target=figures["target"],
        predicted=figures["predicted"],
        predicted_low=figures["predicted_low"],
        predicted_high=figures["predicted_high"],
        paid_minor=None if paid is None else round(paid * money.minor_units(campaign.brand.currency)),
    )
