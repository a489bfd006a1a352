"""The container files, read as data: there is no container engine where the tests run."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

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
