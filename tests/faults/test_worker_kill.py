"""`kill -9` of a worker in the middle of a job: nothing is lost and nothing is written twice, in both modes."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests import servers
from tests.faults.chunked import CHUNKS, ROWS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180  # seconds for everything a test waits for


class Place:
    """A throwaway database with a worker on it that can be killed."""

    kills = 3
    look = 0.01  # seconds between two looks
    module = "tests.faults.chunked"

    def __init__(self, env: dict[str, str], worker: list[str]) -> None:
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT), "HM_LOG_LEVEL": "ERROR"}
        self.worker, self.running = worker, []

    def call(self, step: str) -> None:
        subprocess.run([sys.executable, "-m", self.module, step], env=self.env, cwd=ROOT, check=True)

    def start(self, command: list[str] | None = None) -> subprocess.Popen:
        # A session of its own: pool children go down with their parent.
        process = subprocess.Popen(command or self.worker, env=self.env, cwd=ROOT, start_new_session=True)
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
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
            time.sleep(self.look)


class Embedded(Place):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "db.sqlite3"
        env = {"HM_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
        super().__init__(env, [sys.executable, "-m", self.module, "work"])

    def query(self, sql: str) -> list[tuple]:
        with sqlite3.connect(self.path, timeout=20) as connection:
            return connection.execute(sql).fetchall()


class Production(Place):
    kills = 2  # each costs the start of a Celery worker

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        env = {**servers.production(database, broker), "HM_DATA_DIR": str(folder), "HM_JOB_LEASE": "3"}
        celery = [sys.executable, "-m", "celery", "-A", self.module]
        super().__init__(env, [*celery, "worker", "-c", "2", "-Q", "default,score", "-l", "ERROR"])
        self.beat = [sys.executable, "-m", self.module, "beat"]

    def query(self, sql: str) -> list[tuple]:
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()


@pytest.fixture
def embedded(tmp_path):
    place = Embedded(tmp_path)
    try:
        place.call("prepare")
        yield place
    finally:
        place.close()


@pytest.fixture
def production(tmp_path):
    servers.need("postgres", servers.postgres_folder(), "No PostgreSQL on this machine.")
    servers.need("redis", servers.redis_program(), "No Redis on this machine.")
    with servers.postgres() as database, servers.redis() as broker:
        place = Production(tmp_path, database, broker)
        try:
            place.call("prepare")
            place.start(place.beat)
            yield place
        finally:
            place.close()


@pytest.fixture(params=["embedded", "production"])
def place(request):
    return request.getfixturevalue(request.param)


class TestKillNine:
    def test_leaves_the_rows_of_a_run_that_nobody_disturbed(self, place):
        place.call("queue")
        dice, stop_at = random.Random(20261120), 0
        for _ in range(place.kills):
            worker = place.start()
            stop_at += dice.randint(3, 9)
            place.wait(lambda goal=stop_at: place.done() >= goal)
            time.sleep(dice.random() * 0.05)
            place.kill(worker)
        place.start()
        place.wait(lambda: place.query("SELECT 1 FROM jobs_job WHERE status = 'succeeded'"))
        assert [n for (n,) in place.query("SELECT n FROM fault_row ORDER BY n")] == list(range(CHUNKS * ROWS))
        assert place.query("SELECT done, attempts FROM jobs_job") == [(CHUNKS, place.kills + 1)]
