"""What a run over millions of candidates costs the workers, from the frozen pool to the result's files.

A throwaway SQLite folder holds a generated pool and a run; worker processes carry it out in ranges through the job
table, one alone and two beside each other. CPU seconds and memory are those of the workers, with what they load once
loaded before. The ratio of wall times says as much of the machine as of the product: it holds nothing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks import bench

MILLION = 1_000_000
# Of so many candidates: CPU seconds and MB at most.
BARS = {1: (2.0, 400.0), 10: (20.0, 2_000.0)}
MOST_TOGETHER = 1.15  # CPU of two workers over that of one


def main() -> None:
    """Measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=list(BARS), help="candidates")
    parser.add_argument("--rounds", type=int, default=3, help="of up to a million; of more one is run")
    options = parser.parse_args()
    report = bench.Report("scale")
    for millions in options.millions:
        with tempfile.TemporaryDirectory(prefix="hm-bench-") as folder:
            _measure(report, folder, millions, options.rounds if millions == 1 else 1)
    report.end()


def _measure(report: bench.Report, folder: str, millions: int, rounds: int) -> None:
    _start(folder, "prepare", str(millions * MILLION)).communicate()
    found: dict[int, list[list[dict[str, Any]]]] = {1: [], 2: []}
    for turn in range(rounds):
        for workers in (1, 2)[:: -1 if turn % 2 else 1]:
            found[workers].append(_work(folder, workers))
    results = {told["sha256"] for tried in found.values() for one in tried for told in one}
    alone, together = (_median([sum(told["cpu"] for told in one) for one in found[count]]) for count in (1, 2))
    seconds, megabytes = BARS.get(millions, (2.0 * millions, 2_000.0))
    grown = max(told["grown_mb"] for one in found[1] for told in one)
    looking = [_median([sum(told["looking"] for told in one) for one in found[count]]) for count in (1, 2)]
    about = {"candidates": millions * MILLION, "ranges": found[1][0][0]["ranges"], "load": round(os.getloadavg()[0], 1)}
    report.line("pool to result file", alone, "CPU s", bar=f"<= {seconds:g}", holds=alone <= seconds, **about)
    report.line("memory of the worker above what it held", grown, "MB", bar=f"<= {megabytes:g}",
                holds=grown <= megabytes, **about)  # fmt: skip
    ratio = together / alone
    report.line("pool to result file, two workers", together, "CPU s", peer="one worker", peer_value=alone,
                ratio=ratio, bar=f"<= {MOST_TOGETHER:g}x", holds=ratio <= MOST_TOGETHER, looking=looking,
                **about)  # fmt: skip
    walls = [_median([max(told["wall"] for told in one) for one in found[count]]) for count in (1, 2)]
    report.line("wall of one worker over that of two", walls[0] / walls[1], "x", **about, seconds=walls)
    report.line("results of all runs", len(results), "different", bar="= 1", holds=len(results) == 1)


def _work(folder: str, count: int) -> list[dict[str, Any]]:
    _start(folder, "queue").communicate()
    workers = [_start(folder, "work") for _ in range(count)]
    told = [json.loads(worker.communicate()[0]) for worker in workers]
    if any(one["status"] != "succeeded" for one in told):
        sys.exit(f"hybridmkt: the run did not succeed: {told}")
    return told


def _start(folder: str, *step: str) -> subprocess.Popen[str]:
    env = {**os.environ, "HM_DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "HM_LOG_LEVEL": "ERROR"}
    env["DJANGO_SETTINGS_MODULE"] = "hybridmkt.settings"
    command = [sys.executable, "-m", "benchmarks.parts.scaling", *step]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
