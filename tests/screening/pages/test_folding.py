"""Long stretches of a ranking on which nobody is asked: one line that a link opens and folds again."""

from dataclasses import replace

import pytest

from screening import charts
from screening.views import folding
from screening.views.rows import Row, Who

AI, PERSON = Who("ai", "the AI decides", ""), Who("human", "a person", "")


def row(rank, who=None, **more):
    said = {"verdict": "Partner", "confidence": 0.6, "p": 0.6, "flags": 0, "missing": 0, "fee": "", "place": ""}
    bars = charts.bars((), charts.Reach(0, 0))
    return Row(rank, f"Creator {rank}", "en", "", "US", "TikTok", "", 60.0, bars, (), who=who, **said, **more)


@pytest.fixture
def rows():
    """Ranks 1 to 9: one of a person, four of nobody and the AI, a person, two of nobody, a person."""
    whose = [PERSON, None, AI, AI, None, PERSON, None, None, PERSON]
    return [row(n, who) for n, who in enumerate(whose, 1)]


def folded(rows, opens=()):
    return folding.stretches(rows, opens=frozenset(opens), link=lambda asked: f"?open={asked}")


class TestStretches:
    def test_fold_three_rows_and_more_and_say_who_decides(self, rows):
        found = folded(rows)
        assert [(len(one.rows), one.is_open) for one in found] == [
            (1, True),
            (4, False),
            (1, True),
            (2, True),
            (1, True),
        ]
        assert found[1].text == "Ranks 2 to 5: decided by the AI: 2, not asked this time: 2."
        assert folding.hidden(found) == {2, 3, 4, 5}

    def test_lose_no_row_and_keep_their_order(self, rows):
        assert [one for part in folded(rows) for one in part.rows] == rows

    def test_open_by_their_address_and_fold_again(self, rows):
        closed, opened = folded(rows)[1], folded(rows, opens={2, 40})[1]
        assert closed.url == "?open=2#r2"
        assert (opened.is_open, opened.url) == (True, "?open=40#r2")

    def test_end_at_the_cut(self, rows):
        rows = [replace(one, who=None, is_after_cut=one.rank == 5) if one.rank > 1 else one for one in rows]
        assert [(one.first, len(one.rows)) for one in folded(rows)] == [(1, 1), (2, 3), (5, 5)]

    def test_stand_whole_where_nobody_is_asked(self, rows):
        assert [one.is_open for one in folded([replace(one, who=None) for one in rows])] == [True]
        assert folded([]) == []


@pytest.mark.parametrize(("text", "found"), [("2,38", {2, 38}), ("", set()), ("x,-1", set()), ("7,y", {7})])
def test_an_address_that_says_nonsense_opens_nothing(text, found):
    assert folding.opened(text) == found
