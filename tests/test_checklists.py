"""The lists of docs/: every row has its tests, and they are there, or it says why not."""

import re

import pytest

from tests import rules

LISTS = {
    "docs/security.md": ("S", 28),
    "docs/faults.md": ("F", 17),
    "docs/bad-input.md": ("B", 82),
    "docs/parsers.md": ("P", 19),
}
WHY_NOT = re.compile(r"(?:not applicable, because|later:|open:) \w")
ROWS = [(page, found) for page in LISTS for found in rules.LINE.finditer((rules.ROOT / page).read_text())]


@pytest.mark.parametrize("page", LISTS)
def test_has_every_row_of_its_list(page):
    letter, n = LISTS[page]
    assert [found["id"] for where, found in ROWS if where == page] == [f"{letter}-{k}" for k in range(1, n + 1)]


@pytest.mark.parametrize(("page", "row"), ROWS, ids=lambda one: one if isinstance(one, str) else one["id"])
def test_a_row_names_tests_that_exist_or_says_why_there_is_none(page, row):
    named = re.findall(r"`([^`]+)`", row["tests"])
    assert named or WHY_NOT.match(row["tests"]), f"{row['id']} has no test"
    assert [test for test in named if not rules.is_there(test)] == []
