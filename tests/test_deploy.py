"""The container files, read as data: there is no container engine where the tests run."""

import json
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests import servers
from tests.test_docs import variables_read

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
APPS = ("hybridmkt", "playbooks", "review", "screening", "accounts", "audit", "jobs")
OF_DJANGO = {"migrate", "collectstatic"}
BUILT_IN = {"version"}  # answered before any command is loaded


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", DOCKERFILE, re.M)


def parse(command: list[str]):
    """Check that a command is the launcher's, is one of ours, and takes these options; give its name."""
    assert command[:2] == ["./run", "manage"], command
    name, *options = command[2:]
    if name in BUILT_IN:
        return name
    app = get_commands()[name]
    assert app.split(".")[-1] in APPS or name in OF_DJANGO, f"{name} is a command of {app}"
    load_command_class(app, name).create_parser("manage.py", name).parse_args(options)
    return name


class TestCompose:
    @pytest.mark.parametrize("name", OURS)
    def test_starts_each_service_by_a_command_that_takes_these_options(self, name):
        parse(OURS[name]["command"])

    @pytest.mark.parametrize("name", OURS)
    def test_sets_only_variables_that_the_settings_read(self, name):
        assert set(OURS[name]["environment"]) <= variables_read()

    @pytest.mark.parametrize("name", OURS)
    def test_sets_what_production_refuses_to_start_without(self, name):
        assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"} <= set(OURS[name]["environment"])

    def test_waits_only_for_services_that_exist(self):
        wanted = {other for service in SERVICES.values() for other in service.get("depends_on", {})}
        assert wanted
        assert wanted <= set(SERVICES)

    def test_mounts_only_volumes_that_exist(self):
        mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
        assert set(mounts) == set(COMPOSE["volumes"])

    def test_has_every_part_of_production(self):
        assert {"postgres", "redis", "migrate", "web", "worker", "beat"} == set(SERVICES)
        assert {"score", "export", "default"} == set(SERVICES["worker"]["command"][4].split(","))

    def test_holds_no_secret(self):
        for service in OURS.values():
            assert service["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?")
            assert "${POSTGRES_PASSWORD:?" in service["environment"]["DATABASE_URL"]

    def test_is_reached_from_this_machine_only(self):
        ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
        assert all(port.startswith("127.0.0.1:") for port in ports)


class TestDockerfile:
    def test_installs_and_builds_by_the_launcher(self):
        names = []
        for line in instructions("RUN"):
            for part in re.split(r"&&", line):
                if "./run" in part:
                    names.append(parse(shlex.split(part[part.index("./run") :])))
        assert names == ["version", "messages", "collectstatic"]
        assert not [line for line in instructions("RUN") if re.search(r"\b(pip|uv) install\b", line)]

    def test_leaves_no_secret_of_an_embedded_start_in_a_layer(self):
        (build,) = [line for line in instructions("RUN") if "messages" in line]
        assert build.index("DATABASE_URL=") < build.index("./run")

    def test_starts_by_the_launcher(self):
        (command,) = instructions("CMD")
        assert parse(yaml.safe_load(command)) == "web"

    def test_copies_what_the_launcher_needs_before_it_runs(self):
        assert set(instructions("COPY")[0].split()) == {"run", "manage.py", "requirements.lock", "./"}

    def test_sets_only_variables_that_somebody_reads(self):
        of_tools = {"UV_COMPILE_BYTECODE", "PYTHONUNBUFFERED", "HM_SYSTEM"}
        names = {word.split("=")[0] for line in instructions("ENV") for word in line.split()}
        assert names - of_tools <= variables_read()
        assert '"HM_SYSTEM"' in (ROOT / "run").read_text()

    def test_does_not_run_as_root(self):
        assert instructions("USER") == ["hybridmkt"]


@pytest.fixture(scope="module")
def environment(postgres_url, redis_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    env = {**servers.production(postgres_url, redis_url), "HM_DATA_DIR": str(folder)}
    env["HM_PORT"] = str(servers.free_port())
    subprocess.run([sys.executable, "manage.py", *COMMANDS["migrate"]], cwd=ROOT, env=env, check=True)
    return env


class TestProcesses:
    """Production's processes, started by the commands that the compose file names."""

    def test_web_answers_and_ends_when_asked(self, environment):
        web = subprocess.Popen([sys.executable, "manage.py", *COMMANDS["web"]], cwd=ROOT, env=environment)
        address = f"http://127.0.0.1:{environment['HM_PORT']}/readyz"
        try:
            told = json.load(patiently(lambda: urllib.request.urlopen(address, timeout=5)))
            assert told["status"] == "ready"
        finally:
            web.terminate()
            assert web.wait(30) == 0

    def test_clock_does_its_chores_without_a_worker(self, environment):
        clock = subprocess.Popen([sys.executable, "manage.py", *COMMANDS["beat"]], cwd=ROOT, env=environment)
        try:
            patiently(lambda: found(environment, "SELECT 1 FROM jobs_tick WHERE name = 'reaper'"), seconds=60)
        finally:
            clock.terminate()
            assert clock.wait(30) == 0

    def test_clock_tells_the_worker_of_a_job_whose_hint_was_lost(self, environment):
        parts = [
            subprocess.Popen([sys.executable, "manage.py", *COMMANDS[name]], cwd=ROOT, env=environment)
            for name in ("worker", "beat")
        ]
        try:
            assert found(environment, UNTOLD)
            patiently(lambda: found(environment, "SELECT 1 FROM jobs_job WHERE error LIKE 'KeyError%'"), seconds=60)
        finally:
            for part in parts:
                part.terminate()
            assert [part.wait(30) for part in parts] == [0, 0]


COMMANDS = {name: service["command"][2:] for name, service in OURS.items()}


# A job that waits for two minutes already, and ends at once: it does not say of which market.
UNTOLD = """INSERT INTO jobs_job (kind, params, queue, status, attempts, max_attempts, worker, done, furthest, total,
    step, result, error, created_at, idempotency_key, brand, market) VALUES ('learn', '{}', 'default', 'queued', 0, 1,
    '', 0, 0, 0, '', '{}', '', now() - interval '2 minutes', 'untold', '', '') RETURNING 1"""


def found(env: dict[str, str], sql: str) -> bool:
    """Ask the database, in a transaction of its own; raises OSError while it answers with no row."""
    with closing(psycopg2.connect(env["DATABASE_URL"])) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)
        if not cursor.fetchall():
            raise OSError(f"nothing yet: {sql}")
    return True


def patiently(ask, seconds=30):
    """Ask again until it works."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
