"""What load balancers and supervisors ask."""

from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from redis.exceptions import ConnectionError as Gone

from audit import standing
from hybridmkt import health
from jobs.models import Tick
from tests import factories as make


class TestAlive:
    def test_a_process_that_answers_is_alive_without_its_database(self, client):
        answer = client.get("/healthz")  # no database mark: a query would fail the test
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
class TestReady:
    @pytest.fixture(autouse=True)
    def beat(self):
        Tick.objects.create(name="reaper", slot=1, at=timezone.now())

    def test_when_the_database_answers(self, client):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "late": []})

    def test_is_not_said_when_it_does_not(self, client, monkeypatch):
        class Gone:
            def cursor(self):
                raise OperationalError("connection refused")

        health._migrated.add(True)
        monkeypatch.setattr(health, "connection", Gone())
        assert client.get("/readyz").status_code == 503

    def test_is_not_said_before_the_database_is_of_this_release(self, client, monkeypatch):
        monkeypatch.setattr(health, "_migrated", set())
        monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("accounts", False)])
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"][:30]) == (503, "the database is of another rel")

    def test_names_a_silent_clock_and_lets_requests_through(self, client):
        Tick.objects.update(at=timezone.now() - timedelta(minutes=2))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["late"]) == (200, ["clock"])

    def test_names_a_log_whose_entries_wait(self, client, monkeypatch):
        make.entry()
        monkeypatch.setattr(standing, "LATE", timedelta(seconds=-1))
        assert client.get("/readyz").json()["late"] == ["log"]

    def test_names_a_broker_that_does_not_answer(self, client, monkeypatch):
        def gone(key):
            raise Gone("refused")

        monkeypatch.setattr(health.cache, "get", gone)
        assert client.get("/readyz").json()["late"] == ["broker"]

    def test_names_a_disk_that_is_nearly_full(self, client, monkeypatch):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(health.shutil, "disk_usage", lambda path: usage(1, 1, 10))
        assert client.get("/readyz").json()["late"] == ["disk"]
