"""`manage.py worker`: production's worker, fed by Redis. Embedded mode has `jobworker` instead."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import checks
from hybridmkt.handover import become


class Command(BaseCommand):
    """Become a Celery worker."""

    help = "Run jobs that Redis announces (production)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the queues and how many jobs run at once."""
        parser.add_argument("-Q", "--queues", default="score,export,default", help="queues, with commas")
        parser.add_argument("--processes", type=int, default=2, help="jobs run at once")

    def handle(self, *args: Any, queues: str, processes: int, **options: Any) -> None:
        """Hand over to Celery, which listens to the signals of the service manager itself."""
        if not settings.PRODUCTION:
            raise CommandError("DATABASE_URL is not set: on one machine ./run app starts the worker that goes with it.")
        checks.require()
        become("celery", "-A", "hybridmkt", "worker", "-Q", queues, "-c", str(processes))
