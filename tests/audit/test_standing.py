"""What the log's page says of how it stands, the check that a button starts, and bundles on the way to their reader."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit import checkpoints, queries, sequencer, standing, tasks, tree, triggers, verify
from audit.models import AuditEntry
from jobs import lease
from jobs.models import Job
from jobs.tasks import run_job
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def text(client, name="audit"):
    return client.get(reverse(name)).content.decode()


def press(client, name, **said):
    """Press a button that starts a job, let a worker do it, and return the job."""
    answer = client.post(reverse(name), {"key": "k", **said})
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.latest("pk")
    run_job.apply(args=[job.pk])
    job.refresh_from_db()
    return job


@pytest.fixture
def entries(analyst):
    campaign = factories.campaign()
    for n in range(3):
        factories.entry("run", stream=f"campaign:{campaign.pk}", body={"n": n}, brand="acme", market="US")
    factories.entry("run", stream="campaign:777", brand="other", market="US")
    sequencer.sequence_all()
    return campaign


class TestLine:
    def test_says_that_nothing_is_signed_yet(self, client, analyst):
        assert "Nothing is signed yet." in text(client)

    def test_says_how_far_the_log_is_signed(self, client, entries):
        root = bytes(tree.newest().root).hex()
        assert "Signed up to entry 4," in text(client)
        assert root in text(client)

    def test_says_when_the_whole_log_was_last_checked(self, client, entries):
        job = press(client, "audit-check")
        assert job.result == {"size": 4, "root": bytes(tree.newest().root).hex(), "changed": ""}
        assert ": 4 entries, none missing or changed." in text(client)

    def test_names_the_first_entry_that_was_changed(self, client, entries, caplog):
        with connection.cursor() as cursor:
            for statement in triggers.drop(triggers.PROTECTED["audit_auditentry"], connection.vendor):
                cursor.execute(statement)
            cursor.execute("UPDATE audit_auditentry SET body = replace(body, '\"n\":1', '\"n\":5')")
        press(client, "audit-check")
        page = text(client)
        assert "The log is not what was signed." in page
        assert "Entry 1: it is not the one whose hash stands beside it." in page
        assert "The audit log was changed: Entry 1" in caplog.text

    def test_says_that_entries_wait_for_their_place(self, client, entries):
        factories.entry()
        assert "Entries wait for their place" not in text(client)
        with lease.moved(timezone.now() + timedelta(seconds=61)):
            assert "Entries wait for their place" in text(client)

    def test_is_checked_once_a_day_without_being_asked(self, entries):
        now = timezone.now()
        for moment in (now, now, now + timedelta(days=1)):
            tasks.check_daily(moment)
        assert Job.objects.filter(kind=standing.CHECK).count() == 2

    def test_is_not_checked_before_anything_is_signed(self, db):
        tasks.check_daily(timezone.now())
        assert not Job.objects.exists()

    def test_counts_two_presses_of_a_button_once(self, client, entries):
        for _ in range(2):
            client.post(reverse("audit-check"), {"key": "same"})
        assert Job.objects.filter(kind=standing.CHECK).count() == 1


class TestVerifier:
    def test_shows_the_key_and_a_checkpoint_to_keep(self, client, entries):
        page = text(client, "audit-verifier")
        assert "python verify.py audit.bundle" in page
        assert tree.newest().note.splitlines()[2] in page

    def test_sends_the_very_program_that_we_run(self, client, entries):
        answer = client.get(reverse("audit-verifier-file"))
        assert b"".join(answer) == Path(verify.__file__).read_bytes()

    @pytest.mark.parametrize(("form", "complete"), [("pruned", verify.DECLARED), ("skeleton", verify.PROVEN)])
    def test_has_a_bundle_of_a_campaign_written(self, client, entries, form, complete):
        job = press(client, "audit-verifier", stream=f"campaign:{entries.pk}", form=form)
        lines = gzip.decompress(tasks.file_of(job).read_bytes()).decode().splitlines()
        report = verify.verify(lines, checkpoints.trusted_key())
        assert (report.complete, report.entries) == (complete, 3)
        assert job.result["head"] == report.root
        assert client.get(reverse("audit-file-download", args=[job.pk])).status_code == 200
        said = json.loads(AuditEntry.objects.filter(kind="export").order_by("uid").first().body)
        assert (said["format"], said["rows"], said["sha256"]) == ("bundle", 3, job.result["sha256"])

    def test_has_a_bundle_of_the_whole_log_written(self, client, entries):
        job = press(client, "audit-verifier")
        lines = gzip.decompress(tasks.file_of(job).read_bytes()).decode().splitlines()
        assert verify.verify(lines, checkpoints.trusted_key()).complete == verify.WHOLE

    @pytest.mark.parametrize("stream", ["", "campaign:777"])
    def test_gives_nobody_what_is_another_brands(self, client, entries, acme_analyst, stream):
        answer = client.post(reverse("audit-verifier"), {"key": "k", "stream": stream})
        assert answer.status_code == 403
        assert "a part of this one is not for you" in answer.content.decode()
        assert not Job.objects.exists()

    def test_gives_nobody_what_is_sealed_for_them(self, client, entries, monkeypatch):
        monkeypatch.setattr(queries, "_kept", [lambda user: queries.Q(body__contains='"n":2')])
        for stream in ("", f"campaign:{entries.pk}"):
            assert client.post(reverse("audit-verifier"), {"key": "k", "stream": stream}).status_code == 403

    def test_writes_nothing_for_somebody_whose_role_ended_meanwhile(self, client, entries, analyst):
        client.post(reverse("audit-verifier"), {"key": "k"})
        analyst.memberships.all().delete()
        job = Job.objects.latest("pk")
        run_job.apply(args=[job.pk])
        assert not tasks.file_of(job).exists()

    def test_is_for_those_who_may_read_the_log(self, client, entries):
        client.force_login(factories.user(Role.STRATEGIST))
        for name in ("audit-verifier", "audit-verifier-file"):
            assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse("audit-check"), {"key": "k"}).status_code == 403
        assert not Job.objects.exists()
