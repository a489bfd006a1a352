"""What each request of trust.md 4.2 costs with 1,000,000 creators, 200,000 decisions and 1,000,000 entries of the log.

A throwaway PostgreSQL (or `--postgres URL`) is filled by bulk load. CPU time is that of this process and of the
database's that serves it, over different rows each time; the clock on the wall is not asked. Bars, CPU a request: the
queue narrowed to a lane or by a name 25 ms and 12 queries, the next card as htmx gets it 12 ms, a decision with its
entry 15 ms, a search of creators 40 ms, a page of the log or an entry's place in it 20 ms; the export of a campaign's
entries is streamed, its first rows come within 500 ms, and memory grows by 40 MB at most.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks import export, queue
from benchmarks.review import _clock
from tests import servers

LEAST, CREATORS = 60_000, 1_000_000
OPEN = 20_000  # cards that wait, of all cards
DECIDED_SHARE, ENTRIES_SHARE = 5, 1  # of so many creators one decision, one entry
STEPS, WARM = 30, 5  # requests of each sort that are counted, and those before them that are not
FIRST = (
    "Anna",
    "Boris",
    "Chloe",
    "Daria",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Inès",
    "Jonas",
    "Katya",
    "Lucía",
    "Мария",
)
LAST = (
    "Lindqvist",
    "Petrova",
    "Okafor",
    "Tanaka",
    "Novak",
    "Haddad",
    "Silva",
    "Moreau",
    "Kowalska",
    "Bauer",
    "Соколова",
)
CAMPAIGN, EXPORTED = "campaign:17", 4_000  # whose entries are exported, and how many of them are none of its cards'
FIRST_BYTE, GROWTH = 500.0, 40.0  # milliseconds, MB
TODAY = datetime.now(tz=UTC)


def main() -> None:
    """Fill, measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", **bench.rows_option(LEAST, default=CREATORS, of="creators"))
    parser.add_argument("--postgres", default="", help="URL of a server; a database of its own is made and dropped")
    options = parser.parse_args()
    report = bench.Report("requests")
    given = contextlib.nullcontext(options.postgres)
    with (
        given if options.postgres else servers.postgres() as url,
        tempfile.TemporaryDirectory(prefix="hm-bench-") as folder,
        export._database(url, folder),
    ):
        start = time.perf_counter()
        _fill(options.rows)
        report.line("filled", time.perf_counter() - start, "s", creators=options.rows)
        _measure(report)
    report.end()


# --- what is there -----------------------------------------------------------------------------------------------
def _fill(creators: int) -> None:
    from django.db import connection, transaction

    decided = creators // DECIDED_SHARE
    cards = OPEN + decided
    with transaction.atomic():
        policies = queue._ask()
        queue._supply()
        _more_creators(creators - queue.PROFILES)
        queue._match(policies, -(-cards // queue.PROFILES))
        export._load("audit_auditentry", export.COLUMNS, _answer_entries(cards))
        export._load(*queue._columns("screening_recommendation", queue._answers(cards)))
        export._load(*queue._columns("review_reviewtask", _tasks(cards, policies)))
        export._load("audit_auditentry", export.COLUMNS, _decision_entries(decided))
        export._load(*queue._columns("review_decision", _decisions(decided, policies)))
        export._load("audit_auditentry", export.COLUMNS, _other_entries(max(0, creators - cards - decided)))
        for table in ("screening_recommendation", "review_reviewtask", "review_decision"):
            _set_sequence(table)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does by itself


def _set_sequence(table: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _more_creators(count: int) -> None:
    from screening.models import Creator

    after = Creator.objects.order_by("-pk").values_list("pk", flat=True)[0]
    ids = range(after + 1, after + count + 1)
    export._load(*queue._columns("screening_creator", ({
        "id": n, "name": _name(n), "subject": UUID(int=n).hex, "country": "US", "language": "en", "gender": "",
        "do_not_contact": "f", "created_at": TODAY,
    } for n in ids)))  # fmt: skip
    export._load(*queue._columns("screening_profile", ({
        "id": n, "creator_id": n, "platform": "instagram", "handle": f"nick{n}", "handle_key": f"nick{n}",
        "external_id": "", "url": "", "markets": '["US"]' if n % 2 else '["RU"]', "name": _name(n), "bio": "",
        "categories": '["beauty"]', "language": "en", "country": "US", "audience_country": "",
    } for n in ids)))  # fmt: skip
    export._load(*queue._columns("screening_metrics", ({
        "profile_id": n, "taken_at": "2026-11-01", "source": "file", "is_typed_by_hand": "f",
        "followers": 1_000 + n * 7_919 % 500_000, "currency": "", "row_sha256": "",
    } for n in ids)))  # fmt: skip


def _name(n: int) -> str:
    """Return a name; about one creator in 140 has the same, and one in 20,000 has Zebrowski for a last part."""
    rare = " Zebrowski" if n % 20_000 == 0 else ""
    return f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST) % len(LAST)]}{rare}"


