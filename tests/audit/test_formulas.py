"""No cell is taken for a formula, whoever writes the file: Python or the database."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit import formulas
from audit.formulas import guarded

KEPT = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
ODD = st.text(st.sampled_from(formulas.BLANKS + formulas.SIGNS + "a1'"), max_size=6)


def by_the_database(text):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {formulas.guarded_sql('x')} FROM (SELECT CAST(%s AS text) AS x) given", [text])
        return cursor.fetchone()[0]


class TestGuarded:
    @pytest.mark.parametrize("sign", formulas.SIGNS + "\0")
    @pytest.mark.parametrize("blank", ["", " ", "\xa0", "\u3000", "\ufeff", "\u200b", "\v", "  \u2009"])
    def test_makes_a_text_of_what_begins_like_a_formula(self, blank, sign):
        assert guarded(f"{blank}{sign}1+1") == f"'{blank}{sign}1+1"

    @pytest.mark.parametrize("text", ["", " ", "1+1", "a=1", "Ann", "'=1", "№ 1", "e@x.org", "—"])
    def test_leaves_everything_else_as_it_was_written(self, text):
        assert guarded(text) == text

    @pytest.mark.parametrize("form", "＝＋－＠")
    def test_knows_the_full_width_forms(self, form):
        assert guarded(form).startswith("'")


@pytest.mark.django_db
class TestGuardedSql:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
    @given(text=st.text(KEPT, max_size=20) | ODD)
    @example(text="")
    def test_says_what_python_says(self, text):
        assert by_the_database(text) == guarded(text)

    def test_leaves_nothing_as_nothing(self):
        assert by_the_database(None) is None
