"""The same runs carried out whole by one worker, and in ranges by four side by side, give the same files, byte for
byte.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _call(folder, step, rows=1_000, **options):
    env = {**os.environ, "HM_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": "", "HM_LOG_LEVEL": "ERROR"}
    env["HM_RANGE_ROWS"] = str(rows)
    env |= {"DJANGO_SETTINGS_MODULE": "hybridmkt.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.screening.worker", step],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def _runs(folder, workers, rows):
    assert _call(folder, "prepare").wait() == 0
    assert [process.wait() for process in [_call(folder, "work", rows) for _ in range(workers)]] == [0] * workers
    shown, _ = _call(folder, "show", rows).communicate()
    return json.loads(shown)


def test_one_and_four_workers_give_the_same_bytes(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "four").mkdir()
    one, four = _runs(tmp_path / "one", 1, rows=1_000), _runs(tmp_path / "four", 4, rows=16)
    assert {(status, ranges) for _slug, status, _result, _frozen, ranges in one} == {("completed", 0)}
    assert {ranges for *_same, ranges in four} == {8}
    assert len({result for _slug, _status, result, *_rest in one}) == len(one) == 6
    assert [same for *same, _ranges in one] == [same for *same, _ranges in four]
