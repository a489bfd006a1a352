"""Many rows in one statement, the fast way of each database; rows that stand there already are left as they are."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, models


def insert_new(model: type[models.Model], columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows inside the caller's transaction; one that breaks a unique rule is skipped.

    ``columns`` are database columns (``profile_id``). About 4 times as fast as ``bulk_create`` (stack.md section 8).
    """
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    into = f'INTO "{model._meta.db_table}" ({names})'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            execute_values(cursor.cursor, f"INSERT {into} VALUES %s ON CONFLICT DO NOTHING", rows, page_size=1_000)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT OR IGNORE {into} VALUES ({marks})", _with_texts(rows))


def _with_texts(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Write dates as SQLite keeps them; a column is of one type, so the first row tells which columns are dates."""
    days = [index for index, value in enumerate(rows[0]) if isinstance(value, date)]
    changed = []
    for row in rows:
        cells = list(row)
        for index in days:
            cells[index] = str(cells[index])
        changed.append(tuple(cells))
    return changed
