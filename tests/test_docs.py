"""The documents name what the code has: commands, settings, roles, routes, and one word for each thing."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from accounts.models import Role
from review.models import Route

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
DOCS = README + "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
APPS = ("hybridmkt", "playbooks", "review", "screening", "accounts", "audit", "jobs")
COMMANDS = sorted(
    path.stem
    for app in APPS
    for path in (ROOT / app / "management" / "commands").glob("*.py")
    if path.stem != "__init__"
)
BENCHES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.stem != "bench")
MODELS = sorted(
    model.__name__ for app in APPS if apps.is_installed(app) for model in apps.get_app_config(app).get_models()
)


def variables_read() -> set[str]:
    """Names of the environment variables that settings.py reads."""
    text = (ROOT / "hybridmkt" / "settings.py").read_text()
    return set(re.findall(r"""\b(?:env(?:\.\w+)?|_needed|os\.environ\.get)\(\s*["']([A-Z][A-Z_0-9]+)["']""", text))


def launcher_variables() -> set[str]:
    return set(re.findall(r"""environ\.get\(["'](HM_[A-Z_]+)["']""", (ROOT / "run").read_text()))


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def words(name: str) -> str:
    """AuditEntry -> audit entry."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


class TestSettings:
    def test_every_variable_has_its_row(self):
        rows = set(re.findall(r"^\| `([A-Z_]+)` \|", section("Settings"), re.M))
        assert rows == variables_read() | launcher_variables()

    def test_every_variable_of_the_tests_is_named(self):
        read = re.compile(r"""environ\.get\(["']([A-Z_]+)["']""")
        names = {name for path in (ROOT / "tests").rglob("*.py") for name in read.findall(path.read_text())}
        assert {"HM_REQUIRE", "HM_KILLS"} <= names
        assert [name for name in sorted(names) if f"`{name}" not in section("Settings")] == []

    def test_the_reader_of_settings_finds_them(self):
        assert {"DATABASE_URL", "SECRET_KEY", "HM_PORT", "HM_DATA_DIR", "CSRF_TRUSTED_ORIGINS"} <= variables_read()


class TestNames:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_is_named(self, command):
        assert re.search(rf"`(?:\./run manage )?{command}\b", DOCS), f"no document names the command {command}"

    @pytest.mark.parametrize("bench", BENCHES)
    def test_every_benchmark_is_named(self, bench):
        row = next(line for line in section("The map").splitlines() if line.startswith("| `benchmarks/`"))
        assert f"`{bench}`" in row

    @pytest.mark.parametrize("role", Role.values)
    def test_every_role_has_its_row(self, role):
        assert re.search(rf"^\| {role}\b", section("What happens in it"), re.M)

    @pytest.mark.parametrize("route", Route.values)
    def test_every_route_is_explained(self, route):
        assert f"`{route}` (" in section("What happens in it")

    @pytest.mark.parametrize("model", MODELS)
    def test_every_table_has_its_word_in_the_glossary(self, model):
        assert re.search(rf"\b{words(model)}\b", section("Glossary").lower()), f"the glossary lacks {words(model)}"


class TestReferences:
    def test_every_room_of_the_map_is_there(self):
        rooms = re.findall(r"`([a-z_./]+/|run|manage\.py)`", section("The map"))
        assert [room for room in rooms if not (ROOT / room).exists() and not (ROOT / "tests" / room).exists()] == []

    def test_every_link_leads_somewhere(self):
        for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
            for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
                assert (path.parent / target).exists(), f"{path.name} links to {target}"

    def test_every_command_line_is_one_that_the_launcher_takes(self):
        verbs = set(re.findall(r"\./run ([a-z]+)", DOCS))
        assert verbs
        assert verbs <= {"app", "test", "manage", "bench", "lock"}

    def test_every_file_named_in_code_marks_exists(self):
        for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|toml|md))`", DOCS):
            assert (ROOT / name).exists(), name
