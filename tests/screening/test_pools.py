"""Pools: the same content is the same pool, found under its hash, and opens to what was frozen."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from audit.models import AuditEntry
from screening import money, pools, store
from screening.engine import codes, features
from screening.engine.card import compile_card
from screening.engine.codes import POOL_NAMES, encode
from screening.engine.screen import screen
from screening.engine.types import Criteria, Preferences
from screening.models import Metrics, Pool
from screening.reading import missing_rates, read_market
from tests import factories as f

pytestmark = pytest.mark.django_db


def _folder(settings, pool):
    return sorted((settings.DATA_DIR / "store" / "pools" / pool.sha256).iterdir())


class TestFreeze:
    def test_gives_the_same_pool_for_the_same_content(self, market, now):
        one = pools.freeze(market, by=None, now=now)
        two = pools.freeze(market, by=None, now=now + timedelta(hours=3))
        assert one == two
        assert (Pool.objects.count(), AuditEntry.objects.filter(kind="pool").count()) == (1, 1)

    def test_writes_nothing_twice(self, market, now, settings):
        before = {path: path.stat().st_mtime_ns for path in _folder(settings, pools.freeze(market, by=None, now=now))}
        pool = pools.freeze(market, by=None, now=now)
        assert {path: path.stat().st_mtime_ns for path in _folder(settings, pool)} == before

    def test_writes_again_what_a_kill_cut_off(self, market, now, settings):
        pool = pools.freeze(market, by=None, now=now)
        (settings.DATA_DIR / "store" / "pools" / pool.sha256 / "pool.json").unlink()
        (settings.DATA_DIR / "store" / "pools" / pool.sha256 / "codes.npy").write_bytes(b"half")
        pools._opened.cache_clear()
        assert pools.freeze(market, by=None, now=now) == pool
        assert len(pools.open_pool(pool)) == 13

    def test_gives_another_pool_for_a_new_figure_and_on_another_day(self, market, now):
        first = pools.freeze(market, by=None, now=now)
        next_day = pools.freeze(market, by=None, now=now + timedelta(days=1))
        f.metrics(Metrics.objects.first().profile, taken_at=date(2026, 11, 2), followers=1)
        assert len({first.pk, next_day.pk, pools.freeze(market, by=None, now=now).pk}) == 3

    def test_takes_the_visible_profiles_of_the_market_alone(self, market, now):
        f.profile(markets=["RU"])
        f.profile(markets=["AUS"])
        f.profile(creator=f.profile().creator, batch=None)
        objector = f.profile()
        objector.creator.do_not_contact = True
        objector.creator.save()
        loading = f.profile()
        loading.batch = _batch("loading")
        loading.save()
        ids = set(read_market(market, on=now.date()).profile_ids.tolist())
        assert objector.pk not in ids
        assert loading.pk not in ids
        assert len(ids) == 15

    def test_knows_what_it_froze(self, market, now):
        pool = pools.freeze(market, by=None, now=now)
        assert (pool.size, pool.creators, pool.newest_date) == (13, 12, date(2026, 11, 1))
        assert pool.median_age_days == 50

    def test_refuses_an_empty_market(self, db, now):
        with pytest.raises(pools.EmptyMarket, match="import creators"):
            pools.freeze(f.market("RU"), by=None, now=now)


def _batch(status):
    from screening.models import ImportBatch

    return ImportBatch.objects.create(name="x.csv", sha256="0" * 64, status=status)


class TestOpenPool:
    def test_gives_back_what_was_read(self, market, now):
        table, opened = read_market(market, on=now.date()), pools.open_pool(pools.freeze(market, by=None, now=now))
        assert opened.raw.words == table.words
        assert opened.raw.profile_ids.tolist() == table.profile_ids.tolist()
        assert [opened.raw.text("bio").at(k) for k in range(13)] == [table.text("bio").at(k) for k in range(13)]
        assert opened.codes.tolist() == encode(features.build(table), POOL_NAMES).tolist()
        for name, column in table.history.figures.items():
            assert np.array_equal(opened.raw.history.figures[name], column, equal_nan=True)

    def test_maps_the_columns_instead_of_reading_them(self, market, now):
        opened = pools.open_pool(pools.freeze(market, by=None, now=now))
        assert isinstance(opened.codes.base, np.memmap)
        assert not opened.codes.flags.writeable

    def test_content_gives_the_name_of_the_pool(self, market, now):
        pool = pools.freeze(market, by=None, now=now)
        assert pools.digest_of(pools.open_pool(pool), market) == pool.sha256

    def test_says_when_the_store_lost_it(self, market, now, settings):
        pool = pools.freeze(market, by=None, now=now)
        settings.STORE_URL = str(settings.DATA_DIR / "elsewhere")
        with pytest.raises(store.NotInStore):
            pools.open_pool(pool)

    def test_works_behind_any_fsspec_address(self, market, now, settings):
        settings.STORE_URL = "memory://hybridmkt"
        pool = pools.freeze(market, by=None, now=now)
        assert len(pools.open_pool(pool)) == 13
        assert (settings.DATA_DIR / "cache" / "pools" / pool.sha256 / "codes.npy").exists()

    def test_finds_the_row_of_a_profile(self, market, now):
        opened = pools.open_pool(pools.freeze(market, by=None, now=now))
        wanted = int(opened.raw.profile_ids[5])
        assert pools.row_of(opened, wanted) == 5
        assert pools.row_of(opened, 10**9) is None


class TestAPoolOfAnEarlierRelease:
    @pytest.fixture
    def older(self, market, now, monkeypatch):
        """A pool frozen when the first features were all there was."""
        first = tuple(name for name in POOL_NAMES if features.FEATURES[name].since == 1)
        with monkeypatch.context() as then:
            then.setattr(codes, "POOL_NAMES", first)
            found = pools.freeze(market, by=None, now=now)
        pools._opened.cache_clear()
        return found, len(first)

    def test_is_read_with_nothing_known_of_younger_features(self, older, market):
        opened = pools.open_pool(older[0])
        assert len(opened.codes) == len(POOL_NAMES) > opened.stored == older[1]
        assert not opened.codes[older[1] :].any()
        assert pools.digest_of(opened, market) == older[0].sha256

    def test_gives_the_card_the_same_scores_as_one_of_today(self, older, market, now):
        fresh = pools.freeze(market, by=None, now=now)
        assert fresh.sha256 != older[0].sha256
        card = compile_card()
        found = [screen(pools.open_pool(one), Criteria(), Preferences(), card) for one in (older[0], fresh)]
        assert found[0].score.tolist() == found[1].score.tolist()


class TestReadMarket:
    def test_holds_the_history_of_each_profile_oldest_first(self, market, now):
        history = read_market(market, on=now.date()).history
        for start, end in zip(history.offsets[:-1], history.offsets[1:], strict=True):
            assert (np.diff(history.day[start:end]) > 0).all()
        assert history.offsets[-1] == len(history.day) == Metrics.objects.count()

    def test_leaves_out_figures_of_the_future_and_of_unfinished_imports(self, market, now):
        profile = Metrics.objects.first().profile
        before = len(read_market(market, on=now.date()).history.day)
        f.metrics(profile, taken_at=date(2027, 1, 1))
        f.metrics(profile, taken_at=date(2026, 11, 3), batch=_batch("loading"))
        assert len(read_market(market, on=now.date()).history.day) == before

    def test_holds_prices_in_the_currency_of_the_market(self, db, now):
        us = f.market()
        for currency, fee in (("USD", 50_000), ("RUB", 900_000), ("", 70_000), ("JPY", 50_000)):
            f.metrics(f.profile(), fee_minor=fee, currency=currency)
        money.record_rate(
            "RUB", "USD", rate=Decimal("0.0125"), date=date(2026, 11, 18), source="test", by=None, now=now
        )
        fees = read_market(us, on=now.date()).history.figures["fee"]
        assert np.allclose(fees, [500, 112.5, 700, np.nan], equal_nan=True)
        assert missing_rates(us, on=now.date()) == ["JPY"]

    def test_turns_minutes_into_hours(self, db, now):
        f.metrics(f.profile("twitch"), watch_minutes=600, stream_minutes=90, viewers_avg=12.0, viewers_peak=40.0)
        figures = read_market(f.market(), on=now.date()).history.figures
        assert (figures["watch_hours"][0], figures["stream_hours"][0]) == (10, 1.5)
        assert (figures["avg_viewers"][0], figures["peak_viewers"][0]) == (12, 40)

    def test_takes_country_and_language_of_the_creator_where_the_profile_has_none(self, db, now):
        profile = f.profile(country="", language="")
        profile.creator.country, profile.creator.language = "CA", "fr"
        profile.creator.save()
        table = read_market(f.market(), on=now.date())
        assert table.words["country"] == ("CA",)
        assert table.words["language"] == ("fr",)
