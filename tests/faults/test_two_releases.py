"""Old and new code at once: what a newer release writes is left to it by the older one, or read (trust.md F12)."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from hybridmkt import health
from jobs import dispatch, lease, queries
from jobs.management.commands import jobworker
from jobs.models import Job, Status, Tick
from review import decisions, overlays
from review.models import Decision
from tests import factories as make
from tests.review.worlds import BACKEND

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(monkeypatch):
    """A job of a kind that this release does not know, and a way to become the release that does."""
    queued = Job.objects.create(kind="weaving", params={"warp": 9}, idempotency_key="w", brand="acme", market="US")

    @contextmanager
    def release():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dispatch, "WORK", dict(dispatch.WORK))
            dispatch.runs("weaving")(lambda job: {"woven": job.job.params["warp"]})
            yield

    return queued, release


class TestAJobOfANewerRelease:
    def test_is_left_by_an_older_worker_however_often_it_is_told(self, newer):
        queued, release = newer
        for _time in range(2 * queued.max_attempts):
            dispatch.run(queued.pk, worker="older")
        assert jobworker._next() is None
        queued.refresh_from_db()
        assert (queued.status, queued.attempts, queued.error) == (Status.QUEUED, 0, "")
        with release():
            assert jobworker._next() == queued.pk
            dispatch.run(queued.pk, worker="newer")
        queued.refresh_from_db()
        assert (queued.status, queued.result) == (Status.SUCCEEDED, {"woven": 9})

    def test_keeps_nobody_elses_waiting(self, newer):
        own = Job.objects.create(kind="import", idempotency_key="own")
        assert jobworker._next() == own.pk

    def test_is_told_again_for_a_worker_that_knows_it(self, newer, settings, monkeypatch):
        queued, _release = newer
        settings.PRODUCTION, sent = True, []
        monkeypatch.setattr(dispatch.current_app, "send_task", lambda name, args, **more: sent.append(args))
        Job.objects.update(created_at=lease.now() - timedelta(seconds=2 * dispatch.UNNOTICED))
        assert dispatch.hint_again(lease.now()) == 1
        assert sent == [[queued.pk]]

    def test_stands_in_the_list_of_an_older_page(self, newer, client):
        queued, _release = newer
        user = make.user("strategist")
        client.force_login(user, BACKEND)
        assert queued in queries.recent(user)
        assert "weaving" in client.get("/jobs/").content.decode()
        assert client.get(f"/jobs/{queued.pk}/").status_code == 200


class TestAnEntryOfANewerRelease:
    def test_is_read_by_an_older_page(self, client):
        made = make.entry("weaving", body={"warp": 9}, brand="acme", market="US")
        client.force_login(make.user("analyst"), BACKEND)
        assert "weaving" in client.get("/audit/").content.decode().lower()
        assert client.get(f"/audit/{made.uid}/").status_code == 200


class TestASchemaOfANewerRelease:
    @pytest.fixture(autouse=True)
    def grown(self, monkeypatch):
        """Columns, a table and a migration that this release does not know."""
        monkeypatch.setattr(health, "_migrated", set())
        with connection.cursor() as cursor:
            for table in ("review_decision", "review_overlay", "audit_auditentry", "jobs_job"):
                cursor.execute(f"ALTER TABLE {table} ADD COLUMN weft varchar(9) NULL")
            cursor.execute("CREATE TABLE review_loom (id integer PRIMARY KEY)")
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('review', '9999_loom', CURRENT_TIMESTAMP)"
            )

    def test_serves_older_code(self, client):
        Tick.objects.create(name="reaper", slot=1, at=lease.now())
        assert client.get("/readyz").json() == {"status": "ready", "late": []}

    def test_takes_what_older_code_decides(self):
        task, by = make.task(opened_at=lease.now()), make.user("strategist")
        overlays.save(task, by=by, now=lease.now(), gut_rating=4)
        task.refresh_from_db()
        decisions.decide(task, choice="approve", by=by, now=lease.now(), version=task.version, key="k")
        assert Decision.objects.get().audit.kind == "decision"
