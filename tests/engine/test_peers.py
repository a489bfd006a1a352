"""Flags against peers, with the figures that explain them."""

import numpy as np
import pytest

from screening.engine import codes, features, peers
from screening.engine.types import Norm
from tests.engine.profiles import pool


def crowd(count=60, *, likes=30.0, **more):
    """Profiles of one group whose engagement lies around 3 %."""
    reactions = 20_000 * likes / 1000 * np.exp(np.random.default_rng(5).normal(0, 0.2, count))
    group = {"platform": "tiktok", "market": "us", "followers": 20_000} | more
    return [group | {"likes_avg": float(found), "comments_avg": float(found) / 30} for found in reactions]


def flagged(rows, place, norms=()):
    frozen = pool(rows)
    counted = peers.tally(frozen.raw, frozen.codes, codes.POOL_NAMES)
    compared = peers.compare(counted, frozen.raw.words, norms)
    built = features.build(frozen.raw)
    cells = {name: int(frozen.codes[codes.POOL_NAMES.index(name), place]) for name, _ in peers.WATCHED}
    values = {name: float(built[name][place]) for name in built}
    group, one = peers.places(compared, frozen.raw)[place], frozen.raw.take(np.array([place]))
    return peers.flags(compared, int(group), cells, values, one), compared, frozen


def bits(frozen, compared):
    return peers.watch(compared, frozen.raw, frozen.codes, codes.POOL_NAMES)


class TestCompare:
    def test_flags_what_stands_far_above_its_peers(self):
        found, compared, frozen = flagged([*crowd(), *crowd(1, likes=300)], 60)
        flag = found[0]
        assert (flag.feature, flag.side, flag.platform, flag.tier) == ("engagement_rate", "high", "tiktok", "micro")
        assert flag.value == pytest.approx(0.3, rel=0.5)
        assert flag.median == pytest.approx(0.03, rel=0.1)
        assert flag.percentile > 0.98
        assert flag.group_size == 61
        assert flag.is_serious
        raised, suspicion = bits(frozen, compared)
        assert raised[60] & 1
        assert suspicion[60] >= 4

    def test_leaves_the_usual_alone(self):
        _, compared, frozen = flagged(crowd(), 0)
        raised, _ = bits(frozen, compared)
        assert (raised > 0).mean() < 0.05

    def test_says_nothing_among_fewer_than_ten(self):
        found, _, _ = flagged([*crowd(5), *crowd(1, likes=900)], 5)
        assert found == []

    def test_compares_a_small_group_with_all_sizes_of_its_platform(self):
        small = {"platform": "tiktok", "market": "us", "followers": 2_000_000, "likes_avg": 1e6, "comments_avg": 3e4}
        found, _, _ = flagged([*crowd(), small], 60)
        flag = next(flag for flag in found if flag.feature == "engagement_rate")
        assert (flag.tier, flag.group_size) == ("", 61)

    def test_keeps_other_markets_out(self):
        elsewhere = [{**row, "market": "ru"} for row in crowd(40, likes=300)]
        found, _, _ = flagged([*crowd(), *elsewhere], 60)
        assert found == []

    def test_ranks_by_the_share_of_peers_below(self):
        _, compared, frozen = flagged(crowd(100), 0)
        code = frozen.codes[codes.POOL_NAMES.index("engagement_rate")]
        own = compared.percentile[0, 0][code]
        expected = np.array([((code < value).sum() + (code == value).sum() / 2) / 100 for value in code])
        assert own == pytest.approx(expected, abs=1e-6)

    def test_counts_every_group_in_code_order(self):
        frozen = pool(
            [{"platform": "vk", "followers": 5e6}, {"platform": "tiktok"}, {"platform": "tiktok", "followers": 10}]
        )
        owners, group = peers.groups(frozen.raw)
        assert owners.tolist() == [[-1, 0, 0], [-1, 0, 5], [-1, 1, 4]]
        assert group.tolist() == [2, 1, 0]


class TestNorms:
    norm = Norm("n-7", "engagement_rate", market="us", platform="TikTok", low=0.1, high=0.9)

    def test_answers_a_flag_and_keeps_it_visible(self):
        found, compared, frozen = flagged([*crowd(), *crowd(1, likes=300)], 60, [self.norm])
        flag = next(flag for flag in found if flag.feature == "engagement_rate")
        assert flag.norm == "n-7"
        assert not flag.is_serious
        raised, _ = bits(frozen, compared)
        assert not raised[60] & 1

    def test_answers_for_its_own_side_alone(self):
        other = Norm("n-9", "engagement_rate", side="low")
        found, _, _ = flagged([*crowd(), *crowd(1, likes=300)], 60, [other])
        assert (found[0].side, found[0].norm) == ("high", "")

    def test_does_not_answer_for_another_market(self):
        other = Norm("n-8", "engagement_rate", market="ru")
        found, _, _ = flagged([*crowd(), *crowd(1, likes=300)], 60, [other])
        assert found[0].norm == ""

    def test_of_a_category_answers_for_its_own_rows_alone(self):
        loud = crowd(1, likes=300)[0]
        rows = [*crowd(), loud | {"categories": ["Family"]}, loud | {"categories": ["News"]}, loud]
        other = Norm("n-10", "engagement_rate", side="high", category="family")
        _, compared, frozen = flagged(rows, 60, [other])
        raised, suspicion = bits(frozen, compared)
        assert [int(raised[place] & 1) for place in (60, 61, 62)] == [0, 1, 1]
        assert suspicion[60] < suspicion[61] == suspicion[62]
        code = {name: int(frozen.codes[codes.POOL_NAMES.index(name), 60]) for name, _ in peers.WATCHED}
        values = {name: float(found[60]) for name, found in features.build(frozen.raw).items()}
        group, table = peers.places(compared, frozen.raw), frozen.raw
        told = [
            peers.flags(compared, int(group[row]), code, values, table.take(np.array([row])))[0] for row in (60, 61)
        ]
        assert {flag.norm for flag in told} == {"n-10", ""}


class TestDistances:
    def test_make_up_what_the_watch_says_of_every_row(self):
        rows = [
            *crowd(60, categories=["fashion"]),
            *crowd(30, platform="vk"),
            *crowd(3, likes=300, categories=["fashion"]),
        ]
        norms = (
            Norm(key="1", feature="engagement_rate", side="high", market="us", category="fashion"),
            Norm(key="2", feature="comment_per_like", platform="vk"),
        )
        for known in ((), norms):
            _, compared, frozen = flagged(rows, 0, known)
            _, suspicion = bits(frozen, compared)
            z = peers.distances(compared, frozen.raw, frozen.codes, codes.POOL_NAMES)
            assert z.sum(axis=0) == pytest.approx(suspicion, abs=1e-5)
        assert (z[0, -3:] == 0).all()
        some = np.array([92, 3])
        part = peers.distances(compared, frozen.raw.take(some), frozen.codes[:, some], codes.POOL_NAMES)
        assert (part == z[:, some]).all()
