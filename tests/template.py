"""A migrated database, made once and copied: all migrations take many seconds, a copy takes one.

While `use()` is in force, `migrate` of an empty database puts a copy in place first, where the same migrations have
been carried out before; then it goes on and finds nothing left to do. The copies lie in the folder for temporary
files, under a name that changes with any source that a migration reads. .ci/run has such a folder of its own, so
there the first database of each kind is made by the migrations themselves.
"""

import ast
import fcntl
import hashlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path

import psycopg2.extensions
from django.core.management import call_command
from django.core.management.commands.migrate import Command
from django.db import connections

ROOT = Path(__file__).resolve().parents[1]
PARTLY = ("app_label", "plan", "check_unapplied", "fake", "fake_initial", "prune")  # options of another kind of call
_as_ever = Command.handle


def use() -> None:
    """Let every whole migration of this process begin with a copy."""
    Command.handle = _handle


def migrate() -> None:
    """Migrate the database of the settings."""
    use()
    call_command("migrate", verbosity=0)


def _handle(command, *args, **options) -> None:
    connection = connections[options["database"]]
    keep, put = COPYING[connection.vendor]
    if any(options[name] for name in PARTLY) or connection.introspection.table_names():
        return _as_ever(command, *args, **options)
    path = _folder() / f"{_digest()}.{connection.vendor}"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _as_ever(command, *args, **options)
            new = path.with_suffix(".new")
            if keep(connection, new):
                new.replace(path)
            return None
    put(connection, path)
    return _as_ever(command, *args, **options)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"hybridmkt-migrated-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


# --- what a copy is the copy of -----------------------------------------------------------------------------------
def sources(root: Path = ROOT) -> list[Path]:
    """Return the migrations and all of our modules that they import, and what these import."""
    found, waiting = set(), [*root.glob("*/migrations/*.py")]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path, root)
    return sorted(found)


def _imported(path: Path, root: Path) -> Iterable[Path]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        place = root.joinpath(*name.split("."))
        yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


@cache
def _digest() -> str:
    return digest([*sources(), ROOT / "hybridmkt" / "settings.py", ROOT / "requirements.lock"])


def digest(paths: Iterable[Path]) -> str:
    """Return a hash of names and contents."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.name}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:32]


# --- copies of SQLite ---------------------------------------------------------------------------------------------
def _keep_sqlite(connection, path: Path) -> bool:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a database in memory cannot take a copy of one with a WAL
    return True


def _put_sqlite(connection, path: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        copy.backup(connection.connection)


# --- copies of PostgreSQL -----------------------------------------------------------------------------------------
def _client(connection, program: str, *options: str) -> bool:
    """Run a client of a database; tell whether there is such a program and it could."""
    from tests import servers  # brings pytest along, which a process that a test starts is better without

    if not (folder := servers.postgres_folder()):
        return False
    wanted = {"host", "port", "user", "password", "dbname"}
    parts = {name: value for name, value in connection.get_connection_params().items() if name in wanted}
    command = [str(folder / program), *options, "--dbname", psycopg2.extensions.make_dsn(**parts)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 0


def _keep_postgresql(connection, path: Path) -> bool:
    return _client(connection, "pg_dump", "--no-owner", "--no-privileges", "--file", str(path))


def _put_postgresql(connection, path: Path) -> None:
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", str(path)]
    if not _client(connection, "psql", *options):
        raise RuntimeError(f"{path} could not be put in place. Remove it.")


COPYING = {"sqlite": (_keep_sqlite, _put_sqlite), "postgresql": (_keep_postgresql, _put_postgresql)}
