"""`kill -9` of a worker in the middle of a job: nothing is lost and nothing is written twice, in both modes."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.chunked import CHUNKS, ROWS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds for everything a test waits for
KILLS = 3


def _needs(*services):
    """Skip without these services, or fail where HM_REQUIRE names one of them."""
    variables = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
    missing = [name for name in services if not os.environ.get(variables[name])]
    if not missing:
        return
    required = set(os.environ.get("HM_REQUIRE", "").split(",")) & set(missing)
    (pytest.fail if required else pytest.skip)(f"no {' and no '.join(missing)} (set {', '.join(variables.values())})")


class Place:
    """A throwaway database with a worker on it that can be killed."""

    def __init__(self, env: dict[str, str], worker: list[str]) -> None:
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT), "HM_LOG_LEVEL": "ERROR"}
        self.worker, self.running = worker, []

    def call(self, step: str) -> None:
        subprocess.run([sys.executable, "-m", "tests.faults.chunked", step], env=self.env, cwd=ROOT, check=True)

    def start(self, command: list[str] | None = None) -> subprocess.Popen:
        # A session of its own: pool children go down with their parent.
        process = subprocess.Popen(command or self.worker, env=self.env, cwd=ROOT, start_new_session=True)
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def close(self) -> None:
        for process in list(self.running):
            self.kill(process)

    def done(self) -> int:
        return self.query("SELECT done FROM jobs_job")[0][0]

    def wait(self, predicate) -> None:
        until = time.monotonic() + PATIENCE
        while not predicate():
            assert time.monotonic() < until, self.query("SELECT status, done, attempts, error FROM jobs_job")
            assert all(process.poll() is None for process in self.running), "a worker went down by itself"
            time.sleep(0.01)


class Embedded(Place):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "db.sqlite3"
        env = {"HM_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
        super().__init__(env, [sys.executable, "-m", "tests.faults.chunked", "work"])

    def query(self, sql: str) -> list[tuple]:
        with sqlite3.connect(self.path, timeout=20) as connection:
            return connection.execute(sql).fetchall()


class Production(Place):
    def __init__(self, folder: Path) -> None:
        import psycopg2

        self.server, self.name = urlsplit(os.environ["DATABASE_URL"]), f"hm_fault_{uuid.uuid4().hex[:10]}"
        self.connect = psycopg2.connect
        self._admin(f"CREATE DATABASE {self.name}")
        celery = [sys.executable, "-m", "celery", "-A", "tests.faults.chunked"]
        env = {
            "DATABASE_URL": self.server._replace(path=f"/{self.name}").geturl(),
            "REDIS_URL": urlsplit(os.environ["REDIS_URL"])._replace(path="/9").geturl(),
            "SECRET_KEY": "for this test only " + uuid.uuid4().hex * 2,
            "ALLOWED_HOSTS": "localhost",
            "HM_DATA_DIR": str(folder),
            "HM_JOB_LEASE": "3",
        }
        super().__init__(env, [*celery, "worker", "-c", "2", "-Q", "default", "-l", "ERROR"])
        self.beat = [*celery, "beat", "-s", str(folder / "beat"), "-l", "ERROR"]

    def _admin(self, sql: str) -> None:
        connection = self.connect(self.server.geturl())
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()

    def query(self, sql: str) -> list[tuple]:
        connection = self.connect(self.env["DATABASE_URL"])
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        super().close()
        self._admin(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture(params=["embedded", "production"])
def place(request, tmp_path):
    if request.param == "production":
        _needs("postgres", "redis")
    made = (Embedded if request.param == "embedded" else Production)(tmp_path)
    try:
        made.call("prepare")
        if isinstance(made, Production):
            made.start(made.beat)
        yield made
    finally:
        made.close()


class TestKillNine:
    def test_leaves_the_rows_of_a_run_that_nobody_disturbed(self, place):
        place.call("queue")
        dice, stop_at = random.Random(20261120), 0
        for _ in range(KILLS):
            worker = place.start()
            stop_at += dice.randint(3, 9)
            place.wait(lambda goal=stop_at: place.done() >= goal)
            time.sleep(dice.random() * 0.05)
            place.kill(worker)
        place.start()
        place.wait(lambda: place.query("SELECT 1 FROM jobs_job WHERE status = 'succeeded'"))
        assert [n for (n,) in place.query("SELECT n FROM fault_row ORDER BY n")] == list(range(CHUNKS * ROWS))
        assert place.query("SELECT done, attempts FROM jobs_job") == [(CHUNKS, KILLS + 1)]
