"""Labelled accounts and months: what labels add to the plain sum of the sides. Skips where the data is absent."""

import pytest

from benchmarks.parts import fraud, sets
from screening.engine.features import FEATURES
from tests.engine.shared_data import DATA

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


@pytest.fixture(autouse=True)
def registered():
    """What a table registers as features goes with the test."""
    before = set(FEATURES)
    yield
    for name in set(FEATURES) - before:
        del FEATURES[name]


class TestLabels:
    @pytest.mark.parametrize(("read", "least"), [(sets.fakes, 0.0), (sets.growth, 0.2)])
    def test_lose_nothing_to_the_plain_sum(self, read, least):
        table = read()
        sides = {name: side for name in table.names if (side := fraud.side_of(name))}
        taught, plain = fraud.supervised(table, sides)
        assert taught - plain > least
