"""Installations that can be killed: the embedded one under its supervisor, and production's processes."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg2
from redis import Redis

from tests import servers

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds for one thing a test waits for
FORGOTTEN = 4  # files that are queued when the broker forgets: one of them a worker may have been told of
PROXIED = {"X-Forwarded-Proto": "https"}  # as the proxy that ends TLS says


def patiently(ready: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"{what} did not come about within {seconds:g} s"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs (one that only waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Place:
    """Processes on a database of their own."""

    headers: dict[str, str] = {}

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.port = folder, servers.free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.env = {**os.environ, **env, "HM_DATA_DIR": str(folder), "HM_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        self.env["HM_LOG_LEVEL"] = "CRITICAL"
        self.log = (folder / "output.txt").open("ab")

    def make_world(self, *counts: int) -> None:
        """Fill the database with cards and files, or add files to it."""
        command = [sys.executable, "-m", "tests.faults.world", *map(str, counts)]
        subprocess.run(command, env=self.env, cwd=ROOT, check=True)

    def give_work(self, files: int) -> None:
        """Queue files and wait until a worker has begun with them."""
        ((last,),) = self.query("SELECT max(id) FROM jobs_job")
        self.make_world(files)
        begun = f"SELECT 1 FROM jobs_job WHERE id > {last} AND kind = 'import' AND status <> 'queued'"
        patiently(lambda: bool(self.query(begun)), "a worker with a job in its hands")

    def popen(self, command: list[str], cwd: Path = ROOT) -> subprocess.Popen:
        """Start a process in a session of its own."""
        return subprocess.Popen(
            command, env=self.env, cwd=cwd, start_new_session=True, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log,
        )  # fmt: skip

    def answers(self) -> bool:
        """Tell whether the web server is ready."""
        try:
            request = urllib.request.Request(self.address + "readyz", headers=self.headers)
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def query(self, sql: str) -> list[tuple]:
        """Ask the database, whatever the product does meanwhile."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """Tell whether every job has ended."""
        return not self.query("SELECT 1 FROM jobs_job WHERE status IN ('queued', 'running')")


class Embedded(Place):
    """`manage.py quickstart`: a supervisor with a web server and a worker. manage: the folder of manage.py."""

    parts = ("web", "worker", "supervisor")

    def __init__(self, folder: Path, manage: Path = ROOT) -> None:
        super().__init__(folder, {"DATABASE_URL": "", "REDIS_URL": ""})
        self.database, self.manage = folder / "db.sqlite3", manage

    def start(self) -> None:
        """Start everything and wait for an answer."""
        self.supervisor = self.popen([sys.executable, "manage.py", "quickstart"], cwd=self.manage)
        patiently(self.answers, "an answer of the web server")

    def children(self) -> dict[str, int]:
        """Return the process ids of the supervisor's children, by what they are."""
        pids = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in pids}
        names = {b"web": "web", b"jobworker": "worker"}
        return {names[words[2]]: pid for pid, words in commands.items() if words[2:] and words[2] in names}

    def kill(self, part: str) -> None:
        """End a part without warning; what the supervisor leaves must end by itself, and is started anew."""
        if part != "supervisor":
            patiently(lambda: part in self.children(), f"a running {part}")
            os.kill(self.children()[part], signal.SIGKILL)
            return
        orphans = self.children().values()
        self.supervisor.kill()
        self.supervisor.wait()
        patiently(lambda: not any(map(is_alive, orphans)), "the end of the orphans", seconds=10)
        self.start()

    def stop(self) -> None:
        """End in good order."""
        self.supervisor.terminate()
        self.supervisor.wait(30)
        self.log.close()

    def query(self, sql: str) -> list[tuple]:
        """Ask the database, whatever the product does meanwhile."""
        with sqlite3.connect(self.database, timeout=30) as connection:
            return connection.execute(sql).fetchall()


class Production(Place):
    """Web, worker and clock as services of their own, on PostgreSQL and Redis."""

    parts = ("web", "worker", "beat")
    headers = PROXIED

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        super().__init__(folder, {**servers.production(database, broker), "HM_JOB_LEASE": "15"})
        self.headers = {**PROXIED, "Referer": f"https://127.0.0.1:{self.port}/"}
        celery = [sys.executable, "-m", "celery", "-A", "tests.faults.quick"]
        self.commands = {
            "web": [sys.executable, "manage.py", "web"],
            "worker": [*celery, "worker", "-Q", "score,export,default", "-c", "2", "-l", "CRITICAL"],
            "beat": [sys.executable, "-m", "tests.faults.quick"],
        }
        self.running: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        """Start everything and wait for an answer."""
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
        subprocess.run(collect, env=self.env, cwd=ROOT, check=True)
        for part, command in self.commands.items():
            self.running[part] = self.popen(command)
        patiently(self.answers, "an answer of the web server")

    def kill(self, part: str) -> None:
        """End a service with all its processes and start it anew, as the service manager would.

        "database": a session dies, so that PostgreSQL ends all of them and recovers from what is on disk. "broker":
        Redis forgets everything, the jobs that no worker has begun among it.
        """
        if part == "database":
            other = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            os.kill(self.query(f"{other} LIMIT 1")[0][0], signal.SIGKILL)
            patiently(self.has_database, "the recovery of the database", seconds=30)
            return
        if part == "broker":
            self.forget()
            return
        os.killpg(self.running[part].pid, signal.SIGKILL)
        self.running[part].wait()
        self.running[part] = self.popen(self.commands[part])

    def forget(self) -> None:
        """Queue files while the worker stands still, and let Redis forget them."""
        worker = self.running["worker"].pid
        os.killpg(worker, signal.SIGSTOP)
        try:
            self.make_world(FORGOTTEN)
            Redis.from_url(self.env["REDIS_URL"]).flushall()
        finally:
            os.killpg(worker, signal.SIGCONT)

    def has_database(self) -> bool:
        """Tell whether the database answers."""
        try:
            return bool(self.query("SELECT 1"))
        except psycopg2.OperationalError:
            return False

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)
        self.log.close()

    def query(self, sql: str) -> list[tuple]:
        """Ask the database, whatever the product does meanwhile."""
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()
