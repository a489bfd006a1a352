"""Models: no model decides before a named manager approved it, and there is one a market."""

import json
from decimal import Decimal

import pytest

from accounts.access import NotAllowed
from accounts.models import Membership
from audit.models import AuditEntry
from screening import money, training
from screening.engine import card, tables
from screening.models import ScoringModel
from tests import factories as f

pytestmark = pytest.mark.django_db


class TestPublishCard:
    def test_makes_a_candidate_once(self, now):
        market = f.market()
        model = training.publish_card(market, by=None, now=now)
        assert (model.state, model.version, model.kind) == ("candidate", 1, "card")
        assert training.publish_card(market, by=None, now=now) == model

    def test_asks_for_a_rate_before_it_speaks_of_prices_abroad(self, now):
        russia = f.market("RU", currency="RUB")
        silent = training.publish_card(russia, by=None, now=now)
        assert card.PRICED not in training.load(silent.pk).features
        for rate in ("81.50", "82.10"):
            money.record_rate("USD", "RUB", rate=Decimal(rate), date=now.date(), source="test", by=None, now=now)
            spoken = training.publish_card(russia, by=None, now=now)
        assert training.load(spoken.pk).key == card.compile_card(dollar=80.0).key
        assert russia.models.count() == 2  # a rate that moves a little makes no new model

    def test_keeps_the_card_byte_for_byte(self, now):
        model = training.publish_card(f.market(), by=None, now=now)
        assert training.load(model.pk).key == model.sha256 == card.compile_card().key
        assert json.loads(model.document["file"])["sha256"] == model.sha256

    def test_is_refused_by_the_worker_when_a_byte_was_changed(self, now):
        model = training.publish_card(f.market(), by=None, now=now)
        text = model.document["file"].replace('"b0":0.0', '"b0":0.5')
        training._loaded.cache_clear()
        ScoringModel.objects.filter(pk=model.pk).update(document={"file": text})
        with pytest.raises(tables.BrokenModel):
            training.load(model.pk)


class TestApprove:
    def test_puts_one_model_to_work_and_retires_the_one_before(self, now):
        market, boss = f.market(), f.user("manager")
        old = f.model(market)
        new = training.publish_card(market, by=None, now=now)
        training.approve(new, by=boss, now=now)
        old.refresh_from_db()
        assert (old.state, new.state, new.approved_by, new.approved_at) == ("retired", "active", boss, now)
        assert training.active(market) == new
        entry = AuditEntry.objects.filter(kind="model_release", actor=f"user:{boss.pk}").get()
        assert '"retired":1' in entry.body

    def test_goes_back_to_no_older_candidate(self, now):
        market, boss = f.market(), f.user("manager")
        old = f.model(market, state="candidate", approved_by=None, approved_at=None)
        new = training.approve(training.publish_card(market, by=None, now=now), by=boss, now=now)
        with pytest.raises(training.NotACandidate, match="newer"):
            training.approve(old, by=boss, now=now)
        assert training.active(market) == new

    def test_is_for_managers_of_the_market(self, now):
        model = training.publish_card(f.market("RU"), by=None, now=now)
        for user in (f.user("strategist"), f.user("manager", market="US")):
            with pytest.raises(NotAllowed):
                training.approve(model, by=user, now=now)

    def test_is_for_a_manager_of_every_brand_with_a_campaign_in_the_market(self, now):
        market = f.market()
        for slug, more in (("acme", {}), ("nord", {}), ("past", {"closed_at": now})):
            f.campaign(brand=f.brand(slug), market=market, **more)
        f.campaign(brand=f.brand("east"), market=f.market("RU"))
        model = training.publish_card(market, by=None, now=now)
        one = f.user("manager", brand="acme", market="US")
        with pytest.raises(NotAllowed, match="every brand with a campaign there"):
            training.approve(model, by=one, now=now)
        model.refresh_from_db()
        assert model.state == "candidate"
        Membership.objects.create(user=one, role="manager", brand="nord", market="US")
        training.approve(model, by=one, now=now)
        model.refresh_from_db()
        assert (model.state, model.approved_by) == ("active", one)

    def test_asks_the_only_brands_manager_where_there_is_one_brand(self, now):
        f.campaign(brand=f.brand("acme"), market=f.market())
        model = training.publish_card(f.market(), by=None, now=now)
        assert training.approve(model, by=f.user("manager", brand="acme", market="US"), now=now).state == "active"

    def test_takes_candidates_only(self, now):
        model = f.model(f.market())
        with pytest.raises(training.NotACandidate):
            training.approve(model, by=f.user("manager"), now=now)
        model.refresh_from_db()
        assert model.state == "active"


def test_a_market_without_a_model_says_who_can_approve_one():
    with pytest.raises(training.NoActiveModel, match="manager"):
        training.active(f.market())
