"""The benchmarks can see what they are there to see."""

import sys

import pytest

from benchmarks import audit, discovery, export, queue, requests


class TestGrowth:
    def test_sees_memory_that_is_kept_even_over_few_chunks(self):
        kept = []

        def chunks():
            for _n in range(5):
                kept.append(bytearray(b"x") * 20_000_000)
                yield b""

        assert export._growth(chunks(), lambda: len(kept), base=1) > export.GROWTH

    def test_is_nothing_where_chunks_are_let_go(self):
        assert export._growth((bytes(1_000) for _n in range(100)), lambda: 1, base=0) < 5


class TestRows:
    @pytest.mark.parametrize("bench", [audit, discovery, export, queue, requests])
    def test_refuses_so_few_that_nothing_could_be_seen(self, bench, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["bench", "--rows", "1000"])
        with pytest.raises(SystemExit):
            bench.main()
        assert "are needed to see what is measured" in capsys.readouterr().err
