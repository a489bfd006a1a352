"""Taking a card."""

import json
from datetime import timedelta

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import claims, overlays, workflow
from review.models import TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def said(task):
    return [json.loads(one.body)["what"] for one in AuditEntry.objects.filter(kind="claim").order_by("uid")]


class TestClaim:
    def test_holds_the_card_for_15_minutes(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        assert (task.claimed_by, task.claimed_until, task.claimed_at) == (elena, now + 15 * MINUTE, now)

    def test_refuses_a_card_that_somebody_holds_and_says_how_long(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        with pytest.raises(workflow.Refused, match=r"Daniel Okafor is deciding this one\. It frees itself in 11 min"):
            claims.claim(task, by=elena, now=now + 4 * MINUTE)

    def test_takes_a_card_whose_lease_ran_out(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        assert claims.claim(task, by=elena, now=now + 15 * MINUTE).claimed_by == elena

    def test_renews_ones_own_without_a_second_entry(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        task = claims.claim(task, by=elena, now=now + 5 * MINUTE)
        assert (task.claimed_at, task.claimed_until, said(task)) == (now, now + 20 * MINUTE, ["claim"])

    def test_changes_no_version(self, card, elena, now):
        assert claims.claim(card(), by=elena, now=now).version == 1

    def test_keeps_the_first_opening(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        assert claims.claim(task, by=elena, now=now + 20 * MINUTE).first_opened_at == now

    @pytest.mark.parametrize("state", [TaskState.APPROVED, TaskState.HELD, TaskState.AWAITING])
    def test_refuses_what_waits_for_no_decision(self, card, elena, now, state):
        with pytest.raises(workflow.WrongState):
            claims.claim(card(state=state), by=elena, now=now)

    def test_leaves_escalated_cards_to_managers(self, card, elena, sofia, now):
        task = card(state=TaskState.ESCALATED)
        with pytest.raises(workflow.Refused, match="a manager decides"):
            claims.claim(task, by=elena, now=now)
        assert claims.claim(task, by=sofia, now=now).claimed_by == sofia

    def test_refuses_an_expert_of_another_market(self, card, now):
        with pytest.raises(NotAllowed):
            claims.claim(card(), by=make.user("expert", market="RU"), now=now)


class TestClaimNext:
    def test_takes_the_worthiest_free_card(self, card, elena, daniel, now):
        best, second, _third = (card(value=value) for value in (3.0, 2.0, 1.0))
        claims.claim(best, by=daniel, now=now)
        assert claims.claim_next(by=elena, now=now) == second

    def test_takes_an_expired_claim(self, card, elena, daniel, now):
        best = claims.claim(card(value=3.0), by=daniel, now=now)
        assert claims.claim_next(by=elena, now=now + 16 * MINUTE) == best

    def test_passes_over_other_brands_and_markets(self, card, now):
        card(market="RU")
        card(brand="other")
        assert claims.claim_next(by=make.user("strategist", brand="acme", market="US"), now=now) is None

    def test_passes_over_cards_one_has_an_interest_in(self, card, elena, now):
        task = card()
        overlays.save(task, by=elena, now=now, has_interest=True)
        assert claims.claim_next(by=elena, now=now) is None

    def test_passes_over_decided_cards(self, card, elena, now):
        card(state=TaskState.APPROVED)
        assert claims.claim_next(by=elena, now=now) is None

    def test_gives_nothing_to_who_may_not_decide(self, card, now):
        card()
        assert claims.claim_next(by=make.user("analyst"), now=now) is None


class TestRelease:
    def test_frees_the_card(self, card, elena, daniel, now):
        task = claims.release(claims.claim(card(), by=elena, now=now), by=elena, now=now + MINUTE)
        assert claims.claim(task, by=daniel, now=now + MINUTE).claimed_by == daniel

    def test_refuses_who_does_not_hold_it(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        with pytest.raises(workflow.Refused, match="You do not hold"):
            claims.release(task, by=daniel, now=now)


class TestRenew:
    def test_gives_another_15_minutes_and_writes_nothing(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        assert claims.renew(task, by=elena, now=now + 10 * MINUTE)
        task.refresh_from_db()
        assert (task.claimed_until, said(task)) == (now + 25 * MINUTE, ["claim"])

    def test_fails_once_the_lease_is_gone(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        assert not claims.renew(task, by=elena, now=now + 16 * MINUTE)


class TestTakeOver:
    def test_is_a_managers_and_names_both(self, card, elena, sofia, now):
        task = claims.claim(card(), by=elena, now=now)
        assert claims.take_over(task, by=sofia, now=now).claimed_by == sofia
        last = AuditEntry.objects.filter(kind="claim").latest("uid")
        assert json.loads(last.body)["before"] == f"user:{elena.pk}"
        assert last.actor == f"user:{sofia.pk}"

    def test_refuses_a_colleague(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        with pytest.raises(NotAllowed):
            claims.take_over(task, by=daniel, now=now)

    def test_stops_the_first_ones_decision(self, card, elena, sofia, decide, now):
        task = claims.claim(card(), by=elena, now=now)
        claims.take_over(task, by=sofia, now=now)
        with pytest.raises(workflow.Refused, match="Sofia Bennett is deciding"):
            decide(task, "approve", by=elena)


def test_the_next_card_is_one_that_the_person_may_decide(card, elena, now):
    asked, plain = card(route="expert", is_guarded=True, value=2.0), card(value=1.0)
    expert = make.user("expert", brand="acme", market="US")
    assert [claims.claim_next(by=by, now=now) for by in (elena, elena, expert)] == [plain, None, asked]
