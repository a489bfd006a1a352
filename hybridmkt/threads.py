"""Gunicorn's worker with threads, none of which waits for ever for a client that stops in the middle of a request."""

import socket
import struct
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc]
    """Serves requests in threads; a client that sends nothing for CLIENT_SILENCE seconds is let go."""

    def handle(self, conn: Any) -> Any:
        """Answer one request."""
        # The kernel's own bound: gunicorn makes each socket a blocking one again, which would undo Python's.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", settings.CLIENT_SILENCE, 0))
        return super().handle(conn)
