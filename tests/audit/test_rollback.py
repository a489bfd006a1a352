"""A database that was put back is noticed by what is kept outside it, and nothing is written until that is accepted."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit import anchors, bundle, checkpoints, rollback, sequencer, standing, tree, triggers, verify
from audit.models import AuditEntry, AuditPending
from jobs import clock, lease, ticks
from jobs.models import Job, Status
from jobs.tasks import run_job
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ("audit_auditcheckpoint", "audit_auditleaf", "audit_auditblock", "audit_auditanchor", "audit_auditentry")
WHY = "The disk of the database died; this is Monday's copy."


def grow(n=1):
    for _ in range(n):
        factories.entry()
    sequencer.sequence_all()
    return tree.newest()


def rewrite(*statements):
    """Do what the owner of a database can do."""
    guards = [triggers.PROTECTED[table] for table in TABLES]
    down = [sql for guard in guards for sql in triggers.drop(guard, connection.vendor)]
    up = [sql for guard in guards for sql in triggers.create(guard, connection.vendor)]
    for part in (down, statements, up):
        with transaction.atomic(), connection.cursor() as cursor:
            for sql in part:
                cursor.execute(sql)


def put_back(size):
    """Leave what an older copy would hold: the first `size` entries."""
    rewrite(
        "DELETE FROM audit_auditpending",
        f"DELETE FROM audit_auditanchor WHERE size > {size}",
        f"DELETE FROM audit_auditcheckpoint WHERE size > {size}",
        "CREATE TEMPORARY TABLE gone AS SELECT uid FROM audit_auditentry WHERE uid NOT IN"
        f" (SELECT uid FROM audit_auditleaf WHERE seq < {size})",
        f"DELETE FROM audit_auditleaf WHERE seq >= {size}",
        "DELETE FROM audit_auditpayload WHERE uid IN (SELECT uid FROM gone)",
        "DELETE FROM audit_auditentry WHERE uid IN (SELECT uid FROM gone)",
        "DROP TABLE gone",
    )


def look(client):
    return client.get(reverse("audit-rolled-back")).content.decode()


def found():
    return [json.loads(body) for body in AuditEntry.objects.filter(kind="rolled_back").values_list("body", flat=True)]


@pytest.fixture
def admin(client):
    person = factories.user(Role.ADMIN)
    client.force_login(person)
    return person


@pytest.fixture
def restored():
    """Five entries were signed, and the database holds the first two of them."""
    grow(2)
    grow(3)
    put_back(2)
    rollback.notice()
    return found()[0]


class TestNoticing:
    def test_finds_nothing_in_a_log_that_went_on(self):
        grow(2)
        shutil.copy(head(), head().with_suffix(".old"))
        grow(3)
        assert not rollback.notice()
        shutil.copy(head().with_suffix(".old"), head())  # a process was killed before it kept the last head
        assert not rollback.notice()
        assert grow().size == 6

    def test_finds_a_shorter_log_by_the_last_head_that_was_signed_here(self, restored):
        root = restored["says"][0]["root"]
        assert restored["says"] == [{"source": "head", "size": 5, "root": root}]
        assert (restored["here"], restored["step"]) == (2, "found")
        assert rollback.finding()

    def test_finds_another_log_of_the_same_length(self):
        grow(2)
        note = checkpoints.sign(verify.checkpoint_text(origin(), 2, bytes(32)), checkpoints.own_key())
        rollback.keep_head(note)
        assert rollback.notice()
        assert found()[0]["says"][0]["root"] == bytes(32).hex()

    def test_finds_it_by_a_file_and_a_git_folder(self, settings, tmp_path):
        servers.need_git()
        settings.ANCHOR_FILE, settings.ANCHOR_GIT = str(tmp_path / "kept"), str(tmp_path / "git")
        subprocess.run(["git", "init", "--quiet", settings.ANCHOR_GIT], check=True)
        grow(4)
        keep_anchors()
        put_back(0)
        head().unlink()
        assert rollback.notice()
        assert [(one["source"], one["size"]) for one in found()[0]["says"]] == [("file", 4), ("git", 4)]

    def test_tells_it_once(self, restored):
        assert not rollback.notice()
        assert len(found()) == 1

    def test_takes_no_note_of_what_another_log_signed(self, caplog):
        grow()
        rollback.keep_head(checkpoints.sign(verify.checkpoint_text("other/log", 9, bytes(32)), checkpoints.own_key()))
        assert not rollback.notice()
        assert "no checkpoint of this log" in caplog.text

    def test_goes_on_where_a_sink_cannot_be_read(self, settings, tmp_path):
        settings.ANCHOR_GIT = str(tmp_path)  # no repository
        grow()
        grow(2)
        put_back(1)
        assert rollback.notice()

    def test_happens_when_the_clock_begins_and_in_the_daily_check(self):
        grow()
        grow(2)
        put_back(1)
        clock.begin()
        assert len(found()) == 1
        put_back(1)
        with transaction.atomic():
            job = Job.objects.create(kind=standing.CHECK, idempotency_key="k")
        run_job.apply(args=[job.pk])
        assert len(found()) == 1

    def test_happens_before_anything_more_is_signed(self):
        grow()
        grow(2)
        put_back(1)
        assert grow(2).size == 1
        assert len(found()) == 1

    def test_happens_before_a_sink_gets_a_shorter_log(self, settings, tmp_path):
        settings.ANCHOR_FILE = str(tmp_path / "kept")
        grow()
        grow(2)
        keep_anchors()
        put_back(1)
        head().unlink()
        keep_anchors(timezone.now() + timedelta(minutes=20))
        assert Job.objects.latest("pk").error == "NotKept: It keeps a checkpoint that speaks against this database."
        assert len(verify.found_in(settings.ANCHOR_FILE, verify.CHECKPOINT)) == 1
        assert rollback.finding()


def head():
    from django.conf import settings

    return Path(settings.DATA_DIR) / rollback.HEAD


def origin():
    return tree.newest().note.partition("\n")[0]


def keep_anchors(now=None):
    anchors.ask(now or timezone.now())
    for job in Job.objects.filter(kind=standing.ANCHOR, status=Status.QUEUED):
        run_job.apply(args=[job.pk])


class TestReadOnly:
    def test_answers_503_to_every_change_and_says_why(self, client, admin, restored):
        answer = client.post(reverse("preferences"), {"theme": "dark"})
        assert answer.status_code == 503
        assert "Nothing can be changed" in answer.content.decode()
        assert client.get(reverse("people")).status_code == 200

    def test_leads_htmx_to_the_page(self, client, admin, restored):
        answer = client.post(reverse("preferences"), headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == reverse("audit-rolled-back")

    def test_lets_people_come_in_and_out(self, client, restored):
        person = factories.user(Role.ADMIN)
        person.set_password("a long password")
        person.save()
        answer = client.post(reverse("sign-in"), {"username": person.email, "password": "a long password"})
        assert answer.status_code == 302
        assert client.post(reverse("sign-out")).status_code == 302

    def test_signs_nothing_does_nothing_by_the_clock_and_begins_no_job(self, restored):
        assert grow(2).size == 2
        assert AuditPending.objects.count() == 3  # with what was found
        assert ticks.run_due(lease.now()) == []
        job = Job.objects.create(kind=standing.CHECK, idempotency_key="k")
        run_job.apply(args=[job.pk])
        job.refresh_from_db()
        assert job.status == Status.QUEUED

    def test_is_told_on_the_logs_page_and_to_whoever_asks_for_health(self, client, analyst, restored):
        assert "The log was rolled back." in client.get(reverse("audit")).content.decode()
        assert client.get("/readyz").json()["audit"] == "rolled back"

    def test_is_a_problem_for_programs_that_would_write(self, client, analyst, restored):
        answer = client.post("/api/campaigns/", {}, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


class TestAccepting:
    def test_takes_an_admin_and_a_reason_and_is_an_entry(self, client, admin, restored):
        assert "It becomes an entry with your name." in look(client)
        assert client.post(reverse("audit-rolled-back"), {"reason": "oh"}).status_code == 422
        assert client.post(reverse("audit-rolled-back"), {"reason": WHY}).status_code == 302
        assert "The log is where it was left" in look(client)
        entry = AuditEntry.objects.filter(kind="rolled_back").latest("uid")
        assert json.loads(entry.body)["step"] == "accepted"
        assert entry.actor == f"user:{admin.pk}"
        assert json.loads(entry.payload.payload) == {"reason": WHY}

    def test_is_for_admins_of_all_brands_alone(self, client, restored):
        for person in (factories.user(Role.MANAGER), factories.user(Role.ADMIN, brand="acme")):
            client.force_login(person)
            assert "Tell your administrator." in look(client)
            assert client.post(reverse("audit-rolled-back"), {"reason": WHY}).status_code == 403
        assert rollback.finding()

    def test_lets_everything_go_on_from_there(self, client, admin, restored, settings, tmp_path):
        client.post(reverse("audit-rolled-back"), {"reason": WHY})
        assert client.post(reverse("preferences"), {"theme": "dark"}).status_code != 503
        assert grow().size == 5  # two, what was found and accepted, and one more
        assert not rollback.notice()
        assert bundle.check().size == 5
        assert "audit" not in client.get("/readyz").json()

    def test_does_not_speak_of_a_file_again_that_was_accepted(self, client, admin, settings, tmp_path):
        settings.ANCHOR_FILE = str(tmp_path / "kept")
        grow(2)
        grow(3)
        keep_anchors()
        put_back(2)
        rollback.notice()
        client.post(reverse("audit-rolled-back"), {"reason": WHY})
        grow(9)
        assert not rollback.notice()
        keep_anchors(timezone.now() + timedelta(minutes=20))
        assert [note.split("\n")[1] for note in verify.found_in(settings.ANCHOR_FILE, verify.CHECKPOINT)] == ["5", "13"]
        put_back(2)
        assert rollback.notice()

    def test_is_done_once(self, admin, restored):
        entry = rollback.finding()
        rollback.accept(entry, by=admin, reason=WHY)
        with pytest.raises(rollback.NotOpen):
            rollback.accept(entry, by=admin, reason=WHY)

    def test_is_not_needed_where_the_newer_copy_is_put_back(self, restored):
        put_back(2)
        assert rollback.finding() is None
