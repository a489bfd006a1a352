"""The whole answer to a pick or a rejection in a discovery of 5,000 candidates, and the direction that it learns.

A throwaway PostgreSQL (or `--postgres URL`) holds a market whose run has finished, with sealed cards, and a discovery
in which a round of marks has ended. What is counted is the CPU time of one POST as htmx sends it, in the web process
and in the database's process that serves it: the mark, its audit entry, the share of the first places that it changes,
and the page as it is drawn anew. Bar: 150 ms, median. Peer for the direction: scikit-learn's linear discriminant
analysis, its shrinkage by Ledoit and Wolf, on the same matrix, which it is handed ready.
"""

import argparse
import contextlib
import logging
import statistics
import tempfile
from datetime import date, timedelta
from functools import partial
from typing import Any

from benchmarks import bench  # isort: skip  (first: it holds numpy at one thread)
import numpy as np

from benchmarks.export import _database
from benchmarks.review import _clock
from tests import servers

LEAST, ROWS = 2_000, 5_000  # candidates; of fewer a round trip is nearly all that is measured
BAR_MS = 150.0
MARKED = 20  # creators who were marked before, half of them picked
PEER = "scikit-learn LDA, lsqr, shrinkage auto"
CATEGORIES = ("Beauty", "Family", "Food", "Games", "Health")


