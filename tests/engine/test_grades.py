"""Grades: fair across campaigns and KPIs, fitted exactly, worth more than a label, judged by what they explain."""

from dataclasses import replace

import numpy as np
import pytest

from screening.engine import bayes, boosted, codes, gaussian, grades, learned, lessons, sheets, tables
from screening.engine.ladder import Others
from tests.engine.lessons import EXPERT, market, truth
from tests.engine.lessons import lessons as drawn

POOL = market(count=900)


def graded(frozen, count, seed=0, rule=truth):
    """Lessons whose results lie over or under their goals by the rule and by luck (a logistic law)."""
    found, dice = drawn(frozen, count, seed, rule), np.random.default_rng([seed, count])
    rows = dice.choice(len(frozen), count, replace=False)
    far = rule(frozen)[rows] + np.random.default_rng([seed, count, 1]).logistic(size=count)
    return replace(found, worked=far >= 0, grades=far / 3)


WHOLE = graded(POOL, 700)
HERE, UNSEEN = WHOLE.some(np.arange(80)), WHOLE.some(np.arange(80, 700))


@pytest.fixture(scope="module")
def found():
    """What eighty graded results teach."""
    return learned.learn(HERE, EXPERT)


def loss(model, level, unseen):
    """Error of a model's raw chances on lessons that it has not seen."""
    said = sheets.opinion(unseen, model)[0] + level
    return float((np.logaddexp(0, said) - unseen.worked * said).mean())


class TestGraded:
    def test_is_as_computed_by_hand(self):
        actual, goal = np.array([199.0, 99.0, 49.0, 99_999.0, 5.0]), np.array([99.0, 99.0, 99.0, 99.0, np.nan])
        # log10 of 2, 1, 1/2 and, held, 10; the usual distance is the median of .301, 0, .301 and 1.
        found = grades.graded(actual, goal, ["reach"] * 5)
        assert found[:4] == pytest.approx([1, 0, -1, 1 / np.log10(2)])
        assert np.isnan(found[4])

    def test_is_the_same_whatever_the_size_of_the_campaign(self):
        small, large = (grades.graded(size * np.array([3.0, 1.0, 0.4]), np.full(3, size), ["reach"] * 3)
                        for size in (1e3, 1e6))  # fmt: skip
        assert small == pytest.approx(large, abs=1e-2)

    def test_is_positive_exactly_where_the_goal_was_met(self):
        dice = np.random.default_rng(1)
        actual, goal = dice.integers(0, 9, 400).astype(float), dice.integers(1, 9, 400).astype(float)
        kpi = ["orders" if one else "reach" for one in dice.integers(0, 2, 400)]
        assert ((grades.graded(actual, goal, kpi) >= 0) == (actual >= goal)).all()

    def test_counts_a_kpi_in_units_of_its_own_as_far_as_it_has_results(self):
        dice = np.random.default_rng(2)
        far = np.concatenate([dice.normal(0, 0.1, 900), dice.normal(0, 0.3, 900)])
        kpi = ["reach"] * 900 + ["orders"] * 900
        found = grades.graded(1e6 * 10**far, np.full(1800, 1e6), kpi)
        assert found[:900].std() == pytest.approx(found[900:].std(), rel=0.15)
        few = grades.graded(np.array([1e9, 1e6, 1e6]), np.full(3, 1e6), ["orders", "reach", "reach"])
        assert few[0] == pytest.approx(1 / (1 / 31))  # one of its own beside thirty of all, whose middle is 0


class TestFit:
    def test_is_the_gaussian_one_in_log_odds(self):
        dice = np.random.default_rng(3)
        columns, card = dice.normal(size=(60, 3)), dice.normal(size=60)
        y = 0.4 + card + columns[:, 0] + dice.normal(0, 0.7, 60)
        group = np.zeros(3, np.int32)
        found = grades.fit(columns, group, card, y, bayes.OF_THE_EXPERT)
        plain = gaussian.fit(columns, group, card, y, believed=0.5 / 1.702, believed_sd=0.5 / 1.702)
        assert found.unit == pytest.approx(plain.noise / 1.702)
        assert found.log_odds(columns, card) * found.unit == pytest.approx(plain.said(columns, card))
        twice = grades.fit(columns, group, card, 2 * y, bayes.OF_THE_EXPERT)
        assert twice.log_odds(columns, card) == pytest.approx(found.log_odds(columns, card))

    def test_states_the_chance_of_meeting_the_goal(self):
        dice = np.random.default_rng(4)
        card = dice.normal(size=4000)
        y = 0.3 + 0.8 * card + dice.normal(size=4000)
        said = grades.fit(np.zeros((4000, 0)), np.zeros(0, np.int32), card, y, bayes.OF_THE_EXPERT)
        p = 1 / (1 + np.exp(-said.log_odds(np.zeros((4000, 0)), card)))
        for low in (0.1, 0.3, 0.5, 0.7):
            rows = (p >= low) & (p < low + 0.2)
            assert (y[rows] >= 0).mean() == pytest.approx(p[rows].mean(), abs=0.04)


