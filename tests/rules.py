"""The rules of docs/rules.md with the tests that hold them, and a plugin that fails a run which skips one of those."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LINE = re.compile(r"^\| (?P<id>[A-Z]+-\d+) \| (?P<rule>.+?) \| (?P<tests>.+?) \|$", re.M)


class Rule(NamedTuple):
    """A rule with its id and the node ids of its tests."""

    id: str
    words: str
    tests: tuple[str, ...]


@cache
def listed() -> tuple[Rule, ...]:
    """Return the rules of docs/rules.md, in order."""
    found = LINE.finditer((ROOT / "docs/rules.md").read_text())
    return tuple(Rule(one["id"], one["rule"], tuple(re.findall(r"`([^`]+)`", one["tests"]))) for one in found)


@cache
def tests_in(path: str) -> frozenset[str]:
    """Return the tests of a file as `Class::test` or `test`; none where there is no such file."""
    if not (ROOT / path).is_file():
        return frozenset()
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        within = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {prefix + one.name for one in within if isinstance(one, ast.FunctionDef)}
        found |= {prefix + one.attr for one in _machines(within)}
    return frozenset(found)


def _machines(nodes):
    # TestCase of a hypothesis state machine: `TestWorkflow = Machine.TestCase`
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and node.value.attr == "TestCase":
            yield ast.Attribute(value=node.value.value, attr=node.targets[0].id)


def is_there(test: str) -> bool:
    """Tell whether a test that the page names exists."""
    path, _, name = test.partition("::")
    return name in tests_in(path)


class Skips:
    """Collects tests of rules that a run skips; a skipped test holds nothing."""

    def __init__(self) -> None:
        self.held = {test for rule in listed() for test in rule.tests}
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report) -> None:
        """See a report; a parametrized test counts as its function."""
        if report.skipped and report.nodeid.split("[")[0] in self.held:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session) -> None:
        """Fail the run where a rule was not tested."""
        if self.skipped:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter) -> None:
        """Name what was skipped."""
        for test in self.skipped:
            terminalreporter.write_line(f"docs/rules.md: {test} holds a rule and was skipped", red=True)
