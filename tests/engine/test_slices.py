"""Chances by part: counted right, blamed only for more than chance does."""

from dataclasses import replace

import numpy as np

from screening.engine import codes, slices
from screening.engine.features import PLATFORMS
from tests.engine.lessons import lessons, market

LESSONS = lessons(market(count=900), 800)


class TestGap:
    def test_is_the_mean_distance_by_band(self):
        p = np.array([0.2, 0.2, 0.2, 0.2, 0.8, 0.8])
        worked = np.array([1, 0, 0, 0, 1, 1], bool)  # .2 stated .25 happened; .8 stated, all happened
        assert abs(slices.gap(p, worked) - (4 * 0.05 + 2 * 0.2) / 6) < 1e-12


class TestSlices:
    def test_part_all_lessons_by_platform_and_by_completeness(self):
        found = slices.slices(LESSONS, np.full(800, 0.5))
        for kind in ("platform", "completeness"):
            own = [one for one in found if one.kind == kind]
            missing = (LESSONS.cells[LESSONS.features.index("platform")] == 0).sum() if kind == "platform" else 0
            assert sum(one.count for one in own) == 800 - missing
        youtube = next(one for one in found if one.name == "youtube")
        rows = LESSONS.cells[LESSONS.features.index("platform")] == 1 + PLATFORMS.index("youtube")
        assert (youtube.count, youtube.worked) == (rows.sum(), LESSONS.worked[rows].sum())

    def test_part_tiers_where_followers_say(self):
        row = LESSONS.features.index("followers")
        cells = LESSONS.cells.copy()
        sizes = np.array([5e3, 5e4, 3e5, 7e5, 3e6], np.float32)
        cells[row, :5] = codes.lookup("followers")[sizes.view(np.uint32) >> 16]
        cells[row, 5:] = 0
        found = slices.slices(replace(LESSONS, cells=cells), np.full(800, 0.5))
        assert [(one.name, one.count) for one in found if one.kind == "tier"] == [
            ("nano", 1), ("micro", 1), ("mid", 1), ("macro", 1), ("mega", 1),
        ]  # fmt: skip

    def test_blame_no_true_chances_and_find_a_wrong_part(self):
        dice = np.random.default_rng(1)
        p = dice.uniform(0.1, 0.9, 800)
        honest = replace(LESSONS, worked=dice.random(800) < p)
        found = slices.slices(honest, p)
        assert sum(one.gap > one.usual for one in found) <= 2
        rows = LESSONS.cells[LESSONS.features.index("platform")] == 1 + PLATFORMS.index("tiktok")
        wrong = next(one for one in slices.slices(honest, np.where(rows, 1 - p, p)) if one.name == "tiktok")
        assert wrong.gap > 2 * wrong.usual

    def test_are_the_same_in_any_order(self):
        p, order = np.random.default_rng(2).uniform(0.1, 0.9, 800), np.random.default_rng(3).permutation(800)
        one, two = slices.slices(LESSONS, p), slices.slices(LESSONS.some(order), p[order])
        assert [(a.kind, a.name, a.count, a.worked) for a in one] == [(b.kind, b.name, b.count, b.worked) for b in two]
