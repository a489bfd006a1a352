"""Four processes on one queue, on both databases: nobody gets a card that somebody else got, nothing happens twice.

HM_CARDS=5000 makes a long day of it.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from tests import servers
from tests.faults.racing import CARDS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120 + CARDS // 5  # seconds


class Queue:
    """A throwaway database with the cards."""

    def __init__(self, env: dict[str, str], query) -> None:
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT), "HM_LOG_LEVEL": "ERROR"}
        self.query = query

    def do(self, what: str) -> None:
        subprocess.run(self.command(what), env=self.env, cwd=ROOT, check=True)

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "tests.faults.racing", *args]

    def race(self, what: str) -> list[dict]:
        started = [
            subprocess.Popen(self.command(what, str(n)), env=self.env, cwd=ROOT, text=True, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
            for n in range(4)
        ]  # fmt: skip
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [process.communicate(timeout=PATIENCE)[0] for process in started]
        assert [process.returncode for process in started] == [0] * 4
        return [json.loads(text) for text in told]


def ask(url: str, sql: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(sql)
    rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory) -> Path:
    """A data folder with the cards: each test has its copy."""
    folder = tmp_path_factory.mktemp("filled")
    Queue(on_sqlite(folder), None).do("fill")
    return folder


@pytest.fixture(scope="session")
def filled_database(postgres_url, tmp_path_factory) -> str:
    """The name of a database with the cards: each test has its copy."""
    folder = tmp_path_factory.mktemp("filled")
    name = f"filled_{os.getpid()}"
    ask(postgres_url, f"CREATE DATABASE {name}")
    Queue(on_postgres(postgres_url, name, folder), None).do("fill")
    return name


def on_sqlite(folder: Path) -> dict[str, str]:
    return {"HM_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}


def on_postgres(url: str, name: str, folder: Path) -> dict[str, str]:
    return {**servers.production(f"{url.rsplit('/', 1)[0]}/{name}", "redis://none"), "HM_DATA_DIR": str(folder)}


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request, tmp_path):
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("filled_folder"), tmp_path, dirs_exist_ok=True)

        def query(sql):
            with sqlite3.connect(tmp_path / "db.sqlite3", timeout=60) as connection:
                return connection.execute(sql).fetchall()

        return Queue(on_sqlite(tmp_path), query)
    url, filled = request.getfixturevalue("postgres_url"), request.getfixturevalue("filled_database")
    name = f"race_{tmp_path.name}".replace("-", "_").lower()[:60]
    ask(url, f'CREATE DATABASE "{name}" TEMPLATE {filled}')
    env = on_postgres(url, name, tmp_path)
    return Queue(env, lambda sql: ask(env["DATABASE_URL"], sql))


class TestFourProcesses:
    def test_take_every_card_once(self, queue):
        got = [task for told in queue.race("claim") for task in told["got"]]
        assert (len(got), len(set(got))) == (CARDS, CARDS)
        assert queue.query("SELECT COUNT(*) FROM audit_auditentry WHERE kind = 'claim'") == [(CARDS,)]

    def test_decide_every_card_once(self, queue):
        got = [task for told in queue.race("decide") for task in told["got"]]
        assert (len(got), len(set(got))) == (CARDS, CARDS)
        counts = [queue.query(f"SELECT COUNT(*) FROM {table}") for table in ("review_decision",)]
        entries = queue.query("SELECT COUNT(*) FROM audit_auditentry WHERE kind = 'decision'")
        assert (counts, entries) == ([[(CARDS,)]], [(CARDS,)])

    def test_work_through_the_queue_as_two_people(self, queue):
        told = queue.race("work")
        got = [task for one in told for task in one["got"]]
        assert (len(got), len(set(got))) == (CARDS, CARDS)
        assert queue.query("SELECT COUNT(*), COUNT(DISTINCT task_id) FROM review_decision") == [(CARDS, CARDS)]
        assert queue.query("SELECT COUNT(*) FROM audit_auditentry WHERE kind = 'decision'") == [(CARDS,)]
        assert queue.query("SELECT COUNT(*) FROM review_reviewtask WHERE state = 'approved'") == [(CARDS,)]

    def test_approve_every_card_and_the_rules_once(self, queue):
        queue.do("send")
        told = queue.race("sign")
        got = [task for one in told for task in one["got"]]
        assert (len(got), len(set(got)), sum(one["rules"] for one in told)) == (CARDS, CARDS, 1)
        assert queue.query("SELECT COUNT(*), COUNT(DISTINCT decision_id) FROM review_approval") == [(CARDS, CARDS)]
        assert queue.query("SELECT COUNT(*) FROM review_policy WHERE state = 'active'") == [(1,)]

    def test_do_what_is_due_once(self, queue):
        told = [one["done"] for one in queue.race("sweep")]
        assert sum(one.get("go_ahead", 0) for one in told) == CARDS
        assert queue.query("SELECT COUNT(*), COUNT(DISTINCT task_id) FROM review_decision") == [(CARDS, CARDS)]
        assert queue.query("SELECT COUNT(*) FROM review_reviewtask WHERE state = 'approved'") == [(CARDS,)]
