"""`manage.py beat`: production's clock. It gives expired jobs back and lets deadlines act; run exactly one."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import checks


class Command(BaseCommand):
    """Become the Celery clock."""

    help = "Announce what is due by the clock (production; exactly one)."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Hand over to Celery."""
        if not settings.PRODUCTION:
            raise CommandError("DATABASE_URL is not set: on one machine ./run app's worker has the clock in it.")
        checks.require()
        schedule = str(settings.DATA_DIR / "beat-schedule")
        celery = [sys.executable, "-m", "celery", "-A", "hybridmkt", "beat", "--schedule", schedule, "--pidfile="]
        os.execv(sys.executable, celery)  # noqa: S606
