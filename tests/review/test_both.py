"""Where a person stands after both views are open: what a way shows is what the record keeps of it."""

import pytest

from accounts import wording
from review import first_views
from review.models import Arm
from review.views import both

pytestmark = pytest.mark.django_db


class TestWays:
    @pytest.mark.parametrize("code", ["keep", "part", "ai"])
    def test_keep_the_figure_that_they_show(self, card, elena, now, code):
        task = card(arm=Arm.BLIND, arm_share_u6=300_000, lane="")
        first_views.commit(task, by=elena, now=now, version=task.version, says_yes=False, p=0.31, because="content",
                           sentence="Her readers ask her.")  # fmt: skip
        way = next(one for one in both._ways(0.31, task.recommendation.p) if one.code == code)
        kept = both.settled(task, elena, code)
        assert kept == pytest.approx(way.p)
        assert wording.share(kept) in way.label

    def test_say_nothing_of_who_gave_no_first_view_and_of_a_way_that_there_is_not(self, card, elena):
        task = card()
        assert both.settled(task, elena, "part") is None
        assert both.settled(task, elena, "") is None
