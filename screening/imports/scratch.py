"""A throw-away SQLite file for what must be remembered over a whole file without filling memory."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def scratch(schema: str) -> Iterator[sqlite3.Connection]:
    """Open an empty SQLite file with these tables; it is gone when the block ends, and memory stays under 16 MB."""
    with tempfile.NamedTemporaryFile(prefix="import-", suffix=".sqlite") as file:
        notebook = sqlite3.connect(file.name, isolation_level=None)
        try:
            # Durability is of no use to a file that nobody reads after a crash.
            notebook.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;" + schema
            )
            notebook.execute("BEGIN")
            yield notebook
        finally:
            notebook.close()
