"""Deadlines that count a market's working hours; the clocks' panel; how late the clock may act."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry
from jobs import clock, ticks
from review import calendars, deadlines, policies
from review.models import TaskState
from review.queries.health import health
from tests import factories as make

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


class TestOfAMarket:
    def test_is_monday_to_friday_nine_to_six_unless_said_otherwise(self):
        found = calendars.of(make.market("US", time_zone="America/New_York"))
        assert (found.days, found.opens, found.closes, found.holidays) == (
            frozenset(range(5)), time(9), time(18), frozenset()
        )  # fmt: skip

    def test_is_set_by_a_manager_of_it_and_by_nobody_else(self, policy, sofia, elena, now):
        said = {"days": [0, 1, 2], "opens": time(10), "closes": time(16), "now": now}
        with pytest.raises(NotAllowed):
            calendars.set_hours(policy.market, by=elena, **said)
        calendars.set_hours(policy.market, by=sofia, **said)
        assert calendars.of(policy.market).days == {0, 1, 2}
        assert AuditEntry.objects.filter(stream="market:US", kind="brand").count() == 1

    def test_knows_a_holiday_once_and_forgets_it_when_it_is_ended(self, policy, sofia, now):
        day = date(2026, 11, 26)
        made = calendars.add_holiday(policy.market, day=day, name="Thanksgiving", by=sofia, now=now)
        with pytest.raises(calendars.NotAWorkingDay):
            calendars.add_holiday(policy.market, day=day, name="Again", by=sofia, now=now)
        assert calendars.of(policy.market).holidays == {day}
        calendars.end_holiday(made, by=sofia, now=now)
        assert not calendars.of(policy.market).holidays


class TestDue:
    def test_counts_every_hour_where_the_policy_does_not_say(self, policy):
        assert policies.due(policy, now=FRIDAY) == FRIDAY + timedelta(hours=48)

    def test_counts_working_hours_where_it_does(self, sofia):
        rules = make.policy(make.brand(), make.market(), owner=sofia, has_business_hours=True, deadline_hours=9)
        assert policies.due(rules, now=FRIDAY) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

    def test_leaves_a_stopped_clock_the_working_time_that_was_left(self, sofia):
        rules = make.policy(make.brand(), make.market(), owner=sofia, has_business_hours=True, deadline_hours=9)
        due = policies.due(rules, now=FRIDAY)
        answer = make.recommendation(make.run(make.campaign()))
        task = make.task(answer, policy=rules, opened_at=FRIDAY, due_at=due)
        deadlines.pause(task, now=FRIDAY + timedelta(hours=1))  # eight hours are left
        deadlines.go_on(task, now=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
        assert task.due_at == datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


class TestTheClock:
    @pytest.mark.parametrize("second", [0, 1, 29, 59])  # however the due time lies to the clock's own slots
    def test_escalates_within_a_minute_of_the_due_time(self, card, now, monkeypatch, second):
        monkeypatch.setattr(ticks, "CHORES", {"deadlines": ticks.CHORES["deadlines"]})
        task = card(stakes="high")
        task.due_at += timedelta(seconds=second)
        task.save()
        moment, late = task.due_at - timedelta(seconds=7), None
        while late is None and moment < task.due_at + timedelta(minutes=2):
            ticks.run_due(moment)
            task.refresh_from_db()
            if task.state == TaskState.ESCALATED:
                late = task.escalated_at - (now + timedelta(hours=48, seconds=second))
            moment += timedelta(seconds=clock.BETWEEN)
        assert late is not None
        assert timedelta(0) <= late <= timedelta(seconds=60)


class TestHealth:
    def test_is_late_while_the_sweeper_is_silent(self, now):
        assert health(now).is_late

    def test_is_well_while_every_clock_ticks_and_nothing_is_over(self, now, card):
        card()
        ticks.run_due(now)
        found = health(now + timedelta(seconds=5))
        assert not found.is_late
        assert found.oldest_due is None

    def test_tells_how_long_the_oldest_card_is_over(self, now, card):
        task = card()
        assert health(task.due_at + timedelta(seconds=90)).oldest_due == 90
