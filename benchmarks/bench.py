"""What every benchmark stands on: CPU seconds of alternating rounds on one thread, ratios to named peers, JSON
lines, exit code.

Run as `./run bench NAME [options]`, which is `python -m benchmarks.NAME`. Import this module before numpy: it holds
BLAS and OpenMP at one thread. A round runs every contestant once; the reported ratio is the median of the rounds' own
ratios.
"""

import json
import os
import statistics
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

ROUNDS = 7


def cpu_rounds(work: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return CPU seconds of each contestant in each round; one unmeasured round first, the order turned every round."""
    for run in work.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(rounds):
        for name in list(work)[:: -1 if turn % 2 else 1]:
            start = time.process_time()
            work[name]()
            seconds[name].append(time.process_time() - start)
    return seconds


def peak_growth_mb(run: Callable[[], object]) -> float:
    """Return by how many MB a call raises the process's memory above what it held before (Linux only)."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_mb("VmRSS")
    run()
    return _status_mb("VmHWM") - before


def rows_option(least: int, default: int, of: str = "rows") -> dict[str, Any]:
    """Return how argparse takes `--rows`: a number from `least` on, with fewer there is nothing to measure."""

    def rows(text: str) -> int:
        if (count := int(text)) < least:
            raise ArgumentTypeError(f"at least {least:,} {of} are needed to see what is measured, not {count:,}")
        return count

    return {"type": rows, "default": default}


@dataclass
class Report:
    """Prints one JSON object a line and remembers whether every bar held."""

    bench: str
    failed: list[str] = field(default_factory=list)

    def line(
        self, measure: str, value: float, unit: str, *, peer: str = "", peer_value: float | None = None,
        ratio: float | None = None, bar: str = "", holds: bool | None = None, **more: object,
    ) -> None:  # fmt: skip
        """Print a figure; with a bar, say whether it holds."""
        content = {"bench": self.bench, "measure": measure, "value": round(value, 6), "unit": unit}
        if peer:
            content |= {"peer": peer, "peer_value": _short(peer_value), "ratio": _short(ratio)}
        if bar:
            content |= {"bar": bar, "holds": bool(holds)}
        print(json.dumps(content | more, ensure_ascii=False), flush=True)
        if holds is False:
            self.failed.append(measure)

    def unmeasured(self, measure: str, why: str) -> None:
        """Name a bar that cannot be measured, and why; it neither holds nor fails."""
        print(json.dumps({"bench": self.bench, "measure": measure, "unmeasured": why}, ensure_ascii=False), flush=True)

    def end(self) -> None:
        """Leave with 1 if a bar does not hold."""
        sys.exit(1 if self.failed else 0)


def rates(seconds: list[float], rows: int) -> list[float]:
    """Return rows a CPU second of each round."""
    return [rows / max(second, 1e-9) for second in seconds]


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median over rounds of our figure over theirs."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _status_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))
