"""Figures of a file that has not come in whole are seen by nobody."""

from datetime import date

import pytest

from screening import gates, registry
from screening.models import BatchStatus, ImportBatch, Metrics
from screening.reading import read_market
from tests import factories as make

DAY = date(2026, 11, 20)


@pytest.fixture(params=[BatchStatus.LOADING, BatchStatus.FAILED, BatchStatus.CANCELLED])
def profile(request, db):
    """A profile with 50,000 followers, and a file on its way that says 9 million."""
    found = make.profile(markets=["RU"], platform="vk")
    make.metrics(found)
    batch = ImportBatch.objects.create(name="half.csv", sha256="0" * 64, status=request.param)
    make.metrics(found, batch=batch, taken_at=date(2026, 11, 19), followers=9_000_000)
    return found


class TestUnfinishedImport:
    def test_shows_no_figures(self, profile):
        assert list(Metrics.objects.visible().values_list("followers", flat=True)) == [50_000]

    def test_does_not_count_in_the_registry(self, profile):
        assert registry.newest_followers([profile.pk]) == {profile.pk: 50_000}

    def test_does_not_freeze_into_pools(self, profile):
        table = read_market(make.market("RU"), on=DAY)
        assert table.history.figures["followers"].tolist() == [50_000]

    def test_does_not_move_a_gate(self, profile):
        gates.install(make.market("RU"), by=None, now=None)
        register = gates.check(profile, make.market("RU"), on=DAY)[0]
        assert register.numbers["followers"] == 50_000
