"""From the row to its end: queueing, running, repeating, cancelling."""

import pytest
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry, Kind
from jobs import dispatch, lease, tasks
from jobs.models import Job, Status
from tests import factories


def run(job):
    dispatch.run(job.pk, worker="w")
    job.refresh_from_db()
    return job


class TestEnqueue:
    def test_returns_the_same_job_for_the_same_key(self, queue, kind):
        code = kind()
        assert queue(kind=code, key="one") == queue(kind=code, key="one")
        assert Job.objects.count() == 1

    def test_refuses_a_key_that_comes_back_with_other_params(self, queue, kind):
        code = kind()
        queue(kind=code, key="one", params={"file": 1})
        with pytest.raises(dispatch.KeyReused):
            queue(kind=code, key="one", params={"file": 2})

    def test_refuses_a_kind_that_nobody_carries_out(self, queue):
        with pytest.raises(dispatch.UnknownKind):
            queue(kind="weaving")

    @pytest.mark.django_db(transaction=True)
    def test_needs_the_transaction_of_its_thing(self, kind):
        with pytest.raises(RuntimeError):
            dispatch.enqueue(kind(), params={}, key="one", by=None, now=lease.now())

    def test_goes_away_with_the_transaction_of_its_thing(self, queue):
        with transaction.atomic():
            queue()
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_sends_the_id_and_the_queue_in_production(
        self, queue, kind, settings, monkeypatch, django_capture_on_commit_callbacks
    ):
        settings.PRODUCTION, sent = True, []
        monkeypatch.setattr(dispatch.current_app, "send_task", lambda *args, **kw: sent.append((args, kw)))
        with django_capture_on_commit_callbacks(execute=True):
            job = queue(kind=kind(queue="score"))
        assert [(kw["args"], kw["queue"]) for _args, kw in sent] == [([job.pk], "score")]

    def test_stands_even_when_the_broker_is_away(
        self, queue, settings, monkeypatch, django_capture_on_commit_callbacks
    ):
        def away(*args, **kwargs):
            raise ConnectionError

        settings.PRODUCTION = True
        monkeypatch.setattr(dispatch.current_app, "send_task", away)
        with django_capture_on_commit_callbacks(execute=True):
            queue()
        assert Job.objects.get().status == Status.QUEUED


class TestHintAgain:
    @pytest.fixture
    def sent(self, settings, monkeypatch):
        settings.PRODUCTION, sent = True, []
        monkeypatch.setattr(dispatch, "hint", lambda job, wait=0: sent.append(job.pk))
        return sent

    def test_sends_a_hint_that_got_lost(self, queue, sent):
        job = queue()
        sent.clear()
        dispatch.hint_again(lease.now() + dispatch.timedelta(seconds=61))
        assert sent == [job.pk]

    def test_sends_no_second_copy_within_a_minute(self, queue, sent):
        queue()
        sent.clear()
        late = lease.now() + dispatch.timedelta(seconds=61)
        dispatch.hint_again(late)
        assert dispatch.hint_again(late + dispatch.timedelta(seconds=10)) == 0

    def test_is_not_needed_for_a_job_that_the_reaper_queues_again(self, queue, sent):
        job = queue()
        lease.claim(job.pk, worker="w", now=lease.now())
        sent.clear()
        tasks.reap(lease.now() + dispatch.timedelta(hours=1))
        assert sent == [job.pk]


