"""Working hours: added, counted, over nights, holidays and days on which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.judgement.hours import Calendar, add, between

NEW_YORK, MOSCOW = ZoneInfo("America/New_York"), ZoneInfo("Europe/Moscow")
US, RU = Calendar(NEW_YORK), Calendar(MOSCOW, holidays=frozenset({date(2026, 11, 4)}))
moments = st.integers(0, 60 * 24 * 700).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
lengths = st.integers(0, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes))
calendars = st.sampled_from([US, RU, Calendar(NEW_YORK, frozenset({6}), time(0), time(4))])


class TestAdd:
    @pytest.mark.parametrize(
        ("start", "hours", "expected"),
        [
            ((2026, 11, 20, 16), 3, (2026, 11, 23, 10)),  # Friday afternoon goes on on Monday
            ((2026, 11, 21, 12), 1, (2026, 11, 23, 10)),  # Saturday counts nothing
            ((2026, 11, 23, 6), 9, (2026, 11, 23, 18)),  # a whole day ends when work ends
        ],
    )
    def test_counts_working_time_only(self, start, hours, expected):
        begin = datetime(*start, tzinfo=NEW_YORK)
        assert add(begin, timedelta(hours=hours), US) == datetime(*expected, tzinfo=NEW_YORK)

    def test_passes_over_a_holiday(self):
        begin = datetime(2026, 11, 3, 17, tzinfo=MOSCOW)
        assert add(begin, timedelta(hours=2), RU) == datetime(2026, 11, 5, 10, tzinfo=MOSCOW)

    def test_of_local_hours_holds_when_the_clocks_change(self):
        begin = datetime(2026, 10, 30, 17, tzinfo=NEW_YORK)  # the clocks go back on Sunday, 1 November
        due = add(begin, timedelta(hours=2), US)
        assert due.astimezone(NEW_YORK) == datetime(2026, 11, 2, 10, tzinfo=NEW_YORK)

    def test_counts_real_time_where_the_change_lies_inside_the_hours(self):
        nights = Calendar(NEW_YORK, frozenset({6}), time(0), time(4))
        begin = datetime(2026, 11, 1, 0, tzinfo=NEW_YORK)
        assert add(begin, timedelta(hours=5), nights) == datetime(2026, 11, 1, 4, tzinfo=NEW_YORK)

    @given(moments, lengths, calendars)
    def test_is_undone_by_counting(self, start, length, calendar):
        assert between(start, add(start, length, calendar), calendar) == length

    @given(moments, lengths, lengths, calendars)
    def test_in_two_steps_ends_where_one_does(self, start, one, other, calendar):
        twice = add(add(start, one, calendar), other, calendar)
        assert between(start, twice, calendar) == one + other

    @given(moments, lengths.filter(bool), calendars)
    def test_ends_inside_working_hours(self, start, length, calendar):
        due = add(start, length, calendar)
        begin, end = calendar.span(due.astimezone(calendar.zone).date())
        assert begin < due <= end


class TestCalendar:
    @pytest.mark.parametrize("given", [{"days": frozenset()}, {"opens": time(18), "closes": time(9)}])
    def test_refuses_one_in_which_nobody_works(self, given):
        with pytest.raises(ValueError, match="opens before it closes"):
            Calendar(MOSCOW, **given)
