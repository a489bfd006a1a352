"""Where sealed cards stand in the queue: by their deadline, whatever is at stake."""

from datetime import timedelta

import pytest
import time_machine

from review import creator_clock, deadlines, escalations, order
from review.models import ReviewTask
from tests import factories as make
from tests.review.test_queue import NOW, campaign, screen  # noqa: F401

pytestmark = pytest.mark.django_db


def test_sealed_cards_stand_in_the_order_of_their_deadlines(campaign, sofia):  # noqa: F811
    make.policy(campaign.brand, campaign.market, owner=sofia, blind_share_u6=1_000_000)
    screen(campaign)
    dearer = make.campaign(wanted=5, fee_minor=90_000)
    make.brief(dearer)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        screen(dearer)
    found = ReviewTask.objects.filter(arm="blind").order_by("-value", "-id")
    assert {task.campaign_id for task in found} == {campaign.pk, dearer.pk}
    assert [task.due_at for task in found] == sorted(task.due_at for task in found)
    assert len({task.value for task in found}) == len({task.due_at for task in found}) == 2


class TestAMovedDeadline:
    """Each of three ways to move it, with a card due an hour after this one: the places turn with the deadlines."""

    @pytest.fixture
    def pair(self, card, now):
        cards = [card(arm="blind", due_at=now + timedelta(hours=48 + n)) for n in range(2)]
        for task in cards:
            task.value = order.sealed(task.due_at)
            task.save(update_fields=["value"])
        return cards

    def places(self, *tasks):
        for task in tasks:
            task.refresh_from_db()
        return sorted(tasks, key=lambda one: -one.value)

    def test_a_clock_that_stood_puts_the_card_behind(self, pair, now):
        first, second = pair
        assert self.places(first, second) == [first, second]
        deadlines.pause(first, now=now)
        deadlines.go_on(first, now=now + timedelta(hours=2))
        assert self.places(first, second) == [second, first]
        assert first.value == order.sealed(first.due_at)

    def test_the_managers_own_time_puts_the_card_behind(self, pair, elena, now):
        first, second = pair
        later = now + timedelta(hours=2)
        escalations.escalate(first, by=elena, now=later, version=1, reason="A high fee")
        assert self.places(first, second) == [second, first]
        assert first.value == order.sealed(first.due_at)

    def test_an_offer_puts_the_card_first_and_its_end_back_by_its_deadline(self, pair, elena, now):
        first, second = pair
        for task, hours in ((second, 20), (first, 30)):
            until = now + timedelta(hours=hours)
            creator_clock.say(task, says="offer", until=until, by=elena, now=now, version=1, key=f"{hours}")
        assert self.places(first, second) == [second, first]
        assert first.value == order.sealed(first.due_at) + order.FIRST
        creator_clock.say(second, says="back", by=elena, now=now, version=1, key="back")
        assert self.places(first, second) == [first, second]
        assert second.value == order.sealed(second.due_at)

    def test_an_open_card_keeps_the_place_that_its_worth_gives(self, card, now):
        task = card(value=3.0)
        deadlines.pause(task, now=now)
        deadlines.go_on(task, now=now + timedelta(hours=2))
        assert task.value == 3.0
