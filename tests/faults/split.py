"""The product with a fault put in: the decision's audit entry is committed before the decision itself.

Run as `manage.py` of a folder of its own, so that the supervisor's children have the fault as well. It is the negative
control of the kill test, which must find it.
"""

import os
import sys
import time
from pathlib import Path

PAUSE = 1.5  # seconds between entry and decision: time enough to be seen there, and killed


def split() -> None:
    """Let the entry of a decision have a transaction of its own."""
    from audit import log
    from audit.models import Kind

    record = log.record

    def record_and_commit(kind, **more):
        entry = record(kind, **more)
        if kind == Kind.DECISION:
            _commit()
        return entry

    log.record = record_and_commit


def between(folder: str | Path) -> Path:
    """Return the file that a decision writes when its entry is committed and it is not, in the place's folder."""
    return Path(folder) / "between"


def _commit() -> None:
    from django.db import connection

    connection.connection.commit()
    between(os.environ["HM_DATA_DIR"]).touch()
    time.sleep(PAUSE)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        # The blocks that are open go on to believe in their savepoints.
        for name in filter(None, connection.savepoint_ids):
            cursor.execute(connection.ops.savepoint_create_sql(name))


def main() -> None:
    """Be manage.py."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    split()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
