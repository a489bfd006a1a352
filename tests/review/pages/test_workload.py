"""Absence and workload through their page."""

from datetime import timedelta

import pytest

from review import absences, claims
from review.models import Absence, Capacity
from tests import factories as make

PAGE = "/workload/"


@pytest.fixture
def days(now):
    return {"from_date": now.date().isoformat(), "until_date": (now + timedelta(days=3)).date().isoformat()}


class TestWorkload:
    def test_shows_a_manager_who_is_loaded_and_what_is_late(self, signed_in, words, card, elena, sofia, now):
        claims.claim(card(), by=elena, now=now)
        late = card(opened_at=now - timedelta(days=9))
        absences.set_capacity(elena, cards_a_day=2, by=sofia, now=now)
        text = words(signed_in(sofia).get(PAGE))
        assert "Elena Markova" in text
        assert "50%" in text
        assert "Acme, United States 2 0 1" in text
        assert late.recommendation.creator.name in text

    def test_says_who_has_more_than_a_days_work(self, signed_in, words, card, elena, sofia, now):
        absences.set_capacity(elena, cards_a_day=1, by=sofia, now=now)
        for _n in range(2):
            claims.claim(card(), by=elena, now=now)
        assert "over a day’s work" in words(signed_in(sofia).get(PAGE))

    def test_shows_others_themselves_alone(self, signed_in, words, card, elena, daniel, now):
        text = words(signed_in(elena).get(PAGE))
        assert "Your workload" in text
        assert "By brand and market" not in text
        rows = signed_in(elena).get(PAGE).context["rows"]
        assert [row.load.user for row in rows] == [elena]

    def test_of_other_brands_stays_out_of_sight(self, signed_in, words, card, sofia):
        make.user("strategist", brand="other", market="US", name="Stranger Far")
        assert "Stranger Far" not in words(signed_in(sofia).get(PAGE))

    def test_is_not_for_those_who_decide_nothing(self, signed_in, db):
        assert signed_in(make.user("analyst")).get(PAGE).status_code == 403

    def test_takes_at_most_twelve_queries(self, signed_in, card, sofia, now, django_assert_max_num_queries):
        for _n in range(5):
            one = make.user("strategist", brand="acme", market="US")
            claims.claim(card(), by=one, now=now)
            absences.set_capacity(one, cards_a_day=10, by=one, now=now)
        browser = signed_in(sofia)
        browser.get(PAGE)
        with django_assert_max_num_queries(12):
            browser.get(PAGE)


class TestAbsence:
    def test_is_written_by_the_person_and_the_work_goes_on(self, signed_in, words, card, elena, daniel, now, days):
        held = claims.claim(card(), by=elena, now=now)
        sent = {"user": elena.pk, "deputy": daniel.pk, **days}
        page = signed_in(elena).post(f"{PAGE}absences/", sent, follow=True)
        assert "the work goes to Daniel Okafor" in words(page)
        held.refresh_from_db()
        assert held.claimed_by == daniel

    def test_of_a_colleague_is_not_written_by_a_strategist(self, signed_in, elena, daniel, days):
        sent = {"user": daniel.pk, "deputy": elena.pk, **days}
        assert signed_in(elena).post(f"{PAGE}absences/", sent).status_code == 422
        assert not Absence.objects.exists()

    def test_that_cannot_be_says_why_and_keeps_what_was_typed(self, signed_in, words, elena, sofia, days):
        sent = {"user": elena.pk, "deputy": elena.pk, **days}
        page = signed_in(sofia).post(f"{PAGE}absences/", sent)
        assert page.status_code == 422
        assert "somebody else who is here" in words(page)
        assert days["until_date"] in page.content.decode()

    def test_is_ended_by_a_manager(self, signed_in, elena, daniel, sofia, now):
        day = now.date()
        row = absences.set_absence(elena, deputy=daniel, from_date=day, until_date=day, by=elena, now=now)
        signed_in(sofia).post(f"{PAGE}absences/{row.pk}/end/")
        row.refresh_from_db()
        assert row.ended_at is not None
        assert signed_in(sofia).post(f"{PAGE}absences/{row.pk}/end/").status_code == 409

    def test_of_a_stranger_is_not_found(self, signed_in, elena, now):
        far = make.user("strategist", brand="other", market="RU", name="Far")
        near = make.user("strategist", brand="other", market="RU", name="Near")
        row = absences.set_absence(far, deputy=near, from_date=now.date(), until_date=now.date(), by=far, now=now)
        assert signed_in(elena).post(f"{PAGE}absences/{row.pk}/end/").status_code == 404
        assert signed_in(elena).post(f"{PAGE}{far.pk}/capacity/", {"cards_a_day": 5}).status_code == 404


class TestCapacity:
    def test_is_set_by_a_manager_within_bounds(self, signed_in, elena, sofia):
        assert signed_in(sofia).post(f"{PAGE}{elena.pk}/capacity/", {"cards_a_day": 40}).status_code == 302
        assert Capacity.objects.get(user=elena).cards_a_day == 40
        assert signed_in(sofia).post(f"{PAGE}{elena.pk}/capacity/", {"cards_a_day": 0}).status_code == 422
