"""The audit log: appending against a plain insert and two libraries, placing, verifying, and its CSV against COPY.

A throwaway SQLite and a throwaway PostgreSQL (or `--postgres URL`), each in a process of its own. Bars: an append takes
at most 2.2 times the CPU time of the plain insert on PostgreSQL, and at most 1.1 times that of the cheaper of
django-auditlog and django-simple-history on either, with 1, 4 and 8 writers (median of 5 interleaved rounds; the
sequencer's share is in it); 20,000 entries are placed and 40,000 verified a CPU second; on PostgreSQL the CSV export
has at least 0.4 of the rows a second of COPY of the same select, its first rows come within 250 ms, and memory grows by
40 MB at most.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks import export
from benchmarks.parts import appends
from tests import servers

LEAST, ROWS = 20_000, 1_000_000
LEAST_APPENDS, APPENDS = 400, 1_000  # of each way in each round; of fewer a batch of the sequencer is too large a part
WRITERS, ROUNDS = (1, 4, 8), 5
LIBRARIES = ("django-auditlog", "django-simple-history")
TIMES_PLAIN, TIMES_LIBRARY = 2.2, 1.1
PLACED, VERIFIED = 20_000, 40_000  # entries a CPU second
SETTINGS = "benchmarks.parts.logged.settings"


def main() -> None:
    """Measure on each database in a process of its own, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", **bench.rows_option(LEAST, default=ROWS))
    parser.add_argument("--appends", **bench.rows_option(LEAST_APPENDS, default=APPENDS, of="appends"))
    parser.add_argument("--postgres", default="", help="URL of a server; a database of its own is made and dropped")
    parser.add_argument("--one", choices=("sqlite", "postgresql"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _measure(options)
    given = contextlib.nullcontext(options.postgres)
    with given if options.postgres else servers.postgres(options={}) as url:
        codes = [_child("sqlite", "", options), _child("postgresql", url, options)]
    sys.exit(max(codes))


def _child(vendor: str, url: str, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "benchmarks.audit", "--one", vendor, "--postgres", url]
    command += ["--rows", str(options.rows), "--appends", str(options.appends)]
    return subprocess.call(command)


def _measure(options: argparse.Namespace) -> None:
    report = bench.Report(f"audit, {options.one}")
    with (
        tempfile.TemporaryDirectory(prefix="hm-bench-") as folder,
        export._database(options.postgres, folder, SETTINGS),
    ):
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)  # the rows that the peers log have no migrations
        for writers in WRITERS:
            _appends(report, writers, options)
        export._fill(options.rows)
        _placing(report, options.rows)
        _verifying(report, Path(folder) / "bundle")
        if options.one == "postgresql":
            _csv(report)
    report.end()


def _appends(report: bench.Report, writers: int, options: argparse.Namespace) -> None:
    """Compare the ways with so many processes at once: each way once a round, the order turned every round."""
    spent: dict[str, list[float]] = {name: [] for name in appends.CONTESTANTS}
    for turn in range(ROUNDS):
        for name in list(spent)[:: -1 if turn % 2 else 1]:
            spent[name].append(appends.cost_ms(name, writers, options.appends))
    about = {"writers": writers, "load": round(os.getloadavg()[0], 1)}
    cheaper = min(LIBRARIES, key=lambda name: statistics.median(spent[name]))
    bars = [("ours", cheaper, TIMES_LIBRARY)]
    if options.one == "postgresql":
        bars.append(("ours", "plain", TIMES_PLAIN))
    for name, values in spent.items():
        report.line(f"append, {name}", statistics.median(values), "ms CPU", **about)
    for name, peer, most in bars:
        ratio = bench.median_ratio(spent[name], spent[peer])
        report.line(f"append, {name}", statistics.median(spent[name]), "ms CPU", peer=peer,
                    peer_value=statistics.median(spent[peer]), ratio=ratio, bar=f"<= {most:g}x", holds=ratio <= most,
                    **about)  # fmt: skip


def _placing(report: bench.Report, count: int) -> None:
    """Give every entry its place, as the worker does after a load."""
    from audit import sequencer

    rate, wall = _rate(sequencer.sequence_all, appends.clock())
    report.line(
        "placing", rate, "entries/CPU s", bar=f">= {PLACED:,}", holds=rate >= PLACED, entries=count, seconds=wall
    )


def _verifying(report: bench.Report, path: Path) -> None:
    """Write the whole log as a bundle, and check it as whoever has the file does."""
    from audit import bundle, checkpoints, verify

    def write() -> int:
        whole = bundle.Bundle()
        with path.open("w", encoding="utf-8") as file:
            file.writelines(whole.lines())
        return whole.rows

    def check() -> int:
        with path.open(encoding="utf-8") as file:
            return verify.verify(file, checkpoints.trusted_key()).size

    rate, wall = _rate(write, appends.clock())
    report.line("bundle", rate, "entries/CPU s", seconds=wall)
    rate, wall = _rate(check, time.process_time)
    report.line("verifying", rate, "entries/CPU s", bar=f">= {VERIFIED:,}", holds=rate >= VERIFIED, seconds=wall)


def _rate(work: Callable[[], int], clock: Callable[[], float]) -> tuple[float, float]:
    """Return what a call did, a CPU second, and how long it took."""
    start, began = clock(), time.perf_counter()
    done = work()
    return done / (clock() - start), round(time.perf_counter() - began, 1)


def _csv(report: bench.Report) -> None:
    from audit.models import AuditEntry

    count = AuditEntry.objects.count()
    export._first_byte(report)
    export._copy(report, count)
    made = export._portable()
    grown = export._growth(made.copied(), lambda: made.rows, count // 10)
    report.line("memory of the CSV export", grown, "MB", bar=f"<= {export.GROWTH:g} MB", holds=grown <= export.GROWTH)


if __name__ == "__main__":
    main()
