"""The strategy session: what is written down there, and what it carries on."""

from datetime import date, timedelta

import pytest

from accounts import access
from review import claims, overlays, sessions, workflow
from review.models import About, Arm, Notice, ReviewTask, Session
from review.queries import board as boards
from review.sessions import MinutesMoved, SessionRefused
from screening import gates
from screening.models import MarketGate, Outcome
from tests import factories as make


@pytest.fixture
def campaign(policy):
    return make.campaign()


@pytest.fixture
def meeting(campaign, elena, daniel, now):
    return sessions.start(campaign, by=elena, now=now)


class TestStart:
    def test_opens_one_at_a_time_and_tells_those_who_meet(self, campaign, meeting, elena, daniel, now):
        assert sessions.start(campaign, by=daniel, now=now).pk == meeting.pk
        assert meeting.number == 1
        assert Notice.objects.filter(user=daniel, about=About.SESSION).count() == 1
        assert not Notice.objects.filter(user=elena).exists()

    def test_is_not_for_those_who_only_read(self, campaign, now):
        with pytest.raises(access.NotAllowed):
            sessions.start(campaign, by=make.user("analyst", brand="acme", market="US"), now=now)

    def test_carries_open_actions_over_and_leaves_what_is_done(self, campaign, meeting, elena, daniel, now):
        left = sessions.add(meeting, kind="action", text="Ask her agent", owner=daniel, by=elena, now=now)
        done = sessions.add(meeting, kind="action", text="Call", owner=daniel, by=elena, now=now)
        sessions.add(meeting, kind="decision", text="Two tests a month", by=elena, now=now)
        sessions.finish(done, by=daniel, now=now)
        sessions.close(meeting, by=elena, now=now)
        following = sessions.start(campaign, by=elena, now=now + timedelta(days=7))
        left.refresh_from_db()
        assert list(following.items.all()) == [left]
        assert left.times_carried == 1


class TestAdd:
    def test_an_action_has_an_owner_who_works_here(self, meeting, elena, now):
        for owner in (None, make.user("strategist", brand="other", market="US")):
            with pytest.raises(SessionRefused, match="needs an owner"):
                sessions.add(meeting, kind="action", text="Call", owner=owner, by=elena, now=now)

    def test_the_words_stand_in_the_erasable_payload(self, meeting, elena, now):
        item = sessions.add(meeting, kind="decision", text="Two tests a month", by=elena, now=now)
        assert overlays.words_with(item.audit) == {"text": "Two tests a month"}
        assert "tests" not in item.audit.body

    def test_a_closed_session_takes_nothing_more(self, meeting, elena, now):
        sessions.close(meeting, by=elena, now=now)
        with pytest.raises(SessionRefused, match="closed"):
            sessions.add(meeting, kind="decision", text="Late", by=elena, now=now)


class TestWriteMinutes:
    def test_who_saves_second_is_told_and_loses_nothing(self, meeting, elena, daniel, now):
        sessions.write_minutes(meeting, text="Elena's", version=1, by=elena, now=now)
        with pytest.raises(MinutesMoved):
            sessions.write_minutes(meeting, text="Daniel's", version=1, by=daniel, now=now)
        meeting.refresh_from_db()
        assert overlays.words_with(meeting.minutes) == {"text": "Elena's"}

    def test_keeps_who_was_there_and_knows_them_after_they_left(self, meeting, elena, daniel, now):
        sessions.write_minutes(meeting, text="", version=1, there=[elena.pk, daniel.pk], by=elena, now=now)
        meeting.refresh_from_db()
        assert sessions.present(meeting) == sorted([elena.pk, daniel.pk])
        daniel.memberships.update(ended_at=now)
        sessions.write_minutes(meeting, text="Late", version=2, there=[daniel.pk], by=elena, now=now)
        meeting.refresh_from_db()
        assert sessions.present(meeting) == [daniel.pk]

    def test_nobody_from_elsewhere_was_there(self, meeting, elena, now):
        stranger = make.user("strategist", brand="other", market="US")
        with pytest.raises(SessionRefused, match="work on this campaign"):
            sessions.write_minutes(meeting, text="", version=1, there=[stranger.pk], by=elena, now=now)


