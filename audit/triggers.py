"""Rows that are never changed, held by the database itself (trust.md 1.6), for the log and every append-only table.

An app registers its `Guard` when it starts (so that the start-up check and the tests know of it) and puts the
triggers up in a migration by `guard(...)`.
"""

from dataclasses import dataclass
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
class Guard:
    """What is refused on one table.

    `keys`: its unique keys, each "column" or "column, column" (SQLite's REPLACE is refused over them).
    `columns`: refuse updates of these columns only; empty means of every column.
    `deletable`: SQL over OLD that is true for rows that may be deleted after all; empty means none.
    `rules`: what else is refused.
    """

    table: str
    keys: tuple[str, ...] = ("id",)
    columns: tuple[str, ...] = ()
    deletable: str = ""
    rules: tuple[Rule, ...] = ()


PROTECTED: dict[str, Guard] = {}


def register(*guards: Guard) -> None:
    """Make the guards known to the start-up check."""
    PROTECTED.update({guard.table: guard for guard in guards})


register(Guard("audit_auditentry", ("uid",)))


def names(table: str, vendor: str) -> list[str]:
    """Return the names of the triggers that must stand on a guarded table."""
    return _names(PROTECTED[table], vendor)


def _names(guard: Guard, vendor: str) -> list[str]:
    ends = ("no_update", "no_delete", "no_replace") if vendor == "sqlite" else ("no_update", "no_delete", "no_truncate")
    return [*(f"{guard.table}_{end}" for end in ends), *(rule.name for rule in guard.rules)]


def create(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that put a guard up."""
    return _sqlite(guard) if vendor == "sqlite" else _postgresql(guard)


def _update_of(guard: Guard) -> str:
    return f"UPDATE OF {', '.join(guard.columns)}" if guard.columns else "UPDATE"


def _sqlite(guard: Guard) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'append-only: change refused'); END"
    update, delete, replace, *_rules = _names(guard, "sqlite")
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
    ]


def _postgresql(guard: Guard) -> list[str]:
    table, function = guard.table, f"{guard.table}_refuse"
    may_go = f"IF TG_OP = 'DELETE' THEN IF ({guard.deletable}) THEN RETURN OLD; END IF; END IF;"
    allow = may_go if guard.deletable else ""
    update, delete, truncate, *rules = _names(guard, "postgresql")
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {allow}"
        " RAISE EXCEPTION 'append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';"
        " END $$",
        f"CREATE TRIGGER {update} BEFORE {_update_of(guard)} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        *(statement for rule in guard.rules for statement in _postgresql_rule(table, rule)),
        # ALWAYS: a session that calls itself a replica is refused too.
        *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name in (update, delete, truncate, *rules)),
    ]


def _postgresql_rule(table: str, rule: Rule) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {rule.refused} THEN RAISE EXCEPTION '{rule.because}' USING ERRCODE = 'check_violation'; END IF;"
        " RETURN NEW; END $$",
        f"CREATE TRIGGER {rule.name} BEFORE {rule.verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {rule.name}()",
    ]


def drop(guard: Guard, vendor: str) -> list[str]:
    """Return the statements that take a guard away (erasure, and the flush between tests)."""
    on = "" if vendor == "sqlite" else f" ON {guard.table}"
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in _names(guard, vendor)]


def guard(*guards: Guard) -> RunPython:
    """Return the migration operation that puts guards up on the database it runs on."""

    def forwards(apps: Any, editor: Any) -> None:
        for one in guards:
            for statement in drop(one, editor.connection.vendor) + create(one, editor.connection.vendor):
                editor.execute(statement, None)

    def backwards(apps: Any, editor: Any) -> None:
        for one in guards:
            for statement in drop(one, editor.connection.vendor):
                editor.execute(statement, None)

    return RunPython(forwards, backwards)
