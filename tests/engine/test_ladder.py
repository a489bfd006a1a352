"""A market's card on what other markets taught: exact, blind to whom it is judged on, better than either alone."""

from dataclasses import replace

import numpy as np
import pytest

from screening.engine import bayes, card, codes, features, ladder, learned, lessons, screen, sheets, tables
from screening.engine.ladder import Others
from screening.engine.types import VERDICTS, Verdict
from tests.engine.lessons import CRITERIA, EXPERT, WISHES, market, truth
from tests.engine.lessons import lessons as drawn

ABROAD, HOME = market(seed=0), market(seed=7)
ELSEWHERE = drawn(ABROAD, 400, seed=3)


def own_way(frozen):
    """Log-odds (n,) by the rule of a market that is like the others, but wants busy creators and is harder."""
    posts = np.log10(features.build(frozen.raw)["posts"])
    return truth(frozen) + 0.6 * np.nan_to_num((posts - np.nanmean(posts)) / np.nanstd(posts)) - 0.5


def other_way(frozen):
    """The rule of a market in which everything is upside down."""
    return -truth(frozen)


def some(whole, rows):
    """Some of the lessons."""
    return replace(
        whole, cells=np.ascontiguousarray(whole.cells[:, rows]), exists=whole.exists[:, rows],
        setting=whole.setting[rows], worked=whole.worked[rows], creators=whole.creators[rows],
    )  # fmt: skip


HERE = some(drawn(HOME, 200, seed=5, rule=own_way), np.arange(24))


@pytest.fixture(scope="module")
def found():
    """What twenty-four outcomes teach beside four hundred elsewhere, none of a creator who is here."""
    strangers = replace(ELSEWHERE, creators=ELSEWHERE.creators + 10**6)
    return learned.learn(HERE, EXPERT, others=Others(strangers, EXPERT))


def loss(model, level, unseen):
    """Error of a model's raw chances on lessons that it has not seen."""
    said = sheets.opinion(unseen, model)[0] + level
    return float((np.logaddexp(0, said) - unseen.worked * said).mean())


def ways(count, rule):
    """Way -> error on everybody else at home: own results alone, all in one model, the others' alone, the ladder."""
    home, nobody = drawn(HOME, 1000, seed=5, rule=rule), np.zeros(0, np.int64)
    here, unseen = some(home, np.arange(count)), some(home, np.arange(count, 1000))
    both, others = lessons.joined([here, ELSEWHERE]), Others(ELSEWHERE, EXPERT)
    above = others.ground(here, nobody)
    tried = {"own": (here, sheets.on_expert(here, EXPERT)), "pooled": (both, sheets.on_expert(both, EXPERT)),
             "ladder": (here, above)}  # fmt: skip
    found = {"others": loss(above.model, above.belief.level, unseen)}
    for way, (taught, ground) in tried.items():
        sheet = sheets.laid_out(taught)
        fitted = bayes.fit(sheet.columns, sheet.basis.group, ground.card, taught.worked, ground.belief)
        found[way] = loss(sheets.tabulated(fitted, sheet.basis, ground), fitted.level, unseen)
    return found


