"""What a whole run costs the worker, from its job's start to the answers that people see: the demo's runs, and one over
a real list.

Each is made in a throwaway SQLite folder by the product's own verbs; the CPU seconds are those that the run keeps of
itself (`ScreeningRun.cpu_seconds`): freezing the pool, judging, the files, and the frozen answers of the best.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import bench
from benchmarks.parts import sets

MOST = 5.0  # CPU seconds
LIST = sets.DATA / "creators_big" / "influencers.txt"


def main() -> None:
    """Measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", type=Path, default=LIST, help="a list of creators to import and screen")
    options = parser.parse_args()
    report = bench.Report("runs")
    _told(report, "dearest run of the demo", _made("demo"))
    if options.list.exists():
        _told(report, f"runs over {options.list.name}", _made("list", str(options.list)))
    else:
        report.unmeasured("runs over a real list", f"{options.list} is not here")
    report.end()


def _made(*step: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="hm-bench-") as folder:
        env = {**os.environ, "HM_DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "HM_LOG_LEVEL": "ERROR"}
        env["DJANGO_SETTINGS_MODULE"] = "hybridmkt.settings"
        command = [sys.executable, "-m", "benchmarks.parts.whole", *step]
        lines = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    found: list[dict[str, Any]] = json.loads(lines[-1])
    return found


def _told(report: bench.Report, measure: str, found: list[dict[str, Any]]) -> None:
    dearest, seconds = max(found, key=lambda run: run["cpu"]), [round(run["cpu"], 2) for run in found]
    report.line(measure, dearest["cpu"], "CPU s", bar=f"<= {MOST:g}", holds=dearest["cpu"] <= MOST, runs=len(found),
                candidates=dearest["candidates"], shown=dearest["shown"], seconds=seconds,
                load=round(os.getloadavg()[0], 1))  # fmt: skip


if __name__ == "__main__":
    main()
