"""Blind-first: what a person thinks before the AI has spoken, and what opens with it."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditEntry, AuditPayload
from review import claims, deadlines, first_views, overlays, queue, seals, thread, workflow
from review.decisions import NeedsReason, TaskMoved
from review.models import Arm, Decision, FirstView, ReviewTask
from review.queue import Chosen
from review.routing import Facts, Routed, Shown
from screening import exposures
from tests import factories as make


@pytest.fixture
def sealed(card):
    return card(arm=Arm.BLIND, arm_share_u6=300_000, lane="")


@pytest.fixture
def commit(now):
    """Commits a first view; `commit(task, by=elena, p=0.3, says_yes=False)`."""

    def done(task, *, by, **said):
        task.refresh_from_db()
        given = {"says_yes": True, "p": 0.71, "because": "content", "sentence": "Her readers ask her.", **said}
        return first_views.commit(task, by=by, now=now, version=given.pop("version", task.version), **given)

    return done


class TestCommit:
    def test_keeps_the_view_and_opens_the_card_in_two_entries(self, sealed, elena, commit, now):
        made = commit(sealed, by=elena, active_seconds=41)
        sealed.refresh_from_db()
        assert (made.says_yes, made.p_u6, made.because, made.active_seconds) == (True, 710_000, "content", 41)
        assert (sealed.unsealed_at, sealed.lane) == (now, "cut")
        kinds = AuditEntry.objects.filter(stream=f"task:{sealed.pk}").order_by("uid").values_list("kind", flat=True)
        assert list(kinds) == ["first_view", "reveal"]
        assert json.loads(AuditPayload.objects.get(pk=made.audit_id).payload) == {"first_view": "Her readers ask her."}

    def test_keeps_how_firm_it_is_and_both_things_that_decide_it(self, sealed, elena, commit):
        made = commit(sealed, by=elena, is_firm=True, because_too="risk")
        body = json.loads(made.audit.body)
        assert (made.is_firm, made.because, made.because_too) == (True, "content", "risk")
        assert (body["is_firm"], body["because_too"]) == (True, "risk")

    def test_keeps_it_once_and_as_it_was(self, sealed, elena, commit):
        first = commit(sealed, by=elena)
        again = commit(sealed, by=elena, p=0.9)
        assert (again.pk, again.p_u6) == (first.pk, 710_000)
        with pytest.raises(DatabaseError), transaction.atomic():
            FirstView.objects.filter(pk=first.pk).update(p_u6=900_000)

    @pytest.mark.parametrize(
        ("said", "field"),
        [({"p": 0.3}, "p"), ({"p": 0.7, "says_yes": False}, "p"), ({"because": "mood"}, "because"),
         ({"because_too": "mood"}, "because"), ({"because_too": "content"}, "because"),
         ({"sentence": "  "}, "sentence"), ({"sentence": "x" * 1_001}, "sentence")],
    )  # fmt: skip
    def test_asks_for_what_a_view_lacks(self, sealed, elena, commit, said, field):
        with pytest.raises(NeedsReason) as lacking:
            commit(sealed, by=elena, **said)
        assert lacking.value.field == field
        assert not FirstView.objects.exists()

    def test_is_refused_where_the_verdict_is_open_already(self, card, sealed, elena, daniel, commit):
        with pytest.raises(workflow.Refused, match="open already"):
            commit(card(), by=elena)
        commit(sealed, by=elena)
        with pytest.raises(workflow.Refused, match="open already"):
            commit(sealed, by=daniel)

    def test_is_refused_on_a_card_that_moved(self, sealed, elena, commit):
        with pytest.raises(TaskMoved):
            commit(sealed, by=elena, version=sealed.version + 1)


class TestSealedDesk:
    def test_takes_no_decision_no_view_and_no_note_before(self, sealed, elena, decide, now):
        for attempt in (
            lambda: decide(sealed, "approve", by=elena),
            lambda: overlays.save(sealed, by=elena, now=now),
            lambda: thread.add_note(sealed, by=elena, now=now, text="She is nice."),
        ):
            with pytest.raises(workflow.Refused, match="sealed"):
                attempt()

    def test_can_be_claimed_released_and_handed_to_others(self, sealed, elena, now):
        claims.claim(sealed, by=elena, now=now)
        claims.release(sealed, by=elena, now=now)
        overlays.save(sealed, by=elena, now=now, has_interest=True)
        assert "first_view" not in workflow.allowed(sealed, by=elena, now=now)

    def test_ties_the_first_view_to_the_decision(self, sealed, elena, commit, decide):
        view = commit(sealed, by=elena)
        made = decide(sealed, "approve", by=elena)
        body = json.loads(made.audit.body)
        assert (made.first_view, made.arm) == (view, Arm.BLIND)
        assert (body["first_view"], body["arm_drawn"], body["arm_share_u6"]) == (view.audit_id.hex, "blind", 300_000)
        assert body["seen_before"] is False

    def test_records_who_decides_after_anothers_view_as_ai_first(self, sealed, elena, daniel, commit, decide):
        commit(sealed, by=elena)
        made = decide(sealed, "approve", by=daniel)
        assert (made.first_view, made.arm) == (None, Arm.AI_FIRST)

    def test_is_open_to_whoever_has_seen_the_ai_before_and_recorded_as_that(self, sealed, elena, daniel, decide, now):
        exposures.note(elena, sealed.campaign, [sealed.recommendation.creator_id], now=now)
        assert not seals.hides(sealed, elena)
        assert seals.hides(sealed, daniel)
        assert list(seals.hidden_from(elena)) == []
        made = decide(sealed, "approve", by=elena)
        sealed.refresh_from_db()
        assert (made.arm, json.loads(made.audit.body)["seen_before"]) == (Arm.AI_FIRST, True)
        assert sealed.unsealed_at is not None


class TestEnd:
    def test_of_the_case_by_the_clock_opens_the_card(self, sealed, now):
        deadlines.sweep(now + timedelta(hours=49))
        sealed.refresh_from_db()
        assert (sealed.state, sealed.unsealed_at) == ("approved", now + timedelta(hours=49))
        assert Decision.objects.get().arm == ""

    def test_goes_up_sealed_where_stakes_are_high(self, card, sofia, now):
        task = card(arm=Arm.BLIND, stakes="high", lane="")
        deadlines.sweep(now + timedelta(hours=49))
        task.refresh_from_db()
        assert (task.state, task.unsealed_at) == ("escalated", None)
        assert seals.hides(task, sofia)

    def test_seals_an_older_card_of_the_creator_with_the_newer_one(self, sealed, elena, now):
        ReviewTask.objects.filter(pk=sealed.pk).update(state="not_shown", closed_at=now, unsealed_at=now)
        sealed.refresh_from_db()
        assert not seals.hides(sealed, elena)
        run = make.run(sealed.campaign)
        newer = make.recommendation(run, profile=sealed.recommendation.profile)
        make.task(newer, policy=sealed.policy, opened_at=now, arm=Arm.BLIND)
        assert seals.hides(sealed, elena)


class TestDrawArm:
    def draw(self, policy, profile_id, *, verdict="recommend", route="review", stakes="low", rank=3):
        facts = Facts(Shown.TOP, rank, 5, verdict, 0.6, 50_000, 1_000_000)
        routed = Routed(route, "top", stakes, False, "stands")
        return queue.draw_arm(Chosen(0, facts, 1.0, 1.0), routed, policy, seed=7, profile_id=profile_id)

    def test_has_no_part_for_verdict_and_rank(self, policy):
        policy.blind_share_u6 = 300_000
        said = [("recommend", 1), ("decline", 90), ("unsure", 12)]
        drawn = [[self.draw(policy, n, verdict=v, rank=r).arm for n in range(80)] for v, r in said]
        assert drawn[0] == drawn[1] == drawn[2]
        assert 10 <= drawn[0].count(Arm.BLIND) <= 40

    def test_is_blind_always_on_high_stakes_and_never_where_nobody_need_speak(self, policy):
        high = [self.draw(policy, n, stakes="high", route="manager") for n in range(20)]
        assert {(one.arm, one.share_u6) for one in high} == {(Arm.BLIND, 1_000_000)}
        for route in ("auto", "fast"):
            assert {self.draw(policy, n, route=route).share_u6 for n in range(20)} == {0}

    def test_counts_the_places_of_the_others_without_the_sealed_ones(self):
        routed = Routed("review", "cut", "low", False, "stands", [["at_cut", {"rank": 6, "wanted": 5}]])
        said = queue._without(routed, [2, 9])
        assert (said.lane, said.reasons) == ("top", [["top", {"rank": 5, "wanted": 5}]])
