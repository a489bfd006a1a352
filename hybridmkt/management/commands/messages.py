"""`manage.py messages`: compile the Russian words; with --check say what has none; with --add ROOM ask for them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hybridmkt import catalogue


class Command(BaseCommand):
    """Compiles by default."""

    help = "Compile locale/ru/*.po into one catalogue. No gettext program is needed."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do instead of, or after, compiling."""
        parser.add_argument("--check", action="store_true", help="fail where words of the product have no Russian")
        parser.add_argument("--add", metavar="ROOM", choices=catalogue.ROOMS, help="append a room's missing words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile, then check or add. Raises CommandError for a clash between rooms and for missing words."""
        root, locale = Path(settings.BASE_DIR), Path(settings.LOCALE_PATHS[-1])
        try:
            if options["add"]:
                count = catalogue.add(root, locale, options["add"])
                self.stdout.write(f"{count} added to locale/ru/{options['add']}.po. Write their Russian.")
            target, count = catalogue.compile_all(locale, Path(settings.LOCALE_PATHS[0]))
        except catalogue.Clash as clash:
            raise CommandError(str(clash)) from clash
        if options["verbosity"]:
            self.stdout.write(f"{count} messages in {target}.")
        if options["check"]:
            self.check_all(root, locale)

    def check_all(self, root: Path, locale: Path) -> None:
        """List words without Russian and fail on them; name, without failing, those that nobody asks for."""
        for msgid in catalogue.unused(root, locale):
            self.stdout.write(f"note: nobody asks for {msgid!r}")
        missing = catalogue.lacking(root, locale)
        lines = [f"{room}.po: {m.msgid!r} ({m.where})" for room, found in missing.items() for m in found]
        if lines:
            raise CommandError("No Russian for:\n  " + "\n  ".join(lines))
        self.stdout.write("Every word has its Russian.")
