"""Copies of a migrated database: made again whenever a migration could come out differently."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit import checks
from tests import template

ROOT = Path(__file__).resolve().parents[1]


class TestSources:
    def test_are_every_migration_and_what_it_imports(self):
        found = {str(path.relative_to(ROOT)) for path in template.sources()}
        assert {str(path.relative_to(ROOT)) for path in ROOT.glob("*/migrations/*.py")} <= found
        assert {"audit/triggers.py", "review/guards.py", "screening/guards.py"} <= found

    def test_are_followed_through_what_is_imported(self, tmp_path):
        texts = {
            "app/migrations/0001.py": "from app import guards\nimport other.words",
            "app/guards.py": "from app.deep import X",
            "app/deep/__init__.py": "",
            "other/words.py": "import nothing_of_ours",
            "app/views.py": "",
        }
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        found = {str(path.relative_to(tmp_path)) for path in template.sources(tmp_path)}
        assert found == {"app/migrations/0001.py", "app/guards.py", "app/deep/__init__.py", "other/words.py"}

    def test_change_the_name_of_the_copy(self, tmp_path):
        one = tmp_path / "0001.py"
        one.write_text("x = 1")
        before = template.digest([one])
        assert template.digest([one]) == before
        one.write_text("x = 2")
        assert template.digest([one]) != before


@pytest.mark.django_db
class TestCopy:
    """Every test database is a copy but the first."""

    def test_lacks_no_migration(self):
        executor = MigrationExecutor(connection)
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []

    def test_has_every_guard(self):
        checks.require()

    def test_is_no_matter_of_a_database_with_tables(self, monkeypatch):
        monkeypatch.setitem(template.COPYING, connection.vendor, (pytest.fail, pytest.fail))
        call_command("migrate", verbosity=0)
