"""What is due soon is told in time, to the right person, once a step."""

from datetime import timedelta

import pytest

from review import claims, deadlines, nearing
from review.models import About, Notice
from tests import factories as make

pytestmark = pytest.mark.django_db
DUE = timedelta(hours=48)


class TestSteps:
    @pytest.mark.parametrize(("hours", "soon", "urgent"), [(48, 240, 60), (16, 240, 60), (8, 120, 30), (1, 15, 3.75)])
    def test_are_a_share_of_the_period(self, hours, soon, urgent):
        steps = nearing.steps(timedelta(hours=hours))
        assert steps == (timedelta(minutes=soon), timedelta(minutes=urgent))


class TestWarn:
    @pytest.mark.parametrize(("before", "steps"), [(241, []), (239, [1]), (59, [2])])
    def test_tells_the_holder_of_a_card_at_four_hours_and_at_one(self, card, elena, daniel, now, before, steps):
        task = card()
        moment = now + DUE - timedelta(minutes=before)
        claims.claim(task, by=elena, now=moment - timedelta(minutes=1))
        for _again in range(2):
            nearing.warn(moment)
        assert [one.numbers["step"] for one in Notice.objects.filter(user=elena)] == steps
        assert not Notice.objects.filter(user=daniel).exists()

    def test_tells_the_manager_who_is_asked(self, card, sofia, marcus, now):
        card(stakes="high", state="awaiting", escalated_to=sofia)
        nearing.warn(now + DUE - timedelta(hours=2))
        assert [one.user for one in Notice.objects.all()] == [sofia]

    def test_counts_what_nobody_holds_for_those_who_decide_there(self, card, elena, daniel, now):
        for _n in range(3):
            card()
        analyst = make.user("analyst", brand="acme", market="US")
        nearing.warn(now + DUE - timedelta(hours=2))
        told = Notice.objects.get(user=daniel)
        assert (told.about, told.numbers["count"], told.task) == (About.DUE, 3, None)
        assert not Notice.objects.filter(user=analyst).exists()

    def test_says_nothing_of_a_clock_that_stands(self, card, elena, now):
        deadlines.pause(card(), now=now)
        nearing.warn(now + DUE - timedelta(minutes=30))
        assert not Notice.objects.exists()
