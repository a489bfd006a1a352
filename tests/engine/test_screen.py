"""The whole engine: exact sums, the same answer in any order and any chunk, one row a creator."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import card, codes, features, peers, pricing, screen, tables, texts
from screening.engine.reference import OtherGrid
from screening.engine.types import (
    BANDS,
    VERDICTS,
    Criteria,
    DecisionLine,
    KnowledgeKind,
    Norm,
    Preferences,
    Wish,
    WishKind,
)
from tests.engine.profiles import TODAY, pool

MODEL = card.compile_card()
CRITERIA = Criteria(followers_min=1000)
WISHES = Preferences(
    (
        Wish(WishKind.TOPICS, 0.3, ("skin care", "сухая кожа")),
        Wish(WishKind.SIZE, 0.2, low=10_000, high=100_000),
        Wish(WishKind.TONE, 0.3, ("sincere",)),
    )
)


def profile(dice, place):
    """A generated profile with holes."""
    size = float(np.exp(dice.normal(10, 1.5)))
    row = {
        "id": 100 + place, "creator": 100 + place - place % 2, "followers": size,
        "platform": str(dice.choice(["instagram", "tiktok", "twitch", "youtube"])),
        "market": str(dice.choice(["us", "ru"])),
        "following": size * dice.random(), "posts": float(dice.integers(1, 5000)),
        "likes_avg": size * 0.1 * dice.random(),
        "comments_avg": size * 0.01 * dice.random(), "views_avg": size * dice.random(), "fee": size * dice.random(),
        "created": float(TODAY - dice.integers(10, 5000)), "verified": int(dice.integers(0, 2)), "language": "ru",
        "bio": str(dice.choice(["Skin care daily", "Уход за сухой кожей\nпишите: a@b.ru", "football", ""])),
        "categories": [str(dice.choice(["beauty", "sport"]))], "audience_country": "Russia",
    }  # fmt: skip
    return {key: value for key, value in row.items() if key in {"id", "creator", "platform"} or dice.random() < 0.8}


def profiles(count, seed=0):
    dice = np.random.default_rng(seed)
    return [profile(dice, place) for place in range(count)]


def by_id(run):
    """Columns of a run in the order of profile ids, as bytes."""
    order = np.argsort(run.profile_ids)
    return {name: values[order].tobytes() for name, values in run.columns().items()}


class TestScreen:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 10_000), st.integers(1, 40))
    def test_explains_every_score_exactly(self, seed, count):
        frozen = pool(profiles(count, seed))
        run = screen.screen(frozen, CRITERIA, WISHES, MODEL)
        for row in range(count):
            found = screen.assess(frozen, row, CRITERIA, WISHES, MODEL, screening=run)
            assert 50 + sum(factor.points for factor in found.factors) == pytest.approx(found.score, abs=1e-3)
            holes = sum(factor.points for factor in found.factors if factor.value is None)
            assert holes == pytest.approx(found.missing_points, abs=1e-3)

    def test_gives_the_market_s_average_fifty(self):
        run = screen.screen(frozen := pool(profiles(200)), CRITERIA, WISHES, MODEL)
        market = frozen.raw.code("market")
        for code in np.unique(market):
            assert run.score[market == code].mean() == pytest.approx(50, abs=1e-3)

    @settings(max_examples=20, deadline=None)
    @given(st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_rows(self, random):
        rows = profiles(60)
        first = by_id(screen.screen(pool(rows), CRITERIA, WISHES, MODEL, seed=5))
        random.shuffle(rows)
        assert by_id(screen.screen(pool(rows), CRITERIA, WISHES, MODEL, seed=5)) == first

    @pytest.mark.parametrize("size", [1, 7, 64])
    def test_does_not_depend_on_chunks(self, size, monkeypatch):
        frozen = pool(profiles(150))
        whole = by_id(screen.screen(frozen, CRITERIA, WISHES, MODEL))
        for module in (tables, peers, pricing, codes):
            monkeypatch.setattr(module, "BLOCK", size)
        monkeypatch.setattr(texts, "CHUNK_BYTES", size * 10)
        assert by_id(screen.screen(frozen, CRITERIA, WISHES, MODEL)) == whole

    def test_draws_by_seed_and_ranks_without_it(self):
        frozen = pool(profiles(50))
        one, other = (screen.screen(frozen, CRITERIA, WISHES, MODEL, seed=seed) for seed in (1, 2))
        assert (one.rank == other.rank).all()
        assert (one.draw != other.draw).any()
        assert (one.draw >= 0).all()
        assert (one.draw < 1).all()

    def test_ranks_only_those_that_pass(self):
        frozen = pool(profiles(80))
        run = screen.screen(frozen, Criteria(platforms=("tiktok",)), WISHES, MODEL)
        ranked = run.rank > 0
        assert ranked.sum() == run.rank.max()
        assert (run.removed_by[ranked] == 0).all()
        assert (run.stands_in[run.removed_by > 0] == 0).all()
        assert run.funnel.passed == (run.removed_by == 0).sum()

    def test_falls_by_score_down_the_ranks(self):
        run = screen.screen(pool(profiles(80)), CRITERIA, WISHES, MODEL)
        order = np.argsort(run.rank[run.rank > 0])
        assert (np.diff(run.score[run.rank > 0][order]) <= 1e-6).all()

    def test_gives_a_creator_one_row_with_the_best_profile(self):
        rows = [
            {"id": 1, "creator": 9, "platform": "youtube", "followers": 5e4, "likes_avg": 50.0, "comments_avg": 1.0},
            {"id": 2, "creator": 9, "platform": "youtube", "followers": 5e4, "likes_avg": 5e3, "comments_avg": 50.0},
            {"id": 3, "creator": 8, "platform": "youtube", "followers": 5e4, "likes_avg": 500.0, "comments_avg": 5.0},
        ]
        frozen = pool(rows)
        run = screen.screen(frozen, Criteria(), Preferences(), MODEL)
        assert run.rank.tolist() == [0, 1, 2]
        assert run.stands_in.tolist() == [2, 2, 3]
        assert screen.assess(frozen, 1, Criteria(), Preferences(), MODEL, screening=run).other_profiles == (1,)

    def test_breaks_ties_by_profile_id(self):
        rows = [{"id": place, "creator": place, "followers": 5e4} for place in (30, 10, 20)]
        run = screen.screen(pool(rows), Criteria(), Preferences(), MODEL)
        assert run.rank.tolist() == [3, 1, 2]

    def test_weighs_a_wish_as_the_brief_says(self):
        rows = [{"bio": "skin care"}, {"bio": "football"}]
        spans = []
        for weight in (0.0, 0.2, 0.4):
            wish = Preferences((Wish(WishKind.TOPICS, weight, ("skin care",)),))
            score = screen.screen(pool(rows), Criteria(), wish, MODEL).score
            spans.append(float(score[0] - score[1]))
        assert spans[0] == pytest.approx(0, abs=1e-3)
        assert spans[2] == pytest.approx(2 * spans[1], rel=1e-4)
        assert spans[1] > 10

    def test_refuses_codes_of_another_grid(self):
        frozen = replace(pool(profiles(3)), grid="0-old")
        with pytest.raises(OtherGrid, match="Freeze it again"):
            screen.screen(frozen, CRITERIA, WISHES, MODEL)

    def test_screens_an_empty_market(self):
        run = screen.screen(pool([]), CRITERIA, WISHES, MODEL)
        assert run.funnel.total == 0
        assert len(run.columns()["score"]) == 0


class TestAssess:
    def test_derives_every_row_again_exactly(self):
        frozen = pool(profiles(60))
        line, norms = DecisionLine(0.52, 0.01), (Norm("n", "engagement_rate", market="us"),)
        run = screen.screen(frozen, CRITERIA, WISHES, MODEL, norms=norms, line=line)
        for row in range(60):
            found = screen.assess(frozen, row, CRITERIA, WISHES, MODEL, screening=run, line=line)
            assert found.score == run.score[row]
            assert found.p == run.p[row]
            assert found.verdict == VERDICTS[run.verdict[row]]
            assert found.band == BANDS[run.band[row]]
            assert found.missing_points == run.missing_points[row]
            assert len(found.missing) == run.missing_count[row]
            top = [run.features[code] for code in run.top[:, row] if code != tables.NOBODY]
            assert [factor.feature for factor in found.top][: len(top)] == top
            open_flags = {(flag.feature, flag.side) for flag in found.flags if not flag.norm}
            assert open_flags == {pair for bit, pair in enumerate(peers.WATCHED) if run.flag_bits[row] >> bit & 1}

    def test_says_that_nothing_was_learned_yet(self):
        frozen = pool(profiles(5))
        run = screen.screen(frozen, CRITERIA, WISHES, MODEL)
        found = screen.assess(frozen, 0, CRITERIA, WISHES, MODEL, screening=run)
        assert found.is_prior
        assert "prior" in {item.code for item in found.knowledge}
        assert found.model == MODEL.key

    def test_becomes_plain_data(self):
        frozen = pool(profiles(5))
        run = screen.screen(frozen, CRITERIA, WISHES, MODEL)
        plain = screen.assess(frozen, 0, CRITERIA, WISHES, MODEL, screening=run).to_dict()
        assert plain["verdict"] in {"recommend", "decline", "unsure"}
        assert all(math.isfinite(factor["points"]) for factor in plain["factors"])


class TestKnowledge:
    def knowledge(self, row, others=40):
        rows = [*profiles(others, 3), {"id": 900, "market": "us", "platform": "instagram", **row}]
        frozen = pool(rows)
        run = screen.screen(frozen, Criteria(), WISHES, MODEL)
        return screen.assess(frozen, others, Criteria(), WISHES, MODEL, screening=run)

    def test_prices_missing_cells_from_the_dearest_to_the_cheapest(self):
        found = self.knowledge({"followers": 20_000})
        prices = [item.points for item in found.knowledge if item.kind == KnowledgeKind.NO_DATA]
        assert len(prices) > 5
        assert prices == sorted(prices, reverse=True)

    def test_shows_a_wish_that_nothing_measures(self):
        found = self.knowledge({"followers": 20_000})
        wish = next(item for item in found.knowledge if item.code == "wish")
        assert (wish.feature, wish.points) == ("tone", pytest.approx(7.5))  # 30 % is one and a half usual wishes

    def test_asks_for_the_dearest_missing_cell(self):
        found = self.knowledge({"followers": 20_000})
        dearest = next(item for item in found.knowledge if item.kind == KnowledgeKind.NO_DATA)
        assert (found.question.code, found.question.feature) == (dearest.code, dearest.feature)

    def test_does_not_miss_what_a_platform_cannot_have(self):
        assert "live_rate" not in self.knowledge({"followers": 20_000}).missing

    def test_doubts_a_series_that_stands_still_or_cannot_be_of_its_date(self):
        days = [(day, {"followers": value}) for day, value in zip(range(0, 49, 7), (9, 9, 9, 30, 9, 9, 9), strict=True)]
        frozen = pool([{"followers": 10.0}, {"platform": "vk", "history": days}])
        run = screen.screen(frozen, Criteria(), Preferences(), MODEL)
        found = screen.assess(frozen, 1, Criteria(), Preferences(), MODEL, screening=run)
        doubts = {item.code: item.numbers for item in found.knowledge if item.kind == "uncertain"}
        assert doubts["still"]["share"] == pytest.approx(4 / 6)
        assert doubts["misdated"]["share"] == pytest.approx(1 / 7)

    def test_doubts_old_figures_and_short_histories(self):
        found = self.knowledge({"history": [(TODAY - 400, {"followers": 5000.0})]})
        doubts = {item.code: item.numbers for item in found.knowledge if item.kind == KnowledgeKind.UNCERTAIN}
        assert doubts["stale"] == {"days": 400.0}
        assert doubts["short_history"] == {"rows": 1}

    def test_widens_with_what_is_missing(self):
        bare, full = self.knowledge({}), self.knowledge(profiles(1, 9)[0] | {"platform": "instagram"})
        assert bare.missing_sd_points > full.missing_sd_points


class TestImports:
    def test_keeps_heavy_libraries_out_of_the_web_process(self):
        heavy = "{'pandas', 'sklearn', 'scipy', 'pyarrow', 'django'}"
        names = "screen, eligibility, codes, tables, types"
        code = f"import sys; from screening.engine import {names}; sys.exit(bool({heavy} & set(sys.modules)))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_lists_what_each_feature_is_made_of(self):
        assert all(feature.source and feature.unit for feature in features.FEATURES.values())
