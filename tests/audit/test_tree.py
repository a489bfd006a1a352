"""The tree is RFC 6962's: reference roots, a naive recursion, and another library agree with it."""

import random
from dataclasses import dataclass

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import tree
from audit.verify import Frontier, node_hash, sha

# The reference data and roots of Certificate Transparency's own tests.
DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
LEAVES = [sha(b"%d" % n) for n in range(1_400)]
SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 769, 1_400]


def naive(leaves):
    """The definition of RFC 6962 section 2.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(naive(leaves[:split]), naive(leaves[split:]))


@dataclass
class Stored(tree.Tree):
    """A tree whose tables are lists."""

    def _rows(self, level, low, high):
        width = tree.WIDTH**level
        return [naive(LEAVES[n * width : (n + 1) * width]) for n in range(low, high)]


class TestFrontier:
    def test_gives_the_reference_roots(self):
        edge = Frontier()
        for data, root in zip(DATA, ROOTS, strict=True):
            edge.push(sha(b"\0" + bytes.fromhex(data)))
            assert edge.root().hex() == root

    def test_of_nothing_is_the_hash_of_nothing(self):
        assert Frontier().root() == sha(b"")

    def test_agrees_with_another_library(self):
        theirs, ours = pymerkle.InmemoryTree(algorithm="sha256"), Frontier()
        for n in range(130):
            theirs.append_entry(b"entry %d" % n)
            ours.push(sha(b"\0entry %d" % n))
            assert theirs.get_root() == ours.root()

    @settings(deadline=None)
    @given(st.integers(1, 300), st.randoms(use_true_random=False))
    def test_is_the_same_from_whole_parts_of_any_width(self, size, dice: random.Random):
        edge = Frontier()
        while edge.size < size:
            widths = [1 << n for n in range(9) if not edge.size % (1 << n) and edge.size + (1 << n) <= size]
            width = dice.choice(widths)
            edge.push(naive(LEAVES[edge.size : edge.size + width]), width)
        assert edge.root() == naive(LEAVES[:size])


class TestEdge:
    def test_tells_each_run_that_became_whole(self):
        edge = tree.Edge()
        for leaf in LEAVES:
            edge.push(leaf)
        assert edge.made == [(1, n, naive(LEAVES[n * 256 : (n + 1) * 256])) for n in range(5)]
        assert edge.root() == naive(LEAVES)

    def test_goes_on_from_what_a_checkpoint_keeps(self):
        whole = tree.Edge()
        for leaf in LEAVES[:700]:
            whole.push(leaf)
        again = tree.Edge(whole.size, [*whole.peaks])
        for leaf in LEAVES[700:]:
            whole.push(leaf)
            again.push(leaf)
        assert again.root() == whole.root()


class TestTree:
    @pytest.mark.parametrize("size", SIZES)
    def test_puts_any_root_together_from_stored_runs(self, size):
        whole = Stored(1_400)
        assert whole.root(size) == naive(LEAVES[:size])

    def test_gives_the_widest_parts_between_two_leaves(self):
        parts = list(Stored(1_400).parts(5, 1_031))
        assert [width for width, _root in parts] == [1, 2, 8, 16, 32, 64, 128, 256, 512, 4, 2, 1]
        at = 5
        for width, root in parts:
            assert root == naive(LEAVES[at : at + width])
            at += width
