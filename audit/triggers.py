"""Rows that are never changed, held by the database itself (trust.md 1.6), for the log and every append-only table.

An app registers its `Guard` when it starts (so that the start-up check and the tests know of it) and puts the
triggers up in a migration by `guard(...)`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.migrations import RunPython


@dataclass(frozen=True)
class Rule:
    """A trigger of its own name beside the usual ones: refuses some inserts or updates of a table.

    `verb`: "INSERT", "UPDATE" or "UPDATE OF column, column". `refused`: SQL over NEW and OLD, true for what is
    refused, that both databases read alike. `because`: the sentence of the error, without quotes.
    """

    name: str
    verb: str
    refused: str
    because: str


@dataclass(frozen=True)
class Follow:
    """A trigger that writes after each insert, so that nobody can forget to. does: SQL over NEW."""

    name: str
    does: str


@dataclass(frozen=True)
class Guard:
    """What is refused on one table, and what follows an insert.

    `keys`: its unique keys, each "column" or "column, column" (SQLite's REPLACE is refused over them).
    `columns`: refuse updates of these columns only; empty means of every column.
    `deletable`: SQL over OLD that is true for rows that may be deleted after all; empty means none.
    `rules`: what else is refused. `follows`: what each insert brings with it.
    """

    table: str
    keys: tuple[str, ...] = ("id",)
    columns: tuple[str, ...] = ()
    deletable: str = ""
    rules: tuple[Rule, ...] = ()
    follows: tuple[Follow, ...] = ()


PROTECTED: dict[str, Guard] = {}


def register(*guards: Guard) -> None:
    """Make the guards known to the start-up check."""
    PROTECTED.update({guard.table: guard for guard in guards})


PENDING = Follow("audit_auditentry_is_pending", "INSERT INTO audit_auditpending (uid) VALUES (NEW.uid)")
LOG = (
    Guard("audit_auditentry", ("uid",), follows=(PENDING,)),
    Guard("audit_auditleaf", ("seq", "uid", "stream, k")),
    Guard("audit_auditblock", ("id", "level, idx")),
    Guard("audit_auditcheckpoint", ("size",)),
    Guard("audit_auditanchor"),
)
register(*LOG)


def names(table: str, vendor: str) -> list[str]:
    """Return the names of the triggers that must stand on a guarded table."""
    return _names(PROTECTED[table], vendor)


def _names(guard: Guard, vendor: str) -> list[str]:
    ends = ("no_update", "no_delete", "no_replace") if vendor == "sqlite" else ("no_update", "no_delete", "no_truncate")
    return [
        *(f"{guard.table}_{end}" for end in ends),
        *(one.name for one in guard.rules),
        *(one.name for one in guard.follows),
    ]


def create(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that put a guard up."""
    return _sqlite(guard) if vendor == "sqlite" else _postgresql(guard)


def _update_of(guard: Guard) -> str:
    return f"UPDATE OF {', '.join(guard.columns)}" if guard.columns else "UPDATE"


def _sqlite(guard: Guard) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'append-only: change refused'); END"
    update, delete, replace, *_others = _names(guard, "sqlite")
    unless = f"WHEN NOT ({guard.deletable}) " if guard.deletable else ""
    same = " OR ".join(
        "(" + " AND ".join(f"{column.strip()} = NEW.{column.strip()}" for column in key.split(",")) + ")"
        for key in guard.keys
    )
    # REPLACE skips DELETE triggers unless recursive triggers are on, so an insert over a known key is refused as well.
    return [
        f"CREATE TRIGGER {update} BEFORE {_update_of(guard)} ON {guard.table} {refuse}",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {guard.table} {unless}{refuse}",
        f"CREATE TRIGGER {replace} BEFORE INSERT ON {guard.table}"
        f" WHEN EXISTS (SELECT 1 FROM {guard.table} WHERE {same}) {refuse}",
        *(
            f"CREATE TRIGGER {rule.name} BEFORE {rule.verb} ON {guard.table} WHEN {rule.refused}"
            f" BEGIN SELECT RAISE(ABORT, '{rule.because}'); END"
            for rule in guard.rules
        ),
        *(
            f"CREATE TRIGGER {follow.name} AFTER INSERT ON {guard.table} BEGIN {follow.does}; END"
            for follow in guard.follows
        ),
    ]


def _postgresql(guard: Guard) -> list[str]:
    table, function = guard.table, f"{guard.table}_refuse"
    may_go = f"IF TG_OP = 'DELETE' THEN IF ({guard.deletable}) THEN RETURN OLD; END IF; END IF;"
    allow = may_go if guard.deletable else ""
    update, delete, truncate, *others = _names(guard, "postgresql")
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {allow}"
        " RAISE EXCEPTION 'append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';"
        " END $$",
        f"CREATE TRIGGER {update} BEFORE {_update_of(guard)} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        *(statement for rule in guard.rules for statement in _postgresql_rule(table, rule)),
        *(statement for follow in guard.follows for statement in _postgresql_follow(table, follow)),
        # ALWAYS: a session that calls itself a replica is refused too.
        *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name in (update, delete, truncate, *others)),
    ]


def _postgresql_rule(table: str, rule: Rule) -> list[str]:
    refuse = f"IF {rule.refused} THEN RAISE EXCEPTION '{rule.because}' USING ERRCODE = 'check_violation'; END IF;"
    return _for_each_row(table, rule.name, f"BEFORE {rule.verb}", refuse)


def _postgresql_follow(table: str, follow: Follow) -> list[str]:
    return _for_each_row(table, follow.name, "AFTER INSERT", f"{follow.does};")


def _for_each_row(table: str, name: str, when: str, does: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NEW; END $$",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def drop(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that take a guard away (erasure, and the flush between tests)."""
    on = "" if vendor == "sqlite" else f" ON {guard.table}"
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in _names(guard, vendor)]


def _that_exist(guards: Iterable[Guard], connection: Any) -> Iterator[Guard]:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for one in guards:
            if one.table not in tables:
                continue
            there = {column.name for column in connection.introspection.get_table_description(cursor, one.table)}
            keys = tuple(key for key in one.keys if there.issuperset(key.split(", ")))
            yield replace(one, keys=keys, columns=tuple(column for column in one.columns if column in there))


def lift(*guards: Guard) -> RunPython:
    """Return the migration operation that takes guards away while a table is changed that their rules look at.

    SQLite builds a table anew for a column, and a rule that names it stands in the way. `guard` puts them up again.
    """

    def forwards(apps: Any, editor: Any) -> None:
        for one in guards:
            for statement in drop(one, editor.connection.vendor):
                editor.execute(statement, None)

    return RunPython(forwards, RunPython.noop)


def guard(*guards: Guard) -> RunPython:
    """Return the migration operation that puts guards up on the database it runs on.

    A guard speaks of its table as it is in the end: an earlier migration guards what is there by then, and whichever
    adds a table or a column guards it again.
    """

    def forwards(apps: Any, editor: Any) -> None:
        for one in _that_exist(guards, editor.connection):
            for statement in drop(one, editor.connection.vendor) + create(one, editor.connection.vendor):
                editor.execute(statement, None)

    def backwards(apps: Any, editor: Any) -> None:
        for one in guards:
            for statement in drop(one, editor.connection.vendor):
                editor.execute(statement, None)

    return RunPython(forwards, backwards)