def _tasks(cards: int, policies: list[int]) -> Iterator[dict[str, Any]]:
    """Yield the queue's cards; the first of them wait, the others are decided."""
    opened, due = TODAY, TODAY + timedelta(hours=48)
    for n, row in enumerate(queue._tasks(cards, policies)):
        yield row | {"id": n + 1, "opened_at": opened, "due_at": due} | (
            {"closed_at": "\\N", "state": "open"} if n < OPEN else {"closed_at": opened, "state": "approved"}
        )  # fmt: skip


def _uid(n: int) -> str:
    return UUID(int=(export.FIRST - 10_000_000 + n) << 80 | 7 << 76 | 2 << 62 | n).hex


def _answer_entries(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield the entries of the AI's answers, as `queue._answers` names them."""
    body = '{"kind":"recommendation","p_u6":610000,"score_u6":71000000,"v":1,"verdict":"recommend"}'
    for n in range(count):
        stream = f"campaign:{n // queue.PROFILES + 1}"
        yield queue._uid(n), stream, "recommendation", "2025-12-30 12:00:00", body, "", "acme", "US"


def _other_entries(count: int) -> Iterator[tuple[Any, ...]]:
    for n, (uid, stream, *rest) in enumerate(export._rows(count)):
        yield uid, CAMPAIGN if n < EXPORTED else stream, *rest


def _decision_entries(count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        body = f'{{"choice":"approve","kind":"decision","override":false,"stream":"task:{OPEN + n + 1}","v":1}}'
        yield _uid(n), f"task:{OPEN + n + 1}", "decision", "2025-12-31 12:00:00", body, "user:1", "acme", "US"


def _decisions(count: int, policies: list[int]) -> Iterator[dict[str, Any]]:
    verdicts = ("recommend", "unsure", "unsure", "unsure")
    for n in range(count):
        yield {
            "id": n + 1, "task_id": OPEN + n + 1, "choice": "approve", "origin": "person", "decided_by_id": 1,
            "owner_id": 1, "at": TODAY - timedelta(days=2, seconds=n), "ai_verdict": verdicts[n % 4],
            "ai_p_u6": 610_000, "ai_factors": queue.FACTORS, "model_sha256": "0" * 64, "pool_sha256": "0" * 64,
            "policy_id": policies[n % len(policies)], "arm": "ai_first", "is_override": "f", "category": "",
            "rationale_length": 0, "rationale_language": "", "rationale_commitment": "",
            "idempotency_key": f"loaded-{n}", "request_sha256": "0" * 64, "audit_id": _uid(n),
        }  # fmt: skip


# --- what is asked -------------------------------------------------------------------------------------------------
def _measure(report: bench.Report) -> None:
    from audit import sequencer

    placed = sequencer.sequence_all()
    report.line("entries placed", placed, "entries")
    desk, reader = _visitor("strategist"), _visitor("analyst")
    lanes = [{"lane": lane, "stakes": stakes} for lane in ("cut", "top") for stakes in ("low", "medium")]
    _path(report, "queue, narrowed to a lane and stakes", 25, 12, _gets(desk, "/queue/", lanes))
    names = [{"search": name} for name in ("zebrowski", "creator 12", "anna lindq", "nobody at all")]
    _path(report, "queue, searched by name", 25, 12, _gets(desk, "/queue/", names))
    _path(report, "next card, htmx", 12, 12, _cards(desk))
    _path(report, "decide", 15, None, _decides(desk))
    rare = [{"q": name} for name in ("zebrowski", "Zebrowski", "nick70123", "соколова zeb")]
    usual = [{"q": name} for name in ("anna", "Lindqvist", "Соколова", "nick7")]
    filtered = [{"q": name, "followers_min": "200000", "platform": "instagram"} for name in ("anna", "zebrowski")]
    for name, asked in (("few have", rare), ("many have", usual), ("with a number of followers", filtered)):
        _path(report, f"search of creators, a name that {name}" if asked is not filtered else f"search {name}", 40, 12,
              _gets(desk, "/creators/", asked))  # fmt: skip
    _path(report, "creators, newest first", 40, 12, _gets(desk, "/creators/", [{}]))
    log = [{}, {"kind": "decision"}, {"brand": "acme", "market": "US"}, {"stream": CAMPAIGN}]
    _path(report, "page of the log", 20, 12, _gets(reader, "/audit/", log))
    _path(report, "an entry's place in the log", 20, 12, _gets(reader, "/audit/receipt/", _some_entries()))
    _export(report, reader)


def _visitor(*roles: str) -> Any:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    call_command("collectstatic", verbosity=0, interactive=False)  # pages name files by their hash
    client = Client()
    client.force_login(queue._person(*roles), backend="accounts.backends.Backend")
    return client


Ask = Callable[[int], Callable[[], Any]]  # step -> what is measured; what goes before it is done when it is asked for


def _gets(client: Any, address: str, asked: list[dict[str, str]]) -> Ask:
    return lambda step: lambda: client.get(address, asked[step % len(asked)])


def _waiting(client: Any, step: int) -> Any:
    from review.models import ReviewTask

    usual = ReviewTask.objects.filter(state="open", stakes="low", recommendation__verdict="recommend")
    return usual.filter(claimed_by__isnull=True).order_by("-value", "-pk")[step]


def _cards(client: Any) -> Ask:
    def of(step: int) -> Callable[[], Any]:
        task = _waiting(client, 0)
        return lambda: client.get(f"/queue/{task.pk}/", headers={"HX-Request": "true"})

    return of


def _decides(client: Any) -> Ask:
    def of(step: int) -> Callable[[], Any]:
        task = _waiting(client, 0)
        client.get(f"/queue/{task.pk}/")  # opened, and so held
        task.refresh_from_db()
        said = {"choice": "approve", "version": task.version, "key": uuid4().hex, "relationship": "none"}
        return lambda: client.post(f"/queue/{task.pk}/decide/", said)

    return of


def _some_entries() -> list[dict[str, str]]:
    from audit.models import AuditEntry

    last = AuditEntry.objects.filter(uid__lt=UUID(int=(export.FIRST + 10**9) << 80)).order_by("-uid")
    return [{"entry": uid.hex} for uid in last.values_list("uid", flat=True)[:2_000:97]]


def _path(report: bench.Report, name: str, most_ms: float, most_queries: int | None, ask: Ask) -> None:
    """Measure requests of a sort, each with another row, and count the statements of one of them."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    clock, spent, statements = _clock(), [], 0
    for step in range(-WARM, STEPS):
        work = ask(step)
        start = clock()
        answer = work()
        taken = (clock() - start) * 1000
        if answer.status_code not in {200, 302}:
            raise RuntimeError(f"{name} was answered with {answer.status_code}: {answer.content[:2_000].decode()}")
        if step >= 0:
            spent.append(taken)
    work = ask(0)
    with CaptureQueriesContext(connection) as asked:
        work()
        statements = len(asked)
    mean, worst = statistics.mean(spent), max(spent)
    bar = f"<= {most_ms:g} ms" + (f", <= {most_queries} queries" if most_queries else "")
    report.line(name, mean, "ms CPU", queries=statements, worst=round(worst, 1), load=round(os.getloadavg()[0], 1),
                bar=bar, holds=mean <= most_ms and (not most_queries or statements <= most_queries))  # fmt: skip


def _export(report: bench.Report, client: Any) -> None:
    """Read a campaign's entries as a browser downloads them."""
    clock = _clock()
    start, began = clock(), time.perf_counter()
    answer = client.get("/audit/export.csv", {"stream": CAMPAIGN})
    chunks = iter(answer.streaming_content)
    next(chunks)  # the header
    rows = next(chunks).count(b"\r\n")
    first = (time.perf_counter() - began) * 1000
    before = bench._status_mb("RssAnon")
    peak = before
    for chunk in chunks:
        rows += chunk.count(b"\r\n")
        peak = max(peak, bench._status_mb("RssAnon"))
    report.line("export of a campaign's entries, first rows", first, "ms", bar=f"<= {FIRST_BYTE:g} ms",
                holds=first <= FIRST_BYTE)  # fmt: skip
    report.line("export of a campaign's entries", (clock() - start) * 1000, "ms CPU", rows=rows)
    report.line("memory of the export", peak - before, "MB", bar=f"<= {GROWTH:g} MB", holds=peak - before <= GROWTH)


if __name__ == "__main__":
    main()
