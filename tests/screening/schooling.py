"""A market with known results: creators whose success follows their rates, screened once, worked with, measured."""

from datetime import date, timedelta

import numpy as np

from jobs import dispatch
from screening import memory, runs
from screening.models import Market, Outcome
from tests import factories as f

PEOPLE = 90


def fill(now, *, people=PEOPLE, seed=1, market="US", **figures):
    """Make creators of a market with figures; returns profiles and what each is truly worth (log-odds)."""
    dice = np.random.default_rng(seed)
    made, worth = [], []
    for n in range(people):
        size, rate = 10 ** dice.normal(4.6, 0.4), dice.normal()
        place, handle = "youtube" if n % 3 else "instagram", f"{market.lower()}{n}"
        one = f.profile(place, handle=handle, country="US", language="en", markets=[market])
        f.metrics(
            one, taken_at=date(2026, 8, 1), followers=round(size), likes_avg=size * 10 ** (-1.6 + 0.3 * rate),
            comments_avg=size * 10 ** (-3 + 0.3 * rate), posts=int(dice.integers(50, 900)), **figures,
        )  # fmt: skip
        made.append(one)
        worth.append(2.2 * rate)
    return made, worth


def results(campaign, profiles, worth, *, now, seed=2):
    """Record what partnerships with these profiles achieved."""
    dice = np.random.default_rng(seed)
    for one, log_odds in zip(profiles, worth, strict=True):
        is_good = dice.random() < 1 / (1 + np.exp(-log_odds))
        told = memory.Told(campaign.objective, 120.0 if is_good else 60.0, now.date() - timedelta(days=1), target=100.0)
        memory.record_outcome(campaign, one, told, by=None, now=now)
    return Outcome.objects.filter(campaign=campaign)


def screened(campaign, *, now):
    """Carry out a run of a campaign."""
    run = runs.start(campaign, by=None, now=now)
    dispatch.run(run.job_id, worker="test")
    run.refresh_from_db()
    assert run.status == "completed", run.error
    return run


def carried_out(job):
    """Carry out a job as a worker would and return it."""
    dispatch.run(job.pk, worker="test")
    job.refresh_from_db()
    return job


def us() -> Market:
    """The market of these results."""
    return Market.objects.get(pk="US")
