"""What load balancers and supervisors ask."""

import pytest
from django.db import OperationalError

from hybridmkt import health


class TestHealth:
    def test_a_process_that_answers_is_alive_without_its_database(self, client):
        answer = client.get("/healthz")  # no database mark: a query would fail the test
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})

    @pytest.mark.django_db
    def test_is_ready_when_the_database_answers(self, client):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    def test_is_not_ready_when_it_does_not(self, client, monkeypatch):
        class Gone:
            def cursor(self):
                raise OperationalError("connection refused")

        monkeypatch.setattr(health, "connection", Gone())
        assert client.get("/readyz").status_code == 503
