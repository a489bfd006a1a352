"""A run in ranges: the bytes of one job, and a kill costs the range that was in hand."""

import numpy as np
import pytest

from jobs import dispatch, lease, queries
from jobs.models import Job
from screening import judging, parts, results, runs, store
from tests import factories as f

pytestmark = pytest.mark.django_db
ROWS = 4  # thirteen candidates: four ranges


@pytest.fixture
def ranged(settings):
    """Let runs be spread in ranges of four."""
    settings.RANGE_ROWS = ROWS


def told(run):
    """What people see of a run."""
    rows = run.recommendations.order_by("rank").values_list("rank", "profile", "score_u6", "p_u6", "knowledge", "flags")
    return run.result_sha256, {**run.funnel}, list(rows)


class TestRanges:
    def test_give_the_bytes_and_answers_of_one_job(self, campaign, finish, settings):
        whole = finish(campaign)
        before = judging.judge(whole).screening
        settings.RANGE_ROWS = ROWS
        run = finish(campaign)
        assert told(run) == told(whole)
        assert Job.objects.filter(kind="range", status="succeeded", attempts=1).count() == 8
        after = judging.judge(run).screening
        for name in ("rank", "stands_in", "p", "suspicion", "verdict", "profile_ids"):
            assert np.array_equal(getattr(after, name), getattr(before, name)), name

    def test_lie_behind_any_fsspec_address(self, campaign, finish, settings):
        settings.STORE_URL = "memory://ranges"
        whole = finish(campaign)
        settings.RANGE_ROWS = ROWS
        assert told(finish(campaign)) == told(whole)

    @pytest.mark.usefixtures("ranged")
    def test_leave_nothing_behind_that_only_a_run_in_progress_needs(self, campaign, finish):
        inputs = judging.opened(finish(campaign))
        assert store.has(inputs.name("heads.npy"))
        assert not any(store.has(inputs.name(f"{number}.{part}")) for number in range(4) for part in parts.PARTS)

    @pytest.mark.usefixtures("ranged")
    def test_are_done_anew_where_the_store_has_lost_them(self, campaign, finish):
        run = finish(campaign)
        for part in parts.LASTING:
            store.remove(judging.opened(run).name(part))
        judging._judged.cache_clear()
        parts._references.cache_clear()
        found = judging.judge(run).screening
        best = found.profile_ids[found.rank == 1]
        assert best.tolist() == results.best(run, 1)

    @pytest.mark.usefixtures("ranged")
    def test_are_not_shown_beside_the_run_that_they_are_part_of(self, campaign, finish):
        finish(campaign)
        admin = f.user("admin")
        assert set(queries.visible(admin).values_list("kind", flat=True)) == {"screen"}

    def test_are_none_for_a_pool_of_one_range(self, campaign, finish):
        finish(campaign)
        assert not Job.objects.filter(kind="range").exists()


@pytest.mark.usefixtures("ranged")
class TestFaults:
    @pytest.mark.parametrize("step", ["count", "judge"])
    def test_a_kill_costs_the_range_in_hand(self, campaign, finish, now, monkeypatch, step):
        class Killed(BaseException):
            pass

        def stop(inputs, number):
            if number == 2:
                raise Killed
            done(inputs, number)

        expected, done = told(finish(campaign)), parts.STEPS[step]
        run = runs.start(campaign, by=None, now=now)
        with monkeypatch.context() as patch:
            patch.setitem(parts.STEPS, step, stop)
            with pytest.raises(Killed):
                dispatch.run(run.job_id, worker="first")
        lease.requeue_orphans(now)
        dispatch.run(run.job_id, worker="second")
        run.refresh_from_db()
        assert told(run) == expected
        own = Job.objects.filter(kind="range", params__run=run.pk)
        again = own.filter(attempts__gt=1).values_list("params", flat=True)
        assert [(params["step"], params["number"]) for params in again] == [(step, 2)]
        assert own.count() == 8

    def test_a_range_that_fails_for_good_ends_the_run_with_its_reason(self, campaign, now, monkeypatch):
        def refuse(inputs, number):
            raise dispatch.Refused("The figures of this range cannot be read.")

        monkeypatch.setitem(parts.STEPS, "judge", refuse)
        run = runs.start(campaign, by=None, now=now)
        dispatch.run(run.job_id, worker="one")
        run.refresh_from_db()
        assert (run.status, run.error) == ("failed", "The figures of this range cannot be read.")
        assert not Job.objects.filter(kind="range", status="queued").exists()

    def test_a_cancelled_run_takes_its_ranges_along(self, campaign, now, monkeypatch):
        run = runs.start(campaign, by=None, now=now)
        owner = f.user("manager")

        def cancel(inputs, number):
            runs.cancel(run, by=owner, now=now)

        monkeypatch.setitem(parts.STEPS, "count", cancel)
        dispatch.run(run.job_id, worker="one")
        run.refresh_from_db()
        assert run.status == "cancelled"
        assert set(Job.objects.filter(kind="range").values_list("status", flat=True)) == {"succeeded", "cancelled"}
