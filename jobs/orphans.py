"""Die with the parent: the guard of every process that the supervisor starts."""

import os
import stat
import sys
import threading


def guard() -> None:
    """End this process as soon as its standard input closes, when that input is the supervisor's pipe.

    The supervisor holds the only write end, so the pipe closes when it dies, even by `kill -9`. Anywhere else (a
    terminal, a service manager, /dev/null) nothing is watched.
    """
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):
        return
    if is_pipe and os.environ.get("HM_SUPERVISED"):
        threading.Thread(target=_wait, daemon=True, name="orphan guard").start()


def _wait() -> None:
    """Block until the pipe closes, then leave without clean-up: whoever could wait for it is gone."""
    os.read(0, 1)  # not sys.stdin.buffer: its lock aborts the interpreter at shutdown
    os._exit(0)
