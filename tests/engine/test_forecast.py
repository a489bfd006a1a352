"""The forecaster: tables that are its fit, intervals that cover creators it never saw, a file no byte changes in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import codes, features, forecast, gaussian, tables
from screening.engine.forecast import BrokenForecaster, Results, TooFew
from tests.engine.lessons import market

POOL = market()
NAMES = codes.POOL_NAMES


def truth(frozen):
    """What a creator brings by the rule of this world, log10: size, and their rate beside it."""
    found = features.build(frozen.raw)
    size = np.nan_to_num(np.log10(found["followers"]), nan=4.3)
    rate = np.nan_to_num(np.log10(found["engagement_rate"]) + 1.6)
    return size - 1 + 0.6 * rate


def results(count, *, seed=0, noise=0.25, shared=0.0, campaigns=12):
    """Results of `count` creators of the pool, drawn evenly, in campaigns that share a part of their error."""
    dice = np.random.default_rng([seed, count])
    rows = dice.choice(len(POOL), count, replace=False)
    own = dice.integers(0, campaigns, count)
    y = truth(POOL)[rows] + dice.normal(0, noise, count) + (shared * dice.normal(size=campaigns))[own]
    return Results(
        "reach", NAMES, np.ascontiguousarray(POOL.codes[:, rows]), tables.counts(POOL.codes),
        np.maximum(10**y - 1, 0), POOL.raw.creator_ids[rows], own, np.arange(count),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found():
    """What a hundred and fifty results teach."""
    return forecast.learn(results(150))


class TestLearn:
    def test_refuses_fewer_than_thirty_creators_however_many_results(self):
        told = results(60)
        with pytest.raises(TooFew, match="29 creators have a result: 30 are needed"):
            forecast.learn(replace(told, creators=told.creators[np.arange(60) % 29]))
        assert forecast.learn(replace(told, creators=told.creators[np.arange(60) % 30])).results == 60

    def test_tables_are_the_fit_tabulated(self, monkeypatch):
        kept = {}
        fit = gaussian.fit

        def noted(*given, **more):
            kept["given"], kept["fitted"] = given, fit(*given, **more)
            return kept["fitted"]

        monkeypatch.setattr(gaussian, "fit", noted)
        told = results(80)
        learned = forecast.learn(told)
        columns, _, card, _ = kept["given"]
        assert learned.places(told.cells) == pytest.approx(kept["fitted"].said(columns, card), abs=1e-6)

    def test_orders_creators_by_what_they_bring(self, found):
        said = found.places(np.asarray(POOL.codes))
        assert np.corrcoef(said, truth(POOL))[0, 1] > 0.9

    def test_counts_each_creator_once_by_their_newest_result(self):
        told = results(90)
        twice = replace(told, creators=told.creators[np.arange(90) % 45])
        learned = forecast.learn(twice)
        assert len(learned.own) == 45 == len(learned.errors)
        assert forecast._newest(np.array([7, 8, 7, 7]), np.array([1, 5, 3, 2])).tolist() == [1, 2]

    def test_takes_other_markets_beside_few_of_its_own(self):
        others = [np.full(60, 0.2), np.zeros(0)]
        few, enough = forecast.learn(results(40), others), forecast.learn(results(60), others)
        assert (len(few.errors), few.markets) == (100, 2)
        assert (len(enough.errors), enough.markets) == (60, 1)

    def test_says_the_same_whatever_the_order_of_rows(self):
        told = results(50)
        order = np.random.default_rng(1).permutation(50)
        arrays = {name: getattr(told, name)[order] for name in ("actual", "creators", "campaigns", "days")}
        mixed = forecast.learn(replace(told, cells=np.ascontiguousarray(told.cells[:, order]), **arrays))
        here = forecast.learn(told)
        assert mixed.places(POOL.codes[:, :50]) == pytest.approx(here.places(POOL.codes[:, :50]), abs=1e-6)
        assert mixed.errors == pytest.approx(here.errors, abs=1e-6)


class TestForecasts:
    @pytest.mark.parametrize("count", [40, 120])
    def test_cover_creators_that_were_never_seen(self, count):
        inside = {level: [] for level in (0.5, 0.8, 0.9)}
        for seed in range(25):
            learned = forecast.learn(results(count, seed=seed))
            dice = np.random.default_rng(1000 + seed)
            rows = dice.choice(len(POOL), 300, replace=False)
            y = truth(POOL)[rows] + dice.normal(0, 0.25, 300)
            off = np.abs(y - learned.places(POOL.codes[:, rows]))
            for width in learned.widths():
                inside[width.level].append(np.mean(off <= width.half))
        for level, shares in inside.items():
            # The mean of 25 draws of the Beta law, with some room for the level that answers to time.
            assert level - 0.05 < np.mean(shares) < level + 0.06

    def test_are_numbers_with_a_band_around_each_by_hand(self, found):
        one = found.of(np.asarray(POOL.codes[:, 3]))
        place = found.places(POOL.codes[:, 3:4])[0]
        assert one.middle == pytest.approx(10**place - 1, rel=1e-5)
        assert [band.width.level for band in one.bands] == [0.5, 0.8, 0.9]
        for band in one.bands:
            assert band.low < one.middle < band.high
            assert np.log10(1 + band.high) == pytest.approx(one.place + band.width.half)

    def test_hold_those_of_lower_levels_whatever_became_of_either(self, found):
        turned = replace(
            found, levels=tuple(replace(one, miss=miss) for one, miss in zip(found.levels, (0.05, 0.3), strict=True))
        )
        halves = [one.half for one in turned.widths()]
        assert halves == sorted(halves)
        assert [one.rank for one in turned.widths()][1:] == [144, 144]

    def test_are_not_made_of_who_is_unlike_everybody_with_a_result(self, found):
        cells = np.where(POOL.codes[:, 3] > 0, 254, 0).astype(np.uint8)
        assert found.of(cells) is None
        assert found.is_far(np.asarray(POOL.codes)).mean() < 0.05

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, len(POOL) - 1))
    def test_are_never_under_nothing(self, found, row):
        one = found.of(np.asarray(POOL.codes[:, row]))
        assert one is None or min(band.low for band in one.bands) >= 0


class TestABasket:
    def test_is_forecast_from_ten_campaigns_of_two(self, found):
        assert found.basket.campaigns == 12
        few = forecast.learn(results(60, campaigns=9))
        assert (few.basket, few.campaigns) == (None, 9)

    def test_knows_how_much_creators_of_a_campaign_share(self):
        apart, together = (forecast.learn(results(200, shared=s, campaigns=30)).basket.shared for s in (0.0, 0.4))
        assert apart < 0.15 < 0.3 < together < 0.5


class TestTheFile:
    def test_is_read_as_it_was_written(self, found):
        text = forecast.to_json(found)
        again = forecast.from_json(text, grid=codes.grid_key())
        assert again.key == found.key
        cells = np.asarray(POOL.codes[:, 3])
        assert again.of(cells) == found.of(cells)

    def test_refuses_any_changed_byte(self, found):
        text = forecast.to_json(found)
        for place in range(0, len(text), 4999):
            changed = text[:place] + ("7" if text[place] != "7" else "8") + text[place + 1 :]
            with pytest.raises(BrokenForecaster):
                forecast.from_json(changed, grid=codes.grid_key())

    def test_of_another_grid_is_refused(self, found):
        with pytest.raises(BrokenForecaster, match="grid"):
            forecast.from_json(forecast.to_json(found), grid="other")
