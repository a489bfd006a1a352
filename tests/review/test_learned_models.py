"""A learned model begins in shadow: the AI decides nothing with it until the rules are put in force on its record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review import facts, policies
from review.models import Policy
from screening import lessons
from screening.engine.card import compile_card
from screening.models import ScoringModel
from tests import factories as make

pytestmark = pytest.mark.django_db
RULES = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000, "is_shadow": False}
PROXY = {"code": "proxy", "feature": "", "points": 0.0, "numbers": {}}
CARD = compile_card()
RECORD = {"count": 98, "right": 69, "low": 0.607, "high": 0.786}


@pytest.fixture
def run(policy):
    """A run of a model that was learned and came to work after the rules."""
    run = make.run(make.campaign())
    ScoringModel.objects.update(kind="learned", approved_at=timezone.now())
    run.refresh_from_db()
    return run


class TestShadow:
    def test_holds_for_a_model_that_came_after_the_rules(self, run, policy):
        found = facts.rules_of(policy, run)
        assert (found.is_shadow, found.is_learned) == (True, True)
        assert not policies.is_shadow(policy)

    def test_ends_when_rules_are_put_in_force_again(self, run, policy, sofia, marcus):
        draft = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=timezone.now(), **RULES)
        policies.approve(draft, by=marcus, now=timezone.now() + timedelta(seconds=1))
        in_force = Policy.objects.get(state="active")
        assert not facts.rules_of(in_force, run).is_shadow

    def test_is_not_asked_for_an_expert_card(self, run, policy):
        ScoringModel.objects.update(kind="card")
        run.refresh_from_db()
        assert not facts.rules_of(policy, run).is_shadow


class TestARejection:
    def test_is_no_result_to_learn_from(self, card, decide, elena, now):
        task = card()
        decide(task, "reject", by=elena, category="culture", rationale="x" * 40)
        market = task.campaign.market
        assert lessons.known([market.pk])[market.pk].count == 0
        found = lessons.gather(market, CARD, until=now)
        assert (len(found.lessons), found.left_out) == (0, 0)


class TestAProxy:
    def test_is_a_prior_for_who_decides(self, run, policy):
        ScoringModel.objects.update(kind="proxy")
        run.refresh_from_db()
        assert not facts.rules_of(policy, run).is_learned


class TestTheCard:
    @pytest.fixture
    def page(self, run, policy, elena, client):
        """The card of a learned answer, as text."""

        def made(**knowledge):
            told = {"is_prior": False, "chances": [0.61, 0.78], "record": RECORD, **knowledge}
            answer = make.recommendation(run, p_u6=720_000, knowledge=told)
            task = make.task(answer, policy=policy)
            client.force_login(elena, "accounts.backends.Backend")
            return " ".join(client.get(f"/queue/{task.pk}/").content.decode().split())

        return made

    def test_says_the_chance_with_its_band_and_the_models_record(self, page):
        found = page()
        assert "In truth it may lie anywhere in 61–78%." in found
        assert "Of 98 earlier verdicts at this level, 70% proved right (61–79%)." in found
        assert "Not learned yet" not in found
        assert "No model has learned from results yet" not in found
        assert 'class="st-50" x1="61.0%" x2="78.0%"' in found

    def test_of_a_proxy_says_that_no_result_went_into_it(self, page):
        found = page(is_prior=True, chances=None, record=None, uncertain=[PROXY])
        assert "Learned from next-month engagement, not from campaign results; kept between 31 and 69%." in found
        assert found.count("Learned from next-month engagement, not from campaign results") == 2  # and what it knows
        assert "Not learned yet" not in found

    def test_of_a_prior_stays_as_it_was(self, page):
        found = page(is_prior=True, chances=None, record=None)
        assert "Not learned yet" in found
        assert "In truth it may lie" not in found
