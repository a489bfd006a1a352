"""`manage.py audit_key`: make the key that signs the log, show its public half, hand over to a new one."""

import base64
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import checkpoints


class Command(BaseCommand):
    """Show or change the log's key."""

    help = "Show the public key of the audit log; make a private one; hand over to a new one."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two things that can be done."""
        parser.add_argument("--new", action="store_true", help="print a new private key and its public half")
        parser.add_argument(
            "--hand-over", action="store_true",
            help="let the present key sign over to a new one (production: in HM_AUDIT_KEY_NEXT)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of them, or print the public key."""
        if options["new"]:
            text = checkpoints.new_key()
            self.stdout.write(f"HM_AUDIT_KEY={text}\nHM_AUDIT_PUBLIC_KEY={_public(text)}")
        elif options["hand_over"]:
            self._hand_over()
        else:
            self.stdout.write(base64.b64encode(checkpoints.trusted_key()).decode())

    def _hand_over(self) -> None:
        text = settings.AUDIT_KEY_NEXT
        is_kept = bool(settings.AUDIT_KEY or settings.PRODUCTION)  # by whoever runs this, not by us
        if is_kept and not text:
            raise CommandError("HM_AUDIT_KEY_NEXT is not set. `./run manage audit_key --new` prints a key for it.")
        path = checkpoints.key_file()
        coming = path.with_name("audit_key.next")
        if not is_kept:
            if not coming.exists():
                checkpoints.keep_key(coming, text or checkpoints.new_key())
            text = coming.read_text()
        new = checkpoints.private_key(text)
        if not checkpoints.is_handed_over_to(new):  # it may be: the process was killed before the file was moved
            try:
                checkpoints.hand_over(new)
            except checkpoints.OtherKey as other:
                raise CommandError(str(other)) from other
        if not is_kept:
            coming.replace(path)
        self.stdout.write(f"The log's public key from now on: {_public(text)}")


def _public(text: str) -> str:
    return base64.b64encode(checkpoints.public(checkpoints.private_key(text))).decode()
