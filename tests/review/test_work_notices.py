"""Whoever asked for long work is told when it is ready or has failed: they do not have to watch it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jobs import dispatch, lease
from jobs.models import Job
from review import signals
from review.models import About, Notice
from review.words import notices


@pytest.fixture
def ends(monkeypatch, elena):
    """Carry out a job of a kind that ends as told, asked for so many seconds ago; return it."""

    def done(function=lambda held: None, *, ago=60, by=elena, **options) -> Job:
        monkeypatch.setattr(dispatch, "WORK", dict(dispatch.WORK))
        dispatch.runs("long-work", title="Long work", **options)(function)
        asked = timezone.now() - timedelta(seconds=ago)
        with transaction.atomic():
            job = dispatch.enqueue("long-work", params={}, key="once", by=by, now=asked, brand="acme", market="US")
        dispatch.run(job.pk, worker="test")
        job.refresh_from_db()
        return job

    return done


def refuse(_held):
    raise dispatch.Refused("The file holds no creators.")


class TestReady:
    def test_is_told_whoever_asked_with_the_way_to_what_was_made(self, ends, elena):
        job = ends(link=lambda job: f"/made/{job.pk}/")
        told = Notice.objects.get()
        assert (told.user, told.about, told.url) == (elena, About.WORK, f"/made/{job.pk}/")
        assert (notices.title(told), notices.detail(told)) == ("Ready: Long work", "acme US")
        assert told.mail_after is None

    def test_is_not_told_of_what_takes_a_moment(self, ends):
        ends(ago=signals.LONG.total_seconds() - 5)
        assert not Notice.objects.exists()

    def test_is_told_nobody_where_nobody_asked_or_another_job_is_shown_for_it(self, ends):
        ends(by=None)
        assert not Notice.objects.exists()

    def test_of_a_part_is_not_told(self, ends):
        ends(is_part=True)
        assert not Notice.objects.exists()


class TestFailed:
    def test_is_told_however_quick_it_was_with_the_way_to_the_reason(self, ends, elena):
        job = ends(refuse, ago=0)
        told = Notice.objects.get()
        assert (told.user, told.url) == (elena, reverse("job", args=[job.pk]))
        assert notices.title(told) == "It failed: Long work"

    def test_is_told_where_its_workers_died(self, ends, elena):
        job = ends(link=lambda job: "/")
        Notice.objects.all().delete()
        Job.objects.filter(pk=job.pk).update(status="running", attempts=3, max_attempts=3, finished_at=None,
                                             lease_until=timezone.now() - timedelta(seconds=1))  # fmt: skip
        assert lease.requeue_expired(timezone.now()) == []
        assert notices.title(Notice.objects.get(user=elena)) == "It failed: Long work"

    def test_is_not_told_of_what_is_tried_again_or_was_cancelled(self, ends, elena):
        def stumble(_held):
            raise OSError("The store does not answer.")

        job = ends(stumble)
        assert job.status == "queued"
        dispatch.cancel(job, by=elena, now=timezone.now())
        assert not Notice.objects.exists()
