"""Four processes on one queue, on both databases: nobody gets a card that somebody else got, nothing happens twice.

HM_CARDS=5000 makes a long day of it.
"""

import json
import os
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
        self.do("fill")

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


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request, tmp_path):
    if request.param == "sqlite":

        def query(sql):
            with sqlite3.connect(tmp_path / "db.sqlite3", timeout=20) as connection:
                return connection.execute(sql).fetchall()

        return Queue({"HM_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}, query)
    url = request.getfixturevalue("postgres_url")
    name = f"race_{tmp_path.name}".replace("-", "_").lower()[:60]
    own = f"{url.rsplit('/', 1)[0]}/{name}"

    def query(sql, at=own):
        connection = psycopg2.connect(at)
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    query(f'CREATE DATABASE "{name}"', at=url)
    return Queue({**servers.production(own, "redis://none"), "HM_DATA_DIR": str(tmp_path)}, query)


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
