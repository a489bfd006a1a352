"""A run is judged against the decision line of the policy in force, whoever starts it."""

from screening import judging
from screening.engine.types import DecisionLine
from tests import factories as make


class TestLine:
    def test_is_the_one_of_the_policy_in_force(self, policy):
        make.policy(make.brand("other"), make.market(), decision_line_u6=600_000, unsure_band_u6=20_000)
        campaign = make.campaign(brand=make.brand("other"))
        assert judging.line_of(campaign) == DecisionLine(0.6, 0.02)

    def test_is_the_usual_one_without_a_policy(self, db):
        assert judging.line_of(make.campaign()) == judging.USUAL_LINE
