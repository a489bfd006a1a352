"""What missing cells could change, on contributions whose laws are known."""

import numpy as np
import pytest

from screening.engine import card, codes, pricing, reference, tables
from screening.engine.tables import POINTS
from screening.engine.types import Criteria, Preferences
from tests.engine.profiles import pool
from tests.engine.shared_data import DATA, SOURCES

NAMES = ("followers", "posts", "engagement_rate", "like_rate")
IDS = np.arange(1, 20_001)
NONE = [None] * len(NAMES)


def linear(names=NAMES, step=0.02):
    """A model whose contribution is its code times a step, in log-odds."""
    values = np.tile(np.arange(256) * step, (len(names), 1))
    values[:, 0] = values[:, 128]
    steps = np.full(len(names), np.nan, np.float32)
    return tables.Model("test", "1", codes.grid_key(), names, 0.0, tables.snapped(values), steps, False)


def correlated(n=20_000, rho=0.8, seed=0):
    """Codes of four features: two move together with correlation rho, two are alone."""
    dice = np.random.default_rng(seed)
    base = dice.normal(size=(4, n))
    base[1] = rho * base[0] + np.sqrt(1 - rho**2) * base[1]
    return np.clip(np.round(128 + 30 * base), 1, 254).astype(np.uint8)


def spread(cells, ids=IDS):
    return pricing.spread(pricing.sample(cells, ids[: cells.shape[1]]), linear(), tables.counts(cells))


def without(cells, *places):
    found = cells.copy()
    found[list(places)] = 0
    return found


SD = 30 * 0.02 * POINTS  # of one contribution, points


class TestMissing:
    @pytest.mark.parametrize(
        ("gone", "sd"),
        [
            ((), 0.0),
            ((2,), SD),  # alone: its own spread
            ((1,), SD * 0.6),  # its twin is known: sqrt(1 - 0.8²) is left
            ((0, 1), SD * np.sqrt(2 + 2 * 0.8)),  # both twins: what one lacks the other lacks too
            ((0, 1, 2, 3), SD * np.sqrt(4 + 2 * 0.8)),
        ],
    )
    def test_is_what_the_known_cells_leave_open(self, gone, sd):
        cells = correlated()
        found = pricing.missing(without(cells[:, :50], *gone), linear(), spread(cells), NONE)
        assert found.sd == pytest.approx(np.full(50, sd), rel=0.03, abs=0.1)
        assert set(found.count) == {len(gone)}
        assert found.points == pytest.approx(np.full(50, len(gone) * 128 * 0.02 * POINTS), rel=1e-4)

    def test_does_not_count_what_a_platform_cannot_have(self):
        cells = correlated()
        where = [*NONE[:2], np.arange(50) % 2 == 0, None]
        found = pricing.missing(without(cells[:, :50], 2), linear(), spread(cells), where)
        assert found.count.tolist() == [1, 0] * 25
        assert found.sd[1::2] == pytest.approx(0)
        assert found.sd[::2] == pytest.approx(SD, rel=0.03)
        assert found.points == pytest.approx(np.full(50, 128 * 0.02 * POINTS), rel=1e-4)  # the score adds up everywhere

    def test_covers_what_is_revealed(self):
        cells, dice = correlated(), np.random.default_rng(1)
        known, gone = spread(cells), np.random.default_rng(2).random((4, 3000)) < dice.random(3000) * 0.7
        covered = covers(cells[:, :3000], gone, linear(), known)
        assert 0.78 < covered < 0.82


