"""Decisions written by several processes at once, each logged in one of the compared ways, and what that costs.

One append is one durable transaction through Django. Its cost is the CPU time of the writers, of the database's
processes that serve them, and, for the product's log, of the sequencer that works beside them.
"""

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from typing import Any

from benchmarks.review import _clock

FORK = multiprocessing.get_context("fork")
WARM = 20  # appends of each writer that are not counted
STREAMS = 16  # campaigns that people decide in
PAUSE = 0.5  # seconds between two batches of the sequencer, as the worker has it
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORDS = "She knows this market, and I have seen her audience meet three launches like ours."
Append = Callable[[int, str], None]


def row(n: int, key: str) -> dict[str, Any]:
    """Return the columns of a decision."""
    return {
        "task": n, "choice": "approve", "decided_by": n % 40 + 1, "at": NOW, "ai_verdict": "recommend",
        "ai_p_u6": 610_000 + n % 1_000, "model_sha256": "5e" * 32, "is_override": n % 10 == 0,
        "rationale_length": len(WORDS), "rationale_commitment": "c0" * 32, "idempotency_key": key,
    }  # fmt: skip


def plain(n: int, key: str) -> None:
    """Write the row and no log."""
    from benchmarks.parts.logged.models import Plain

    Plain.objects.create(**row(n, key))


def auditlog(n: int, key: str) -> None:
    """Write the row; django-auditlog logs it by its signal."""
    from benchmarks.parts.logged.models import Auditlogged

    Auditlogged.objects.create(**row(n, key))


def simple_history(n: int, key: str) -> None:
    """Write the row; django-simple-history logs it by its signal."""
    from benchmarks.parts.logged.models import Historied

    Historied.objects.create(**row(n, key))


def ours(n: int, key: str, personal: dict[str, Any] | None = None) -> None:
    """Write the row and the product's audit entry."""
    from audit import log
    from audit.models import Kind
    from benchmarks.parts.logged.models import Ours

    columns = row(n, key)
    said = {**columns, "at": NOW.isoformat()}
    entry = log.record(
        Kind.DECISION, stream=f"campaign:{n % STREAMS}", by=None, body=said, personal=personal, brand="acme",
        market="US",
    )  # fmt: skip
    Ours.objects.create(audit=entry, **columns)


def ours_with_words(n: int, key: str) -> None:
    """Write the same with a rationale, which is kept apart under a salted commitment."""
    ours(n, key, {"rationale": WORDS})


CONTESTANTS: dict[str, Append] = {
    "plain": plain, "ours": ours, "ours with words": ours_with_words, "django-auditlog": auditlog,
    "django-simple-history": simple_history,
}  # fmt: skip


def cost_ms(name: str, writers: int, count: int) -> float:
    """Return CPU milliseconds an append of `count` by so many processes at once."""
    from django.db import connection

    connection.close()  # a forked connection would be shared
    told, is_over = FORK.SimpleQueue(), FORK.Event()
    each = count // writers
    people = [FORK.Process(target=_write, args=(name, each, told)) for _ in range(writers)]
    places = [FORK.Process(target=_sequence, args=(is_over, told))] if name.startswith("ours") else []
    for process in [*places, *people]:
        process.start()
    for process in people:
        process.join()
    is_over.set()
    for process in places:
        process.join()
    failed = [process.exitcode for process in [*people, *places] if process.exitcode]
    if failed:
        raise RuntimeError(f"{len(failed)} processes that wrote {name} failed.")
    appended = each * writers
    # The sequencer places the entries of the unmeasured appends too: its share of an append is the smaller for it.
    spent = sum(told.get() for _ in people)
    placed = sum(told.get() for _ in places) * each / (each + WARM)
    return (spent + placed) / appended * 1000


def _write(name: str, count: int, told: Any) -> None:
    from django.db import transaction

    append, cpu = CONTESTANTS[name], clock()
    mark = f"{name}-{time.time_ns()}-{multiprocessing.current_process().pid}"
    start = 0.0
    for n in range(-WARM, count):
        if n == 0:
            start = cpu()
        with transaction.atomic():
            append(n, f"{mark}-{n}")
    told.put(cpu() - start)


def _sequence(is_over: Event, told: Any) -> None:
    from audit import sequencer

    cpu = clock()
    start = cpu()
    while not is_over.wait(PAUSE):
        sequencer.sequence_all()
    sequencer.sequence_all()
    told.put(cpu() - start)


def clock() -> Callable[[], float]:
    """Return a clock of CPU seconds: of this process and, where there is one, of the database's that serves it."""
    from django.db import connection

    return _clock() if connection.vendor == "postgresql" else time.process_time
