"""Taking a card."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import claims, overlays, workflow
from review.models import Notice, ReviewTask, TaskState
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


class TestOpenCard:
    def test_takes_the_card_and_lets_go_of_what_was_only_opened(self, card, elena, now):
        looked, typed, task = (card() for _n in range(3))
        for one in (looked, typed):
            claims.claim(one, by=elena, now=now - MINUTE)
        claims.renew(typed, by=elena, now=now)
        claims.open_card(task, by=elena, now=now)
        held = ReviewTask.objects.filter(claimed_by=elena).values_list("pk", "claimed_at", "claimed_until")
        assert set(held) == {(typed.pk, now - MINUTE, now + 15 * MINUTE), (task.pk, now, now + 15 * MINUTE)}
        looked.refresh_from_db()
        assert (looked.claimed_at, looked.claimed_until, looked.first_opened_at) == (None, None, now - MINUTE)

    def test_keeps_on_the_row_what_it_wrote(self, card, elena, now):
        task = card()
        claims.open_card(task, by=elena, now=now)
        told = (task.claimed_by, task.claimed_at, task.claimed_until, task.first_opened_at, task.version)
        task.refresh_from_db()
        assert told == (task.claimed_by, task.claimed_at, task.claimed_until, task.first_opened_at, task.version)

    def test_records_each_card_in_its_own_stream(self, card, elena, now):
        looked, task = card(brand="other"), card()
        claims.claim(looked, by=make.user("strategist", name="Elsewhere"), now=now - 20 * MINUTE)
        ReviewTask.objects.filter(pk=looked.pk).update(
            claimed_by=elena, claimed_at=now, claimed_until=now + 15 * MINUTE
        )
        claims.open_card(task, by=elena, now=now)
        told = [(one.stream, json.loads(one.body)["what"], one.brand, one.actor) for one in _newest(2)]
        assert sorted(told) == sorted([
            (f"task:{task.pk}", "claim", task.brand, f"user:{elena.pk}"),
            (f"task:{looked.pk}", "release", "other", f"user:{elena.pk}"),
        ])  # fmt: skip

    def test_lets_nothing_go_when_somebody_was_faster(self, card, elena, daniel, now):
        looked, task = claims.claim(card(), by=elena, now=now), card()
        claims.claim(ReviewTask.objects.get(pk=task.pk), by=daniel, now=now)
        with pytest.raises(workflow.Refused, match="Daniel Okafor is deciding"):
            claims.open_card(task, by=elena, now=now)
        looked.refresh_from_db()
        assert (looked.claimed_by, said(looked)) == (elena, ["claim", "claim"])

    def test_lets_go_of_nobody_elses_card(self, card, elena, daniel, now):
        other = claims.claim(card(), by=daniel, now=now)
        claims.open_card(card(), by=elena, now=now)
        other.refresh_from_db()
        assert other.claimed_by == daniel


def _newest(n):
    return AuditEntry.objects.filter(kind="claim").order_by("-uid")[:n]


class TestRelease:
    def test_frees_the_card(self, card, elena, daniel, now):
        task = claims.release(claims.claim(card(), by=elena, now=now), by=elena, now=now + MINUTE)
        assert claims.claim(task, by=daniel, now=now + MINUTE).claimed_by == daniel

    def test_refuses_who_does_not_hold_it(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        with pytest.raises(workflow.Refused, match="You do not hold"):
            claims.release(task, by=daniel, now=now)

    def test_is_refused_to_whoever_may_not_decide_any_more(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        elena.memberships.all().delete()
        with pytest.raises(NotAllowed):
            claims.release(task, by=elena, now=now)
        task.refresh_from_db()
        assert task.claimed_by == elena


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


class TestNoticeOfTakeOver:
    def test_goes_to_the_one_it_was_taken_from(self, card, elena, sofia, now):
        task = claims.take_over(claims.claim(card(), by=elena, now=now), by=sofia, now=now)
        told = Notice.objects.get(about="taken")
        assert (told.user, told.by, told.task) == (elena, sofia, task)


class TestAskRelease:
    def test_tells_the_holder_once_a_claim(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        for _again in range(2):
            assert claims.ask_release(task, by=daniel, now=now + MINUTE) == elena
        assert [(one.user, one.about) for one in Notice.objects.all()] == [(elena, "release")]
        assert said(task) == ["claim", "ask_release"]
        task.refresh_from_db()
        assert (task.claimed_by, claims.asked_by(task)) == (elena, daniel)

    def test_counts_for_this_claim_only(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        claims.ask_release(task, by=daniel, now=now + MINUTE)
        claims.release(task, by=elena, now=now + 2 * MINUTE)
        task = claims.claim(task, by=elena, now=now + 3 * MINUTE)
        Notice.objects.update(at=now + MINUTE)
        assert claims.asked_by(task) is None

    def test_refuses_a_card_that_nobody_else_holds(self, card, elena, now):
        task = card()
        with pytest.raises(workflow.Refused, match="Nobody else holds"):
            claims.ask_release(task, by=elena, now=now)

    def test_is_not_for_those_who_only_read(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        with pytest.raises(NotAllowed):
            claims.ask_release(task, by=make.user("analyst"), now=now)


def test_the_next_card_is_one_that_the_person_may_decide(card, elena, now):
    asked, plain = card(route="expert", is_guarded=True, value=2.0), card(value=1.0)
    expert = make.user("expert", brand="acme", market="US")
    assert [claims.claim_next(by=by, now=now) for by in (elena, elena, expert)] == [plain, None, asked]


class TestFreeLapsed:
    def test_forgets_what_ended_an_hour_ago_and_nothing_younger(self, card, elena, daniel, now):
        old, young = claims.claim(card(), by=elena, now=now), claims.claim(card(), by=daniel, now=now + 30 * MINUTE)
        assert claims.free_lapsed(now + 80 * MINUTE) == 1
        old.refresh_from_db()
        young.refresh_from_db()
        assert (old.claimed_by, young.claimed_by) == (None, daniel)
        assert claims.free_lapsed(now + 80 * MINUTE) == 0


def test_the_next_card_is_found_without_walking_over_those_that_are_held(card, elena, daniel, now):
    held = [claims.claim(card(value=9.0), by=daniel, now=now) for _n in range(3)]
    free = card(value=1.0)
    statement, values = claims._walks(elena, now)
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{explain} SELECT {statement.replace('{lock}', '')}", values)
        plan = str(cursor.fetchall())
    assert connection.vendor != "sqlite" or "free_cards" in plan
    assert claims.claim_next(by=elena, now=now) == free
    assert held
