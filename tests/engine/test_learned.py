"""The learned card: exact, indifferent to order, honest about what it has not seen, better than its card."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import basis, bayes, codes, learned, screen, sheets, tables
from screening.engine.features import FEATURES, PLATFORMS
from screening.engine.lessons import chances
from screening.engine.tables import BrokenModel
from screening.engine.types import VERDICTS, Preferences, Verdict
from tests.engine.lessons import CRITERIA, EXPERT, WISHES, lessons, market, profile, truth
from tests.engine.profiles import pool

POOL = market()
LESSONS = lessons(POOL, 200)


@pytest.fixture(scope="module")
def found():
    """What two hundred outcomes teach."""
    return learned.learn(LESSONS, EXPERT)


def told(frozen, model, **options):
    return screen.screen(frozen, CRITERIA, WISHES, model, **options)


class TestTables:
    def test_explain_every_score_exactly(self, found):
        run = told(POOL, found.model)
        bar = 1e-5 * run.score.std()
        for row in range(0, len(POOL), 37):
            card = screen.assess(POOL, row, CRITERIA, WISHES, found.model, screening=run)
            assert abs(50 + sum(factor.points for factor in card.factors) - card.score) <= bar
            assert (card.score, card.p) == (run.score[row], run.p[row])

    def test_are_the_fit_tabulated(self, found):
        sheet, card = sheets.laid_out(LESSONS), sheets.on_expert(LESSONS, EXPERT).card
        fitted = bayes.fit(sheet.columns, sheet.basis.group, card, LESSONS.worked)
        said = (told(POOL, found.model).score - 50) / tables.POINTS + fitted.level
        rows = np.searchsorted(POOL.raw.creator_ids, LESSONS.creators)
        wanted = fitted.log_odds(sheet.columns, card)
        assert np.abs(said[rows] - wanted).max() <= 1e-5 * wanted.std()

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_give_the_same_whatever_the_order_of_rows(self, found, seed):
        order = np.random.default_rng(seed).permutation(len(POOL))
        mixed = replace(POOL, raw=POOL.raw.take(order), codes=np.ascontiguousarray(POOL.codes[:, order]))
        here, there = told(POOL, found.model), told(mixed, found.model)
        for name, values in here.columns().items():
            assert (values[order] == there.columns()[name]).all(), name

    @pytest.mark.parametrize("block", [1, 7, 1000])
    def test_give_the_same_whatever_the_size_of_chunks(self, found, monkeypatch, block):
        whole = told(POOL, found.model).columns()
        for module in ("tables", "pricing", "calibration"):
            monkeypatch.setattr(f"screening.engine.{module}.BLOCK", block)
        parts = told(POOL, found.model).columns()
        assert all((parts[name] == values).all() for name, values in whole.items())

    def test_refuse_any_changed_byte(self, found):
        text = tables.to_json(found.model)
        assert tables.to_json(tables.from_json(text, grid=codes.grid_key())) == text
        for place in range(0, len(text), 9973):
            changed = text[:place] + ("7" if text[place] != "7" else "8") + text[place + 1 :]
            with pytest.raises(BrokenModel):
                tables.from_json(changed, grid=codes.grid_key())

    def test_of_a_model_without_calibration_keep_their_bytes(self):
        assert '"schema":1,' in tables.to_json(EXPERT)
        assert "calibration" not in tables.to_json(EXPERT)


class TestUnknown:
    def test_platforms_that_nobody_had_count_as_the_mean_of_the_known(self, found):
        row = EXPERT.features.index("platform")
        codes_of = {name: 1 + PLATFORMS.index(name) for name in ("dzen", "instagram", "tiktok", "youtube")}
        shapes = basis.lay_out(EXPERT.features, LESSONS.settings[0].population)
        own = replace(LESSONS.settings[0], scales=np.ones(len(EXPERT.features)))
        cells = np.zeros((len(EXPERT.features), 4), np.uint8)
        cells[row] = list(codes_of.values())
        of_platform = shapes.owner == row
        columns = shapes.columns(cells, own)[:, of_platform]
        assert np.abs(columns[0]).max() < 1e-12  # nobody was on dzen
        assert np.abs(columns[1:]).max() > 0.1

    def test_words_of_no_platform_are_missing_data(self, found):
        rows = [profile(np.random.default_rng(5), place) for place in range(40)]
        rows[0]["platform"] = "orkut"
        frozen = pool(rows)
        run = told(frozen, found.model)
        card = screen.assess(frozen, 0, CRITERIA, WISHES, found.model, screening=run)
        assert "platform" in card.missing

    def test_creators_unlike_all_lessons_are_unsure_and_told_so(self, found):
        dice = np.random.default_rng(9)
        rows = [profile(dice, place) for place in range(300)]
        rows[0] = {"id": 1, "platform": "telegram", "market": "us", "followers": 9e8, "following": 9e8, "posts": 9e4,
                   "likes_avg": 2e4, "comments_avg": 20.0, "views_avg": 8e5, "created": 1.0}  # fmt: skip
        frozen, none = pool(rows), Preferences()
        run = screen.screen(frozen, CRITERIA, none, found.model)
        card = screen.assess(frozen, 0, CRITERIA, none, found.model, screening=run)
        assert VERDICTS[run.verdict[0]] == card.verdict == Verdict.UNSURE
        assert "unlike" in {item.code for item in card.knowledge}
        assert np.mean(run.verdict == VERDICTS.index(Verdict.UNSURE)) < 0.15


class TestLearn:
    @pytest.mark.parametrize(("count", "worked"), [(49, 25), (60, 9), (60, 51)])
    def test_refuses_too_few(self, count, worked):
        few = lessons(POOL, count)
        ends = np.arange(count) < worked
        with pytest.raises(learned.TooFew, match="50 are needed, 10 of each"):
            learned.learn(replace(few, worked=ends), EXPERT)

    def test_tells_good_from_bad_better_than_the_card(self, found):
        base, run = told(POOL, EXPERT), told(POOL, found.model)
        worked = np.random.default_rng(77).random(len(POOL)) < 1 / (1 + np.exp(-truth(POOL)))
        card, ours = (learned.log_loss(one.p, worked).mean() for one in (base, run))
        assert ours < card - 0.05

    def test_gives_chances_that_come_true(self):
        p = told(POOL, learned.learn(lessons(POOL, 500), EXPERT).model).p
        true = 1 / (1 + np.exp(-truth(POOL)))
        tenth = np.argsort(np.argsort(p)) * 10 // len(p)
        apart = [abs(p[tenth == k].mean() - true[tenth == k].mean()) for k in range(10)]
        assert np.mean(apart) < 0.06
        assert max(apart) < 0.13

    def test_is_compared_as_it_was_before_it_knew(self, found):
        theirs = chances(EXPERT, LESSONS)
        trial = learned.compare(theirs, found.held_out, LESSONS)
        assert trial.is_better
        assert trial.low < trial.gain < trial.high
        # Chances of the whole fit flatter themselves: they have seen the answers.
        flattered = learned.log_loss(chances(found.model, LESSONS), LESSONS.worked).mean()
        assert flattered < learned.log_loss(found.held_out, LESSONS.worked).mean() - 0.01

    def test_finds_nothing_where_there_is_nothing(self):
        noise = lessons(POOL, 200, rule=lambda frozen: np.zeros(len(frozen)))
        found = learned.learn(noise, EXPERT)
        even = learned.compare(np.full(200, 0.5), found.held_out, noise)
        assert abs(even.gain) < 0.03
        assert told(POOL, found.model).p.std() < 0.1

    def test_gives_the_same_for_the_same_lessons_in_any_order(self, found):
        order = np.random.default_rng(4).permutation(len(LESSONS))
        mixed = replace(
            LESSONS, cells=LESSONS.cells[:, order], exists=LESSONS.exists[:, order], worked=LESSONS.worked[order],
            creators=LESSONS.creators[order], setting=LESSONS.setting[order],
        )  # fmt: skip
        again = learned.learn(mixed, EXPERT)
        assert np.abs(again.held_out - found.held_out[order]).max() < 1e-6

    def test_never_parts_the_lessons_of_a_creator(self):
        creators = np.random.default_rng(0).integers(0, 60, 500)
        fold = learned.folds(creators)
        assert all(len(set(fold[creators == one])) == 1 for one in set(creators.tolist()))
        assert np.bincount(fold, minlength=10).min() > 20

    def test_counts_lessons_of_one_creator_once_in_the_interval(self):
        twice = replace(
            LESSONS, cells=np.tile(LESSONS.cells, 2), exists=np.tile(LESSONS.exists, 2),
            setting=np.tile(LESSONS.setting, 2), worked=np.tile(LESSONS.worked, 2),
            creators=np.tile(LESSONS.creators, 2),
        )  # fmt: skip
        dice = np.random.default_rng(2)
        theirs, ours = dice.uniform(0.2, 0.8, (2, len(LESSONS)))
        one = learned.compare(theirs, ours, LESSONS)
        two = learned.compare(np.tile(theirs, 2), np.tile(ours, 2), twice)
        assert two.error == pytest.approx(one.error)

    def test_learns_no_step_for_what_a_platform_cannot_have(self):
        shapes = basis.lay_out(EXPERT.features, LESSONS.settings[0].population)
        with_hole = {EXPERT.features[owner] for owner in shapes.owner[shapes.is_hole]}
        assert with_hole
        assert not [name for name in with_hole if FEATURES[name].platforms]
