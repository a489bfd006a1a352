"""A second PostgreSQL takes over for the first: one that had everything, and one that missed the last commits.

The first is ended at once, so that nothing more goes out from it. The head that was signed last lies outside both.
"""

import json
import os
import subprocess
import sys

import psycopg2
import pytest

from tests import servers
from tests.faults.places import ROOT, patiently

BROKER = "redis://127.0.0.1:1/0"  # nobody listens: nothing here needs it


@pytest.fixture
def product(tmp_path):
    """Do a step of tests/faults/replica.py with a database; return what it tells."""

    def does(step, database):
        env = servers.production(database, BROKER) | {"HM_DATA_DIR": str(tmp_path), "HM_LOG_LEVEL": "CRITICAL",
                                                      "PYTHONPATH": str(ROOT)}  # fmt: skip
        command = [sys.executable, "-m", "tests.faults.replica", step]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return does


def asked(database, sql):
    """Ask a server, outside of any transaction."""
    line = psycopg2.connect(database)
    line.autocommit = True
    try:
        cursor = line.cursor()
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None
    finally:
        line.close()


def cut_off(standby):
    """Let a replica hear nothing more: it lags from here."""
    asked(standby, "ALTER SYSTEM SET primary_conninfo = ''")
    asked(standby, "SELECT pg_reload_conf()")
    patiently(lambda: not asked(standby, "SELECT count(*) FROM pg_stat_wal_receiver"), "a replica that hears nothing")


def catch_up(standby, primary):
    """Wait until a replica has all that the first one wrote."""
    at = asked(primary, "SELECT pg_current_wal_flush_lsn()")
    patiently(lambda: asked(standby, f"SELECT pg_last_wal_replay_lsn() >= '{at}'::pg_lsn"), "a replica with everything")


def end_at_once(primary):
    """Do what a power cut does."""
    folder, program = asked(primary, "SHOW data_directory"), str(servers.postgres_folder() / "pg_ctl")
    user = "postgres" if os.geteuid() == servers.SUPERUSER else None
    subprocess.run([program, "stop", "-m", "immediate", "-D", folder], check=True, user=user, cwd="/",
                   stdout=subprocess.DEVNULL)  # fmt: skip


def take_over(standby):
    assert asked(standby, "SELECT pg_promote(true, 30)")


def test_that_takes_over_is_known_for_what_it_lacks(product):
    servers.need("postgres", servers.postgres_folder(), "PostgreSQL's programs (initdb, postgres) are not installed")
    with servers.postgres() as primary, servers.standby(primary) as whole, servers.standby(primary) as behind:
        before = product("make", primary)["size"]
        catch_up(behind, primary)
        cut_off(behind)
        signed = product("grow", primary)["size"]
        assert asked(behind, "SELECT max(size) FROM audit_auditcheckpoint") == before < signed  # it lags
        catch_up(whole, primary)
        end_at_once(primary)
        take_over(whole), take_over(behind)
        told = product("tell", behind)
        assert told == {"found": True, "ready": "rolled back", "was": before, "change": 503, "size": before}
        told = product("tell", whole)
        assert told == {"found": False, "ready": "", "was": signed, "change": 401, "size": signed + 2}  # nobody asked
