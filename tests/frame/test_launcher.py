"""The launcher `run`: which Python, which installer, which passes. Nothing is installed here; .ci/run does that."""

import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    """The launcher as a module, with an environment folder of its own and nothing on PATH."""
    loader = SourceFileLoader("launcher", str(ROOT / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("launcher", loader))
    loader.exec_module(module)
    monkeypatch.setenv("HM_VENV", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("HM_SYSTEM", raising=False)
    (tmp_path / "bin").mkdir()
    (tmp_path / "venv").mkdir()
    return module


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


class TestUsage:
    def test_names_every_verb_when_called_with_nothing(self):
        done = subprocess.run([sys.executable, "run"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0
        assert all(verb in done.stdout for verb in ("app [--once]", "test", "manage", "bench", "lock"))

    def test_refuses_an_unknown_verb_in_one_line(self):
        done = subprocess.run([sys.executable, "run", "start"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr == "hybridmkt: there is no 'start'. There are: app, test, manage, bench, lock.\n"


class TestPython:
    def test_hands_over_to_a_newer_python_and_passes_over_one_that_refuses(self, launcher, tmp_path, monkeypatch):
        became = []
        program(tmp_path / "bin" / "python3.13", "exit 127")  # what a pyenv shim does without its version
        newer = program(tmp_path / "bin" / "python3.12", "echo 1")
        monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
        monkeypatch.setattr(launcher.sys, "argv", ["run", "app"])
        monkeypatch.setattr(launcher, "become", lambda command: became.append(command) or sys.exit())
        with pytest.raises(SystemExit):
            launcher.ensure_python()
        assert became == [[newer, str(ROOT / "run"), "app"]]

    def test_says_what_to_install_when_no_python_fits(self, launcher, monkeypatch):
        monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
        with pytest.raises(SystemExit, match=r"needs Python 3\.11, 3\.12 or 3\.13, found"):
            launcher.ensure_python()


class TestEnvironment:
    def test_never_empties_a_folder_that_is_something_else(self, launcher, tmp_path):
        (tmp_path / "venv" / "thesis.txt").write_text("years of work")
        with pytest.raises(SystemExit, match=r"venv is there and is no Python environment: HM_VENV must name"):
            launcher.make_environment()
        assert (tmp_path / "venv" / "thesis.txt").read_text() == "years of work"

    def test_never_takes_the_place_of_a_file(self, launcher, tmp_path, monkeypatch):
        (tmp_path / "notes").write_text("years of work")
        monkeypatch.setenv("HM_VENV", str(tmp_path / "notes"))
        with pytest.raises(SystemExit, match="is no Python environment"):
            launcher.make_environment()

    def test_says_which_variable_helps_where_nothing_can_be_written(self, launcher, tmp_path, monkeypatch):
        (tmp_path / "notes").write_text("")
        monkeypatch.setenv("HM_VENV", str(tmp_path / "notes" / "venv"))
        with pytest.raises(SystemExit, match=r"cannot make .*venv \(Not a directory\): let HM_VENV name"):
            launcher.make_environment()

    def test_is_made_anew_where_its_interpreter_is_broken(self, launcher, tmp_path):
        (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /gone\n")
        python = launcher.make_environment()
        assert launcher.version_of(python)

    def test_is_made_in_an_empty_folder(self, launcher, tmp_path):
        assert launcher.make_environment() == launcher.interpreter(tmp_path / "venv")


class TestPeers:
    def test_installs_peers_beside_the_projects_environment_and_never_into_it(self, launcher, tmp_path, monkeypatch):
        installed, became = [], []
        monkeypatch.setenv("HM_SYSTEM", "1")
        monkeypatch.setattr(launcher, "install", lambda python, lock: installed.append((python, lock.name)))
        monkeypatch.setattr(launcher, "become", became.append)
        launcher.bench(sys.executable, ["engine", "--rows", "5"])
        launcher.bench(sys.executable, ["export"])
        beside = launcher.interpreter(tmp_path / "venv-bench")
        assert installed == [(beside, "requirements-bench.lock"), (sys.executable, "requirements.lock")]
        assert became[0] == [beside, "-m", "benchmarks.engine", "--rows", "5"]


class TestInstall:
    @pytest.fixture
    def lock(self, tmp_path):
        path = tmp_path / "requirements.lock"
        path.write_text("package==1\n")
        return path

    def test_costs_nothing_the_second_time(self, launcher, lock, tmp_path, monkeypatch):
        log = tmp_path / "log"
        ways = [("uv", [program(tmp_path / "uv", f'echo "$@" >> {log}')], dict(os.environ))]
        monkeypatch.setattr(launcher, "installers", lambda python: iter(ways))
        launcher.install(sys.executable, lock)
        launcher.install(sys.executable, lock)
        assert log.read_text() == f"--require-hashes -r {lock}\n"

    def test_happens_again_when_the_lock_file_changes(self, launcher, lock, tmp_path, monkeypatch):
        log = tmp_path / "log"
        ways = [("uv", [program(tmp_path / "uv", f"echo >> {log}")], dict(os.environ))]
        monkeypatch.setattr(launcher, "installers", lambda python: iter(ways))
        launcher.install(sys.executable, lock)
        lock.write_text("package==2\n")
        launcher.install(sys.executable, lock)
        assert log.read_text() == "\n\n"

    def test_falls_back_to_pip_when_uv_cannot(self, launcher, lock, tmp_path, monkeypatch, capsys):
        uv, pip = program(tmp_path / "uv", "exit 2"), program(tmp_path / "pip", "exit 0")
        ways = [("uv", [uv], {}), ("pip", [pip], {})]
        monkeypatch.setattr(launcher, "installers", lambda python: iter(ways))
        launcher.install(sys.executable, lock)
        assert "uv could not do it" in capsys.readouterr().err

    def test_leaves_no_stamp_when_nothing_could(self, launcher, lock, tmp_path, monkeypatch):
        ways = [("pip", [program(tmp_path / "pip", "exit 1")], {})]
        monkeypatch.setattr(launcher, "installers", lambda python: iter(ways))
        with pytest.raises(SystemExit, match="could not install"):
            launcher.install(sys.executable, lock)
        assert not list((tmp_path / "venv").iterdir())

    def test_says_in_one_line_what_to_install_when_there_is_no_installer(self, launcher, tmp_path, monkeypatch):
        bare = program(tmp_path / "python", "exit 1")
        monkeypatch.setattr(launcher.sys, "executable", bare)
        with pytest.raises(SystemExit, match=r"found no ensurepip, no pip and no uv\. Install any one of them"):
            list(launcher.installers(bare))


class TestUv:
    def test_looks_where_pip_is_told_to_look(self, launcher, tmp_path, monkeypatch):
        lines = ["global.index-url='https://mirror.example/simple'", "global.find-links='/a /b'"]
        lines += ["global.extra-index-url='https://one.example https://two.example'", ":env:.cert='/ca.pem'"]
        echo = "; ".join(f'echo "{line}"' for line in lines)
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"):
            monkeypatch.delenv(name, raising=False)
        env = launcher.settings_for_uv([program(tmp_path / "pip", echo)])
        assert env["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
        assert env["UV_INDEX"] == "https://one.example https://two.example"
        assert env["UV_FIND_LINKS"] == "/a,/b"
        assert env["SSL_CERT_FILE"] == "/ca.pem"

    def test_own_variables_win(self, launcher, tmp_path, monkeypatch):
        monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
        pip = program(tmp_path / "pip", "echo \"global.index-url='https://mirror.example/simple'\"")
        assert launcher.settings_for_uv([pip])["UV_DEFAULT_INDEX"] == "https://own.example/simple"


class TestManage:
    def test_leaves_the_person_in_their_folder(self, launcher, tmp_path, monkeypatch):
        became = []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HM_VENV", "venv")
        monkeypatch.setattr(launcher, "install", lambda python, lock: None)
        monkeypatch.setattr(launcher, "become", lambda command: became.append(command))
        monkeypatch.setattr(launcher.sys, "argv", ["run", "manage", "import_creators", "mine.csv"])
        launcher.main()
        python = launcher.interpreter(tmp_path / "venv")
        assert became == [[python, str(ROOT / "manage.py"), "import_creators", "mine.csv"]]
        assert Path.cwd() == tmp_path


class TestBench:
    def test_offers_what_can_be_measured_and_nothing_else(self, launcher):
        offered = "accuracy, audit, discovery, engine, export, queue, requests, review, runs, scale"
        with pytest.raises(SystemExit, match=rf": {offered}\.$"):
            launcher.bench("python", ["bench"])


class TestTest:
    @pytest.fixture
    def passes(self, launcher, tmp_path, monkeypatch):
        """What pytest was called with, pass by pass; pass n ends with `passes.codes[n]`."""

        class Passes(list):
            codes = (0, 0)

        calls = Passes()
        (tmp_path / "tests" / "browser").mkdir(parents=True)
        monkeypatch.chdir(tmp_path)  # and back at the end: the launcher goes to its own folder
        monkeypatch.setattr(launcher, "ROOT", tmp_path)
        monkeypatch.setattr(launcher, "install", lambda python, lock: None)
        monkeypatch.setattr(
            launcher.subprocess, "call", lambda command: calls.append(command[3:]) or calls.codes[len(calls) - 1]
        )
        monkeypatch.setattr(launcher, "become", lambda command: calls.append(command[3:]) or sys.exit(0))
        return calls

    def test_runs_the_browser_last_and_by_itself(self, launcher, passes, tmp_path):
        with pytest.raises(SystemExit):
            launcher.test("python", ["-x"])
        browser = str(tmp_path / "tests" / "browser")
        assert passes == [[f"--ignore={browser}", "-x"], [browser, "-x"]]

    def test_ends_with_a_first_pass_that_fails(self, launcher, passes):
        passes.codes = (1, 0)
        with pytest.raises(SystemExit) as end:
            launcher.test("python", [])
        assert (end.value.code, len(passes)) == (1, 1)

    @pytest.mark.parametrize(
        ("codes", "code"), [((0, 0), 0), ((0, 5), 0), ((5, 0), 0), ((5, 5), 5), ((0, 1), 1), ((5, 1), 1)]
    )
    def test_fails_for_nothing_collected_only_when_both_passes_were_empty(self, launcher, passes, codes, code):
        passes.codes = codes
        with pytest.raises(SystemExit) as end:
            launcher.test("python", ["-k", "word"])
        assert end.value.code == code

    def test_runs_in_one_pass_what_the_arguments_name(self, launcher, passes):
        with pytest.raises(SystemExit):
            launcher.test("python", ["tests/browser::TestX", "-x"])
        assert passes == [["tests/browser::TestX", "-x"]]

    def test_takes_a_word_after_an_option_for_a_word(self, launcher, passes, tmp_path):
        (tmp_path / "jobs").mkdir()
        with pytest.raises(SystemExit):
            launcher.test("python", ["-k", "jobs"])
        assert len(passes) == 2
