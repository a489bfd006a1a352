"""The rules of the house that a program can check (house.md: form, floors, lock files, templates)."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from packaging.requirements import Requirement

from hybridmkt import settings

ROOT = Path(__file__).resolve().parents[1]
APPS = ("hybridmkt", "playbooks", "review", "screening", "accounts", "audit", "jobs")
FUNCTION_LINES, MEDIAN_LINES, FILE_LINES = 60, 10, 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "services", "base", "managers"}
GIVEN_NAMES = {"hybridmkt/sqlite/base.py"}  # where Django looks for a database
HEAVY = {"pandas", "sklearn", "pyarrow", "scipy", "interpret"}
# An inline handler, style or script is dropped by the browser under our Content-Security-Policy, silently for the user.
INLINE = {
    "style attribute": re.compile(r"\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "script element without src": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "event handler": re.compile(r"\s(?:on[a-z]+|hx-on[\w:-]*)\s*=", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
    "trusted string": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"),
}


def sources(*folders: str) -> list[Path]:
    """Our own Python files, migrations left out."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(path: Path):
    """(name, lines without the docstring) of each function in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            has_words = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
            words = first.end_lineno - first.lineno + 1 if has_words else 0
            yield node.name, node.end_lineno - node.lineno + 1 - words


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


class TestFloors:
    def test_imports_go_down_only(self):
        program = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_the_web_process_loads_nothing_heavy(self):
        script = (
            "import hybridmkt.wsgi, sys; from django.urls import get_resolver; get_resolver().url_patterns;"
            "print(*{name.split('.')[0] for name in sys.modules})"
        )
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        assert not HEAVY & set(done.stdout.split())


class TestSize:
    def test_no_function_is_over_the_bar(self):
        files = [*sources(*APPS, "tests", "benchmarks"), ROOT / "run"]
        long = {f"{shown(f)}:{name}": n for f in files for name, n in functions(f) if n > FUNCTION_LINES}
        assert not long

    def test_no_file_is_over_the_bar(self):
        files = [*sources(*APPS, "tests", "benchmarks"), ROOT / "run"]
        long = {shown(path): n for path in files if (n := len(path.read_text().splitlines())) > FILE_LINES}
        assert not long

    def test_half_of_the_functions_are_short(self):
        assert statistics.median(n for path in sources(*APPS) for _, n in functions(path)) <= MEDIAN_LINES


class TestNames:
    def test_no_module_has_a_name_that_says_nothing(self):
        found = [shown(path) for path in sources(*APPS, "tests") if {path.stem, path.parent.name} & FORBIDDEN_NAMES]
        assert set(found) == GIVEN_NAMES

    def test_nothing_is_left_for_later(self):
        later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
        files = [*sources(*APPS, "tests", "benchmarks"), *(ROOT / "templates").rglob("*.html")]
        assert not [shown(path) for path in files if later.search(path.read_text())]


class TestMigrations:
    @pytest.mark.django_db
    def test_none_is_missing(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class TestTemplates:
    @pytest.mark.parametrize("rule", INLINE)
    def test_nothing_that_the_security_policy_drops(self, rule):
        pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.svg")]
        assert pages
        assert not [shown(path) for path in pages if INLINE[rule].search(path.read_text())]

    def test_the_rules_see_what_they_look_for(self):
        bad = "<p style='x'><style></style><script>1</script><a onclick='x' href='javascript:1'>{{ x|safe }}"
        assert [rule for rule, pattern in INLINE.items() if not pattern.search(bad)] == []
        good = '<script src="/a.js" defer></script><p class="style"><a href="/on=1">{{ x|safer }}'
        assert [rule for rule, pattern in INLINE.items() if pattern.search(good)] == []

    def test_no_code_marks_a_string_as_safe(self):
        trusted = re.compile(r"\bmark_safe\b|\bSafeString\(")
        assert not [shown(path) for path in sources(*APPS) if trusted.search(path.read_text())]


class TestSecrets:
    @pytest.mark.parametrize("weak", [r"\b(?:md5|sha1|MD5|SHA1)\b", r"^(?:import random\b|from random import)"])
    def test_hang_on_no_weak_hash_and_no_guessable_chance(self, weak):
        assert not [shown(path) for path in sources(*APPS) if re.search(weak, path.read_text(), re.M)]

    def test_of_people_are_hashed_slowly(self):
        assert settings.PASSWORD_HASHERS[0].endswith(".ScryptPasswordHasher")


PINS = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?: *; *([^\\]+))?", re.M)


def pins(name: str) -> dict[str, set[str]]:
    """Package -> pinned versions (more than one when they differ by Python version)."""
    found: dict[str, set[str]] = {}
    for package, version, _ in PINS.findall((ROOT / name).read_text()):
        found.setdefault(package, set()).add(version)
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class TestLockFiles:
    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock"])
    def test_hold_no_address_no_option_and_no_path(self, name):
        lines = (ROOT / name).read_text().splitlines()
        allowed = re.compile(
            r"^(?:[a-z0-9._\[\],-]+==[^ ]+(?: ; [^/\\]+)? \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?|    #[^/\\]*)$"
        )
        assert [line for line in lines if not allowed.match(line)] == []

    @pytest.mark.parametrize(
        ("name", "group"),
        [
            ("requirements.lock", ()),
            ("requirements-dev.lock", ("dev",)),
            ("requirements-bench.lock", ("bench",)),
        ],
    )
    def test_satisfy_pyproject(self, name, group):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        wanted = project["project"]["dependencies"] + [
            line for part in group for line in project["dependency-groups"][part]
        ]
        pinned = pins(name)
        for requirement in map(Requirement, wanted):
            versions = pinned.get(plain(requirement.name), set())
            assert versions, f"{requirement} is not in {name}: ./run lock"
            assert all(requirement.specifier.contains(v) for v in versions), (
                f"{requirement} against {versions}: ./run lock"
            )

    @pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-bench.lock"])
    def test_tools_do_not_change_what_users_run(self, name):
        tools = pins(name)
        assert {
            name: (v, tools.get(name)) for name, v in pins("requirements.lock").items() if tools.get(name) != v
        } == {}

    def test_peers_of_benchmarks_are_in_no_other_lock(self):
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
        peers = {plain(Requirement(line).name) for line in groups["bench"]}
        assert peers
        assert not peers & (pins("requirements.lock").keys() | pins("requirements-dev.lock").keys())


class TestRepository:
    def test_names_no_package_index(self):
        index = re.compile("py" + r"pi\.org|python" + r"hosted\.org|--(?:extra-)?index" + r"-url|--find" + r"-links")
        names = ["run", "Makefile", "Dockerfile", "docker-compose.yml", "pyproject.toml", ".ci/run", "README.md"]
        files = [ROOT / name for name in names] + sources(*APPS, "tests", "benchmarks")
        assert not [shown(path) for path in files if path.exists() and index.search(path.read_text())]
