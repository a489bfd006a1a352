"""The embedded database: who waits to write gets a turn, however many others write."""

import sqlite3
import time

import pytest
from django.db import OperationalError

from hybridmkt.sqlite import base

TIMEOUT = 0.02  # seconds


@pytest.fixture
def file(tmp_path):
    """A database of which somebody else holds the lock."""
    path = tmp_path / "db.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("CREATE TABLE thing (what TEXT)")
    holder.execute("BEGIN IMMEDIATE")
    yield path, holder
    holder.close()


@pytest.fixture
def waiting(file, settings, django_db_blocker):
    """A connection that wants to write, as the product makes it."""
    known = settings.DATABASES["default"]
    options = {"transaction_mode": "IMMEDIATE", "timeout": TIMEOUT}
    connection = base.DatabaseWrapper({**known, "NAME": str(file[0]), "OPTIONS": options, "TIME_ZONE": None,
                                       "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True})  # fmt: skip
    with django_db_blocker.unblock():  # a database of its own
        connection.connect()
        yield connection
        connection.close()


@pytest.fixture
def pauses(monkeypatch):
    """How long it pauses between two tries, each time; a function put into `then` is called at the third."""
    made, then = [], []

    def pause(seconds):
        made.append(seconds)
        if len(made) == 3 and then:
            then[0]()

    monkeypatch.setattr(time, "sleep", pause)
    return made, then


class TestATurn:
    def test_comes_when_the_other_has_ended(self, file, waiting, pauses):
        made, then = pauses
        then.append(lambda: file[1].execute("COMMIT"))
        waiting.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with waiting.cursor() as cursor:
            cursor.execute("INSERT INTO thing VALUES ('written')")
        waiting.commit()
        assert file[1].execute("SELECT what FROM thing").fetchall() == [("written",)]
        assert made == [base.PAUSE] * 3

    def test_is_tried_for_as_often_after_a_long_wait_as_at_first(self, waiting, pauses):
        made, _then = pauses
        with pytest.raises(OperationalError, match="locked"):
            waiting.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        assert made == [base.PAUSE] * round(TIMEOUT / base.PAUSE)

    def test_leaves_the_waiting_of_other_statements_as_it_was(self, file, waiting, pauses):
        file[1].execute("COMMIT")
        waiting.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with waiting.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            assert cursor.fetchone() == (round(TIMEOUT * 1000),)
        waiting.rollback()

    def test_is_not_waited_for_where_something_else_is_wrong(self, file, waiting, pauses):
        file[1].execute("COMMIT")
        waiting.connection.execute("BEGIN")
        with pytest.raises(OperationalError, match="within a transaction"):
            waiting.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        assert pauses[0] == []

    @pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY])
    def test_is_waited_for_whatever_the_other_is_at(self, file, waiting, pauses, monkeypatch, code):
        file[1].execute("COMMIT")
        answers = iter([code, code, None])

        def begin():
            if given := next(answers):
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = given
                raise OperationalError(*error.args) from error

        monkeypatch.setattr(waiting, "_begin", begin)
        waiting._start_transaction_under_autocommit()
        assert pauses[0] == [base.PAUSE] * 2
