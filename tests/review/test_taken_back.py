"""What the AI or the clock decided is taken back by a manager, within the hours that the rules say."""

from datetime import timedelta

import pytest
from django.db import transaction

from review import deadlines, decisions, workflow
from review.models import Origin

pytestmark = pytest.mark.django_db


class TestUndoOfTheAis:
    @pytest.fixture
    def alone(self, card, sofia, now):
        """Makes a card that the AI decided by itself; `alone(Origin.FAST)`."""

        def made(origin=Origin.AUTO):
            route = "auto" if origin == Origin.AUTO else "fast"
            task = card(route=route, lane="spot" if origin == Origin.AUTO else "fast", state="approved", closed_at=now,
                        due_at=None, reasons=[["over_line", {"confidence": 86, "line": 70}]])  # fmt: skip
            with transaction.atomic():
                decisions.write(
                    task, "approve", origin=origin, by=None, owner=sofia, now=now, key=f"{origin}:{task.pk}"
                )
            return task

        return made

    @pytest.mark.parametrize("origin", [Origin.AUTO, Origin.FAST])
    def test_is_a_managers_and_the_card_is_a_persons_from_then_on(self, alone, marcus, now, origin):
        task = alone(origin)
        first = task.decisions.get()
        back = decisions.undo(task, by=marcus, now=now + timedelta(hours=47), version=1, key="undo")
        task.refresh_from_db()
        assert (back.supersedes, back.decided_by, back.owner, back.audit.kind) == (first, marcus, marcus, "undo")
        assert (task.state, task.route, task.on_expiry) == ("open", "review", "escalates")
        assert task.lane not in {"spot", "fast"}
        assert task.reasons == [["taken_back", {}], ["over_line", {"confidence": 86, "line": 70}]]
        assert task.due_at == now + timedelta(hours=47 + 48)

    def test_is_not_a_strategists(self, alone, elena, now):
        with pytest.raises(workflow.Refused, match="Only the one who decided"):
            decisions.undo(alone(), by=elena, now=now + timedelta(hours=1), version=1, key="undo")

    def test_ends_with_the_hours_that_the_rules_say(self, alone, marcus, now):
        task = alone()
        with pytest.raises(workflow.Refused, match="it was 48 h"):
            decisions.undo(task, by=marcus, now=now + timedelta(hours=48, seconds=1), version=1, key="undo")

    def test_is_never_done_again_by_the_clock(self, alone, marcus, now):
        task = alone()
        decisions.undo(task, by=marcus, now=now + timedelta(hours=1), version=1, key="undo")
        deadlines.sweep(now=now + timedelta(hours=60))
        task.refresh_from_db()
        assert (task.state, list(task.decisions.values_list("origin", flat=True))) == ("escalated", ["auto", "person"])
