"""The worker's part of a run: the same inputs give the same bytes, and a kill at any step loses nothing."""

import hashlib

import pytest
from django.db.models import Max

from audit.models import AuditEntry
from jobs import dispatch, lease
from jobs.models import Job
from screening import execution, pools, results, runs, signals
from screening.models import Pool, Recommendation, ScreeningRun
from tests import factories as f

pytestmark = pytest.mark.django_db


class TestExecute:
    def test_gives_the_same_bytes_twice(self, campaign, finish):
        one, two = finish(campaign), finish(campaign)
        assert one.result_sha256 == two.result_sha256
        assert one.pool_id == two.pool_id
        assert one.funnel["output"] == two.funnel["output"]

    def test_writes_a_file_whose_hash_stands_on_the_run(self, campaign, finish):
        run = finish(campaign)
        assert hashlib.sha256(results.parquet(run).read_bytes()).hexdigest() == run.result_sha256

    def test_gives_another_list_for_another_seed_only_in_its_draws(self, campaign, finish):
        one, two = results.rows(finish(campaign, seed=1)), results.rows(finish(campaign, seed=2))
        assert (one["draw_u6"] != two["draw_u6"]).any()
        assert (one["rank"] == two["rank"]).all()

    def test_keeps_everybody_with_the_criterion_that_removed_them(self, campaign, finish):
        import pyarrow.parquet as pq

        run = finish(campaign)
        table = pq.read_table(results.parquet(run))
        removed = [results.CRITERIA[k - 1] for k in table["removed_by"].to_pylist() if k]
        assert table.num_rows == run.pool.size == 13
        assert {name: removed.count(name) for name in removed} == {"platform": 1, "followers": 2}

    def test_counts_a_funnel_that_adds_up(self, campaign, finish):
        funnel = finish(campaign).funnel
        removed = sum(step["removed"] for step in funnel["steps"])
        assert funnel["total"] - removed == funnel["passed"]
        assert sum(funnel["verdicts"].values()) == funnel["ranked"] <= funnel["passed"]

    def test_writes_one_entry_that_holds_the_hash_of_the_whole_result(self, campaign, finish):
        run = finish(campaign)
        bodies = [entry.body for entry in AuditEntry.objects.filter(kind="run") if '"what":"completed"' in entry.body]
        assert len(bodies) == 1
        assert run.result_sha256 in bodies[0]
        assert run.funnel["output"] in bodies[0]

    def test_freezes_the_best_with_an_entry_each(self, campaign, finish):
        run = finish(campaign)
        frozen = run.recommendations.select_related("audit", "creator").order_by("rank")
        assert [answer.rank for answer in frozen] == list(range(1, run.funnel["ranked"] + 1))
        assert all(answer.creator.subject.hex in answer.audit.body for answer in frozen)

    def test_tells_whoever_listens_in_the_same_transaction(self, campaign, finish):
        heard = []
        listen = lambda run, **_: heard.append((run.pk, run.status, run.recommendations.count()))  # noqa: E731
        signals.run_completed.connect(listen, weak=False)
        try:
            run = finish(campaign)
        finally:
            signals.run_completed.disconnect(listen)
        assert heard == [(run.pk, "completed", run.funnel["ranked"])]

    def test_measures_the_cpu_it_took(self, campaign, finish):
        assert finish(campaign).cpu_seconds > 0

    def test_refuses_when_nobody_is_left(self, campaign, now):
        f.brief(campaign, criteria={"followers_min": 10**9})
        run = runs.start(campaign, by=None, now=now)
        dispatch.run(run.job_id, worker="test")
        run.refresh_from_db()
        assert run.status == "failed"
        assert "leave nobody" in run.error
        assert not Recommendation.objects.exists()


class Killed(BaseException):
    """Stands for kill -9: nothing in the program catches it."""


def _killed_at(monkeypatch, run, step):
    def keep(self, **changes):
        if changes.get("step") == step:
            raise Killed
        return kept(self, **changes)

    kept = lease.Lease.keep
    monkeypatch.setattr(lease.Lease, "keep", keep)
    with pytest.raises(Killed):
        dispatch.run(run.job_id, worker="first")
    monkeypatch.setattr(lease.Lease, "keep", kept)


class TestKill:
    @pytest.mark.parametrize("step", execution.STEPS)
    def test_at_any_step_loses_nothing_and_repeats_nothing(self, campaign, finish, now, monkeypatch, step):
        expected = finish(campaign)
        run = runs.start(campaign, by=None, now=now)
        _killed_at(monkeypatch, run, step)
        lease.requeue_orphans(now)
        dispatch.run(run.job_id, worker="second")
        run.refresh_from_db()
        assert run.status == "completed"
        assert run.result_sha256 == expected.result_sha256
        assert run.recommendations.count() == expected.recommendations.count()
        assert Pool.objects.count() == 1
        completed = AuditEntry.objects.filter(kind="run", body__contains='"what":"completed"')
        assert completed.count() == 2

    def test_after_the_pool_is_frozen_goes_on_with_that_pool(self, campaign, market, now, monkeypatch):
        run = runs.start(campaign, by=None, now=now)
        _killed_at(monkeypatch, run, "screen")
        run.refresh_from_db()
        frozen = run.pool_id
        f.metrics(f.profile("youtube"), followers=70_000)
        assert pools.freeze(market, by=None, now=now).pk != frozen
        lease.requeue_orphans(now)
        dispatch.run(run.job_id, worker="second")
        run.refresh_from_db()
        assert (run.status, run.pool_id) == ("completed", frozen)

    def test_shows_nothing_of_a_run_that_has_not_completed(self, campaign, now, monkeypatch):
        run = runs.start(campaign, by=None, now=now)
        _killed_at(monkeypatch, run, "finish")
        run.refresh_from_db()
        assert (run.status, run.result_sha256, run.recommendations.count()) == ("running", "", 0)


class TestWorkers:
    def test_never_run_the_same_run_twice(self, campaign, finish):
        run = finish(campaign)
        dispatch.run(run.job_id, worker="another")
        assert Job.objects.aggregate(most=Max("attempts"))["most"] == 1
        assert ScreeningRun.objects.count() == 1
