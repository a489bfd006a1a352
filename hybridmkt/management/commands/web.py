"""`manage.py web`: the embedded web server, on 127.0.0.1 only."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from jobs.orphans import guard

THREADS = 8  # requests served at once; each holds one database connection


class Command(BaseCommand):
    """Serve the web application."""

    help = "Serve the web application on 127.0.0.1 until SIGTERM or SIGINT."
    requires_system_checks = []  # `migrate` has run them, and they cost half a second here

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port, `HM_PORT` unless given."""
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Serve; requests that are being answered when the signal comes are answered first."""
        import waitress

        from hybridmkt.wsgi import application

        guard()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = waitress.create_server(application, host="127.0.0.1", port=port, threads=THREADS, ident="")
        server.run()
