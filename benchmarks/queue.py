"""The queue's page at 100,000 waiting cards, and taking the next card by four processes at once.

A throwaway database (SQLite, or PostgreSQL with `--postgres URL`) is filled by bulk load. Bars: the whole page takes at
most 50 ms of server time at any depth (CPU time of this process and the database's), deep costs at most twice the
first, at most 12 queries; nobody gets a card that somebody else got. Peer: Django REST framework's PageNumberPagination
at page 1,200.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)

from benchmarks.export import _database, _load

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROFILES, PAIRS = 2_000, (("acme", "US"), ("acme", "RU"), ("nordlys", "US"), ("nordlys", "RU"))
LANES = ("cut", "cut", "top", "uncertain", "explore", "fast")
STAKES = ("low", "low", "medium", "high")
PAGE, DEEP_PAGE = 25, 1_200
LEAST = (DEEP_PAGE + 40) * PAGE  # rows: the deep page must be there
BAR_MS, BAR_DEPTH, BAR_QUERIES = 50.0, 2.0, 12
ROUNDS, PROCESSES, CLAIMS = 20, 4, 2_000
FACTORS = json.dumps([["engagement_rate", 9_100_000, 0.031], ["topic_match", -4_200_000, 0.2], ["growth_rate", 1, 0.0]])


def main() -> None:
    """Fill, measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", **bench.rows_option(LEAST, default=100_000))
    parser.add_argument("--postgres", default="", help="URL of a server; a database of its own is made and dropped")
    options = parser.parse_args()
    report = bench.Report("queue")
    with tempfile.TemporaryDirectory(prefix="hm-bench-") as folder, _database(options.postgres, folder):
        start = time.perf_counter()
        _fill(options.rows)
        report.line("filled", options.rows / (time.perf_counter() - start), "rows/s")
        _pages(report, options.rows)
        _peer(report)
        _claims(report)
    report.end()


