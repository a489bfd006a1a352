"""`kill -9` of web, worker and supervisor at random points under people who decide and a worker that works.

HM_KILLS says how often (5 unless set). Every acknowledged decision is there once, none is half there, every job ends.
The same test on a product whose audit entry has a transaction of its own must find phantoms, and on one that tells of a
job once, as plain `delay()` does, jobs that nobody ever does: it can see the fault.
"""

import itertools
import os
import random
import shutil
import sys
import time
from collections.abc import Callable

import pytest

from tests import servers
from tests.faults import split
from tests.faults.invariants import broken
from tests.faults.places import Embedded, Place, Production, patiently
from tests.faults.world import WRITERS
from tests.faults.writing import Writers

KILLS = int(os.environ.get("HM_KILLS", "5"))
CARDS, FILES, MORE = 200 + 40 * KILLS, 2, 4  # files at the start, and before each kill of a worker
CONTROL_KILLS = 2
DECISIONS, MOMENTS = 2, (0.05, 1.0)  # between two kills: decisions made at least, then so many seconds
BEGUN_AGAIN = "SELECT kind, attempts FROM jobs_job WHERE attempts > 1"  # its worker was killed over it
LEFT = "SELECT id FROM jobs_job WHERE status = 'queued'"
ENDED, LOST_AFTER = "the end of every job", 30  # seconds: hints that got lost are sent again after three
PHANTOM = "an audit entry without its decision"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Give a folder with the embedded world, made once."""
    folder = tmp_path_factory.mktemp("world")
    place = Embedded(folder)
    place.make_world(CARDS, FILES)
    place.log.close()
    return folder


@pytest.fixture
def embedded(world, tmp_path):
    """Give an embedded place with a copy of the world."""
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    return Embedded(tmp_path)


@pytest.fixture
def faulty(world, tmp_path):
    """Give the same with the fault put in."""
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    (tmp_path / "manage.py").write_text("from tests.faults.split import main\n\nmain()\n")
    return Embedded(tmp_path, manage=tmp_path)


@pytest.fixture
def production(tmp_path):
    """Give production's processes on PostgreSQL and Redis of their own."""
    servers.need("postgres", servers.postgres_folder(), "PostgreSQL's programs (initdb, postgres) are not installed")
    servers.need("redis", servers.redis_program(), "redis-server is not installed")
    with servers.postgres(options={}) as database, servers.redis() as broker:
        place = Production(tmp_path, database, broker)
        place.make_world(CARDS, FILES)
        yield place


def harm(
    place: Place, parts: tuple[str, ...], *, kills: int, seed: int, patience: float = 180,
    moment: Callable[[], None] | None = None,
) -> Writers:  # fmt: skip
    """Start the place, let people decide, kill parts of it in turn, and give what was acknowledged.

    patience: seconds until every job must have ended; 0: it is not waited for. moment: waits for the moment of a
    kill; a random one unless given.
    """
    dice = random.Random(seed)
    cards = [card for (card,) in place.query("SELECT id FROM review_reviewtask WHERE state = 'open' ORDER BY id")]
    place.start()
    try:
        writers = Writers(place.address, cards, headers=place.headers)
        writers.start(WRITERS)
        for part in itertools.islice(itertools.cycle(parts), kills):
            goal = len(writers.acknowledged) + DECISIONS
            patiently(
                lambda goal=goal: len(writers.acknowledged) >= goal or writers.wrong, "decisions between two kills"
            )
            if moment:
                moment()
            else:
                time.sleep(dice.uniform(*MOMENTS))
            if part == "worker":  # one that idles has nothing to lose
                place.give_work(MORE)
            place.kill(part)
        patiently(place.answers, "an answer after the last kill")
        writers.stop()
        assert not writers.wrong, writers.wrong
        if patience:
            patiently(place.is_done, ENDED, seconds=patience)
        return writers
    finally:
        place.stop()


class TestKillNine:
    def test_embedded_loses_and_halves_nothing(self, embedded):
        writers = harm(embedded, embedded.parts, kills=KILLS, seed=20261120)
        assert len(writers.acknowledged) >= KILLS
        assert broken(embedded.query, writers.acknowledged) == []
        assert embedded.query(BEGUN_AGAIN)
        assert embedded.query("PRAGMA integrity_check") == [("ok",)]
        assert embedded.query("PRAGMA foreign_key_check") == []

    def test_production_loses_and_halves_nothing(self, production):
        writers = harm(production, production.parts, kills=KILLS, seed=20261121)
        assert len(writers.acknowledged) >= KILLS
        assert broken(production.query, writers.acknowledged) == []
        assert production.query(BEGUN_AGAIN)

    def test_production_loses_nothing_when_its_database_crashes_or_its_broker_forgets(self, production):
        writers = harm(production, ("database", "broker"), kills=KILLS, seed=20261127)
        assert len(writers.acknowledged) >= KILLS
        assert writers.sent_again
        assert broken(production.query, writers.acknowledged) == []

    def test_finds_a_decision_whose_entry_had_a_transaction_of_its_own(self, faulty):
        sign = split.between(faulty.folder)

        def moment():  # a random one falls between the two seldom where a decision takes long
            sign.unlink(missing_ok=True)
            patiently(sign.exists, "a decision whose entry is committed")

        writers = harm(faulty, ("web",), kills=CONTROL_KILLS, seed=20261122, patience=0, moment=moment)
        found = broken(faulty.query, writers.acknowledged)
        assert any(line.startswith(PHANTOM) for line in found), found

    def test_finds_jobs_that_were_told_of_by_plain_delay(self, production):
        production.commands["beat"] = [sys.executable, "-m", "tests.faults.plain"]
        with pytest.raises(AssertionError, match=ENDED):
            harm(production, ("broker",), kills=1, seed=20261128, patience=LOST_AFTER)
        assert production.query(LEFT)
