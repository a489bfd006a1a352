"""The database itself refuses to change the log, and a guard that is gone is noticed and put up again."""

import os

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import IntegrityError

from audit import checks, triggers
from audit.log import uuid7
from audit.models import AuditEntry, AuditPending
from tests import factories

pytestmark = pytest.mark.django_db
TABLE = "audit_auditentry"


def run(sql, parameters=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def drop_one():
    name = triggers.names(TABLE, connection.vendor)[0]
    run(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {TABLE}"))
    return name


@pytest.fixture
def entry():
    return factories.entry()


class TestGuard:
    def test_refuses_an_update(self, entry):
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"UPDATE {TABLE} SET actor = 'user:1'")

    def test_refuses_an_update_through_a_queryset(self, entry):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEntry.objects.update(actor="user:1")

    def test_refuses_a_delete(self, entry):
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"DELETE FROM {TABLE}")

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
    @pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
    def test_refuses_a_replacement(self, entry, verb):
        columns = "uid, stream, kind, at, body, actor, brand, market"
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"{verb} INTO {TABLE} ({columns}) SELECT {columns} FROM {TABLE}")

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")
    def test_refuses_truncate(self, entry):
        run("SET CONSTRAINTS ALL IMMEDIATE")  # else what this transaction has pending refuses first
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"TRUNCATE {TABLE} CASCADE")

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="replica sessions are PostgreSQL's")
    def test_refuses_a_session_that_calls_itself_a_replica(self, entry):
        run("SET LOCAL session_replication_role = replica")
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"SET LOCAL session_replication_role = replica; DELETE FROM {TABLE}")

    def test_puts_each_entry_before_the_sequencer(self, entry):
        run(f"INSERT INTO {TABLE} (uid, stream, kind, body, actor, brand, market)"
            f" VALUES ('{uuid7().hex}', 'test', 'run', '{{}}', '', '', '')")  # fmt: skip
        assert AuditEntry.objects.count() == AuditPending.objects.count() == 2

    def test_takes_new_entries(self, entry):
        factories.entry()
        assert AuditEntry.objects.count() == 2

    def test_refuses_a_second_entry_of_the_same_name(self, entry):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            AuditEntry.objects.create(uid=entry.uid, stream="test", kind="run", body="{}")


class TestStartUpCheck:
    def test_is_silent_while_every_guard_stands(self):
        assert checks.triggers_stand(databases=["default"]) == []

    def test_names_a_trigger_that_is_gone(self):
        name = drop_one()
        assert [name in error.msg for error in checks.triggers_stand(databases=["default"])] == [True]

    @pytest.mark.parametrize("command", ["web", "worker", "beat", "jobworker"])
    def test_lets_no_process_start_over_a_table_that_can_be_changed(self, settings, monkeypatch, command):
        settings.PRODUCTION = command in {"worker", "beat"}
        monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("it became the server"))
        name = drop_one()
        with pytest.raises(SystemCheckError, match=rf"{name} is gone.*guard_tables"):
            call_command(command)

    def test_waits_for_the_migrations_that_put_triggers_up(self, monkeypatch):
        drop_one()
        monkeypatch.setattr(checks, "is_behind", lambda: True)
        assert checks.triggers_stand(databases=["default"]) == []
        with pytest.raises(SystemCheckError, match=r"\./run manage migrate"):
            checks.require()

    def test_knows_a_database_of_an_earlier_release(self):
        assert not checks.is_behind()
        newest = MigrationLoader(connection).graph.leaf_nodes("review")[0]
        MigrationRecorder(connection).record_unapplied(*newest)
        assert checks.is_behind()


class TestGuardTables:
    def test_puts_a_missing_trigger_up_again_and_says_which(self, capsys):
        name = drop_one()
        call_command("guard_tables")
        assert name in capsys.readouterr().out
        assert checks.missing() == []

    def test_says_when_nothing_is_missing(self, capsys):
        call_command("guard_tables")
        assert "stand" in capsys.readouterr().out
