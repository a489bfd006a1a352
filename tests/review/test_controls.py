"""What follows from practice: a word to the person, more blind-first, friction, and the manager at a second alarm."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from review import controls, friction, practice, queue
from review.judgement import reliance
from review.judgement.reliance import Share
from review.models import Alarm, Friction, Practice, Side, Stakes
from review.queue import Chosen
from review.routing import Routed
from review.views import practice as page
from review.words import practice as words
from screening.models import Outcome
from tests import factories as make
from tests.review.practising import closed_case


@pytest.fixture
def policy(sofia, marcus):
    return make.policy(make.brand(), make.market(), owner=sofia, deputy=marcus, practice_share_u6=100_000)


@pytest.fixture
def practise(policy, now):
    """Lets a person answer practice cards: `practise(elena, right=False, approves=True, n=9)`."""

    def answer(user, *, right, approves, n=1):
        for _ in range(n):
            answer = closed_case(right=right)
            row = Practice.objects.create(
                user=user, recommendation=answer, outcome=Outcome.objects.get(recommendation=answer), policy=policy,
                brand="acme", market="US", turn=Practice.objects.filter(user=user).count(), seed=1, share_u6=100_000,
                probability_u6=10_000, ai_was_right=right, drawn_at=now,
            )  # fmt: skip
            practice.speak(row, by=user, now=now, says_yes=True, p=0.6)
            row = practice.answer(row, by=user, now=now, approves=approves)
        return row

    return answer


@pytest.fixture
def browser():
    def of(user):
        client = Client()
        client.force_login(user, "accounts.backends.Backend")
        return client

    return of


@pytest.fixture
def read():
    return lambda answer: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


class TestCaseOf:
    @pytest.mark.parametrize(("right", "approves"), [(True, True), (True, False), (False, True), (False, False)])
    def test_reads_a_card_as_the_indicators_do(self, elena, practise, right, approves):
        case = controls.case_of(practise(elena, right=right, approves=approves))
        assert (case.ai, case.final, case.truth, case.first) == (True, approves, right, True)
        assert case.is_override is not approves


class TestAlarm:
    def test_comes_after_nine_misses_and_not_before(self, elena, practise):
        practise(elena, right=False, approves=True, n=8)
        assert not Alarm.objects.exists()
        row = practise(elena, right=False, approves=True)
        alarm = Alarm.objects.get()
        assert (alarm.user, alarm.side, alarm.hits, alarm.n, alarm.last) == (elena, Side.FOLLOWS, 0, 9, row)

    def test_comes_for_blind_rejection_too(self, elena, practise):
        practise(elena, right=True, approves=False, n=9)
        assert [(one.side, one.hits, one.n) for one in Alarm.objects.all()] == [(Side.OPPOSES, 0, 9)]

    def test_does_not_come_for_who_catches_as_others_do(self, elena, practise):
        for _ in range(10):
            practise(elena, right=False, approves=False)
            practise(elena, right=False, approves=True)
            practise(elena, right=True, approves=True)
        assert not Alarm.objects.exists()

    def test_counts_anew_for_the_next_one(self, elena, practise):
        practise(elena, right=False, approves=True, n=17)
        assert Alarm.objects.count() == 1
        practise(elena, right=False, approves=True)
        assert [one.n for one in Alarm.objects.order_by("pk")] == [9, 9]

    def test_stands_until_ten_newer_errors_were_caught_often_enough(self, elena, practise):
        practise(elena, right=False, approves=True, n=9)
        practise(elena, right=False, approves=False, n=9)
        assert controls.standing(elena, Side.FOLLOWS)
        practise(elena, right=False, approves=False)
        assert controls.standing(elena, Side.FOLLOWS) is None
        assert controls.missed(elena) == (0, 0)

    def test_recovery_takes_ten_cases_at_the_floor(self):
        assert [reliance.has_recovered(Share(hits, n)) for hits, n in ((9, 9), (4, 10), (3, 10))] == [
            False,
            True,
            False,
        ]


class TestTheAisErrors:
    def test_are_counted_in_practice_and_among_own_cards_with_a_result(self, elena, practise, card, decide, why, now):
        practise(elena, right=False, approves=True, n=2)
        practise(elena, right=True, approves=True)
        for verdict, choice, success in (
            ("recommend", "approve", False), ("recommend", "approve", True), ("decline", "approve", True)
        ):  # fmt: skip
            task = card(verdict=verdict)
            decide(
                task, choice, by=elena, **({"category": "context", "rationale": why} if verdict == "decline" else {})
            )
            answer = task.recommendation
            Outcome.objects.create(
                campaign=task.campaign, profile=answer.profile, recommendation=answer, kpi="engagement", actual=1,
                target=1, as_of_date=now.date(), is_success=success, audit=make.entry("outcome"),
            )  # fmt: skip
        assert controls.errors_seen(elena) == 4

    def test_of_own_cards_are_no_evidence_for_a_rejected_creator_has_no_result(self):
        """A person who catches as ordinary people do is accused by their own cards: what they caught left no result."""
        dice = np.random.default_rng(7)
        accused = {"all": 0, "own": 0}
        for _ in range(200):
            caught = dice.random(40) < 0.47
            accused["all"] += any(reliance.is_alarm(int(caught[:n].sum()), n) for n in range(1, 41))
            left = int((~caught).sum())  # of own cards only the errors that went through have a result
            accused["own"] += any(reliance.is_alarm(0, n) for n in range(1, left + 1))
        assert accused["all"] <= 10
        assert accused["own"] >= 195


class TestFriction:
    def test_asks_one_question_while_the_alarm_stands(self, elena, practise, card, now):
        practise(elena, right=False, approves=True, n=8)
        assert friction.due(card(), by=elena, now=now) is None
        practise(elena, right=False, approves=True)
        asked = friction.due(card(), by=elena, now=now)
        assert (asked.approvals, asked.seconds) == (0, 0)
        assert friction.due(card(), by=elena, now=now + timedelta(minutes=1)) is None  # once in ten cards

    def test_shows_the_record_and_any_answer_goes_on(self, elena, practise, card, decide, browser, read):
        practise(elena, right=False, approves=True, n=9)
        task, desk = card(), browser(elena)
        sent = {"version": task.version, "key": "one", "relationship": "none", "choice": "approve"}
        asked = desk.post(f"/queue/{task.pk}/decide/", sent)
        assert "In practice cards you went along with an AI that was wrong" in read(asked)
        task.refresh_from_db()
        assert (
            desk.post(f"/queue/{task.pk}/decide/", {**sent, "version": task.version, "worry": "none"}).status_code
            == 302
        )
        assert Friction.objects.get().answered_at is not None

    def test_is_not_asked_for_blind_rejection(self, elena, practise, card, now):
        practise(elena, right=True, approves=False, n=9)
        assert friction.due(card(), by=elena, now=now) is None


class TestMoreBlindFirst:
    def drawn(self, policy, n=600):
        least = controls.blind_least_u6("acme", "US")
        routed = Routed("review", "cut", Stakes.LOW, False, "stands")
        arms = [queue.draw_arm(Chosen(0, None, 1.0, 1.0), routed, policy, seed=7, profile_id=n, least_u6=least)
                for n in range(n)]  # fmt: skip
        return sum(one.arm == "blind" for one in arms) / n, {one.share_u6 for one in arms}

    def test_is_drawn_where_somebodys_record_asks_for_it_and_the_share_is_logged(self, elena, practise, policy):
        assert self.drawn(policy) == (0, {0})
        practise(elena, right=False, approves=True, n=9)
        share, logged = self.drawn(policy)
        assert share == pytest.approx(0.5, abs=0.06)
        assert logged == {500_000}

    def test_is_not_drawn_for_who_decides_elsewhere(self, practise, policy):
        practise(make.user("strategist", brand="acme", market="US"), right=False, approves=True, n=9)
        assert controls.blind_least_u6("acme", "RU") == 0


class TestWhoHears:
    def test_is_the_person_alone_at_first(self, elena, sofia, practise, browser, read):
        row = practise(elena, right=False, approves=True, n=9)
        told = page._told(row)["nudges"]
        assert told == [words.nudge(Alarm.objects.get())]
        assert "you went against it in 0 of 9 cases" in told[0]
        assert controls.team(sofia).told == []
        assert elena.name not in read(browser(sofia).get("/workload/")).split("Practice")[-1][:300]

    def test_is_the_manager_too_at_the_second_alarm(self, elena, sofia, practise, browser, read):
        practise(elena, right=False, approves=True, n=18)
        assert controls.team(sofia).told == [(elena, Side.FOLLOWS)]
        assert "Elena Markova: a second alarm." in read(browser(sofia).get("/workload/"))

    def test_of_another_place_hears_nothing(self, elena, practise):
        practise(elena, right=False, approves=True, n=18)
        assert not controls.team(make.user("manager", brand="acme", market="RU")).is_anything


class TestTeam:
    def test_shows_figures_from_twenty_cases_of_three_people(self, elena, daniel, sofia, practise, browser, read):
        practise(elena, right=False, approves=False, n=10)
        practise(daniel, right=False, approves=False, n=10)
        assert controls.team(sofia).catch is None  # of two people each could work the other's out
        third = make.user("expert", brand="acme", market="US")
        practise(third, right=False, approves=True)
        assert controls.team(sofia).catch == Share(20, 21)
        told = read(browser(sofia).get("/workload/"))
        assert "Where the AI was wrong, the team went against it in 95%" in told
        assert "n 21" in told

    def test_shows_nothing_under_twenty(self, elena, daniel, sofia, practise):
        for one in (elena, daniel, make.user("expert", brand="acme", market="US")):
            practise(one, right=True, approves=True, n=6)
        assert controls.team(sofia).accepted is None
