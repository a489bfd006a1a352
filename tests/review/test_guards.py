"""The two rules of this floor's tables are known to the start-up check and come back like any guard."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from audit import checks
from review import guards

pytestmark = pytest.mark.django_db
RULES = [(one.table, rule.name) for one in guards.GUARDS for rule in one.rules]


@pytest.mark.parametrize(("table", "name"), RULES)
def test_a_rule_that_is_gone_is_missed_and_put_up_again(table, name):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
    assert checks.missing() == [name]
    call_command("guard_tables", verbosity=0)
    assert checks.missing() == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="replica sessions are PostgreSQL's")
def test_a_session_that_calls_itself_a_replica_is_held_to_the_rules(policy, marcus):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="can only retire"), transaction.atomic():
        type(policy).objects.update(approved_by=marcus)
