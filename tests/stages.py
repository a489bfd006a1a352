"""What the stages of .ci/run share: a record of what passed, and which tests run again on PostgreSQL and Redis.

Every test runs on SQLite. A run `--after` that record keeps those for which it can matter what a run stands on: they
use the database, or the whole product behind a client. It keeps as well whatever has not passed yet, because it was
skipped: for want of Redis, of real files, of a browser. So nothing is left out everywhere. What it leaves out parses,
reads sources or computes, or has a database of its own.

It leaves out as well what is marked `once("why")`, as a whole file or class, where two things hold: the database is
only what a dear world stands on, while what is shown is decided by code that asks no database, such as rights,
words and pages; and the verbs and queries that make and read this world have tests of their own, which run on
both. Verbs, queries, locks, triggers, migrations, jobs, the log and the API are never marked. What lies in a folder
`pages` is left out in the same way: there the verbs are pressed and the queries shown that have tests of their own, and
what every page asks of PostgreSQL is asked by tests/frame/test_page_weights.py.

`python -m tests.stages RECORD ...` says how many ran where.
"""

import sys
from collections import Counter
from pathlib import Path

import pytest

PAGES = "pages"
GROUND = {"db", "transactional_db", "live_server", "client", "rf"}  # fixtures through which a test stands on services


def pytest_addoption(parser):
    parser.addoption("--record", type=Path, help="add a line `outcome test` for each test to this file")
    parser.addoption("--after", type=Path, help="leave out what passed in this record and stands on no service")


def pytest_configure(config):
    config.addinivalue_line("markers", "once(why): what a test shows is the same on both databases; it runs on SQLite")
    if (path := config.getoption("--record")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path.absolute()))


class Recorder:
    """Writes what became of each test."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.skipped:
            with self.path.open("a") as file:
                file.write(f"{report.outcome} {report.nodeid}\n")


def read(*records: Path) -> list[tuple[str, str]]:
    """Return (outcome, test) of each line."""
    lines = [line.partition(" ") for path in records for line in path.read_text().splitlines()]
    return [(outcome, name) for outcome, _, name in lines]


def pytest_collection_modifyitems(config, items):
    if not (path := config.getoption("--after")):
        return
    passed = {name for outcome, name in read(path) if outcome == "passed"}
    runs = [stands_on_services(item) or item.nodeid not in passed for item in items]
    config.hook.pytest_deselected(items=[item for item, kept in zip(items, runs, strict=True) if not kept])
    items[:] = [item for item, kept in zip(items, runs, strict=True) if kept]


def stands_on_services(item: pytest.Item) -> bool:
    """Tell whether what a run stands on can matter to a test. Raises UsageError for a mark without a reason."""
    if once := item.get_closest_marker("once"):
        if len(once.args) != 1 or not str(once.args[0]).strip():
            raise pytest.UsageError(f"{item.nodeid} is marked `once` and says not why")
        return False
    if item.path.parent.name == PAGES:
        return False
    return bool(item.get_closest_marker("django_db") or GROUND & set(item.fixturenames))


def main(*records: str) -> None:
    """Print how many tests ran in how many stages, and those that were skipped in all."""
    found = read(*map(Path, records))
    times = Counter(name for outcome, name in found if outcome == "passed")
    for name in sorted({name for _, name in found} - set(times)):
        print(f"passed nowhere: {name}")
    print(f"{len(times)} tests passed, {sum(n > 1 for n in times.values())} of them in more than one stage")


if __name__ == "__main__":
    main(*sys.argv[1:])
