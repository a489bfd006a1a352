"""What `./run app` refuses before it starts anything, and what it makes of an empty database."""

import io
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from audit import triggers
from hybridmkt.management.commands import quickstart
from hybridmkt.supervisor import Supervisor
from tests import factories

ROOT = Path(__file__).resolve().parents[2]


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


class TestFolder:
    HOLDER = "import sys; from pathlib import Path; from jobs import lock; f = lock.hold(Path(sys.argv[1])); "

    @pytest.fixture
    def other(self, settings):
        """Another start on the same data folder."""
        program = self.HOLDER + "print('held', flush=True); sys.stdin.read()"
        command = [sys.executable, "-c", program, str(settings.DATA_DIR / "quickstart.lock")]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()
        process.wait()

    def test_refuses_a_second_start_before_it_touches_anything(self, other, settings, monkeypatch):
        settings.PRODUCTION = False
        monkeypatch.setattr(quickstart, "call_command", lambda name, **_: pytest.fail(name))
        said = rf"Already running here: .* process {other.pid}\. Another installation needs another HM_DATA_DIR"
        with pytest.raises(CommandError, match=said):
            call_command("quickstart")

    def test_is_free_again_when_a_start_was_killed(self, other):
        other.kill()
        other.wait()
        with quickstart.hold_folder() as held:
            assert not held.closed


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

    def test_leaves_nothing_of_a_demo_that_was_interrupted(self, monkeypatch):
        def interrupted(*_args, **_more):
            assert get_user_model().objects.exists()
            raise KeyboardInterrupt

        monkeypatch.setattr("hybridmkt.demo.places.seed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            call_command("seed_demo", stdout=io.StringIO())
        assert not get_user_model().objects.exists()


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
