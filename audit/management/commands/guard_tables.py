"""Put up again the triggers that keep append-only tables from being changed."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from audit import checks, triggers


class Command(BaseCommand):
    """Re-create the guards of tables on which a trigger is missing."""

    help = "Put missing append-only triggers up again, and say which."
    requires_system_checks = []  # the check that a trigger is gone must not stop its own cure

    def handle(self, *args: Any, **options: Any) -> None:
        """Name each trigger that was missing; find out who took it away before trusting the log."""
        gone = checks.missing()
        if not gone:
            self.stdout.write("All triggers stand.")
            return
        for guard in triggers.PROTECTED.values():
            if set(triggers.names(guard.table, connection.vendor)) & set(gone):
                _put_up(guard)
        self.stdout.write("Put up again: " + ", ".join(gone))
        self.stdout.write("Rows may have been changed meanwhile. Find out who took the triggers away.")


def _put_up(guard: triggers.Guard) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in triggers.drop(guard, connection.vendor) + triggers.create(guard, connection.vendor):
            cursor.execute(statement)
