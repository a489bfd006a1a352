"""Runs: what freezes at the start, what is refused, and how a run is stopped and tried again."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.access import NotAllowed
from audit import log
from audit.models import AuditEntry
from jobs import dispatch
from jobs.models import Job
from screening import answers, briefs, campaigns, money, pools, runs
from screening.models import MarketEvent, MarketNorm, ScreeningRun
from tests import factories as f

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


class TestStart:
    def test_freezes_the_inputs_and_queues_one_job(self, campaign, now):
        user = f.user("strategist")
        run = runs.start(campaign, by=user, now=now)
        assert (run.number, run.seed, run.status, run.started_by) == (1, 20261120, "queued", user)
        assert run.brief == briefs.latest(campaign)
        assert Job.objects.get().params == {"run": run.pk}
        assert '"what":"started"' in run.audit.body

    def test_leaves_nothing_behind_when_its_transaction_fails(self, campaign, now):
        with transaction.atomic():
            runs.start(campaign, by=None, now=now)
            transaction.set_rollback(True)
        assert (ScreeningRun.objects.count(), Job.objects.count()) == (0, 0)

    def test_needs_a_brief(self, market, now):
        with pytest.raises(runs.RunRefused, match="no brief"):
            runs.start(f.campaign(market=market), by=None, now=now)

    def test_needs_an_approved_model(self, market, now):
        campaign = f.campaign(market=market)
        f.brief(campaign)
        with pytest.raises(runs.RunRefused, match="no approved model"):
            runs.start(campaign, by=None, now=now)

    def test_needs_creators(self, now):
        campaign = f.campaign(market=f.market("RU"))
        f.brief(campaign)
        with pytest.raises(runs.RunRefused, match="Import some"):
            runs.start(campaign, by=None, now=now)

    def test_refuses_when_the_criteria_leave_nobody_and_names_one(self, campaign, market, now):
        pools.freeze(market, by=None, now=now)
        f.brief(campaign, criteria={"followers_min": 10**9})
        with pytest.raises(runs.RunRefused, match="Followers"):
            runs.start(campaign, by=None, now=now)

    def test_waits_for_the_run_before(self, campaign, now):
        runs.start(campaign, by=None, now=now)
        with pytest.raises(runs.RunRefused, match="Run 1"):
            runs.start(campaign, by=None, now=now)

    def test_needs_a_rate_for_a_brand_of_another_currency(self, campaign, market, now):
        campaign.brand = f.brand("north", currency="RUB")
        campaign.save()
        with pytest.raises(runs.RunRefused, match="RUB"):
            runs.start(campaign, by=None, now=now)
        money.record_rate("USD", "RUB", rate=Decimal(80), date=TODAY, source="test", by=None, now=now)
        assert runs.start(campaign, by=None, now=now).norms["rate"].startswith("0.0125")

    def test_refuses_a_closed_campaign(self, campaign, now):
        campaigns.close(campaign, by=f.user("manager"), now=now)
        with pytest.raises(campaigns.CampaignClosed):
            runs.start(campaign, by=None, now=now)

    def test_is_for_those_who_start_runs(self, campaign, now):
        with pytest.raises(NotAllowed):
            runs.start(campaign, by=f.user("analyst"), now=now)


def _norm(market, **fields):
    with transaction.atomic():
        entry = log.record("norm", stream="test", by=None, body={})
    defaults = {
        "flag": "engagement_rate:high",
        "scope": {"platform": "youtube"},
        "author": f.user("expert"),
        "reason_length": 9,
        "valid_from_date": date(2026, 1, 1),
        "valid_until_date": date(2026, 12, 31),
    }
    return MarketNorm.objects.create(market=market, audit=entry, **{**defaults, **fields})


class TestFrozenNorms:
    def test_are_those_in_force_on_the_day(self, campaign, market, now):
        kept = _norm(market)
        _norm(market, valid_until_date=date(2026, 11, 19))
        _norm(f.market("RU"))
        frozen = runs.start(campaign, by=None, now=now).norms
        assert [(norm["key"], norm["feature"], norm["platform"]) for norm in frozen["norms"]] == [
            (str(kept.pk), "engagement_rate", "youtube")
        ]

    def test_stay_as_they_were_when_a_norm_comes_later(self, campaign, market, now, finish):
        run = finish(campaign)
        before = answers.inputs(run)["norms"]
        _norm(market)
        assert answers.inputs(run)["norms"] == before
        assert answers.inputs(finish(campaign))["norms"] != before

    def test_name_the_events_of_the_day(self, campaign, market, now):
        with transaction.atomic():
            entry = log.record("norm", stream="test", by=None, body={})
        event = MarketEvent.objects.create(
            market=market, name="Holiday", from_date=date(2026, 11, 1), by=f.user("expert"), audit=entry
        )
        assert runs.start(campaign, by=None, now=now).norms["events"] == [event.pk]


class TestCancel:
    def test_stops_a_run_and_keeps_nothing_of_it(self, campaign, now):
        run = runs.start(campaign, by=None, now=now)
        run = runs.cancel(run, by=f.user("strategist"), now=now)
        dispatch.run(run.job_id, worker="late")
        run.refresh_from_db()
        assert (run.status, run.result_sha256, run.recommendations.count()) == ("cancelled", "", 0)
        assert AuditEntry.objects.filter(kind="run", body__contains='"what":"cancelled"').count() == 1

    def test_refuses_a_finished_run(self, campaign, finish, now):
        with pytest.raises(dispatch.NotCancellable):
            runs.cancel(finish(campaign), by=f.user("strategist"), now=now)


class TestRetry:
    def test_runs_again_with_the_inputs_it_froze(self, campaign, now, finish):
        run = runs.start(campaign, by=None, now=now, seed=7)
        user = f.user("strategist")
        runs.cancel(run, by=user, now=now)
        f.brief(campaign, criteria={"platforms": ["vk"]})
        run = runs.retry(run, by=user, now=now)
        dispatch.run(run.job_id, worker="test")
        run.refresh_from_db()
        assert (run.status, run.seed, run.brief.version) == ("completed", 7, 1)

    def test_refuses_a_run_that_ended_well(self, campaign, finish, now):
        with pytest.raises(runs.NotRepeatable):
            runs.retry(finish(campaign), by=f.user("strategist"), now=now)
