"""The start-up check that every append-only table has its triggers: a rebuilt SQLite table loses them silently."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from audit import triggers

# What there is, as sort and name. PostgreSQL: a trigger that is off, or sleeps in replica sessions, does not stand.
CATALOGUE = {
    "sqlite": "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'trigger')",
    "postgresql": "SELECT 'table', relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)"
    " UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger WHERE tgenabled = 'A'",
}


def missing() -> list[str]:
    """Return the names of triggers that should stand and do not; tables that are not migrated yet are passed over."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE[connection.vendor])
        there = set(cursor.fetchall())
    tables, standing = ({name for sort, name in there if sort == one} for one in ("table", "trigger"))
    guarded = [table for table in sorted(triggers.PROTECTED) if table in tables]
    wanted = [name for table in guarded for name in triggers.names(table, connection.vendor)]
    return [name for name in wanted if name not in standing]


def is_behind() -> bool:
    """Tell whether the database lacks migrations of this release: what they put up cannot stand yet."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@register(Tags.database)
def triggers_stand(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start while a table that must be append-only can be changed."""
    if not databases:
        return []
    try:
        gone = [] if is_behind() else missing()
    except DatabaseError:  # not reachable yet: the connection itself reports that
        return []
    return [
        Error(
            f"The trigger {name} is gone: this table could be changed unseen.",
            id="audit.E001",
            hint="Run `./run manage guard_tables`, and find out who took it away.",
        )
        for name in gone
    ]


def require() -> None:
    """Refuse to start a process over tables that can be changed unseen. Raises SystemCheckError, which names them.

    Commands ask for it themselves: Django runs checks of a database where `migrate` is typed, and nowhere else.
    """
    try:
        behind = is_behind()
    except DatabaseError:  # not there yet: the process waits for it or says so itself
        return
    if behind:
        raise SystemCheckError("The database is older than this release. Run `./run manage migrate` first.")
    if found := triggers_stand(["default"]):
        raise SystemCheckError("\n".join(f"{one.msg} {one.hint}" for one in found))
