"""Figures that come in reach the pool by themselves: once for many changes, and before anybody starts a run."""

import io

import pytest
from django.core.management import call_command
from django.db import transaction

from jobs import dispatch, lease
from jobs.models import Job, Status
from screening import briefs, pools
from screening.engine.types import Criteria
from screening.models import Pool
from tests import factories as f
from tests.screening.imports.files import write

pytestmark = pytest.mark.django_db
LIST = "username,name,followers\nanna,Anna,12000\n"


def changed(now):
    with transaction.atomic():
        pools.freeze_soon("US", by=None, now=now)


def waiting():
    return Job.objects.filter(kind=pools.KIND, status=Status.QUEUED)


def work():
    for job in waiting():
        dispatch.run(job.pk, worker="test")


class TestFreezeSoon:
    def test_queues_one_job_for_many_changes(self, market, now):
        changed(now)
        changed(now)
        assert waiting().count() == 1

    def test_queues_another_while_one_is_running(self, market, now):
        changed(now)
        waiting().update(status=Status.RUNNING)
        changed(now)
        assert Job.objects.filter(kind=pools.KIND).count() == 2

    def test_leaves_an_empty_market_alone(self, db, now):
        f.market()
        changed(now)
        work()
        assert (Job.objects.get().status, Pool.objects.count()) == (Status.SUCCEEDED, 0)


class TestImport:
    def test_brings_the_pool_up_to_date(self, campaign, market, tmp_path):
        now = lease.now()
        pools.freeze(market, by=None, now=now)
        before = briefs.live_counts(campaign, Criteria(), on=now.date()).funnel.total
        path = write(tmp_path / "a.csv", LIST)
        call_command("import_creators", str(path), platform="instagram", market="US", stdout=io.StringIO())
        assert pools.is_behind(market)
        work()
        assert not pools.is_behind(market)
        assert briefs.live_counts(campaign, Criteria(), on=now.date()).funnel.total == before + 1
