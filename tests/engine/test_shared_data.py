"""Every feature is filled by real files, and real profiles are screened in time. Skips where the data is absent."""

import time

import numpy as np
import pytest

from screening.engine import card, features, screen
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests.engine.profiles import pool, raw_table
from tests.engine.shared_data import DATA, SOURCES, big, russian

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
MODEL = card.compile_card()


@pytest.fixture(scope="module")
def filled():
    """Source -> names of features that it fills for at least one profile in a hundred."""
    wishes = Preferences(
        (
            Wish(WishKind.TOPICS, 0.2, ("ремонт", "beauty")), Wish(WishKind.SIZE, 0.2, low=1e4, high=1e5),
            Wish(WishKind.POSTING, 0.2, low=1), Wish(WishKind.CATEGORIES, 0.2, ("beauty",)),
        )
    )  # fmt: skip
    criteria = Criteria(languages=("en",), countries=("Россия",), audience_countries=("India",), fee_max=5000)
    found = {}
    for name, read in SOURCES.items():
        raw = raw_table(read())
        built = features.build(raw) | features.build_for_campaign(raw, criteria, wishes)
        found[name] = {key for key, values in built.items() if np.mean(~np.isnan(values)) > 0.01}
    return found


class TestSharedData:
    @pytest.mark.parametrize("name", features.FEATURES)
    def test_fills_every_feature_from_some_file(self, filled, name):
        assert any(name in names for names in filled.values())

    def test_finds_trends_in_the_monthly_lists(self, filled):
        assert {"engagement_trend", "engagement_spread", "growth_rate"} <= filled["tiktok"]

    def test_screens_34_thousand_creators_and_the_russian_list_in_five_cpu_seconds_each(self):
        wishes = Preferences((Wish(WishKind.TOPICS, 0.4, ("ремонт", "плитка", "beauty")),), text="Winter cream")
        for rows in (big(), russian()):
            start = time.process_time()
            run = screen.screen(pool(rows), Criteria(followers_min=5000), wishes, MODEL)
            assert time.process_time() - start < 5
            assert run.rank.max() > 100
            assert 3 < run.score.std() < 40

    def test_puts_channels_about_the_topic_first(self):
        frozen = pool(russian())
        wishes = Preferences((Wish(WishKind.TOPICS, 0.4, ("укладка плитки", "плиточник")),))
        run = screen.screen(frozen, Criteria(), wishes, MODEL)
        best = [frozen.raw.text("topic").at(int(row)) for row in np.flatnonzero((run.rank > 0) & (run.rank <= 20))]
        assert sum("плит" in topic for topic in best) >= 15
