"""Next card and decide with 1,000, 100,000 and 1,000,000 open cards, six people at once, and with others' claims ahead.

A throwaway PostgreSQL (or `--postgres URL`) is filled by bulk load, each size in a database and a process of its own.
CPU time is that of the callers and of the database's processes for them. Bars: the next card takes at most 12 ms, and
at most twice as long with the most cards as with the fewest; 200 or 2,000 claims of others ahead change nothing (at
most 1.5 times, and a quarter of a millisecond for noise); a decision with its reason, its audit entry and the notice
that it makes, in one transaction, takes at most 15 ms. What the same costs with a view from the desk, which has an
entry of its own, is printed too. Peer: Label Studio 1.23.2 as measured on such a machine, 412 ms for a next task of
100,000, 16 s behind 2,000 locks, 5.7 decisions a second.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks.export import _database
from benchmarks.queue import NOW, PAIRS, _fill, _person
from tests import servers

SIZES = (1_000, 100_000, 1_000_000)
AHEAD = (0, 200, 2_000)
CLIENTS, STEPS = 6, 60  # people at once, cards that each of them takes and decides
WARM = 5  # of these are not counted
BAR_NEXT_MS, BAR_FLAT, BAR_AHEAD, NOISE_MS, BAR_DECIDE_MS = 12.0, 2.0, 1.5, 0.25, 15.0
PEER, PEER_NEXT_MS, PEER_LOCKED_MS, PEER_RATE = "Label Studio 1.23.2, as measured", 412.0, 16_000.0, 5.7
TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure each size in a process of its own, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of open cards, with commas")
    parser.add_argument("--postgres", default="", help="URL of a server; databases of their own are made and dropped")
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_measure(options.one, options.postgres)))
        return
    report = bench.Report("review")
    given = contextlib.nullcontext(options.postgres)
    with given if options.postgres else servers.postgres(options={}) as url:
        told = {int(size): _child(int(size), url) for size in options.sizes.split(",")}
    _say(report, told)
    report.end()


def _child(size: int, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.review", "--one", str(size), "--postgres", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(size: int, url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hm-bench-") as folder, _database(url, folder):
        _fill(size)
        found: dict[str, Any] = {}
        for ahead in AHEAD:
            _hold(min(ahead, size // 3))
            found[f"next_{ahead}"] = _together(_next)
        _hold(0)
        began = time.perf_counter()
        found["decide"] = _together(_decide)
        found["rate"] = CLIENTS * STEPS / (time.perf_counter() - began)
        found["with_view"] = _together(_decide_with_view)
    return found


def _hold(count: int) -> None:
    """Let somebody else hold the worthiest cards, so many of each brand and market, and nobody any other."""
    from django.db import connection

    from review.models import ReviewTask

    ReviewTask.objects.filter(claimed_by__isnull=False).update(claimed_by=None, claimed_at=None, claimed_until=None)
    holder = _person("strategist")
    for brand, market in PAIRS:
        here = ReviewTask.objects.filter(state="open", brand=brand, market=market).order_by("-value", "-id")
        first = list(here.values_list("pk", flat=True)[: count // len(PAIRS)])
        until = {"claimed_by": holder, "claimed_at": NOW, "claimed_until": NOW + timedelta(minutes=15)}
        ReviewTask.objects.filter(pk__in=first).update(**until)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE review_reviewtask")  # as autovacuum does by itself


def _together(work: Any) -> dict[str, float]:
    """Let six people do it at once, each in a process; return mean CPU milliseconds a step, and errors."""
    from django.db import connection
    from django.urls import reverse

    reverse("queue")  # a server knows its addresses before it is asked anything
    people = [_person("strategist") for _ in range(CLIENTS)]
    connection.close()  # a forked connection would be shared
    pipes = [_fork(person, work) for person in people]
    told = [json.loads(_read(pipe)) for pipe in pipes]
    return {"ms": sum(one["ms"] for one in told) / CLIENTS, "failed": sum(one["failed"] for one in told)}


def _read(pipe: int) -> str:
    with os.fdopen(pipe) as stream:
        return stream.read()


def _fork(person: Any, work: Any) -> int:
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    failed, spent = 0, 0.0
    clock = _clock()
    for step in range(STEPS + WARM):
        try:
            taken = work(person, clock)
        except Exception as error:
            failed += 1
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        else:
            spent += taken if step >= WARM else 0.0
    with os.fdopen(writing, "w") as stream:
        json.dump({"ms": spent / STEPS * 1000, "failed": failed}, stream)
    os._exit(0)


def _clock() -> Any:
    """Return a clock of CPU seconds: of this process and of the database's process that serves it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    schedule = Path(f"/proc/{pid}/schedstat")  # nanoseconds on a processor, first of three numbers
    return lambda: time.process_time() + int(schedule.read_text().split()[0]) / 1e9


