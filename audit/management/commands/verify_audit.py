"""`manage.py verify_audit [FILE]`: check the log of this database, or a bundle, against its signed head."""

import base64
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit import bundle, checkpoints, verify


class Command(BaseCommand):
    """Run the verifier that goes out with every bundle."""

    help = "Check the audit log; exit code 0: it holds, 1: it was changed, 2: it cannot be checked."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file and the anchors."""
        parser.add_argument("file", nargs="?", help="a bundle; without one the database's own log")
        parser.add_argument("--anchor", action="append", default=[], help="a file with checkpoints that were kept")

    def handle(self, *args: Any, file: str | None, anchor: list[str], **options: Any) -> None:
        """Check, print one line, and exit with its code."""
        if file is not None:
            key = base64.b64encode(checkpoints.trusted_key()).decode()
            anchors = [part for path in anchor for part in ("--anchor", path)]
            sys.exit(verify.main([file, "--key", key, *anchors]))
        try:
            report = bundle.check(
                anchors=[note for path in anchor for note in verify.found_in(path, verify.CHECKPOINT)]
            )
        except bundle.Empty:
            self.stdout.write("UNUSABLE: nothing is signed yet.")
            sys.exit(2)
        except verify.Changed as why:
            self.stdout.write(f"CHANGED: {why}")
            sys.exit(1)
        self.stdout.write(f"HOLDS {report.as_json()}")
