"""Throwaway PostgreSQL and Redis from the machine's own binaries, on free ports, in folders of their own.

`python -m tests.servers COMMAND ...` runs a command in production's shape: with both up and the settings that point
to them. The machine's own services are left alone.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # may lose rows in a crash
PATIENCE = 20.0  # seconds until a service must answer
SUPERUSER = 0


def is_required(name: str) -> bool:
    """Tell whether HM_REQUIRE names something: what lacks it fails then."""
    return name in os.environ.get("HM_REQUIRE", "").split(",")


def need(name: str, found: object, sentence: str) -> None:
    """Skip the test when something is missing; fail it where HM_REQUIRE names it."""
    if found:
        return
    if is_required(name):
        _pytest().fail(f"HM_REQUIRE names {name}: {sentence}")
    _pytest().skip(sentence)


def need_git() -> None:
    """Skip the test where git is not installed."""
    need("git", shutil.which("git"), "git is not installed")


def _pytest() -> Any:
    import pytest  # benchmarks start servers as well, where it is not installed

    return pytest


def postgres_folder() -> Path | None:
    """Return where PostgreSQL's programs are: on PATH, or where Debian puts them."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = [Path(on_path).resolve()] if on_path else debian
    return found[-1].parent if found else None


def redis_program() -> str | None:
    """Return the Redis server's program."""
    return shutil.which("redis-server")


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody holds at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list[str], port: int, log: Path, *, user: str | None, end: signal.Signals) -> Iterator[int]:
    """Keep a server up for the length of a block; give its process id once its port answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, user=user)
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        else:
            raise RuntimeError(f"{command[0]} did not come up:\n{log.read_text()}")
        yield process.pid
    finally:
        process.send_signal(end)
        process.wait(30)


@contextmanager
def postgres(options: dict[str, str] = QUICK, *, initdb: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the URL of an own PostgreSQL with an empty database `hybridmkt`."""
    programs, port = postgres_folder(), free_port()
    # PostgreSQL refuses to run as root, so root hands it to the system's postgres user.
    user = "postgres" if os.geteuid() == SUPERUSER else None
    with tempfile.TemporaryDirectory(prefix="hm-pg-", ignore_cleanup_errors=True) as home:
        folder = Path(home)
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        command = [str(programs / "initdb"), "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        command += ["--username=hybridmkt", *initdb, "--pgdata", str(folder / "data")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
        server = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", home, "-p", str(port)]
        server += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with running(server, port, folder / "log", user=user, end=signal.SIGINT):
            create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "hybridmkt", "hybridmkt"]
            _until_it_works(create)
            yield f"postgres://hybridmkt@127.0.0.1:{port}/hybridmkt"


@contextmanager
def standby(database: str) -> Iterator[str]:
    """Give the URL of a replica that streams from an own PostgreSQL, of which it starts as a copy."""
    programs, port, first = postgres_folder(), free_port(), database.partition("@")[2].partition("/")[0]
    user = "postgres" if os.geteuid() == SUPERUSER else None
    with tempfile.TemporaryDirectory(prefix="hm-pg-", ignore_cleanup_errors=True) as home:
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        copy = [
            str(programs / "pg_basebackup"),
            "--dbname",
            f"postgres://hybridmkt@{first}",
            "--pgdata",
            f"{home}/data",
        ]
        copy += ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]
        subprocess.run(copy, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
        server = [str(programs / "postgres"), "-D", f"{home}/data", "-k", home, "-p", str(port), "-c", "fsync=off"]
        with running(server, port, Path(home) / "log", user=user, end=signal.SIGINT):
            _until_it_works([str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)])
            yield f"postgres://hybridmkt@127.0.0.1:{port}/hybridmkt"


def _until_it_works(command: list[str]) -> None:
    """Run a client again until the server, whose port is open, has finished starting."""
    deadline = time.monotonic() + PATIENCE
    while (done := subprocess.run(command, capture_output=True, text=True)).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError(done.stderr)
        time.sleep(0.05)


@contextmanager
def redis() -> Iterator[str]:
    """Give the URL of an own Redis that writes nothing to disk."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hm-redis-") as home:
        command = [redis_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
        with running(command, port, Path(home) / "log", user=None, end=signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}/0"


def production(database: str, broker: str) -> dict[str, str]:
    """Return the environment of a production process that uses these two."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
        "HM_AUDIT_KEY": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    }


def main(command: list[str]) -> int:
    """Run a command with both services up and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the blocks below end what they started
    with postgres() as database, redis() as broker:
        return subprocess.call(command, env=production(database, broker))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
