"""The pages about work: who sees which job, polling that ends, and the button that stops it."""

import pytest
from django.urls import reverse

from jobs import dispatch, lease
from jobs.models import Job, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    person = factories.user("strategist", brand="acme", market="US")
    client.force_login(person)
    return person


@pytest.fixture
def stranger_job(queue):
    return queue(brand="other", market="RU")


class TestAllJobs:
    def test_shows_ones_own_and_those_of_ones_brand(self, client, owner, queue, kind, stranger_job):
        queue(kind=kind(title="My import"), by=owner)
        queue(kind=kind(title="Our run"), brand="acme", market="US")
        text = client.get(reverse("jobs")).content.decode()
        assert "My import" in text
        assert "Our run" in text
        assert stranger_job.kind not in text

    def test_hides_work_of_the_brand_in_another_market(self, client, owner, queue, kind):
        queue(kind=kind(title="Their run"), brand="acme", market="RU")
        assert "Their run" not in client.get(reverse("jobs")).content.decode()

    def test_asks_a_visitor_to_sign_in(self, client):
        assert client.get(reverse("jobs")).status_code == 302


class TestJob:
    def test_answers_404_for_what_is_not_theirs(self, client, owner, stranger_job):
        assert client.get(reverse("job", args=[stranger_job.pk])).status_code == 404

    def test_names_the_steps_in_words(self, client, owner, queue, kind):
        job = queue(kind=kind(steps={"read": "Reading", "write": "Writing"}), by=owner)
        Job.objects.update(step="write", status=Status.RUNNING)
        text = client.get(reverse("job", args=[job.pk])).content.decode()
        assert "s-done" in text
        assert "Writing" in text

    def test_says_why_the_work_stopped(self, client, owner, queue):
        job = queue(by=owner)
        Job.objects.update(status=Status.FAILED, error="The file holds no rows.")
        assert "The file holds no rows." in client.get(reverse("job", args=[job.pk])).content.decode()

    def test_says_in_words_that_its_workers_died(self, client, owner, queue):
        job = queue(by=owner)
        Job.objects.update(status=Status.FAILED, error=lease.LOST, attempts=5)
        assert "died 5 times" in client.get(reverse("job", args=[job.pk])).content.decode()


class TestProgress:
    def test_keeps_the_page_asking_while_the_work_goes_on(self, client, owner, queue):
        answer = client.get(reverse("job-progress", args=[queue(by=owner).pk]))
        assert answer.status_code == 200
        assert 'hx-trigger="every 1s"' in answer.content.decode()

    def test_ends_the_polling_when_the_work_has_ended(self, client, owner, queue, kind):
        job = queue(kind=kind(link=lambda job: "/made/"), by=owner)
        dispatch.run(job.pk, worker="w")
        answer = client.get(reverse("job-progress", args=[job.pk]))
        assert answer.status_code == 286
        assert "hx-get" not in answer.content.decode()
        assert "/made/" in answer.content.decode()

    def test_answers_404_for_what_is_not_theirs(self, client, owner, stranger_job):
        assert client.get(reverse("job-progress", args=[stranger_job.pk])).status_code == 404


class TestCancel:
    def test_stops_ones_own_work(self, client, owner, queue):
        job = queue(by=owner)
        assert client.post(reverse("job-cancel", args=[job.pk])).status_code == 302
        job.refresh_from_db()
        assert job.status == Status.CANCELLED

    def test_refuses_a_role_that_starts_no_work(self, client, queue):
        client.force_login(factories.user("analyst"))
        job = queue(brand="acme", market="US")
        assert client.post(reverse("job-cancel", args=[job.pk])).status_code == 403

    def test_needs_a_post(self, client, owner, queue):
        assert client.get(reverse("job-cancel", args=[queue(by=owner).pk])).status_code == 405

    def test_says_when_there_is_nothing_left_to_stop(self, client, owner, queue):
        job = queue(by=owner)
        dispatch.run(job.pk, worker="w")
        answer = client.post(reverse("job-cancel", args=[job.pk]), follow=True)
        assert "already ended" in answer.content.decode()