class TestLearned:
    def test_says_what_it_learned_from_and_is_calibrated_on_the_goal(self, found):
        assert (found.model.version, found.model.kind, found.model.is_prior) == ("1-graded", "learned", False)
        assert found.model.calibration is not None
        assert int(found.model.calibration.worked.sum()) == int(HERE.worked.sum())
        assert found.unit > 0
        again = tables.from_json(tables.to_json(found.model), grid=codes.grid_key())
        assert (again.version, again.key) == ("1-graded", found.model.key)

    def test_tells_good_from_bad_better_than_labels_alone(self):
        gains = []
        for seed in range(4):
            whole = graded(POOL, 700, seed + 5)
            here, unseen = whole.some(np.arange(100)), whole.some(np.arange(100, 700))
            ours, label = (_card(one) for one in (here, replace(here, grades=None)))
            gains.append(loss(*label, unseen) - loss(*ours, unseen))
        assert np.mean(gains) > 0

    def test_gives_the_same_for_the_same_lessons_in_any_order(self, found):
        order = np.random.default_rng(6).permutation(len(HERE))
        again = learned.learn(HERE.some(order), EXPERT)
        assert tables.to_json(again.model) == tables.to_json(found.model)
        assert (again.held_out == found.held_out[order]).all()

    def test_stands_on_the_graded_results_of_other_markets(self):
        here = HERE.some(np.arange(40))
        elsewhere = graded(market(count=400, seed=7), 300)
        above = Others(elsewhere, EXPERT).ground(here, np.zeros(0, np.int64))
        sheet = sheets.laid_out(here)
        fitted = sheets.fitted(sheet, above, here)
        assert fitted.slope == pytest.approx(1, abs=0.5)
        model = sheets.tabulated(fitted, sheet.basis, above)
        assert loss(model, fitted.level, UNSEEN) < loss(*_card(here), UNSEEN)

    def test_is_boosted_on_what_the_card_leaves_over_of_the_grades(self):
        grown = boosted.grow(HERE, np.zeros(80), unit=0.4, bags=2, rounds=40)
        cells = np.random.default_rng(8).integers(1, 255, (len(EXPERT.features), 300), np.uint8)
        read = boosted.tabulated(grown.machine, grown.moving, grown.model)
        said = grown.machine.predict(boosted.seen(cells)[:, grown.moving])
        assert np.abs(tables.score(cells, read) - said).max() <= 1e-5
        assert np.corrcoef(grown.said(HERE), HERE.grades)[0, 1] > 0.3


def _card(here):
    """The tables and the level of a card of lessons, without its calibration."""
    sheet, ground = sheets.laid_out(here), sheets.on_expert(here, EXPERT)
    fitted = sheets.fitted(sheet, ground, here)
    return sheets.tabulated(fitted, sheet.basis, ground), fitted.level


class TestTrial:
    def test_is_how_much_more_of_the_spread_is_explained(self):
        y = np.array([-1.0, 1.0] * 100)
        some = replace(WHOLE.some(np.arange(200)), grades=y, worked=y >= 0, creators=np.arange(200))
        knows, blind = np.where(y > 0, 0.9, 0.1), np.full(200, 0.5)
        unit = 1 / np.log(9)  # at which a chance of 90 % expects a grade of 1
        # Blind, each grade is off by 1, which is all their spread; known, by 0; upside down by 2, whose square is 4.
        trial = learned.judge(blind, knows, some, unit)
        assert (trial.gain, trial.is_better) == (pytest.approx(1), True)
        assert learned.judge(blind, 1 - knows, some, unit).gain == pytest.approx(-3)
        assert learned.judge(knows, blind, some, unit).is_worse
        assert learned.judge(knows, knows, some, unit).gain == 0

    def test_counts_results_of_one_creator_once_in_the_interval(self):
        y = np.array([-1.0, 1.0] * 100)
        some = replace(WHOLE.some(np.arange(200)), grades=y, worked=y >= 0, creators=np.arange(200))
        lucky = np.where(np.arange(200) % 4 < 2, np.where(y > 0, 0.9, 0.1), 0.5)
        apart = learned.judge(np.full(200, 0.5), lucky, some, 0.3)
        four = learned.judge(np.full(200, 0.5), lucky, replace(some, creators=np.arange(200) // 50), 0.3)
        assert apart.gain == four.gain
        assert apart.error != four.error

    def test_is_the_log_loss_where_nothing_is_graded(self):
        plain, dice = replace(HERE, grades=None), np.random.default_rng(9)
        theirs, ours = dice.uniform(0.1, 0.9, (2, 80))
        assert learned.judge(theirs, ours, plain) == learned.compare(theirs, ours, plain)


class TestNdcg:
    def test_is_as_computed_by_hand(self):
        told = np.array([2.0, -5.0, 1.0])
        best = 2 + 1 / np.log2(3)
        assert grades.ndcg(np.array([3.0, 1.0, 2.0]), told) == pytest.approx(1)
        assert grades.ndcg(np.array([1.0, 3.0, 2.0]), told) == pytest.approx((1 / np.log2(3) + 2 / 2) / best)
        assert grades.ndcg(np.array([1.0, 3.0, 2.0]), told, top=1) == 0
        assert grades.ndcg(np.zeros(3), -np.ones(3)) == 0


class TestLessons:
    def test_are_graded_together_only_where_all_are(self):
        bare = replace(HERE, grades=None)
        assert lessons.joined([HERE, bare]).grades is None
        assert (lessons.joined([HERE, HERE]).grades == np.tile(HERE.grades, 2)).all()