class TestLadder:
    def test_adds_up_to_one_table_a_feature(self, found):
        run = screen.screen(HOME, CRITERIA, WISHES, found.model)
        bar = 1e-5 * run.score.std()
        for row in range(0, len(HOME), 97):
            card_of = screen.assess(HOME, row, CRITERIA, WISHES, found.model, screening=run)
            assert abs(50 + sum(factor.points for factor in card_of.factors) - card_of.score) <= bar
        text = tables.to_json(found.model)
        assert tables.to_json(tables.from_json(text, grid=codes.grid_key())) == text
        assert (found.model.kind, found.model.version) == ("learned", learned.LADDER_VERSION)

    def test_learns_nothing_on_the_lower_rung_from_whom_it_must_not_have_seen(self):
        # Everybody here was worked with elsewhere too: there one of them ended the other way.
        shared = replace(ELSEWHERE, creators=np.resize(HERE.creators, len(ELSEWHERE)))
        one = HERE.creators[:1]
        turned = replace(shared, worked=np.where(shared.creators == one, ~shared.worked, shared.worked))
        worlds = [Others(world, EXPERT) for world in (shared, turned)]
        for unseen, is_same in ((one, True), (HERE.creators[1:2], False)):
            first, other = (world.ground(HERE, unseen) for world in worlds)
            assert (first.card == other.card).all() == is_same
            assert (first.model.key == other.model.key) == (first.belief == other.belief) == is_same

    def test_judges_each_fold_by_rungs_that_had_not_seen_it(self, monkeypatch):
        asked, ground = [], Others.ground

        def noted(self, here, unseen):
            asked.append(set(unseen.tolist()))
            return ground(self, here, unseen)

        monkeypatch.setattr(Others, "ground", noted)
        learned.learn(HERE, EXPERT, others=Others(ELSEWHERE, EXPERT))
        fold = learned.folds(HERE.creators)
        of = [set(HERE.creators[fold == k].tolist()) for k in range(learned.FOLDS)]
        pairs = [of[one] | of[other] for one in range(learned.FOLDS) for other in range(one, learned.FOLDS)]
        assert asked == [*pairs, set()]

    def test_knows_creators_who_are_like_those_elsewhere(self, found):
        run = screen.screen(HOME, CRITERIA, WISHES, found.model)
        doubt = found.model.calibration
        assert (doubt.novelty[:, 1:] < 1).sum() > 2 * sum(len(np.unique(row)) for row in HERE.cells)
        assert np.mean(run.verdict == VERDICTS.index(Verdict.UNSURE)) < 0.5

    def test_needs_twenty_results_here_and_five_of_each_kind(self):
        others, twenty = Others(ELSEWHERE, EXPERT), some(HERE, np.arange(20))
        for few, good in ((some(HERE, np.arange(19)), 9), (twenty, 4), (twenty, 16)):
            ends = np.arange(len(few)) < good
            with pytest.raises(learned.TooFew, match="20 are needed, 5 of each"):
                learned.learn(replace(few, worked=ends), EXPERT, others=others)

    @pytest.mark.parametrize(
        ("count", "worked", "enough"), [(199, 100, False), (200, 9, False), (200, 191, False), (200, 10, True)]
    )
    def test_needs_two_hundred_results_elsewhere_and_ten_of_each_kind(self, count, worked, enough):
        assert ladder.is_enough(count, worked) == enough

    def test_learns_nothing_from_prices_in_another_currency(self):
        silent = ELSEWHERE.silent(card.PRICED)
        place = EXPERT.features.index(card.PRICED)
        assert silent.cells[place].max() == silent.settings[0].scales[place] == 0
        ground = Others(silent, EXPERT).ground(HERE, np.zeros(0, np.int64))
        assert np.allclose(ground.model.tables[place], EXPERT.tables[place] * ground.worth, rtol=1e-5)


@pytest.fixture(scope="module")
def compared():
    """(results at home, rule) -> way -> error."""
    rules = {"alike": truth, "own way": own_way, "upside down": other_way}
    found = {(n, name): ways(n, rule) for n in (20, 60, 200) for name, rule in rules.items()}
    for key, errors in found.items():
        print(key, {way: round(error, 3) for way, error in errors.items()})
    return found


class TestAccuracy:
    @pytest.mark.parametrize("count", [20, 60, 200])
    def test_is_better_than_own_results_alone_or_all_in_one_model(self, compared, count):
        errors = [compared[count, rule] for rule in ("alike", "own way")]
        mean = {way: np.mean([one[way] for one in errors]) for way in errors[0]}
        assert mean["ladder"] < mean["own"] - 0.005
        assert mean["ladder"] < mean["pooled"] + (0.05 if count == 20 else 0.01)

    def test_forgets_others_who_were_wrong(self, compared):
        wrong = compared[200, "upside down"]
        assert wrong["ladder"] < wrong["own"] + 0.025
        assert wrong["ladder"] < wrong["pooled"] - 0.1
        assert wrong["ladder"] < wrong["others"] - 0.3
