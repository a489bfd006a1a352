"""What is remembered: outcomes with corrections, events, relations."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from screening import memory
from screening.memory import Told
from screening.models import Outcome, Relation
from tests import factories as f

pytestmark = pytest.mark.django_db
TOLD = Told(kpi="orders", actual=120.0, target=100.0, as_of_date=date(2026, 11, 10), paid_minor=50_000)


def _record(now, told=TOLD, **fields):
    defaults = {"campaign": f.campaign(), "profile": f.profile(), "by": None} | fields
    return memory.record_outcome(defaults.pop("campaign"), defaults.pop("profile"), told, **defaults, now=now)


class TestRecordOutcome:
    @pytest.mark.parametrize(
        ("told", "is_success"),
        [
            (TOLD, True),
            (replace(TOLD, actual=100.0), True),
            (replace(TOLD, actual=99.9), False),
            (replace(TOLD, target=None, predicted=130.0), False),
            (replace(TOLD, predicted=130.0), True),
        ],
    )
    def test_computes_whether_the_goal_was_met(self, now, told, is_success):
        assert _record(now, told).is_success is is_success

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"target": None}, "target or the forecast"),
            ({"kpi": "love"}, "love"),
            ({"actual": -1.0}, "0 or more"),
            ({"target": 0.0}, "more than 0"),
            ({"as_of_date": date(2026, 11, 21)}, "future"),
            ({"predicted_low": 5.0, "predicted_high": 4.0}, "lower end"),
            ({"predicted_low": 5.0}, "or neither"),
        ],
    )
    def test_refuses_what_cannot_be(self, now, changed, says):
        with pytest.raises(memory.OutcomeRefused, match=says):
            _record(now, replace(TOLD, **changed))

    def test_refuses_the_same_day_twice(self, now):
        first = _record(now)
        with pytest.raises(memory.OutcomeRefused, match="Correct that one"):
            _record(now, campaign=first.campaign, profile=first.profile)

    def test_finds_what_the_ai_said(self, now):
        campaign = f.campaign()
        answer = f.recommendation(f.run(campaign))
        made = _record(now, campaign=campaign, profile=answer.profile)
        assert made.recommendation == answer
        assert answer.audit_id.hex in made.audit.body

    def test_writes_whole_numbers_only_to_the_log(self, now):
        assert '"actual_u6":120000000' in _record(now).audit.body
        assert '"actual_u6":"90000000000000000"' in _record(now, replace(TOLD, actual=9e10)).audit.body

    def test_is_for_those_who_record_outcomes(self, now):
        with pytest.raises(NotAllowed):
            _record(now, by=f.user("expert"))


class TestCorrectOutcome:
    FORECAST = {"predicted": 100.0, "predicted_low": 90.0, "predicted_high": 130.0}

    def test_adds_a_row_that_names_the_old_one(self, now):
        first = _record(now)
        second = memory.correct_outcome(first, replace(TOLD, actual=80.0), by=f.user("strategist"), now=now)
        first.refresh_from_db()
        assert (second.replaces, first.actual, second.is_success) == (first, 120.0, False)

    def corrected(self, first, now, **changes):
        made = memory.correct_outcome(first, replace(TOLD, **changes), by=f.user("strategist"), now=now)
        return {name: getattr(made, name) for name in self.FORECAST}

    def test_keeps_what_had_been_forecast(self, now):
        first = _record(now, replace(TOLD, **self.FORECAST))
        assert self.corrected(first, now, actual=95.0) == self.FORECAST

    def test_takes_a_forecast_that_is_told(self, now):
        first = _record(now, replace(TOLD, **self.FORECAST))
        assert self.corrected(first, now, predicted=110.0) == self.FORECAST | {"predicted": 110.0}

    def test_measures_against_the_forecast_kept_where_there_is_no_target(self, now):
        first = _record(now, replace(TOLD, target=None, **self.FORECAST))
        assert self.corrected(first, now, target=None) == self.FORECAST

    def test_takes_no_forecast_from_another_kpi(self, now):
        first = _record(now, replace(TOLD, **self.FORECAST))
        assert set(self.corrected(first, now, kpi="reach").values()) == {None}

    def test_refuses_a_second_correction_of_the_same_row(self, now):
        first, user = _record(now), f.user("strategist")
        memory.correct_outcome(first, replace(TOLD, actual=80.0), by=user, now=now)
        with pytest.raises(memory.OutcomeRefused, match="corrected before"):
            memory.correct_outcome(first, replace(TOLD, actual=70.0), by=user, now=now)
        assert Outcome.objects.count() == 2

    def test_leaves_the_old_row_as_it_was(self, now):
        first = _record(now)
        with pytest.raises(DatabaseError), transaction.atomic():
            Outcome.objects.filter(pk=first.pk).update(actual=1)


class TestRecordEvent:
    def test_keeps_the_name_out_of_the_body(self, now):
        made = memory.record_event(
            f.market(), name="New ad law", from_date=date(2026, 9, 1), by=f.user("expert"), now=now
        )
        assert "New ad law" not in made.audit.body

    def test_refuses_an_end_before_the_beginning(self, now):
        with pytest.raises(memory.EventRefused):
            memory.record_event(
                f.market(),
                name="x",
                from_date=date(2026, 9, 2),
                until_date=date(2026, 9, 1),
                by=f.user("expert"),
                now=now,
            )


class TestRelate:
    def test_keeps_the_same_relation_once(self, now):
        creator, person = f.profile().creator, f.user("strategist")
        for _ in range(2):
            memory.relate(creator, kind="worked", person=person, by=person, now=now)
        assert (Relation.objects.count(), AuditEntry.objects.filter(kind="relation").count()) == (1, 1)

    def test_is_with_exactly_one_other(self, now):
        creator, person = f.profile().creator, f.user()
        for sides in ({}, {"person": person, "other": f.profile().creator}, {"other": creator}):
            with pytest.raises(memory.RelationRefused):
                memory.relate(creator, kind="knows", **sides, by=person, now=now)

    def test_is_of_a_known_kind(self, now):
        with pytest.raises(memory.RelationRefused, match="adores"):
            memory.relate(f.profile().creator, kind="adores", person=f.user(), by=None, now=now)
