"""`manage.py beat`: production's clock. It gives expired jobs back and lets deadlines act; one is enough."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import checkpoints, checks
from jobs import clock


class Command(BaseCommand):
    """Be the clock."""

    help = "Do what is due by the clock, until SIGTERM or SIGINT (production; one is enough, a second does no harm)."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on until a signal; a chore that it interrupts is rolled back and done in its next slot."""
        if not settings.PRODUCTION:
            raise CommandError("DATABASE_URL is not set: on one machine ./run app's worker has the clock in it.")
        checks.require()
        checkpoints.own_key()  # it signs the log: better no clock than one that leaves entries unsigned unseen
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        clock.begin()
        clock.go_on()
