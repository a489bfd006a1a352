"""`manage.py web`: the web server. Embedded: waitress on 127.0.0.1 only. Production: gunicorn behind a TLS proxy."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audit import checks
from hybridmkt.handover import become
from jobs.orphans import guard


class Command(BaseCommand):
    """Serve the web application."""

    help = "Serve the web application until SIGTERM or SIGINT."
    requires_system_checks = []  # all of them cost half a second; the guard of the log is asked for below

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port and how many requests are served at once."""
        parser.add_argument("--port", type=int, default=settings.PORT, help="TCP port (HM_PORT)")
        parser.add_argument("--threads", type=int, default=8, help="requests served at once by a process")
        parser.add_argument("--processes", type=int, default=2, help="processes, in production only")

    def handle(self, *args: Any, port: int, threads: int, processes: int, **options: Any) -> None:
        """Serve; requests that are being answered when the signal comes are answered first."""
        checks.require()
        if settings.PRODUCTION:
            shape = ["--workers", str(processes), "--threads", str(threads)]
            become("gunicorn", "hybridmkt.wsgi", "--bind", f"0.0.0.0:{port}", *shape, *_bounds())
        guard()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        _waitress(port, threads)


def _bounds() -> list[str]:
    """Return what gunicorn takes of a request, and how long it waits for its own and for the client."""
    return [
        "--worker-class=hybridmkt.threads.Worker",
        f"--limit-request-line={settings.REQUEST_LINE_MAX_SIZE}",
        f"--limit-request-fields={settings.HEADERS_MAX_NUMBER}",
        f"--limit-request-field_size={settings.HEADER_MAX_SIZE}",
        "--timeout=30",  # seconds without a sign of life of a whole process: threads that work do not count
        "--graceful-timeout=30",
        "--keep-alive=5",
    ]


def _waitress(port: int, threads: int) -> None:
    import waitress

    from hybridmkt.channel import Channel, without_body_for_head
    from hybridmkt.wsgi import application

    bounds = {
        "max_request_body_size": settings.UPLOAD_MAX_SIZE,
        "max_request_header_size": settings.HEADERS_MAX_SIZE,
        "channel_timeout": settings.CLIENT_SILENCE,
        "cleanup_interval": settings.CLIENT_SILENCE,
    }
    answer = without_body_for_head(application)
    server = waitress.create_server(answer, host="127.0.0.1", port=port, threads=threads, ident="", **bounds)
    server.channel_class = Channel
    server.run()
