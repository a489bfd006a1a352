"""An older copy of the database is put back under a product that signed more since: it says so, and writes nothing."""

import json
import sqlite3
import time
import urllib.request

from tests.faults.places import Embedded, patiently


def test_is_noticed_at_the_start_and_nothing_is_written_to_it(tmp_path):
    place = Embedded(tmp_path)
    place.make_world(3, 1)
    kept = tmp_path / "copy.sqlite3"
    try:
        run_until_all_is_signed(place)
        copy(place.database, kept)
        place.make_world(1)
        run_until_all_is_signed(place)
        for rest in tmp_path.glob("db.sqlite3*"):  # with what was not yet written into the file itself
            rest.unlink()
        copy(kept, place.database)
        size = signed(place)
        place.start()
        patiently(lambda: told(place).get("audit") == "rolled back", "the word of a rolled-back log")
        place.make_world(1)
        time.sleep(2)  # as long as the clock would need to sign, and the worker to begin, several times over
        assert place.query("SELECT status FROM jobs_job ORDER BY id DESC LIMIT 1") == [("queued",)]
        assert signed(place) == size
    finally:
        place.stop()


def copy(database, to):
    """Do what docs/operations.md says: `.backup`."""
    with sqlite3.connect(database) as source, sqlite3.connect(to) as target:
        source.backup(target)


def run_until_all_is_signed(place):
    place.start()
    patiently(lambda: place.is_done() and not place.query("SELECT 1 FROM audit_auditpending"), "the end of all work")
    time.sleep(0.2)  # the head beside the database is written after it
    place.stop()
    place.log = (place.database.parent / "output.txt").open("ab")


def signed(place):
    return place.query("SELECT max(size) FROM audit_auditcheckpoint")


def told(place):
    with urllib.request.urlopen(place.address + "readyz", timeout=5) as answer:
        return json.load(answer)
