"""Die with the parent: the guard of every process that the supervisor starts."""

import os
import threading


def guard() -> None:
    """End this process as soon as its standard input closes, if the supervisor started it (`HM_SUPERVISED`).

    Standard input is then a pipe whose only write end the supervisor holds: it closes when the supervisor dies, even
    by `kill -9`. Started by anybody else, nothing is watched.
    """
    if os.environ.get("HM_SUPERVISED"):
        threading.Thread(target=_wait, daemon=True, name="orphan guard").start()


def _wait() -> None:
    os.read(0, 1)  # not sys.stdin.buffer: its lock aborts the interpreter at shutdown
    os._exit(0)  # no clean-up: whoever could wait for it is gone
