"""What every test stands on."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from audit import triggers
from tests import servers


@pytest.fixture(scope="session", autouse=True)
def _russian() -> None:
    """Compile the Russian words, as the launcher does before it starts anything."""
    call_command("messages", verbosity=0)


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Hash passwords quickly: the real hash takes a third of a second for every person a test makes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _data_folder(settings, tmp_path_factory) -> None:
    """Keep pools, uploads and exports of tests out of the installation's own folder."""
    folder = tmp_path_factory.mktemp("data")
    settings.DATA_DIR = folder
    settings.STORE_URL = str(folder / "store")
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder / "uploads"}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def _each_guard(make) -> None:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in triggers.PROTECTED.values():
            for statement in make(guard, connection.vendor) if guard.table in tables else ():
                cursor.execute(statement)


@pytest.fixture(scope="session", autouse=True)
def _flushable() -> None:
    """Let the flush between transactional tests pass the append-only triggers: down before it, up after it."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def around(self, sql_list):
        _each_guard(triggers.drop)
        try:
            return flush(self, sql_list)
        finally:
            _each_guard(triggers.create)

    BaseDatabaseOperations.execute_sql_flush = around


@pytest.fixture(scope="session")
def postgres_url():
    """Give the URL of an own, empty PostgreSQL that keeps what it acknowledged (for tests that kill it)."""
    servers.need("postgres", servers.postgres_folder(), "PostgreSQL's programs (initdb, postgres) are not installed")
    with servers.postgres(options={}) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url():
    """Give the URL of an own, empty Redis."""
    servers.need("redis", servers.redis_program(), "redis-server is not installed")
    with servers.redis() as url:
        yield url


@pytest.fixture
def on_postgres(db):
    """Leave the test to a run on PostgreSQL (`DATABASE_URL`)."""
    servers.need(
        "postgres", connection.vendor == "postgresql", "this run is on SQLite; DATABASE_URL names no PostgreSQL"
    )