def _fill(count: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic():
        policies = _ask()
        _supply()
        runs = -(-count // PROFILES)
        _match(policies, runs)
        _load("audit_auditentry", "uid, stream, kind, at, body, actor, brand, market", _entries(count))
        _load(*_columns("screening_recommendation", _answers(count)))
        _load(*_columns("review_reviewtask", _tasks(count, policies)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")  # as autovacuum does by itself


def _ask() -> list[int]:
    """Make people, brands, markets and their policies; return the policies' ids by pair."""
    from audit import log
    from review.models import Policy
    from screening.models import Brand, Market

    owner, second = _person("manager"), _person("manager")
    for slug in ("acme", "nordlys"):
        Brand.objects.create(slug=slug, name=slug.title(), currency="USD", is_shadow=False)
    for code in ("US", "RU"):
        Market.objects.create(code=code, name_en=code, name_ru=code, country=code, language="en", currency="USD")
    made = []
    for brand, market in PAIRS:
        entry = log.record("policy_change", stream=f"policy:{brand}:{market}", by=owner, body={})
        rules = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000, "proposed_by": owner, "approved_by": second}
        made.append(Policy.objects.create(brand_id=brand, market_id=market, version=1, state="active", owner=owner,
                                          is_shadow=False, audit=entry, **rules).pk)  # fmt: skip
    return made


def _person(*roles: str) -> Any:
    from accounts.models import Membership, User

    made = User.objects.create(email=f"{'-'.join(roles)}{User.objects.count()}@example.org", name="Elena Markova")
    for role in roles:
        Membership.objects.create(user=made, role=role)
    return made


def _supply() -> None:
    from screening.models import Creator, Profile

    Creator.objects.bulk_create([Creator(name=f"Creator {n}") for n in range(PROFILES)])
    creators = list(Creator.objects.order_by("pk").values_list("pk", flat=True))
    Profile.objects.bulk_create(
        [
            Profile(creator_id=pk, platform="instagram", handle=f"creator{n}", handle_key=f"creator{n}", markets=["US"])
            for n, pk in enumerate(creators)
        ]
    )


def _match(policies: list[int], runs: int) -> None:
    from datetime import date

    from screening.models import Brief, Campaign, ScoringModel, ScreeningRun

    models = {
        market: ScoringModel.objects.create(market_id=market, version=1, kind="card", sha256="0" * 64, document={})
        for market in ("US", "RU")
    }
    for number in range(1, runs + 1):
        brand, market = PAIRS[number % len(PAIRS)]
        campaign = Campaign.objects.create(slug=f"campaign-{number}", brand_id=brand, name=f"Campaign {number}",
                                           market_id=market, budget_minor=10**7, fee_minor=50_000,
                                           deadline_date=date(2026, 12, 31))  # fmt: skip
        brief = Brief.objects.create(campaign=campaign, version=1, criteria={}, preferences={})
        ScreeningRun.objects.create(campaign=campaign, number=1, brief=brief, model=models[market], seed=1,
                                    status="completed")  # fmt: skip


def _uid(n: int) -> str:
    return UUID(int=7 << 76 | 2 << 62 | (n + 1) << 80).hex


def _entries(count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        yield _uid(n), "campaign:1", "recommendation", "2026-11-20 09:00:00", "{}", "", "acme", "US"


def _columns(table: str, rows: Iterator[dict[str, Any]]) -> tuple[str, str, Iterator[tuple[Any, ...]]]:
    first = next(rows)

    def tuples() -> Iterator[tuple[Any, ...]]:
        yield tuple(first.values())
        for row in rows:
            yield tuple(row.values())

    return table, ", ".join(first), tuples()


def _ids(name: str) -> list[int]:
    from django.apps import apps

    return list(apps.get_model("screening", name).objects.order_by("pk").values_list("pk", flat=True))


def _answers(count: int) -> Iterator[dict[str, Any]]:
    runs, profiles, creators = _ids("ScreeningRun"), _ids("Profile"), _ids("Creator")
    for n in range(count):
        place = n % PROFILES
        yield {
            "id": n + 1, "run_id": runs[n // PROFILES], "profile_id": profiles[place], "creator_id": creators[place],
            "rank": place + 1, "score_u6": 90_000_000 - place * 20_000, "p_u6": 690_000 - place * 190,
            "verdict": ("recommend", "unsure", "decline")[place * 3 // PROFILES], "factors": FACTORS, "missing": 1,
            "flags": "[]", "knowledge": "{}", "figures_date": "2026-11-01", "audit_id": _uid(n),
        }  # fmt: skip


def _defaults() -> dict[str, Any]:
    """Return what a card holds where nothing is said: a bulk load passes the model's own defaults by."""
    from django.db import connection

    from review.models import ReviewTask

    fresh = ReviewTask()
    fields = [one for one in ReviewTask._meta.concrete_fields if not one.null and one.has_default()]
    return {one.column: one.get_db_prep_save(getattr(fresh, one.attname), connection) for one in fields}


def _tasks(count: int, policies: list[int]) -> Iterator[dict[str, Any]]:
    from django.db import connection

    campaigns, moment = _ids("Campaign"), connection.ops.adapt_datetimefield_value
    opened, due = moment(NOW), moment(NOW + timedelta(hours=48))
    no, yes = ("f", "t") if connection.vendor == "postgresql" else (0, 1)
    usual = _defaults()
    for n in range(count):
        run = n // PROFILES
        pair = (run + 1) % len(PAIRS)
        stakes, lane = STAKES[n % 4], LANES[n % 6]
        yield usual | {
            "recommendation_id": n + 1, "campaign_id": campaigns[run], "policy_id": policies[pair],
            "brand": PAIRS[pair][0], "market": PAIRS[pair][1], "route": "fast" if lane == "fast" else "review",
            "lane": lane, "reasons": '[["at_cut", {"rank": 7, "wanted": 5}]]', "is_guarded": no, "stakes": stakes,
            "fee_minor": 50_000, "value": (n * 2_654_435_761 % 2**32) / 2**32, "probability_u6": 1_000_000,
            "is_exploration": yes if lane == "explore" else no, "is_spot_check": no, "state": "open",
            "on_expiry": "escalates" if stakes == "high" else "stands", "opened_at": opened, "due_at": due,
            "version": 1,
        }  # fmt: skip


def _cost_ms(work: Callable[[], object]) -> float:
    """Return the mean CPU time of a call, in this process and in the database's; the machine's other work is not in it.

    Where the database is on another machine its part cannot be read, and the clock is taken instead.
    """
    from django.db import connection

    work()
    clock = time.process_time
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        ticks = os.sysconf("SC_CLK_TCK")
        if stat.exists() and "postgres" in stat.read_text():
            clock = lambda: time.process_time() + sum(map(int, stat.read_text().split()[13:15])) / ticks  # noqa: E731
        else:
            clock = time.perf_counter
    start = clock()
    for _round in range(ROUNDS):
        work()
    return (clock() - start) / ROUNDS * 1000


def _pages(report: bench.Report, count: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    if settings.PRODUCTION:  # its pages name files by their hash
        call_command("collectstatic", verbosity=0, interactive=False)
    person = _person("strategist", "manager")
    client = Client()
    client.force_login(person, backend="accounts.backends.Backend")
    for lane in ("", "explore"):
        first = 0.0
        for share in (0.0, 0.5, 0.99):
            place = int(share * _waiting(lane))
            address = {"lane": lane, "cursor": _cursor(lane, place)}
            first = _page(report, client, address, name=f"page, lane {lane or 'all'}, depth {share:.0%}", first=first)
    report.line("waiting cards", count, "rows")


def _waiting(lane: str) -> int:
    from review.models import ReviewTask

    here = ReviewTask.objects.filter(state="open")
    return (here.filter(lane=lane) if lane else here).count()


def _cursor(lane: str, place: int) -> str:
    from review import listing
    from review.models import ReviewTask

    if not place:
        return ""
    here = ReviewTask.objects.filter(state="open", **({"lane": lane} if lane else {})).order_by("-value", "-id")
    pk, value = here.values_list("pk", "value")[place]
    return listing._write(listing.Filters(lane=lane), (pk, value))


def _page(report: bench.Report, client: Any, address: dict[str, str], *, name: str, first: float) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    def get() -> Any:
        return client.get("/queue/", address)

    get()  # the first request of a process loads what the others find loaded
    with override_settings(DEBUG=True), CaptureQueriesContext(connection) as queries:
        answer = get()
        asked = len(queries)
    assert answer.status_code == 200, answer.status_code
    taken = _cost_ms(get)
    holds = taken <= BAR_MS and asked <= BAR_QUERIES and (not first or taken / first <= BAR_DEPTH)
    report.line(
        name, taken, "ms", peer="first page" if first else "", peer_value=first or None,
        ratio=taken / first if first else None, queries=asked, octets=len(answer.content), holds=holds,
        bar=f"<= {BAR_MS:.0f} ms, <= {BAR_DEPTH:.0f}x the first, <= {BAR_QUERIES} queries",
    )  # fmt: skip
    return first or taken


def _peer(report: bench.Report) -> None:
    """Compare what reads a deep page: our walk over the index, and an offset with a count."""
    from rest_framework.generics import ListAPIView
    from rest_framework.pagination import PageNumberPagination
    from rest_framework.serializers import ModelSerializer
    from rest_framework.test import APIRequestFactory

    from review import listing
    from review.models import ReviewTask

    class TaskSerializer(ModelSerializer):
        class Meta:
            model = ReviewTask
            fields = ["id", "brand", "market", "lane", "reasons", "stakes", "fee_minor", "value", "due_at"]

    class Pages(PageNumberPagination):
        page_size = PAGE

    class Tasks(ListAPIView):
        queryset = ReviewTask.objects.filter(state="open").order_by("-value", "-id")
        serializer_class, pagination_class = TaskSerializer, Pages
        authentication_classes = permission_classes = ()

    person, view = _person("strategist"), Tasks.as_view()
    filters = listing.Filters(cursor=_cursor("", DEEP_PAGE * PAGE))
    pairs = listing.pairs_of(person)

    def ours() -> Any:
        after = listing._read(filters)
        walked = listing._walk(pairs, filters, user=person, now=NOW, after=after, limit=PAGE)
        rows = ReviewTask.objects.in_bulk([pk for pk, _value in walked])
        return TaskSerializer(rows.values(), many=True).data

    def peer() -> Any:
        return view(APIRequestFactory().get("/", {"page": DEEP_PAGE})).render()

    assert len(ours()) == PAGE
    own, theirs = _cost_ms(ours), _cost_ms(peer)
    report.line("rows of a deep page, the same serializer", own, "ms", peer=f"DRF PageNumber, page {DEEP_PAGE}",
                peer_value=theirs, ratio=theirs / own)  # fmt: skip


def _claims(report: bench.Report) -> None:
    from django.db import connection

    people = [_person("strategist") for _ in range(PROCESSES)]
    connection.close()  # a forked connection would be shared
    start = time.perf_counter()
    pipes = [_fork(person) for person in people]
    got, failed = [], 0
    for pipe in pipes:
        with os.fdopen(pipe) as stream:
            told = json.loads(stream.read())
        got += told["claimed"]
        failed += told["failed"]
    seconds = time.perf_counter() - start
    doubles = len(got) - len(set(got))
    report.line("cards taken twice", doubles, "cards", bar="0 doubles, 0 errors, all taken", claims=len(got),
                failed=failed, holds=doubles == 0 and failed == 0 and len(got) == CLAIMS)  # fmt: skip
    report.line(f"next card, {PROCESSES} processes", len(got) / seconds, "claims/s", cpus=os.cpu_count())


def _fork(person: Any) -> int:
    """Take cards in a process of its own, each with its audit entry; the pipe tells which."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    claimed, failed = [], 0
    from review import claims

    for _round in range(CLAIMS // PROCESSES):
        try:
            task = claims.claim_next(by=person, now=NOW)
            claimed.append(task.pk if task else None)
        except Exception as error:
            failed += 1
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    with os.fdopen(writing, "w") as stream:
        json.dump({"claimed": claimed, "failed": failed}, stream)
    os._exit(0)


if __name__ == "__main__":
    main()