class TestSpread:
    def test_depends_neither_on_order_nor_on_where_rows_stand(self):
        cells = correlated(3000)
        order = np.random.default_rng(3).permutation(3000)
        found, turned = spread(cells), spread(cells[:, order], IDS[:3000][order])
        assert (found.covariance == turned.covariance).all()

    def test_learns_from_a_sample_what_all_rows_say(self, monkeypatch):
        whole = spread(correlated())
        monkeypatch.setattr(pricing, "SAMPLE", 4000)
        part = spread(correlated())
        assert part.covariance == pytest.approx(whole.covariance, abs=0.05 * SD**2)
        assert (part.covariance != whole.covariance).any()

    def test_takes_features_that_few_know_together_as_independent(self):
        cells = correlated()
        cells[0, 20:], cells[1, :10] = 0, 0  # known together in ten rows
        found = spread(cells).covariance
        assert found[0, 1] == pytest.approx(0, abs=1e-6)

    def test_survives_a_feature_that_adds_the_same_to_everybody(self):
        cells = correlated()
        cells[3] = 7
        found = pricing.missing(without(cells[:, :5], 1), linear(), spread(cells), NONE)
        assert found.sd == pytest.approx(SD * 0.6, rel=0.03)

    def test_survives_two_columns_of_one_figure(self):
        cells = correlated()
        cells[1] = cells[0]
        found = pricing.missing(without(cells[:, :5], 1), linear(), spread(cells), NONE)
        assert (found.sd < 0.1 * SD).all()
        assert np.isfinite(found.sd).all()


class TestPrices:
    def prices(self, *gone, code=128):
        cells = correlated()
        one = without(np.full((4, 1), code, np.uint8), *gone)
        return pricing.prices(one, linear(), spread(cells), one[:, 0] == 0)

    def test_are_worth_by_how_much_the_doubt_would_fall(self):
        both = self.prices(0, 1)
        # Var(a + b) = 2 + 1.6; b alone leaves 0.36: knowing a takes 3.24 away, its root is 1.8
        assert both["followers"].sd == pytest.approx(1.8 * SD, rel=0.03)
        assert self.prices(0)["followers"].sd == pytest.approx(0.6 * SD, rel=0.03)

    def test_expect_of_a_cell_what_its_twin_shows(self):
        low, high = self.prices(0, code=98), self.prices(0, code=158)  # one sd below and above
        middle = [(one["followers"].low + one["followers"].high) / 2 for one in (low, high)]
        assert middle[1] - middle[0] == pytest.approx(2 * 0.8 * SD, rel=0.05)
        assert sum(middle) == pytest.approx(0, abs=0.05 * SD)  # a missing cell adds what the average one adds

    def test_stay_inside_what_the_table_can_give(self):
        for price in self.prices(0, code=254).values():
            assert price.high <= (255 - 128) * 0.02 * POINTS + 1e-6

    def test_are_none_where_nothing_is_missing(self):
        assert self.prices() == {}


def covers(cells, gone, model, known):
    """Return in which share of rows the 80 % interval of the score's move holds what is revealed."""
    points = np.take_along_axis(model.tables.astype(float) * POINTS, cells.astype(np.intp), axis=1)
    inside = []
    for row in np.flatnonzero(gone.any(axis=0)):
        lacks = gone[:, row]
        low, high = pricing.move(without(cells[:, row : row + 1], *np.flatnonzero(lacks)), model, known, lacks)
        moved = points[lacks, row].sum() - model.tables[lacks, 0].sum() * POINTS
        inside.append(low <= moved <= high)
    return np.mean(inside)


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize("name", ["tiktok", "instagram", "big", "daily", "twitch"])
def test_covers_what_real_lists_reveal(name):
    frozen = pool(SOURCES[name]())
    model = reference.asked_model(card.compile_card(), Criteria(), Preferences(()))
    cells = reference.run_codes(frozen, Criteria(), Preferences(()), model)
    usable = (cells > 0).mean(axis=1) > 0.5
    whole = np.where(usable[:, None], cells, 0)[:, (cells[usable] > 0).all(axis=0)]
    found = []
    for split in range(5):
        dice = np.random.default_rng(split)
        rows = dice.permutation(whole.shape[1])
        n = min(3000, len(rows) // 2)
        learned = reference.refer(whole[:, rows[:n]], rows[:n], model)
        rest = whole[:, rows[n : n + 500]]
        gone = (dice.random(rest.shape) < dice.random(rest.shape[1]) * 0.7) & usable[:, None]
        found.append(covers(rest, gone, learned.model, learned.spread))
    assert 0.77 < np.mean(found) < 0.88, found
