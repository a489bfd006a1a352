"""Lines of the log: one a record whatever its text holds, with the request or job that it belongs to."""

import json
import logging
from datetime import UTC, datetime

from accounts import trace

MORE = ("method", "route", "status", "ms")  # what a record may bring beside its text


class JSONFormatter(logging.Formatter):
    """A JSON object a line, in UTC: time, level, logger, message, request, job, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "logger": record.name, "message": record.getMessage(),
            "request": trace.REQUEST.get(), "job": trace.JOB.get(),
        }  # fmt: skip
        told |= {name: getattr(record, name) for name in MORE if hasattr(record, name)}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in told.items() if value != ""}, default=str)


class LineFormatter(logging.Formatter):
    """A line for people. What a stranger sent cannot begin a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the first line, with the name of its request or job."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        name = trace.REQUEST.get() or trace.JOB.get()
        return super().formatMessage(record) + (f" [{name}]" if name else "")
