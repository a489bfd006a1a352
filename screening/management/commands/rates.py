"""`./run manage rates FILE` or `rates BASE CURRENCY RATE --date DATE`: exchange rates, entered or imported."""

import csv
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from jobs import lease
from screening import money

COLUMNS = ("base", "currency", "date", "rate")


class Command(BaseCommand):
    """Keeps dated rates: one from the command line, or all of a CSV file, or none of it."""

    help = "Enter exchange rates: a CSV file with the columns base, currency, date, rate; or one rate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a file, or one rate."""
        parser.add_argument("given", nargs="+", metavar="FILE | BASE CURRENCY RATE")
        parser.add_argument("--date", default="", help="day of the one rate (today, if left out), YYYY-MM-DD")
        parser.add_argument("--source", default="", help="where the rates come from")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Keep the rates and say how many."""
        given = options["given"]
        if len(given) == 1:
            rows = _read(Path(given[0]))
        elif len(given) == 3:
            rows = [
                dict(
                    zip(
                        COLUMNS, (given[0], given[1], options["date"] or str(lease.now().date()), given[2]), strict=True
                    )
                )
            ]
        else:
            raise CommandError("Give a file, or three words: base currency, currency, rate.")
        with transaction.atomic():
            for number, row in enumerate(rows, 1):
                _keep(number, row, options["source"] or (Path(given[0]).name if len(given) == 1 else "by hand"))
        self.stdout.write(f"{len(rows)} rates kept.")


def _read(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise CommandError(f"{path.name} lacks the columns: {', '.join(missing)}.")
        return list(reader)


def _keep(number: int, row: dict[str, str], source: str) -> None:
    try:
        rate, day = Decimal(row["rate"].strip()), date.fromisoformat(row["date"].strip())
        money.record_rate(row["base"], row["currency"], rate=rate, date=day, source=source, by=None, now=lease.now())
    except (InvalidOperation, ValueError) as wrong:
        raise CommandError(f"Row {number}: {wrong}. Nothing was kept.") from wrong
