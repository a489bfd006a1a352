"""docs/rules.md: every rule has its tests, and they are there."""

import re
from types import SimpleNamespace

import pytest

from tests import rules


class TestPage:
    def test_lists_rules_of_both_sections_each_once(self):
        ids = [rule.id for rule in rules.listed()]
        assert len(ids) == len(set(ids))
        assert len(ids) >= 50
        assert {one.split("-")[0] for one in ids} >= {"R", "D", "Q", "B", "O", "A", "I", "T"}

    @pytest.mark.parametrize("rule", rules.listed(), ids=lambda rule: rule.id)
    def test_names_tests_that_exist(self, rule):
        assert rule.tests, f"{rule.id} has no test"
        assert [test for test in rule.tests if not rules.is_there(test)] == []

    def test_has_no_line_that_is_no_rule(self):
        lines = [line for line in (rules.ROOT / "docs/rules.md").read_text().splitlines() if line.startswith("| ")]
        plain = [line for line in lines if not rules.LINE.match(line)]
        assert [line for line in plain if not re.match(r"\| (id|---) ", line)] == []


class TestSkips:
    def test_a_skipped_test_of_a_rule_fails_the_run(self):
        seen, run = rules.Skips(), SimpleNamespace(exitstatus=0)
        held = rules.listed()[0].tests[0]
        for name in (f"{held}[RU]", "tests/test_other.py::test_it"):
            seen.pytest_runtest_logreport(SimpleNamespace(skipped=True, nodeid=name))
        seen.pytest_sessionfinish(run)
        assert seen.skipped == [f"{held}[RU]"]
        assert run.exitstatus == 1

    def test_a_run_that_skips_none_is_left_alone(self):
        seen, run = rules.Skips(), SimpleNamespace(exitstatus=0)
        seen.pytest_runtest_logreport(SimpleNamespace(skipped=False, nodeid=rules.listed()[0].tests[0]))
        seen.pytest_sessionfinish(run)
        assert run.exitstatus == 0
