"""Keep a few processes alive on one machine, and leave none behind.

Each child runs in its own session with the read end of a pipe as standard input; `jobs.orphans.guard` in the child
ends it when that pipe closes, so even `kill -9` of the supervisor leaves no orphan.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds before a dead child is started again, doubled each time
HEALTHY_AFTER = 20.0  # seconds of life after which the pauses begin anew
GRACE = 10.0  # seconds between asking a child to stop and killing it


@dataclass
class Child:
    """One kept process: its name, its command, and how it is doing. Times are of the monotonic clock."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


@dataclass
class Supervisor:
    """Start commands, restart those that die, stop all of them together."""

    commands: Mapping[str, list[str]]
    tell: Callable[[str], object] = print
    children: list[Child] = field(init=False)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.children = [Child(name, command) for name, command in self.commands.items()]
        # Nobody writes: the write end only has to stay open exactly as long as this process lives.
        self._read_end, self._write_end = os.pipe()

    def start(self) -> None:
        """Start every child that is not running and whose pause is over."""
        for child in self.children:
            if child.process is None and time.monotonic() >= child.due:
                child.process = subprocess.Popen(  # noqa: S603  (our own commands)
                    child.command,
                    stdin=self._read_end,
                    env={**os.environ, "HM_SUPERVISED": "1"},
                    start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone
                )
                child.started = time.monotonic()

    def reap(self) -> None:
        """Note the children that died and when each is due again."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if time.monotonic() - child.started > HEALTHY_AFTER:
                child.pause = FIRST_PAUSE
            self.tell(f"{child.name} ended with code {child.process.returncode}; again in {child.pause:g} s")
            child.process, child.due = None, time.monotonic() + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def run(self) -> None:
        """Keep the children alive until `stop` is called or SIGTERM or SIGINT arrives, then stop them.

        Call it from the main thread: signals are delivered nowhere else.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        try:
            while not self.stopping:
                self.reap()
                self.start()
                time.sleep(0.1)
        finally:
            self.end()

    def stop(self) -> None:
        """Ask `run` to come back; safe from a signal handler and from any thread."""
        self.stopping = True

    def end(self) -> None:
        """Ask the children to stop, and kill those still there after the grace."""
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
