"""The benchmark runner tells a bar that holds from one that does not."""

import json

import pytest

from benchmarks import bench


class TestReport:
    def test_prints_a_line_a_figure(self, capsys):
        bench.Report("demo").line(
            "speed", 30.0, "rows/CPU s", peer="old", peer_value=10.0, ratio=3.0, bar=">= 2x", holds=True
        )
        assert json.loads(capsys.readouterr().out) == {
            "bench": "demo", "measure": "speed", "value": 30.0, "unit": "rows/CPU s", "peer": "old", "peer_value": 10.0,
            "ratio": 3.0, "bar": ">= 2x", "holds": True,
        }  # fmt: skip

    def test_names_what_it_cannot_measure_without_failing(self, capsys):
        report = bench.Report("demo")
        report.unmeasured("speed of pairs", "there are none")
        assert json.loads(capsys.readouterr().out)["unmeasured"] == "there are none"
        assert not report.failed

    @pytest.mark.parametrize(("holds", "status"), [(True, 0), (False, 1), (None, 0)])
    def test_leaves_with_1_only_if_a_bar_does_not_hold(self, holds, status):
        report = bench.Report("demo")
        report.line("speed", 1.0, "x", bar=">= 2x", holds=holds)
        with pytest.raises(SystemExit) as left:
            report.end()
        assert left.value.code == status


class TestCpuRounds:
    def test_runs_everybody_in_every_round_after_a_warm_up(self):
        order = []
        seconds = bench.cpu_rounds({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
        assert "".join(order) == "ab" + "ab" + "ba"
        assert [len(times) for times in seconds.values()] == [2, 2]

    def test_takes_the_median_of_the_rounds_own_ratios(self):
        assert bench.median_ratio([1.0, 10.0, 100.0], [1.0, 5.0, 1000.0]) == 1.0
