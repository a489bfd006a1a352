"""Several small reads in one round trip: each queryset is filled as if it had been evaluated by itself.

One statement gives the rows of each as a JSON array of arrays; Django makes instances and values of them as always.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.sql.compiler import SQLCompiler

MOST_ARGUMENTS = 90  # of one call that makes an array: PostgreSQL takes 100, SQLite 127
REFUSED = frozenset({"BinaryField", "DurationField"})
ARRAYS = {"sqlite": ("json_group_array(json_array({}))", "json_array({})"),
          "postgresql": ("json_agg(json_build_array({}))::text", "json_build_array({})")}  # fmt: skip
Load = Callable[[Any], Any]


class NotAtOnce(TypeError):
    """Raised for a queryset whose columns JSON would not give back as they are; the sentence says which."""


def _number(told: str) -> float | None:
    return None if told == "NULL" else float(told)


# By the kind of a column: how it goes into JSON, and how what comes back becomes what the driver gives. The rest goes
# as it is: text, whole numbers, truth. SQLite keeps dates and ids as text, its JSON rounds fractions, `quote` does not.
WAYS: dict[str, dict[str, tuple[str, Load | None]]] = {
    "sqlite": {
        "FloatField": ("quote({})", _number), "DecimalField": ("quote({})", _number),
        "JSONField": ("CAST({} AS TEXT)", None),
    },
    "postgresql": {
        "FloatField": ("{}", float), "DecimalField": ("{}::text", Decimal), "JSONField": ("{}::text", None),
        "DateTimeField": ("{}", datetime.fromisoformat), "DateField": ("{}", date.fromisoformat),
        "TimeField": ("{}", time.fromisoformat), "UUIDField": ("{}", UUID),
    },
}  # fmt: skip


def at_once(*asked: QuerySet[Any, Any]) -> None:
    """Evaluate querysets in one statement: what each holds then, in its order, is what it would give by itself.

    Nothing is asked for one that holds its rows already or that can have none; what a queryset prefetches it asks for
    by itself. Raises NotAtOnce.
    """
    parts: list[tuple[QuerySet[Any, Any], SQLCompiler, list[Load | None]]] = []
    statements: list[str] = []
    values: list[Any] = []
    for rows in asked:
        if rows._result_cache is not None:
            continue
        compiler = rows.query.get_compiler(rows.db)
        try:
            sql, given = ("", ()) if rows.query.is_empty() else compiler.as_sql()
        except EmptyResultSet:
            sql = ""
        if not sql:
            rows._result_cache = []
            continue
        statement, loads = _whole(compiler, sql)
        parts.append((rows, compiler, loads))
        statements.append(statement)
        values += given
    if not parts:
        return
    with connections[parts[0][0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(statements)}", values)
        found = cursor.fetchone()
    for (rows, compiler, loads), told in zip(parts, found, strict=True):
        _fill(rows, compiler, _loaded(json.loads(told or "[]"), loads))


def _whole(compiler: SQLCompiler, sql: str) -> tuple[str, list[Load | None]]:
    # The columns are named here: a join gives the same name to several.
    ways = [_way(compiler, one) for one, _sql, _alias in compiler.select[: compiler.col_count]]
    if compiler.has_extra_select:
        raise NotAtOnce("A queryset that is ordered by what it does not select is evaluated by itself.")
    names = [f"c{n}" for n in range(len(ways))]
    columns = [way.format(name) for name, (way, _load) in zip(names, ways, strict=True)]
    outer, inner = ARRAYS[compiler.connection.vendor]
    chunks = [", ".join(columns[n : n + MOST_ARGUMENTS]) for n in range(0, len(columns), MOST_ARGUMENTS)]
    array = outer.format(", ".join(inner.format(chunk) for chunk in chunks))
    return f"(WITH rows_ ({', '.join(names)}) AS ({sql}) SELECT {array} FROM rows_)", [load for _way, load in ways]


def _way(compiler: SQLCompiler, column: Any) -> tuple[str, Load | None]:
    kind = column.output_field.get_internal_type()
    if kind in REFUSED or isinstance(column, KeyTransform):
        raise NotAtOnce(f"{column!r} ({kind}) does not go through JSON: evaluate this queryset by itself.")
    return WAYS[compiler.connection.vendor].get(kind, ("{}", None))


def _loaded(rows: Sequence[list[list[Any]]], loads: Sequence[Load | None]) -> list[list[Any]]:
    whole = [[value for chunk in row for value in chunk] for row in rows]
    changed = [(n, load) for n, load in enumerate(loads) if load is not None]
    for row in whole:
        for n, load in changed:
            if row[n] is not None:
                row[n] = load(row[n])
    return whole


def _fill(rows: QuerySet[Any, Any], compiler: SQLCompiler, found: list[list[Any]]) -> None:
    # The queryset evaluates itself over a compiler that has its rows already.
    compiler.execute_sql = lambda *_args, **_kwargs: [found]  # type: ignore[method-assign, assignment]
    query = rows.query
    query.get_compiler = lambda *_args, **_kwargs: compiler  # type: ignore[method-assign]
    try:
        len(rows)
    finally:
        del query.get_compiler
