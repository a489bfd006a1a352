"""How alike two profiles of a pool are."""

import numpy as np
import pytest

from screening import similar
from tests.engine.profiles import pool


@pytest.fixture(autouse=True)
def _each_pool_anew():
    """Pools of these tests share one key: what was measured of another is forgotten."""
    similar._known.clear()


def profiles(n):
    """Profiles of figures drawn by lot, on one platform."""
    dice = np.random.default_rng(5)
    names = ("followers", "following", "posts", "likes_avg", "comments_avg", "views_avg")
    return [
        {"platform": "instagram", **dict(zip(names, np.exp(dice.normal(7, 2, 6)).round().tolist(), strict=True))}
        for _ in range(n)
    ]


class TestDistances:
    def test_are_nothing_to_oneself_and_alike_both_ways(self):
        found = pool(profiles(50))
        assert similar.distances(found, 7, np.arange(50))[7] == 0
        assert similar.distances(found, 7, np.array([9]))[0] == similar.distances(found, 9, np.array([7]))[0]

    def test_of_a_tenth_of_the_pool_are_under_the_bar(self):
        found = pool(profiles(201))
        apart = similar.distances(found, 0, np.arange(1, 201))
        assert (apart <= similar.bar(found, 0)).sum() == 20

    def test_are_endless_where_too_little_is_known(self):
        found = pool([*profiles(30), {"platform": "instagram"}])
        assert similar.distances(found, 30, np.array([0]))[0] == np.inf


class TestRows:
    def test_finds_those_that_are_candidates(self):
        found = pool(profiles(5))
        ids = found.raw.profile_ids
        assert similar.rows_of(found, np.array([ids[3], 10**9, ids[0]])).tolist() == [3, -1, 0]
