"""Which request and which job a thread works for, so that each line of the log and each error can name it."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST: ContextVar[str] = ContextVar("request", default="")
JOB: ContextVar[str] = ContextVar("job", default="")
FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")  # what a proxy may call a request: nothing that could break a line


@contextmanager
def of(what: ContextVar[str], name: str) -> Iterator[None]:
    """Work for a request or a job in this block."""
    token = what.set(name)
    try:
        yield
    finally:
        what.reset(token)


def request_name(asked: str) -> str:
    """Return the name that a request came with where it is a plain one, else a new one."""
    return asked if FORM.fullmatch(asked) else uuid.uuid4().hex
