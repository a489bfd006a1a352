"""What is boosted on a learned card: read exactly, deaf to workers, under the rules, and better only by proof."""

from functools import cache

import numpy as np
import pytest
from joblib import parallel_config

from screening.engine import boosted, features, learned, sheets, tables
from screening.engine.features import FEATURES, PLATFORMS
from tests.engine.lessons import EXPERT, lessons, market

POOL = market(count=900)


def together(frozen):
    """Log-odds (n,) of success by a rule that no sum of single features can tell: size and rate, both or neither."""
    found = features.build(frozen.raw)
    sides = [np.sign(np.nan_to_num(found[name] - np.nanmedian(found[name]))) for name in ("followers", "like_rate")]
    return 3.0 * sides[0] * sides[1]


LESSONS = lessons(POOL, 300, rule=together)


@pytest.fixture(scope="module")
def grown():
    """What is boosted of three hundred lessons without any card."""
    return boosted.grow(LESSONS, np.zeros(300), bags=2, rounds=60)


@cache
def card(name):
    """A learned card of lessons."""
    return learned.learn({"together": LESSONS, "nothing": NOTHING}[name], EXPERT)


NOTHING = lessons(POOL, 80, rule=lambda frozen: np.zeros(len(frozen)))


class TestTables:
    def test_say_what_the_machine_says(self, grown):
        read = boosted.tabulated(grown.machine, grown.moving, grown.model)
        dice = np.random.default_rng(0)
        cells = dice.integers(1, 255, (len(EXPERT.features), 2000), np.uint8)
        alone = set(EXPERT.features) - {name for one in read.pairs for name in (one.first, one.second)}
        for name in alone:  # an empty cell of a pair adds nothing, by the house's rule
            cells[EXPERT.features.index(name), dice.random(2000) < 0.3] = 0
        said = grown.machine.decision_function(boosted.seen(cells)[:, grown.moving])
        assert len(read.pairs) > 1
        assert "platform" in {name for one in read.pairs for name in (one.first, one.second)} | alone
        assert np.abs(tables.score(cells, read) - said).max() <= 1e-6

    def test_add_to_lessons_what_they_add_in_a_run(self, grown):
        said, machine = grown.said(LESSONS), grown.machine
        own = machine.decision_function(boosted.seen(LESSONS.cells)[:, grown.moving])
        assert abs((said - own).mean()) < 1e-9
        row, code = EXPERT.features.index("platform"), 1 + PLATFORMS.index("youtube")
        whole = (LESSONS.cells[grown.moving] > 0).all(axis=0) & (LESSONS.cells[row] != code)
        assert whole.sum() > 10
        assert np.abs((said - own)[whole] - (said - own)[whole].mean()).max() < 1e-5

    def test_add_nothing_for_what_a_platform_cannot_have(self, grown):
        raw = boosted.tabulated(grown.machine, grown.moving, grown.model)
        owned = [place for place in grown.moving if FEATURES[EXPERT.features[place]].platforms]
        assert owned
        assert not grown.model.missing_step[owned].any()
        steps = raw.tables[:, 0] - tables.known_means(raw.tables.astype(float), sheets.population(LESSONS))
        row, code = EXPERT.features.index("platform"), 1 + PLATFORMS.index("youtube")
        lacks = [place for place in owned if "youtube" not in FEATURES[EXPERT.features[place]].platforms]
        moved = grown.model.tables[row, code] - raw.tables[row, code]
        assert moved == pytest.approx(steps[lacks].sum(), abs=1e-6)

    def test_take_a_platform_that_nobody_had_as_the_mean_of_the_known(self, grown):
        row = EXPERT.features.index("platform")
        mean = tables.known_means(grown.model.tables.astype(float), sheets.population(LESSONS))[row]
        assert grown.model.tables[row, 1 + PLATFORMS.index("dzen")] == pytest.approx(mean, abs=1e-6)

    def test_are_the_same_bytes_with_two_workers(self, grown, monkeypatch):
        few = boosted.grow(LESSONS, np.zeros(300), bags=2, rounds=10).model
        monkeypatch.setattr(boosted, "JOBS", 2)
        with parallel_config(backend="threading"):
            assert boosted.grow(LESSONS, np.zeros(300), bags=2, rounds=10).model.key == few.key

    def test_are_empty_where_all_lessons_look_alike(self):
        same = LESSONS.some(np.zeros(60, np.int64))
        assert not boosted.grow(same, np.zeros(60)).model.tables.any()


class TestBoost:
    def test_waits_for_a_thousand_results(self):
        assert (boosted.is_enough(999), boosted.is_enough(1000)) == (False, True)

    def test_learns_by_twos_what_no_card_can(self):
        told = []
        found = boosted.boost(card("together"), bags=2, rounds=60, tell=lambda done, total: told.append(done))
        trial = learned.compare(card("together").held_out, found.held_out, LESSONS)
        assert trial.is_better
        assert trial.low > 0.02
        heaviest = max(found.model.pairs, key=lambda one: np.abs(one.values).max())
        assert heaviest.name == "followers*like_rate"
        assert found.model.version == "1-boosted"
        assert found.model.calibration.seen.sum() == len(LESSONS)
        assert told == sorted(told)
        assert told[-1] == boosted.FITS

    def test_proves_no_better_where_there_is_nothing(self):
        found = boosted.boost(card("nothing"), bags=2, rounds=20)
        assert not learned.compare(card("nothing").held_out, found.held_out, NOTHING).is_better

    def test_adds_to_each_fold_what_was_grown_without_it(self):
        found, studied = boosted.boost(card("nothing"), bags=2, rounds=10), card("nothing").studied
        out = studied.fold == 3
        offset = card("nothing").inner[3, ~out]
        alone = boosted.grow(studied.lessons.some(~out), offset, bags=2, rounds=10)
        added = found.z[out] - card("nothing").z[out]
        assert np.abs(added - alone.said(studied.lessons.some(out))).max() < 1e-12
