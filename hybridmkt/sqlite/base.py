"""SQLite as Django knows it, but for how a transaction waits for its turn to write.

SQLite's own waiting tries after 1 ms, then ever more seldom, ten times a second in the end: whoever has waited longest
has the least chance against those who have just come. Four processes that approved 5,000 cards kept one of them out for
60 seconds. Here everybody who waits tries equally often.
"""

import sqlite3
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

PAUSE = 0.002  # seconds between two tries, each of which costs some 0.05 ms


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a waiting of its own at BEGIN. The option `timeout` (seconds) says how long, as before."""

    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.get_connection_params().get("timeout", 5))
        self._let_sqlite_wait(0)
        try:
            for _try in range(int(patience / PAUSE)):
                try:
                    return self._begin()
                except OperationalError as error:
                    if not _is_busy(error):
                        raise
                time.sleep(PAUSE)
            self._begin()
        finally:
            self._let_sqlite_wait(patience)

    def _begin(self) -> None:
        super()._start_transaction_under_autocommit()  # type: ignore[misc]  # its stubs do not know it

    def _let_sqlite_wait(self, seconds: float) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def _is_busy(error: OperationalError) -> bool:
    # The last byte is the kind; the others say why, as that somebody repairs the log after a crash.
    cause = error.__cause__
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
