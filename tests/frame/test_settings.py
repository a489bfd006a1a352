"""The settings refuse what is not safe, and say so in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = "postgres://nobody@127.0.0.1/none"


@pytest.fixture
def told(tmp_path):
    """What a command says on standard error, with variables set."""

    def start(**variables: str) -> str:
        env = {**servers.production(POSTGRES, "redis://none"), "HM_DATA_DIR": str(tmp_path), **variables}
        done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
        return done.stderr

    return start


class TestProduction:
    @pytest.mark.parametrize("url", ["sqlite:////tmp/x.db", "mysql://nobody@127.0.0.1/none"])
    def test_refuses_another_database_than_postgresql(self, told, url):
        assert told(DATABASE_URL=url).startswith("hybridmkt: DATABASE_URL must name a PostgreSQL")

    @pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "REDIS_URL"])
    def test_refuses_to_start_without(self, told, name):
        assert told(**{name: ""}).startswith(f"hybridmkt: {name} is not set. With DATABASE_URL set")

    @pytest.mark.parametrize(
        ("name", "value"), [("DEBUG", "1"), ("SECRET_KEY", "short"), ("SECRET_KEY", "x" * 60), ("ALLOWED_HOSTS", "*"),
         ("HM_ANCHOR_URL", "file:///etc/passwd"), ("HM_ANCHOR_URL", "https://without-a-secret.example/")],
    )  # fmt: skip
    def test_refuses_what_is_not_safe(self, told, name, value):
        said = told(**{name: value})
        assert said.startswith("hybridmkt: ")
        assert name in said


class TestDataFolder:
    def test_says_which_variable_helps_where_it_cannot_be_made(self, told, tmp_path):
        (tmp_path / "notes").write_text("")
        said = told(DATABASE_URL="", HM_DATA_DIR=str(tmp_path / "notes" / "var"))
        assert said.endswith("(Not a directory): let HM_DATA_DIR name another.\n")


class TestWords:
    def test_are_compiled_into_the_data_folder_where_the_program_is_embedded(self, tmp_path):
        env = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "HM_DATA_DIR": str(tmp_path)}
        subprocess.run([sys.executable, "manage.py", "messages"], cwd=ROOT, env=env, check=True, capture_output=True)
        assert (tmp_path / "locale" / "ru" / "LC_MESSAGES" / "django.mo").exists()
