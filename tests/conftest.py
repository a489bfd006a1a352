"""What every test stands on."""

import gc
import shutil

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import override_settings
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from audit import triggers
from tests import rules, servers, template

pytest_plugins = ["tests.stages"]
KEY = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="  # signs the log of every test
template.use()


def pytest_configure(config) -> None:
    """Fail a run that skips a test which holds a rule of docs/rules.md."""
    config.pluginmanager.register(rules.Skips(), "skips-of-rules")
    if not settings.PRODUCTION:  # else pytest-django gives each worker a file, for it knows Django's own SQLite only
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = ":memory:"
    gc.disable()  # tests are collected into half a million objects, all of which stay


def pytest_collection_finish() -> None:
    """Leave what was collected to itself: to search it for garbage again and again is a twentieth of all work."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _russian() -> None:
    """Compile the Russian words, as the launcher does before it starts anything."""
    call_command("messages", verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _static_files_once() -> None:
    """Look for the static files once: every client that a test makes would do it again, for 30 ms of CPU each."""
    looked, files = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(middleware):
        if not files:
            looked(middleware)
            files.update(middleware.files)
        middleware.files.update(files)

    WhiteNoiseMiddleware.add_files_from_finders = once


@pytest.fixture(autouse=True)
def _english():
    """Begin each test in English: the language of a request that a test makes stays with its thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """Hash passwords quickly: the real hash takes a tenth of a second for every person a test makes."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def share(django_db_setup, django_db_blocker, tmp_path_factory):
    """Makes a world that the tests of a class share, where it costs a second or more: `yield from share(build)`.

    A class does so in its fixture `begins_with`. Each of its tests works on a savepoint and on copies of the files, and
    finds by queries what it works on; the world is rolled back at the end of the class.
    """

    def made(build):
        folder = tmp_path_factory.mktemp("shared")
        own = {"DATA_DIR": folder, "STORE_URL": str(folder / "store"), "AUDIT_KEY": KEY}
        with django_db_blocker.unblock(), transaction.atomic():
            with override_settings(**own):
                build()
            yield folder
            transaction.set_rollback(True)

    return made


@pytest.fixture
def begins_with():
    """The folder with the files that a test begins with, where its class shares a world."""
    return


@pytest.fixture(autouse=True)
def _data_folder(settings, tmp_path_factory, begins_with) -> None:
    """Keep pools, uploads and exports of tests out of the installation's own folder."""
    folder = tmp_path_factory.mktemp("data")
    if begins_with:
        shutil.copytree(begins_with, folder, dirs_exist_ok=True)
    settings.DATA_DIR = folder
    settings.AUDIT_KEY = KEY
    settings.STORE_URL = str(folder / "store")
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder / "uploads"}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


# A flush makes these again, and they are the same whatever a test did.
KEPT = {"django_content_type", "auth_permission"}


def _filled() -> list[str]:
    """Return the tables with rows, but those that are kept."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in sorted(tables)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]


def _execute(statements: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _empty(filled: list[str]) -> None:
    guards = [triggers.PROTECTED[table] for table in filled if table in triggers.PROTECTED]
    down = [sql for guard in guards for sql in triggers.drop(guard, connection.vendor)]
    _execute([*down, *(f"DELETE FROM {table}" for table in filled)])
    _execute([sql for guard in guards for sql in triggers.create(guard, connection.vendor)])


@pytest.fixture(scope="session", autouse=True)
def _flushable() -> None:
    """Empty what transactional tests filled, past the append-only triggers: down before it, up after it.

    Django's own way on PostgreSQL, TRUNCATE of all tables, takes a new file for each table and each index of it.
    """

    def flush(self, sql_list):
        if not all(sql.startswith(("DELETE FROM", "TRUNCATE")) and "RESTART" not in sql for sql in sql_list):
            raise ValueError("a flush here does not start the numbers of rows again: no test may ask for that")
        for last in (False, False, True):
            try:
                _empty(_filled())
                break
            except IntegrityError:  # a page that is still open wrote a row meanwhile: its table is filled now too
                if last:
                    raise

    BaseDatabaseOperations.execute_sql_flush = flush


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
