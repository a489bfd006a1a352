"""What `./run app` refuses before it starts anything, and what it makes of an empty database."""

import io
import socket

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from audit import triggers
from hybridmkt.management.commands import quickstart
from hybridmkt.supervisor import Supervisor
from tests import factories


class TestPort:
    def test_names_the_busy_port_and_a_free_one(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            with pytest.raises(CommandError, match=rf"Port {port} .* HM_PORT=\d+ \./run app"):
                quickstart.require_free(port)

    def test_takes_a_port_that_is_free(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quickstart.require_free(port)


class TestMode:
    def test_refuses_where_production_is_configured(self, settings):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="DATABASE_URL is set"):
            call_command("quickstart")


@pytest.mark.django_db
class TestPrepare:
    @pytest.fixture
    def called(self, monkeypatch):
        """Names of the commands that were asked for; none of them runs."""
        names = []
        monkeypatch.setattr(quickstart, "call_command", lambda name, **_: names.append(name))
        return names

    def test_makes_the_demo_in_an_empty_database(self, called):
        quickstart.Command().prepare()
        assert called == ["messages", "migrate", "seed_demo"]

    def test_leaves_a_database_with_people_alone(self, called):
        factories.user()
        quickstart.Command().prepare()
        assert called == ["messages", "migrate"]

    def test_refuses_a_log_that_can_be_changed(self, called):
        factories.user()
        name = triggers.names("audit_auditentry", connection.vendor)[0]
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else " ON audit_auditentry"))
        with pytest.raises(SystemCheckError, match="guard_tables"):
            quickstart.Command().prepare()

    def test_refuses_a_demo_that_was_interrupted(self, called, settings, monkeypatch):
        def interrupted(name, **_):
            if name == "seed_demo":
                raise KeyboardInterrupt

        monkeypatch.setattr(quickstart, "call_command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            quickstart.Command().prepare()
        factories.user()
        with pytest.raises(CommandError, match=f"interrupted .* Remove {settings.DATA_DIR}"):
            quickstart.Command().prepare()


class TestOnce:
    @pytest.fixture
    def story(self, monkeypatch):
        """Run what `--once` does beside the servers, with a main job of the test's choice; give what is left of it."""

        def run(main_job):
            monkeypatch.setattr(quickstart, "wait_for", lambda address, supervisor: None)
            monkeypatch.setattr("hybridmkt.journey.run", main_job)
            supervisor, outcome = Supervisor({}), quickstart.Outcome()
            command = quickstart.Command(stdout=io.StringIO())
            command.accompany(supervisor, outcome, once=True)
            return supervisor.stopping, outcome.error, command.stdout._out.getvalue()

        return run

    def test_prints_the_main_job_and_stops(self, story):
        stopping, error, printed = story(lambda address: [f"signed in at {address}"])
        assert (stopping, error) == (True, "")
        assert "signed in at http://127.0.0.1:" in printed

    def test_ends_with_what_went_wrong(self, story):
        def broken(address):
            raise RuntimeError("the run did not end")

        assert story(broken)[:2] == (True, "RuntimeError: the run did not end")
