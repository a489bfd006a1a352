"""The supervisor: restarts the dead, stops all, leaves no orphan."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from hybridmkt.supervisor import GRACE, Supervisor

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import os, sys, time
sys.path.insert(0, {root!r})
from jobs.orphans import guard
guard()
with open({log!r}, "a") as log:
    log.write(f"{{os.getpid()}}\\n")
{then}
"""


DEAF = "import signal; signal.signal(15, signal.SIG_IGN); time.sleep(60)"


def child(log: Path, then="time.sleep(60)") -> list[str]:
    return [sys.executable, "-c", CHILD.format(root=str(ROOT), log=str(log), then=then)]


def pids(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def _signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
class TestRun:
    def test_starts_a_killed_child_again(self, tmp_path):
        log, told = tmp_path / "pids", []
        supervisor = Supervisor({"child": child(log)}, tell=told.append)

        def kill_once():
            until(lambda: len(pids(log)) == 1)
            os.kill(pids(log)[0], signal.SIGKILL)
            until(lambda: len(pids(log)) == 2)
            supervisor.stop()

        threading.Thread(target=kill_once).start()
        supervisor.run()
        assert told == ["child ended with code -9; again in 0.25 s"]
        assert not any(is_alive(pid) for pid in pids(log))

    def test_waits_longer_before_each_restart_of_a_child_that_keeps_dying(self, tmp_path):
        told = []
        supervisor = Supervisor({"child": child(tmp_path / "pids", "sys.exit(3)")}, tell=told.append)
        threading.Timer(2.5, supervisor.stop).start()
        supervisor.run()
        assert told[:3] == [f"child ended with code 3; again in {pause:g} s" for pause in (0.25, 0.5, 1)]

    def test_kills_a_child_that_ignores_the_request_to_stop(self, tmp_path, monkeypatch):
        monkeypatch.setattr("hybridmkt.supervisor.GRACE", 0.5)
        log = tmp_path / "pids"
        supervisor = Supervisor({"deaf": child(log, DEAF)})
        threading.Thread(target=lambda: (until(lambda: pids(log)), time.sleep(0.2), supervisor.stop())).start()
        began = time.monotonic()
        supervisor.run()
        assert not is_alive(pids(log)[0])
        assert time.monotonic() - began < GRACE


class TestOrphans:
    def test_children_die_with_a_supervisor_that_is_killed(self, tmp_path):
        log = tmp_path / "pids"
        script = (
            f"from hybridmkt.supervisor import Supervisor; Supervisor({{'a': {child(log)}, 'b': {child(log)}}}).run()"
        )
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        until(lambda: len(pids(log)) == 2)
        parent.kill()
        parent.wait()
        until(lambda: not any(is_alive(pid) for pid in pids(log)))

    def test_a_process_that_nobody_supervises_is_left_alone(self):
        script = textwrap.dedent("""
            import time
            from jobs.orphans import guard
            guard(); time.sleep(0.3); print("alive")
        """)
        env = {name: value for name, value in os.environ.items() if name != "HM_SUPERVISED"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.stdout == "alive\n"
