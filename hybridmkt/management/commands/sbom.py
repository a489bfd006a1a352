"""`manage.py sbom`: the parts that this release is made of, as CycloneDX."""

import json
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from hybridmkt import parts


class Command(BaseCommand):
    """Write the list of parts."""

    help = "Write what requirements.lock pins as a CycloneDX 1.6 document (JSON), the same bytes each time."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where it goes."""
        parser.add_argument("--to", type=Path, help="a file; without it the document is printed")
        parser.add_argument("--lock", type=Path, default=settings.BASE_DIR / "requirements.lock")

    def handle(self, *args: Any, to: Path | None, lock: Path, **options: Any) -> None:
        """Read the lock file, and write. Raises CommandError where a line of it pins nothing."""
        release = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
        text = json.dumps(parts.document(parts.read(lock.read_text()), release), indent=1)
        if to is None:
            self.stdout.write(text)
        else:
            to.write_text(text + "\n")
