"""The same runs carried out by one worker and by two side by side give the same files, byte for byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _call(folder, step, **options):
    env = {**os.environ, "HM_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": "", "HM_LOG_LEVEL": "ERROR"}
    env |= {"DJANGO_SETTINGS_MODULE": "hybridmkt.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.screening.worker", step],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def _runs(folder, workers):
    assert _call(folder, "prepare").wait() == 0
    assert [process.wait() for process in [_call(folder, "work") for _ in range(workers)]] == [0] * workers
    shown, _ = _call(folder, "show").communicate()
    return json.loads(shown)


def test_one_and_two_workers_give_the_same_bytes(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = _runs(tmp_path / "one", 1), _runs(tmp_path / "two", 2)
    assert {status for _slug, status, _result, _frozen in one} == {"completed"}
    assert len({result for _slug, _status, result, _frozen in one}) == len(one) == 6
    assert one == two
