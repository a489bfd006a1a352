"""Where sealed cards stand in the queue: by their deadline, whatever is at stake."""

from datetime import timedelta

import pytest
import time_machine

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
