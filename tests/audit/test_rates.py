"""How many files one person takes out and brings in within an hour."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit import rates
from audit.models import AuditEntry
from jobs import lease
from jobs.models import Job
from screening.models import ImportBatch
from tests import factories as make
from tests.review.worlds import BACKEND

pytestmark = pytest.mark.django_db
LOG = "/audit/export.csv"


@pytest.fixture
def sign_in(client):
    """Sign somebody of a role in; return the person."""

    def done(role, **fields):
        person = make.user(role, **fields)
        client.force_login(person, BACKEND)
        return person

    return done


def taken(client):
    answer = client.get(LOG)
    b"".join(answer.streaming_content) if answer.streaming else None
    return answer


class TestExports:
    def test_over_the_bound_are_refused_until_an_hour_after_the_first(self, client, sign_in, settings):
        settings.EXPORTS_AN_HOUR = 3
        sign_in(Role.ANALYST)
        assert [taken(client).status_code for _time in range(5)] == [200, 200, 200, 429, 429]
        answer = client.get(LOG)
        assert 3_500 < int(answer["Retry-After"]) <= 3_600
        assert "At most 3 an hour; the next one in 60 min." in answer.content.decode()
        with lease.moved(timezone.now() + rates.HOUR + timedelta(minutes=1)):
            assert taken(client).status_code == 200

    def test_of_others_do_not_count(self, client, sign_in, settings):
        settings.EXPORTS_AN_HOUR = 1
        sign_in(Role.ANALYST)
        assert taken(client).status_code == 200
        sign_in(Role.ANALYST)
        assert taken(client).status_code == 200

    def test_are_refused_in_the_language_of_the_account(self, client, sign_in, settings):
        settings.EXPORTS_AN_HOUR = 0
        sign_in(Role.ANALYST, language="ru")
        assert "Не больше 0 в час" in client.get(LOG).content.decode()

    def test_that_a_job_writes_count_when_they_are_asked_for(self, client, sign_in, settings):
        settings.EXPORTS_AN_HOUR = 1
        sign_in(Role.ANALYST)
        assert client.post("/audit/export.parquet").status_code == 302
        assert client.post("/audit/export.parquet").status_code == 429
        assert client.post(reverse("audit-verifier"), {"stream": ""}).status_code == 429
        assert Job.objects.count() == 1

    def test_of_a_person_count_as_well_and_leave_no_entry_when_refused(self, client, sign_in, settings):
        settings.EXPORTS_AN_HOUR = 1
        sign_in(Role.ADMIN)
        address = reverse("copy-person", args=[make.user("expert").pk])
        assert [client.post(address).status_code for _time in range(2)] == [200, 429]
        assert AuditEntry.objects.filter(kind="export").count() == 1


class TestUploads:
    def test_over_the_bound_are_refused_and_not_kept(self, client, sign_in, settings, tmp_path):
        settings.UPLOADS_AN_HOUR = 1
        sign_in(Role.STRATEGIST)
        make.market()
        statuses = []
        for n in range(2):
            file = SimpleUploadedFile(f"{n}.csv", b"username,followers\nanna,10000\n")
            statuses.append(client.post("/import/", {"file": file, "market": "US"}).status_code)
        assert statuses == [302, 429]
        assert ImportBatch.objects.count() == 1
