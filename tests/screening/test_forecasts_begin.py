"""The first forecasts of a market: not from few creators, and with several campaigns what their errors share."""

import pytest

from screening import forecasting, learning, lessons, training
from screening.models import Recommendation
from tests import factories as f
from tests.screening import schooling
from tests.screening.schooling import carried_out, screened
from tests.screening.test_forecasting import achieved, market_with_a_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db, now):
    return market_with_a_card(now)


class TestLearn:
    def test_says_nothing_under_thirty_creators(self, campaign, now):
        profiles, _worth = schooling.fill(now, people=29)
        achieved(campaign, profiles, now=now)
        found = lessons.gather(
            campaign.market,
            training.with_features(training.expert_card(campaign.market, now), forecasting.FEATURES),
            until=now,
        )
        assert forecasting.learn(campaign.market, found, by=None, now=now) == []
        assert forecasting.known("US", campaign.objective) == 29
        assert forecasting.in_force(campaign) == {}


class TestABasket:
    def test_is_the_sum_with_what_campaigns_share(self, campaign, now):
        profiles, _worth = schooling.fill(now)
        achieved(campaign, profiles, now=now, campaigns=12)
        carried_out(learning.start(campaign.market, by=f.user("manager"), now=now))
        run = screened(campaign, now=now)
        told = [one.knowledge["forecast"] for one in Recommendation.objects.filter(run=run).order_by("rank")[:4]]
        found = forecasting.together(told, forecasting.of_run(run))
        assert found.level == 0.8
        assert found.low < sum(one["middle"] for one in told) < found.high
