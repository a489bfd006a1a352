"""What PostgreSQL plans for after an import: the tables as they are, not as it last saw them."""

import pytest
from django.db import connection

from screening.imports import load
from tests.screening.imports.files import write
from tests.screening.imports.loads import counted, imported

LIST = "username,followers\nanna,1200\nivan,900\nolga,700\n"


@pytest.fixture
def believed(on_postgres):
    """How many profiles it believes there are; it has just found none."""

    def told():
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'screening_profile'")
            return cursor.fetchone()[0]

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE screening_profile")
    assert told() <= 0
    return told


@pytest.mark.parametrize(("enough", "count"), [(3, 3), (4, 0)])
def test_counts_what_came_in_where_that_was_much(believed, tmp_path, monkeypatch, enough, count):
    monkeypatch.setattr(load, "CHUNK", enough)
    assert counted(imported(write(tmp_path / "a.csv", LIST))) == (3, 3, 0, 0)
    assert max(believed(), 0) == count