def _next(person: Any, clock: Any) -> float:
    from review import claims

    start = clock()
    task = claims.claim_next(by=_fresh(person), now=NOW)
    spent = clock() - start
    assert task is not None
    return float(spent)


def _decide_with_view(person: Any, clock: Any) -> float:
    view = {"relationship": "none", "factor_views": {}, "words": {}, "cultural_fit": 4, "strategic_alignment": None,
            "gut_rating": None}  # fmt: skip
    return _decide(person, clock, view)


def _decide(person: Any, clock: Any, view: dict[str, Any] | None = None) -> float:
    from uuid import uuid4

    from review import claims, decisions, queries

    taken = claims.claim_next(by=person, now=NOW)
    assert taken is not None
    task = queries.find(taken.pk, user=person)  # as the address of a decision finds it
    choice = {"recommend": "approve", "decline": "reject"}.get(task.recommendation.verdict, "reject")
    start = clock()
    decisions.decide(
        task, choice=choice, by=_fresh(person), now=NOW, version=task.version, key=uuid4().hex,
        rationale="Her readers buy at pharmacies.", view=view,
    )  # fmt: skip
    return float(clock() - start)


def _fresh(person: Any) -> Any:
    """Return the person as a request reads them: what they may do is asked anew."""
    from accounts.models import User

    return User.objects.get(pk=person.pk)


def _say(report: bench.Report, told: dict[int, dict[str, Any]]) -> None:
    for size, found in told.items():
        _say_next(report, size, found)
        ms, failed = found["decide"]["ms"], found["decide"]["failed"]
        report.line(f"decide, {size:,} open", ms, "ms CPU", failed=failed, clients=CLIENTS,
                    bar=f"<= {BAR_DECIDE_MS:g} ms, 0 errors", holds=ms <= BAR_DECIDE_MS and not failed)  # fmt: skip
        also = found["with_view"]
        report.line(f"decide with a view, {size:,} open", also["ms"], "ms CPU", failed=also["failed"], clients=CLIENTS)
        report.line(f"take and decide, {size:,} open", found["rate"], "decisions/s", peer=PEER, peer_value=PEER_RATE,
                    ratio=found["rate"] / PEER_RATE, cpus=os.cpu_count())  # fmt: skip
    spent = {size: found["next_0"]["ms"] for size, found in told.items()}
    flat = spent[max(spent)] / spent[min(spent)]
    report.line("next card, most cards against fewest", flat, "ratio", bar=f"<= {BAR_FLAT:g}", holds=flat <= BAR_FLAT)


def _say_next(report: bench.Report, size: int, found: dict[str, Any]) -> None:
    first = found["next_0"]["ms"]
    for ahead in AHEAD:
        ms, failed = found[f"next_{ahead}"]["ms"], found[f"next_{ahead}"]["failed"]
        is_same = ms <= max(first * BAR_AHEAD, first + NOISE_MS)
        peer = PEER_LOCKED_MS if ahead == max(AHEAD) else PEER_NEXT_MS
        bar = f"<= {BAR_NEXT_MS:g} ms, 0 errors" + (f", <= {BAR_AHEAD:g}x of none ahead" if ahead else "")
        report.line(
            f"next card, {size:,} open, {min(ahead, size // 3):,} held ahead", ms, "ms CPU", peer=PEER, peer_value=peer,
            ratio=peer / ms, bar=bar, holds=ms <= BAR_NEXT_MS and not failed and is_same, failed=failed,
            clients=CLIENTS,
        )  # fmt: skip


if __name__ == "__main__":
    main()