def main() -> None:
    """Fill, mark, print, and fail if the bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", **bench.rows_option(LEAST, default=ROWS))
    parser.add_argument("--rounds", type=int, default=bench.ROUNDS, help="picks, and rejections, that are counted")
    parser.add_argument("--postgres", default="", help="URL of a server; a database of its own is made and dropped")
    options = parser.parse_args()
    report = bench.Report("discovery")
    given = contextlib.nullcontext(options.postgres)
    with (
        given if options.postgres else servers.postgres(options={}) as url,
        tempfile.TemporaryDirectory(prefix="hm-bench-") as folder,
        _database(url, folder),
    ):
        searched = _searched(options.rows)
        _answers(report, searched, options.rounds)
        _direction(report, searched, options.rounds)
    report.end()


def _searched(count: int) -> Any:
    """Return a discovery over so many candidates, with one round of marks behind it."""
    from django.utils import timezone

    from screening import discovery, standings
    from tests import factories

    now = timezone.now()
    campaign = factories.campaign(budget_minor=10**9, wanted=40, deadline_date=now.date() + timedelta(days=30))
    factories.brief(campaign)
    owner = factories.user("manager", brand="acme", market="US")
    factories.policy(campaign.brand, campaign.market, owner=owner, review_budget=60, blind_share_u6=300_000)
    _supply(count, now.date())
    run = _finished(campaign, owner, now)
    made = discovery.start(campaign, commit_date=now.date() + timedelta(days=5), by=owner, now=now)
    for n, profile in enumerate(standings.field(run).ids[:MARKED].tolist()):
        discovery.mark(made, kind=("reject", "pick")[n % 2], profile=profile, by=owner, now=now)
    discovery.end_round(made, number=1, by=owner, now=now)
    return made


def _supply(count: int, today: date) -> None:
    """Load creators with three months of figures, some of them unknown."""
    from screening.models import Creator, Metrics, Profile

    dice = np.random.default_rng(5)
    creators = Creator.objects.bulk_create([Creator(name=f"Creator {n}") for n in range(count)], batch_size=1_000)
    profiles = Profile.objects.bulk_create(
        [
            Profile(
                creator=one, platform=("instagram", "tiktok")[n % 2], handle=f"creator{n}", handle_key=f"creator{n}",
                name=one.name, markets=["US"], country="US", language="en", bio=f"Skin care and running, part {n % 50}",
                categories=[CATEGORIES[int(dice.integers(len(CATEGORIES)))]],
            )
            for n, one in enumerate(creators)
        ], batch_size=1_000,
    )  # fmt: skip
    months = [today - timedelta(days=days) for days in (65, 35, 5)]
    Metrics.objects.bulk_create(
        [Metrics(profile=one, taken_at=at, **_figures(dice)) for one in profiles for at in months], batch_size=1_000
    )


def _figures(dice: np.random.Generator) -> dict[str, Any]:
    followers = int(np.exp(dice.normal(10.5, 1.2)))
    likes = followers * float(np.exp(dice.normal(-3.5, 0.6)))
    known = {
        "followers": followers, "following": int(dice.integers(50, 2_000)), "posts": int(dice.integers(40, 2_000)),
        "likes_avg": likes, "comments_avg": likes * float(np.exp(dice.normal(-3.5, 0.6))), "views_avg": likes * 12,
        "shares_avg": likes / 30, "authentic_avg": likes * float(dice.uniform(0.5, 1)),
    }  # fmt: skip
    return {name: value for name, value in known.items() if name == "followers" or dice.random() > 0.15}


def _finished(campaign: Any, owner: Any, now: Any) -> Any:
    from jobs import dispatch
    from screening import runs, training
    from tests import factories

    logging.getLogger("django.db.backends.base").setLevel(logging.CRITICAL)  # no Redis here that a worker is told by
    card = training.publish_card(campaign.market, by=None, now=now)
    training.approve(card, by=factories.user("manager"), now=now)
    run = runs.start(campaign, by=owner, now=now, seed=5)
    dispatch.run(run.job_id, worker="bench")
    run.refresh_from_db()
    assert run.status == "completed", run.error
    return run


def _answers(report: bench.Report, searched: Any, rounds: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from screening import judging, standings
    from tests import factories

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["testserver"], False
    call_command("collectstatic", verbosity=0, interactive=False)  # production's pages name files by their hash
    client, clock = Client(), _clock()
    elena = factories.user("strategist", brand="acme", market="US", name="Elena Markova")
    client.force_login(elena, backend="accounts.backends.Backend")
    ids = standings.field(searched.run).ids
    fresh = iter(ids[MARKED:].tolist())
    post = partial(_post, client, clock, searched)
    post(next(fresh), "pick")  # the first answer of a process loads modules and templates
    spent: dict[str, list[float]] = {"pick": [], "reject": []}
    for _round in range(rounds):
        for kind, found in spent.items():
            found.append(post(next(fresh), kind))
    for kind, found in spent.items():
        ms = statistics.median(found)
        report.line(f"answer to a {kind}", ms, "ms CPU", bar=f"<= {BAR_MS:g} ms", holds=ms <= BAR_MS, most=max(found),
                    candidates=len(ids), marks=searched.marks.count())  # fmt: skip
    standings._field.cache_clear()
    judging._judged.cache_clear()
    report.line("answer to a pick, the run not in memory", post(next(fresh), "pick"), "ms CPU")


def _post(client: Any, clock: Any, searched: Any, profile: int, kind: str) -> float:
    """Return CPU milliseconds of one mark's whole answer."""
    from django.urls import reverse

    address = reverse("discovery-mark", args=[searched.campaign.slug, profile, kind])
    start = clock()
    answer = client.post(address, headers={"HX-Request": "true"})
    spent = clock() - start
    assert answer.status_code == 200, answer.status_code
    assert searched.marks.filter(profile=profile, kind=kind).exists()
    return float(spent) * 1000


def _direction(report: bench.Report, searched: Any, rounds: int) -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    from screening import standings
    from screening.engine import feedback

    field, marks = standings.field(searched.run), standings.live(searched)
    picks, rejected = (
        field.places([one.profile_id for one in marks if one.kind == kind]) for kind in ("pick", "reject")
    )
    everybody = field.population.standard(slice(None)).astype(np.float64)
    is_picked = np.isin(np.arange(len(everybody)), picks)
    peer = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    seconds = bench.cpu_rounds(
        {
            "ours": lambda: [feedback.learn(field.population, picks, rejected) for _ in range(10)],
            "peer": lambda: [peer.fit(everybody, is_picked) for _ in range(10)],
        },
        rounds,
    )
    ours, theirs = ([one * 100 for one in seconds[name]] for name in ("ours", "peer"))
    ratio = bench.median_ratio(theirs, ours)
    report.line("direction", statistics.median(ours), "ms CPU", peer=PEER, peer_value=statistics.median(theirs),
                ratio=ratio, bar=">= 1x", holds=ratio >= 1, features=everybody.shape[1])  # fmt: skip


if __name__ == "__main__":
    main()
