"""The clock goes on, whatever happens to what it calls."""

import pytest

from jobs import clock, ticks
from jobs.models import Tick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(monkeypatch):
    """Leave the test its connection."""
    monkeypatch.setattr(clock.connection, "close", lambda: None)
    monkeypatch.setattr(ticks, "STEADY", {})


class TestLook:
    def test_does_what_is_due(self):
        clock.look()
        assert Tick.objects.filter(name="reaper").exists()

    def test_goes_on_when_the_database_is_away(self, monkeypatch, caplog):
        def away(now):
            raise OSError("no database")

        monkeypatch.setattr(ticks, "run_due", away)
        clock.look()
        assert "it goes on" in caplog.text


class TestGoOn:
    def test_looks_again_after_each_pause(self, monkeypatch):
        done = []

        def pause(seconds):
            done.append(seconds)
            if len(done) == 4:
                raise SystemExit

        monkeypatch.setattr(clock, "look", lambda: done.append("look"))
        monkeypatch.setattr(clock.time, "sleep", pause)
        with pytest.raises(SystemExit):
            clock.go_on()
        assert done == ["look", clock.BETWEEN] * 2


class TestKeepCalling:
    def test_rests_longer_after_a_failure_and_goes_on(self, monkeypatch, caplog):
        calls, rests = iter([None, OSError("away"), None]), []

        def steady():
            if odd := next(calls):
                raise odd

        def pause(seconds):
            rests.append(seconds)
            if len(rests) == 3:
                raise SystemExit

        monkeypatch.setattr(clock.time, "sleep", pause)
        with pytest.raises(SystemExit):
            clock.keep_calling("steady", steady, 0.5)
        assert rests == [0.5, clock.RECOVERY, 0.5]
        assert "steady failed" in caplog.text
