"""The real lists of `../shared/data`, where they are: import, campaign, run, and what a worker's CPU it took."""

import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from screening import briefs, results, training
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests import factories as f

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="The real lists are not here: ../shared/data is absent."),
]
US = DATA / "creators_big" / "influencers.txt", "instagram", "US", ("beauty", "skincare")
RU = DATA / "creators_ru" / "youtube_channels_ru.csv", "youtube", "RU", ("красота", "уход за кожей")


@pytest.mark.parametrize(("path", "platform", "code", "topics"), [US, RU], ids=["US", "RU"])
def test_a_real_list_goes_from_file_to_shortlist(path, platform, code, topics, finish, now, capsys):
    market = f.market(code)
    call_command("import_creators", str(path), platform=platform, market=code, as_of="2026-11-01", verbosity=0)
    campaign = f.campaign(market=market, brand=f.brand(f"brand-{code.lower()}", currency=market.currency))
    wishes = (Wish(WishKind.TOPICS, 0.3, topics), Wish(WishKind.SIZE, 0.1, (), 10_000, 500_000))
    criteria = Criteria(followers_min=5_000, excluded_words=("casino", "казино"))
    briefs.publish(campaign, criteria=criteria, preferences=Preferences(wishes), by=None, now=now)
    training.approve(training.publish_card(market, by=None, now=now), by=f.user("manager"), now=now)
    run = finish(campaign)
    began = time.process_time()
    counts = briefs.live_counts(campaign, criteria, on=date(2026, 11, 20))
    live = time.process_time() - began
    with capsys.disabled():
        print(
            f"\n{code}: {run.pool.size:,} profiles, run {run.cpu_seconds:.2f} CPU s, live counts {live * 1000:.0f} ms"
        )
    assert run.pool.size >= 390
    assert counts.funnel.passed == run.funnel["passed"]
    assert run.recommendations.count() == min(200, run.funnel["ranked"])
    assert [row.rank for row in results.page(run).rows] == list(range(1, 51))