class TestBoard:
    def test_sorts_cards_by_what_both_said(self, campaign, told, elena, now):
        same, other = told("recommend", True, elena), told("decline", True, elena)
        told("unsure", True, elena)
        told("recommend")
        found = boards.board(campaign, user=elena, now=now)
        assert [one.task.pk for one in found.agree] == [same.pk]
        assert [one.task.pk for one in found.contradict] == [other.pk]

    def test_counts_sealed_cards_and_shows_none_of_them(self, campaign, told, elena, now):
        told("decline", True, elena, arm=Arm.BLIND, is_exploration=True)
        found = boards.board(campaign, user=elena, now=now)
        assert (found.sealed, found.agree, found.contradict, found.explore) == (1, [], [], [])

    def test_shows_what_was_drawn_at_random_until_it_is_decided(self, campaign, told, elena, decide, now):
        drawn = told("unsure", is_exploration=True)
        assert boards.board(campaign, user=elena, now=now).explore == [drawn]
        decide(drawn, "reject", by=elena)
        assert boards.board(campaign, user=elena, now=now + timedelta(hours=1)).explore == []

    def test_says_what_may_be_chosen_on_a_pick_as_its_card_does(self, campaign, told, elena, daniel, now):
        free, held, gated = (told("unsure", is_exploration=True) for _n in range(3))
        claims.claim(held, by=daniel, now=now)
        gate = MarketGate.objects.create(
            market=campaign.market, code="list", rule=gates.LISTED, name_en="List", name_ru="List",
            valid_from_date=date(2026, 1, 1), evidence="The law", checked_on_date=date(2026, 1, 1),
        )  # fmt: skip
        for task in (free, held):
            gates.answer(task.recommendation.profile, gate, is_passed=True, evidence="Register", by=elena, now=now)
        conflicted = told("unsure", is_exploration=True)
        overlays.save(conflicted, by=elena, now=now, has_interest=True)
        can = boards.board(campaign, user=elena, now=now).can
        assert can == {free.pk: {"approve", "hold"}, held.pk: set(), gated.pk: {"hold"}, conflicted.pk: set()}
        for task in ReviewTask.objects.filter(pk__in=can):
            assert can[task.pk] == workflow.allowed(task, by=elena, now=now) & {"approve", "hold"}
        reader = make.user("analyst", brand="acme", market="US")
        assert boards.board(campaign, user=reader, now=now).can == {}

    def test_counts_what_tests_cost_and_how_earlier_ones_turned_out(self, campaign, told, elena, decide, now):
        tested, other = told("unsure", is_exploration=True), told("unsure")
        told("unsure", is_exploration=True)
        for task in (tested, other):
            decide(task, "approve", by=elena)
        found = boards.board(campaign, user=elena, now=now).tests
        assert (found.spent, found.budget) == (tested.fee_minor, campaign.budget_minor // 10)
        assert (found.made, found.known, found.right) == (1, 0, 0)
        result = {"kpi": "reach", "actual": 1.0, "as_of_date": date(2026, 11, 1), "audit": make.entry("outcome")}
        Outcome.objects.create(
            campaign=campaign, profile=tested.recommendation.profile, is_success=True, by=elena, **result
        )
        found = boards.board(campaign, user=elena, now=now).tests
        assert (found.made, found.known, found.right) == (1, 1, 1)

    def test_decisions_made_meanwhile_stand_in_it_by_themselves(self, campaign, meeting, told, elena, decide, now):
        made = decide(told("recommend"), "approve", by=elena)
        found = boards.board(campaign, user=elena, now=now + timedelta(hours=1))
        assert found.decided == [made]
        assert [one.decision for one in found.agree] == [made]
        decide(told("recommend"), "approve", by=elena, after=timedelta(days=-1))
        assert boards.board(campaign, user=elena, now=now + timedelta(hours=1)).decided == [made]


class TestPages:
    def test_a_session_by_its_forms(self, client, campaign, elena, daniel, told):
        told("decline", True, elena)
        client.force_login(elena, "accounts.backends.Backend")
        url = f"/campaigns/{campaign.slug}/session/"
        assert client.post(f"{url}open/").status_code == 302
        refused = client.post(f"{url}items/", {"kind": "action", "text": "Call"})
        assert refused.status_code == 422
        assert b"needs an owner" in refused.content
        said = {"kind": "action", "text": "Call her agent", "owner": daniel.pk, "due_date": date(2026, 12, 1)}
        client.post(f"{url}items/", said)
        client.post(f"{url}minutes/", {"text": "We met.", "version": 1})
        late = client.post(f"{url}minutes/", {"text": "Mine too.", "version": 1})
        assert late.status_code == 409
        assert b"Mine too." in late.content
        assert b"We met." in late.content
        page = client.get(url, {"present": "1"})
        assert b"Call her agent" in page.content
        assert b"p-session present" in page.content
        item = Session.objects.get().items.get()
        client.post(f"{url}items/{item.pk}/", {"done": "1"})
        client.post(f"{url}close/")
        item.refresh_from_db()
        assert item.done_by == elena
        assert Session.objects.get().closed_by == elena

    def test_a_pick_is_decided_on_the_board_and_leads_back_to_it(self, client, campaign, elena, told):
        sure, against = told("unsure", is_exploration=True), told("decline", is_exploration=True)
        client.force_login(elena, "accounts.backends.Backend")
        url = f"/campaigns/{campaign.slug}/session/"
        page = client.get(url).content.decode()
        assert page.count("Approve a test") == 2
        sent = {"choice": "approve", "version": 1, "key": "board-1", "back": "session"}
        assert client.post(f"/queue/{sure.pk}/decide/", sent)["Location"] == url
        asked = client.post(f"/queue/{against.pk}/decide/", sent | {"key": "board-2"})
        assert b"Save override" in asked.content
        said = sent | {"key": "board-2", "category": "context", "rationale": "I know her readers. " * 3, "asked": "1"}
        assert client.post(f"/queue/{against.pk}/decide/", said)["Location"] == url
        hold = client.post(f"/queue/{told('unsure').pk}/decide/", sent | {"key": "board-3", "choice": "hold"})
        assert b'name="back" value="session"' in hold.content
        assert "Approve a test" not in client.get(url).content.decode()

    def test_minutes_say_who_was_there(self, client, campaign, meeting, elena, daniel):
        client.force_login(elena, "accounts.backends.Backend")
        url = f"/campaigns/{campaign.slug}/session/"
        client.post(f"{url}minutes/", {"text": "We met.", "version": 1, "there": [daniel.pk]})
        client.post(f"{url}close/")
        client.force_login(make.user("analyst", brand="acme", market="US"), "accounts.backends.Backend")
        assert b"Who is here: Daniel Okafor" in client.get(url).content

    def test_another_brands_session_is_not_there(self, client, meeting, campaign):
        client.force_login(make.user("strategist", brand="other"), "accounts.backends.Backend")
        assert client.get(f"/campaigns/{campaign.slug}/session/").status_code == 404
        assert client.post(f"/campaigns/{campaign.slug}/session/close/").status_code == 404

    def test_needs_twelve_queries_whatever_it_shows(
        self, client, campaign, meeting, told, elena, django_assert_max_num_queries
    ):
        for _n in range(6):
            told("decline", True, elena)
            told("recommend", True, elena)
        client.force_login(elena, "accounts.backends.Backend")
        with django_assert_max_num_queries(12):
            client.get(f"/campaigns/{campaign.slug}/session/")
