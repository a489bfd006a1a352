"""Several low-stakes cards at once."""

from datetime import timedelta

import pytest

from audit.models import AuditEntry
from review import bulk, claims, decisions, overlays
from review.bulk import Alone, Picked
from review.models import Decision, ReviewTask
from review.workflow import Refused
from screening.models import MarketGate
from tests import factories as make

pytestmark = pytest.mark.django_db


def picked(*tasks):
    return [Picked(one.pk, one.version) for one in tasks]


@pytest.fixture
def together(elena, now):
    def done(*tasks, choice="approve", by=elena):
        return bulk.decide(picked(*tasks), choice=choice, by=by, now=now, key="bulk-1")

    return done


class TestDecide:
    def test_makes_a_decision_and_an_entry_of_each_card(self, card, together):
        tasks = [card() for _ in range(3)]
        report = together(*tasks)
        assert [one.task_id for one in report.made] == [one.pk for one in tasks]
        assert AuditEntry.objects.filter(kind="decision").count() == 3
        assert len({one.audit_id for one in report.made}) == 3

    def test_lets_each_be_taken_back(self, card, together, elena, now):
        first, second = card(), card()
        together(first, second)
        first.refresh_from_db()
        decisions.undo(first, by=elena, now=now + timedelta(seconds=30), version=first.version, key="undo-1")
        states = set(ReviewTask.objects.values_list("pk", "state"))
        assert states == {(first.pk, "open"), (second.pk, "approved")}

    def test_takes_25_and_no_more(self, card, together):
        tasks = [card() for _ in range(26)]
        with pytest.raises(bulk.TooMany):
            together(*tasks)
        assert not Decision.objects.exists()
        assert len(together(*tasks[:25]).made) == 25

    def test_knows_approve_and_reject_only(self, card, together):
        with pytest.raises(Refused):
            together(card(), choice="hold")

    def test_sent_twice_decides_once(self, card, together):
        tasks = [card(), card()]
        together(*tasks)
        report = together(*tasks)
        assert (len(report.made), {why for _task, why in report.alone}) == (0, {Alone.GONE})
        assert Decision.objects.count() == 2

    def test_leaves_what_moved_meanwhile_and_says_so(self, card, elena, now):
        moved, fine = card(), card()
        sent = [Picked(moved.pk, moved.version + 1), *picked(fine)]
        report = bulk.decide(sent, choice="approve", by=elena, now=now, key="k")
        assert [one.task_id for one in report.made] == [fine.pk]
        assert "changed while it was open" in report.refused[0][1]

    def test_does_not_reach_other_markets(self, card, together):
        stranger = make.user("strategist", brand="acme", market="RU")
        report = together(card(), by=stranger)
        assert not report.made
        assert not report.alone


class TestMixed:
    @pytest.mark.parametrize(("fields", "why"), [
        ({"stakes": "medium"}, Alone.STAKES),
        ({"stakes": "high"}, Alone.STAKES),
        ({"is_guarded": True}, Alone.GUARDED),
        ({"verdict": "decline"}, Alone.OVERRIDE),
        ({"arm": "blind"}, Alone.SEALED),
        ({"arm": "blind", "verdict": "decline"}, Alone.SEALED),
        ({"state": "approved"}, Alone.GONE),
    ])  # fmt: skip
    def test_decides_nothing_and_names_who_is_decided_alone(self, card, together, fields, why):
        plain, other = card(), card(**fields)
        report = together(plain, other)
        assert [(one.pk, reason) for one, reason in report.alone] == [(other.pk, why)]
        assert report.left == [plain]
        assert not Decision.objects.exists()

    def test_names_what_somebody_else_holds(self, card, together, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        assert together(task).alone == [(task, Alone.HELD)]

    def test_names_a_deal_one_has_an_interest_in(self, card, together, elena, now):
        task = card()
        overlays.save(task, by=elena, now=now, has_interest=True)
        assert together(task).alone[0][1] == Alone.INTEREST

    def test_names_what_an_open_gate_keeps_from_approval_and_lets_it_be_rejected(self, card, together):
        task = card(verdict="unsure")
        MarketGate.objects.create(
            market=make.market(), code="labels", name_en="Ad label", name_ru="Метка", rule="list",
            valid_from_date="2026-01-01", checked_on_date="2026-01-01", evidence="a law",
        )  # fmt: skip
        assert together(task).alone == [(task, Alone.GATE)]
        assert together(task, choice="reject").made

    def test_asks_the_database_no_more_for_more_cards(self, card, elena, now, django_assert_max_num_queries):
        tasks = [card(stakes="medium") for _ in range(20)]
        with django_assert_max_num_queries(8):
            bulk.decide(picked(*tasks), choice="approve", by=elena, now=now, key="k")
