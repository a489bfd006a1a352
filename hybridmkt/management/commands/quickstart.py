"""`manage.py quickstart`: everything on one machine, behind `./run app`."""

import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import checks
from hybridmkt.demo import people
from hybridmkt.supervisor import Supervisor
from jobs import lock

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until the web server must answer


class Command(BaseCommand):
    """Start everything on this machine."""

    help = "Migrate, seed the demo into an empty database, start the web server and the worker, keep them alive."
    requires_system_checks = []  # the processes it starts ask for what they need

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--once`: do the main job over HTTP as each role, then stop."""
        parser.add_argument("--once", action="store_true", help="do the main job over HTTP, then stop")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Prepare, start, and stay until a signal (or until the main job is done)."""
        if settings.PRODUCTION:
            raise CommandError("DATABASE_URL is set, and this starts everything on one machine. README, Production.")
        held = hold_folder()
        require_free(settings.PORT)
        self.prepare()
        program = str(Path(sys.argv[0]).absolute())  # the children are started by what started this one
        supervisor = Supervisor(
            {name: [sys.executable, program, name] for name in ("web", "jobworker")}, tell=self.stderr.write
        )
        outcome = Outcome()
        threading.Thread(target=self.accompany, args=(supervisor, outcome, once), daemon=True).start()
        supervisor.run()
        held.close()
        if outcome.error:
            raise CommandError(outcome.error)

    def prepare(self) -> None:
        """Bring translations and database up to date, and fill the database with the demo when nobody is in it."""
        call_command("messages", verbosity=0)
        call_command("migrate", verbosity=0)
        checks.require()
        if not get_user_model().objects.exists():
            self.stdout.write("Making the demo (once) ...")
            call_command("seed_demo", stdout=self.stdout)

    def accompany(self, supervisor: Supervisor, outcome: "Outcome", once: bool) -> None:
        """Say when the address answers; with `once` do the main job and let everything end."""
        address = f"http://{HOST}:{settings.PORT}/"
        try:
            wait_for(address + "readyz", supervisor)
            self.stdout.write(f"\nhybridmkt is at {address}   (stop it with Ctrl-C)\n")
            self.print_logins()
            if once:
                self.main_job(address)
        except Exception as error:  # whatever went wrong must end the program and set its exit code
            outcome.error = f"{type(error).__name__}: {error}"
        if once or outcome.error:
            supervisor.stop()

    def print_logins(self) -> None:
        """Print who can sign in to the demo; nothing where the database is somebody's own."""
        for role, email, password in people.logins():
            self.stdout.write(f"  {role:<11} {email:<28} {password}")

    def main_job(self, address: str) -> None:
        """Do the main job over HTTP as each role; print a line for each step, with the seconds since the start."""
        from hybridmkt.journey import run

        started = time.monotonic()
        for line in run(address):
            self.stdout.write(f"{time.monotonic() - started:5.1f} s  {line}")


class Outcome:
    """What the accompanying thread has to say at the end: an error, or nothing."""

    error = ""


def hold_folder() -> IO[str]:
    """Take the data folder for this start, before anything is written to it; it is let go when the file is closed."""
    try:
        return lock.hold(settings.DATA_DIR / "quickstart.lock")
    except lock.AlreadyHeld as held:
        raise CommandError(f"Already running here: {held} Another installation needs another HM_DATA_DIR.") from held


def require_free(port: int) -> None:
    """Refuse to start on a port that another program holds, and name one that is free."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free enough
        try:
            probe.bind((HOST, port))
        except OSError as error:
            with closing(socket.socket()) as other:
                other.bind((HOST, 0))
                free = other.getsockname()[1]
            raise CommandError(
                f"Port {port} on {HOST} is held by another program (a hybridmkt with another HM_DATA_DIR, perhaps). "
                f"Stop it, or take another port: HM_PORT={free} ./run app"
            ) from error


def wait_for(address: str, supervisor: Supervisor) -> None:
    """Wait until an address answers 200; give up with a sentence after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not supervisor.stopping:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  (our own address)
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{address} did not answer within {PATIENCE:g} s; the lines above say why.")
        time.sleep(0.05)
