"""`kill -9` of a worker in the middle of a run in ranges: it costs the range in its hands, in both modes."""

import pytest

from tests import servers
from tests.faults import test_worker_kill as kills
from tests.faults.ranged import RANGES

DONE = "SELECT count(*) FROM jobs_job WHERE kind = 'range' AND status = 'succeeded'"
AGAIN = "SELECT count(*) FROM jobs_job WHERE kind = 'range' AND attempts > 1"
IN_HAND = "SELECT worker FROM jobs_job WHERE kind = 'range' AND status = 'running'"
RUNS = "SELECT status, result_sha256 FROM screening_screeningrun ORDER BY id"


class Ranged(kills.Place):
    """A place whose worker judges in ranges."""

    module, look = "tests.faults.ranged", 0.1

    def done(self) -> int:
        return self.query(DONE)[0][0]


class Embedded(Ranged, kills.Embedded):
    """One worker on SQLite."""


class Production(Ranged, kills.Production):
    """Two workers on PostgreSQL and Redis."""


def ranged(place, *beside):
    place.env |= {"HM_RANGE_ROWS": "4", "HM_JOB_LEASE": "10"}
    place.call("prepare")
    for command in beside:
        place.start(command)
    return place


@pytest.fixture
def embedded(tmp_path):
    place = Embedded(tmp_path)
    try:
        yield ranged(place)
    finally:
        place.close()


@pytest.fixture
def production(tmp_path):
    servers.need("postgres", servers.postgres_folder(), "No PostgreSQL on this machine.")
    servers.need("redis", servers.redis_program(), "No Redis on this machine.")
    with servers.postgres() as database, servers.redis() as broker:
        place = Production(tmp_path, database, broker)
        try:
            yield ranged(place, place.beat, [*place.worker, "-n", "other@%h"])
        finally:
            place.close()


def finish(place, held):
    """Kill a worker once it has ranges in its hands, let others finish; `held`: ranges a worker holds at most."""
    worker = place.start()
    place.wait(lambda: place.done() >= RANGES + 3 and place.query(IN_HAND))
    place.kill(worker)
    at_kill = place.done()
    place.start()
    place.wait(lambda: not place.query("SELECT 1 FROM screening_screeningrun WHERE status <> 'completed'"))
    (_whole, undisturbed), (status, result) = place.query(RUNS)
    assert (status, result) == ("completed", undisturbed)
    assert at_kill < place.done() == 2 * RANGES
    assert place.query(AGAIN)[0][0] <= held


class TestKillNine:
    def test_embedded_costs_the_range_in_hand(self, embedded):
        finish(embedded, held=1)
        assert embedded.query("SELECT attempts FROM jobs_job WHERE kind = 'screen'") == [(1,), (2,)]

    def test_production_costs_the_ranges_in_hand(self, production):
        finish(production, held=2)