class TestRun:
    def test_keeps_what_the_function_returns(self, queue):
        job = run(queue(lambda job: {"rows": 3}))
        assert (job.status, job.result) == (Status.SUCCEEDED, {"rows": 3})
        assert job.finished_at is not None

    def test_does_nothing_when_delivered_twice(self, queue):
        calls = []
        job = queue(calls.append)
        tasks.run_job.apply(args=[job.pk])
        tasks.run_job.apply(args=[job.pk])
        assert len(calls) == 1

    def test_goes_on_from_what_is_done(self, queue):
        written = []

        def work(job):
            for n in range(job.done, 6):
                written.append(n)
                job.keep(done=n + 1, total=6)
                if n == 2 and job.job.attempts == 1:
                    raise OSError("disk away")

        job = run(queue(work))
        assert (job.status, job.error) == (Status.QUEUED, "OSError: disk away")
        Job.objects.update(lease_until=None)
        assert run(job).status == Status.SUCCEEDED
        assert written == [0, 1, 2, 3, 4, 5]

    def test_gives_up_after_the_last_attempt_and_keeps_the_error(self, queue):
        job = queue(lambda job: 1 / 0)
        Job.objects.update(max_attempts=1)
        assert run(job).status == Status.FAILED
        assert job.error.startswith("ZeroDivisionError")

    def test_gives_up_a_job_that_starts_over_and_fails_at_the_same_place(self, queue):
        def work(job):
            job.keep(done=0, total=9)
            for n in range(5 if job.job.attempts % 2 else 3):
                job.keep(done=n + 1)
            raise OSError("disk full")

        job = queue(work)
        for _attempt in range(20):
            Job.objects.update(lease_until=None)
            run(job)
        assert (job.status, job.attempts) == (Status.FAILED, settings.JOB_ATTEMPTS + 1)

    def test_never_gives_up_a_job_that_gets_further_each_time(self, queue):
        def work(job):
            if job.done < 20:
                job.keep(done=job.done + 1, total=20)
                raise OSError("killed")

        job = queue(work)
        for _attempt in range(21):
            Job.objects.update(lease_until=None)
            run(job)
        assert (job.status, job.attempts) == (Status.SUCCEEDED, 21)

    def test_does_not_repeat_a_failure_it_expects(self, queue):
        def work(job):
            raise dispatch.Refused("The file holds no rows.")

        job = run(queue(work))
        assert (job.status, job.error, job.attempts) == (Status.FAILED, "The file holds no rows.", 1)

    def test_words_a_failure_in_the_language_of_who_asked(self, queue):
        def work(job):
            raise dispatch.Refused(_("This field is required."))

        job = run(queue(work, by=factories.user("strategist", language="ru")))
        assert job.error == "Обязательное поле."

    def test_stops_when_it_is_cancelled_in_the_middle(self, queue):
        written = []

        def work(job):
            for n in range(5):
                if n == 2:
                    dispatch.cancel(Job.objects.get(pk=job.pk), by=job.by, now=lease.now())
                job.keep(done=n + 1)
                written.append(n)

        assert run(queue(work)).status == Status.CANCELLED
        assert written == [0, 1]

    def test_gives_the_job_back_when_the_worker_is_told_to_stop(self, queue):
        def work(job):
            raise SystemExit(0)

        job = queue(work)
        with pytest.raises(SystemExit):
            dispatch.run(job.pk, worker="w")
        assert Job.objects.get().status == Status.QUEUED

    def test_may_end_the_job_in_the_transaction_of_its_last_effect(self, queue):
        job = run(queue(lambda job: job.finish({"pool": 1})))
        assert (job.status, job.result) == (Status.SUCCEEDED, {"pool": 1})


class TestCancel:
    def test_ends_a_waiting_job_and_writes_one_entry(self, queue):
        job, by = queue(brand="acme", market="US"), factories.user("manager")
        dispatch.cancel(job, by=by, now=lease.now())
        entry = AuditEntry.objects.get(kind=Kind.CANCEL)
        assert job.status == Status.CANCELLED
        assert (entry.actor, entry.brand, entry.market) == (f"user:{by.pk}", "acme", "US")

    def test_ends_what_hangs_on_the_job(self, queue, kind):
        ended = []
        job = queue(kind=kind(ended=ended.append))
        dispatch.cancel(job, by=job.by, now=lease.now())
        assert ended == [job]

    def test_refuses_a_job_that_has_ended(self, queue):
        job = run(queue())
        with pytest.raises(dispatch.NotCancellable):
            dispatch.cancel(job, by=job.by, now=lease.now())
