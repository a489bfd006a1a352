"""Who is away, who stands in, and what becomes of the work."""

from datetime import timedelta

import pytest

from accounts.access import NotAllowed
from accounts.models import Role
from review import absences, claims, deadlines, people, policies, questions
from review.models import About, Capacity, Handoff, Notice
from tests import factories as make

DAY = timedelta(days=1)


@pytest.fixture
def away(now):
    """Writes an absence down: `away(sofia, marcus)` for today and tomorrow."""

    def made(user, deputy, first=0, last=1, by=None):
        days = {"from_date": (now + first * DAY).date(), "until_date": (now + last * DAY).date()}
        return absences.set_absence(user, deputy=deputy, by=by or user, now=now, **days)

    return made


class TestStandsIn:
    def test_is_the_person_or_the_deputy_of_the_day(self, away, sofia, marcus, now):
        away(sofia, marcus, first=1, last=2)
        at = [people.stands_in(sofia, now=now + n * DAY) for n in range(4)]
        assert at == [sofia, marcus, marcus, sofia]

    def test_asks_on_where_the_deputy_is_away_and_ends_in_a_ring(self, away, sofia, marcus, elena, now):
        away(sofia, marcus)
        away(marcus, elena)
        assert people.stands_in(sofia, now=now) == elena
        away(elena, sofia)
        assert people.stands_in(sofia, now=now) == sofia

    def test_ends_when_the_absence_is_taken_back(self, away, sofia, marcus, now):
        absences.end_absence(away(sofia, marcus), by=sofia, now=now)
        assert people.stands_in(sofia, now=now) == sofia

    def test_counts_days_where_the_person_is(self, away, sofia, marcus, now):
        sofia.time_zone = "Asia/Vladivostok"
        sofia.save()
        late = now.replace(hour=20)  # already tomorrow there
        away(sofia, marcus, first=1, last=1)
        assert people.stands_in(sofia, now=late) == marcus


class TestWork:
    def test_escalations_and_approvals_go_to_the_deputy(self, away, card, sofia, marcus, elena, decide, now):
        task = card(stakes="high")
        assert policies.manager_for(task, now=now) == sofia
        away(sofia, marcus)
        assert policies.manager_for(task, now=now) == marcus
        decide(task, "approve", by=elena, rationale="She is right for this.")
        task.refresh_from_db()
        assert task.escalated_to == marcus
        assert deadlines.next_asked(card(), now=now) == marcus

    def test_a_deputy_who_may_not_answer_is_passed_over(self, away, card, sofia, marcus, elena, now):
        away(sofia, elena)  # no manager
        assert policies.manager_for(card(), now=now) == marcus
        away(marcus, elena)
        task = card()
        others = set(policies.holders(Role.MANAGER, "acme", "US")) - {sofia, marcus}
        found = policies.manager_for(task, but={one.pk for one in others}, now=now)
        assert found == sofia  # all are away: the first is asked all the same

    def test_cards_in_hand_go_to_the_deputy_with_the_briefing(self, away, card, elena, daniel, sofia, marcus, now):
        held, asked = claims.claim(card(), by=elena, now=now), card(state="awaiting", escalated_to=sofia)
        away(elena, daniel)
        away(sofia, marcus)
        held.refresh_from_db()
        asked.refresh_from_db()
        assert (held.claimed_by, asked.escalated_to) == (daniel, marcus)
        assert {(one.why, one.to) for one in Handoff.objects.all()} == {("absence", daniel), ("absence", marcus)}
        notice = Notice.objects.get(user=daniel)
        assert (notice.about, notice.url) == (About.HANDOFF, f"/queue/{held.pk}/briefing/")

    def test_goes_on_the_first_day_not_before(self, away, card, elena, daniel, now):
        away(elena, daniel, first=1)
        held = claims.claim(card(), by=elena, now=now + DAY)
        assert absences.begin_due(now) == 0
        assert absences.begin_due(now + DAY) == 1
        assert absences.begin_due(now + DAY) == 0
        held.refresh_from_db()
        assert held.claimed_by == daniel

    def test_a_card_that_the_deputy_may_not_take_is_free_again(self, away, card, elena, now):
        abroad = make.user("strategist", brand="acme", name="Anna", market="US")
        held = claims.claim(card(route="expert"), by=make.user("expert"), now=now)
        away(held.claimed_by, abroad)
        held.refresh_from_db()
        assert held.claimed_by is None


class TestSet:
    def test_is_for_the_person_and_managers_of_theirs(self, away, elena, daniel, sofia):
        with pytest.raises(NotAllowed):
            away(elena, daniel, by=daniel)
        assert away(elena, daniel, by=sofia).set_by == sofia

    def test_refuses_days_and_deputies_that_cannot_be(self, away, elena, daniel):
        stranger = make.user("strategist", brand="other", market="RU", name="Far")
        analyst = make.user("analyst", brand="acme", market="US")
        cases = [(elena, elena, 0, 1), (elena, stranger, 0, 1), (elena, analyst, 0, 1), (elena, daniel, 2, 1),
                 (elena, daniel, -3, -2), (elena, daniel, 0, 400)]  # fmt: skip
        for user, deputy, first, last in cases:
            with pytest.raises(absences.NotAbsent):
                away(user, deputy, first, last)

    def test_refuses_two_absences_on_one_day(self, away, elena, daniel):
        away(elena, daniel)
        with pytest.raises(absences.NotAbsent, match="already"):
            away(elena, daniel, first=1, last=5)

    def test_capacity_is_1_to_500_cards_a_day(self, elena, sofia, now):
        absences.set_capacity(elena, cards_a_day=60, by=sofia, now=now)
        absences.set_capacity(elena, cards_a_day=40, by=elena, now=now)
        assert Capacity.objects.get(user=elena).cards_a_day == 40
        for cards in (0, 501):
            with pytest.raises(absences.NotAbsent):
                absences.set_capacity(elena, cards_a_day=cards, by=elena, now=now)


class TestQuestions:
    def test_of_an_absent_person_go_to_the_deputy(self, away, card, elena, daniel, sofia, now):
        task = card()
        asked = questions.ask(task, by=sofia, now=now, text="Is May normal?", to=[elena])[0]
        away(elena, daniel)
        asked.refresh_from_db()
        assert (asked.state, asked.passed_to.to) == ("passed", daniel)

    def test_are_asked_of_the_deputy_at_once(self, away, card, elena, daniel, sofia, now):
        away(elena, daniel)
        assert questions.ask(card(), by=sofia, now=now, text="Is May normal?", to=[elena])[0].to == daniel

    def test_stay_where_the_deputy_cannot_be_asked(self, away, card, elena, daniel, sofia, now):
        task = card()
        asked = questions.ask(task, by=daniel, now=now, text="Is May normal?", to=[elena])[0]
        away(elena, daniel)  # who asked it
        asked.refresh_from_db()
        assert asked.state == "open"
