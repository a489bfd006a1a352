"""One worker per data folder: a lock that the operating system lets go when its holder dies, even by `kill -9`."""

import os
import sys
from pathlib import Path
from typing import IO


class AlreadyHeld(Exception):
    """Raised when another process holds the lock."""


def hold(path: Path) -> IO[str]:
    """Take the lock and write our process id into the file; keep the returned file open. Raises AlreadyHeld."""
    path.touch(exist_ok=True)
    file = path.open("r+")
    try:
        _lock(file)
    except OSError as held:
        raise AlreadyHeld(f"{path} is held by process {file.read().strip() or 'unknown'}.") from held
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        # lockf, not flock: a forked child must not keep the lock of a parent that was killed.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
