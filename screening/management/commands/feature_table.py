"""`./run manage feature_table [--data FOLDER] [--check]`: write docs/features.md, or compare it with the code."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jobs import lease
from screening import feature_sources, feature_table
from screening.engine.features import FEATURES


class Command(BaseCommand):
    """Writes the page; with --data the real files are imported and counted anew, else the page keeps its counts."""

    help = "Write docs/features.md: every feature of the engine, and which real file fills it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder of the real files, and whether to compare only."""
        parser.add_argument("--data", type=Path, help="folder of the files that docs/imports.md lists")
        parser.add_argument("--check", action="store_true", help="write nothing, fail where the page is out of date")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Count, write or compare."""
        docs = Path(settings.BASE_DIR) / "docs"
        page = docs / "features.md"
        there = page.read_text(encoding="utf-8") if page.is_file() else ""
        counts = self._measured(docs, options["data"]) if options["data"] else feature_table.read_counts(there)
        wanted = feature_table.render(counts)
        if options["check"] and wanted != there:
            raise CommandError("docs/features.md is out of date: ./run manage feature_table writes it.")
        if not options["check"]:
            page.write_text(wanted, encoding="utf-8")
        self.stdout.write(f"{page.name}: {len(FEATURES)} features, {len(counts) - 1} files.")

    def _measured(self, docs: Path, data: Path) -> dict[str, dict[str, int]]:
        files = feature_sources.listed((docs / "imports.md").read_text(encoding="utf-8"))
        absent = [row.file for row in files if not (data / row.file).is_file()]
        if absent:
            raise CommandError(f"{data} lacks: {', '.join(absent)}.")
        try:
            return feature_sources.measure(files, data, on=lease.now().date(), say=self.stdout.write)
        except feature_sources.NotEmpty as full:
            raise CommandError(str(full)) from full
