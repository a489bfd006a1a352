"""A place of its own for the tests with several workers: `python -m tests.screening.worker prepare | work | show`."""

import json
import sys
from collections import Counter
from datetime import UTC, date, datetime

import django

django.setup()

from jobs import tasks  # noqa: E402
from jobs.models import Job  # noqa: E402
from screening import briefs, runs, training  # noqa: E402
from screening.engine.types import Criteria, Preferences, Wish, WishKind  # noqa: E402
from screening.models import ScreeningRun  # noqa: E402
from tests import factories as f  # noqa: E402
from tests import template  # noqa: E402

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CAMPAIGNS, CREATORS = 6, 60


def prepare() -> None:
    """Make a market, campaigns with briefs of their own, and one queued run each."""
    template.migrate()
    market = f.market()
    for n in range(1, CREATORS + 1):
        made = f.profile("youtube", handle=f"c{n}", bio=f"cold weather {n}", categories=["Beauty"][: n % 2])
        for month in (8, 9, 10):
            f.metrics(
                made, taken_at=date(2026, month, 1), followers=900 * n + month, likes_avg=7.0 * n, comments_avg=n / 3
            )
    model = training.publish_card(market, by=None, now=NOW)
    training.approve(model, by=f.user("manager"), now=NOW)
    for n in range(CAMPAIGNS):
        wishes = (Wish(WishKind.TOPICS, 0.1 * (n % 3), ("cold",)),)
        campaign = f.campaign(slug=f"campaign-{n}", market=market)
        criteria = Criteria(followers_min=1_000 * (n + 1))
        briefs.publish(campaign, criteria=criteria, preferences=Preferences(wishes), by=None, now=NOW)
        runs.start(campaign, by=None, now=NOW)


def work() -> None:
    """Carry out whatever is queued, beside any other worker."""
    while queued := list(Job.objects.filter(status="queued").order_by("pk").values_list("pk", flat=True)):
        for pk in queued:
            tasks.run_job(pk)


def show() -> None:
    """Print what each campaign's run gave."""
    rows = ScreeningRun.objects.select_related("campaign").order_by("campaign__slug")
    ranges = Counter(Job.objects.filter(kind="range").values_list("params__run", flat=True))
    print(json.dumps([
        [run.campaign.slug, run.status, run.result_sha256, run.recommendations.count(), ranges[run.pk]] for run in rows
    ]))  # fmt: skip


if __name__ == "__main__":
    {"prepare": prepare, "work": work, "show": show}[sys.argv[1]]()
