"""The page of brands, markets, models and exchange rates."""

from datetime import date
from decimal import Decimal

import pytest

from screening import money, training
from screening.models import Brand, ExchangeRate, Market, ModelState
from tests import factories as f
from tests.screening.conftest import browser

pytestmark = pytest.mark.django_db
BRAND = {"name": "Oak", "currency": "EUR", "sensitive_topics": "war, surgery"}
MARKET = {
    "code": "DE", "name_en": "Germany", "name_ru": "Германия", "country": "Германия", "language": "German",
    "currency": "EUR", "time_zone": "Europe/Berlin",
}  # fmt: skip


@pytest.fixture
def admin(db):
    """The browser of an admin of all brands and markets."""
    return browser(f.user("admin"))


class TestPage:
    def test_is_where_an_empty_house_begins(self, admin):
        page = admin.get("/places/").content.decode()
        assert "No brand yet." in page
        assert "No market yet." in page
        assert page.count("<details") == page.count(" open>") + 1  # the rate is asked for later

    def test_takes_a_brand_a_market_and_a_rate(self, admin):
        rate = {"base": "EUR", "currency": "USD", "rate": "1.08", "date": "2026-11-20", "source": "the bank"}
        for name, sent in (("brands", BRAND), ("markets", MARKET), ("rates", rate)):
            assert admin.post(f"/places/{name}/", sent).status_code == 302
        assert Brand.objects.get().sensitive_topics == ["war", "surgery"]
        assert (Market.objects.get().country, Market.objects.get().language) == ("DE", "de")
        assert ExchangeRate.objects.get().source == "the bank"
        page = admin.get("/places/").content.decode()
        assert "none approved: nothing is scored" in page
        assert "EUR → USD" in page

    @pytest.mark.parametrize(("name", "sent", "kept"), [
        ("brands", BRAND | {"currency": "euro"}, "Oak"), ("markets", MARKET | {"country": "Atlantis"}, "Atlantis"),
        ("rates", {"base": "EUR", "currency": "EUR", "rate": "1", "date": "2026-11-20", "source": "me"}, "me"),
    ])  # fmt: skip
    def test_keeps_what_was_typed_where_something_is_wrong(self, admin, name, sent, kept):
        answer = admin.post(f"/places/{name}/", sent)
        assert answer.status_code == 422
        assert f'value="{kept}"' in answer.content.decode()
        assert "errsum" in answer.content.decode()

    @pytest.mark.parametrize("path", ["brands/", "markets/", "markets/US/card/", "rates/"])
    def test_is_changed_by_admins_of_everything_only(self, as_role, path):
        f.market()
        assert as_role("admin").post(f"/places/{path}", {}).status_code == 403
        assert as_role("manager").post(f"/places/{path}", {}).status_code == 403


class TestModel:
    def test_is_put_to_work_by_a_manager_of_the_market(self, as_role, now):
        model = training.publish_card(f.market(), by=None, now=now)
        assert as_role("strategist").post(f"/places/models/{model.pk}/approve/").status_code == 403
        manager = as_role("manager")
        assert "Approve version 1" in manager.get("/places/").content.decode()
        assert manager.post(f"/places/models/{model.pk}/approve/").status_code == 302
        model.refresh_from_db()
        assert model.state == ModelState.ACTIVE
        again = manager.post(f"/places/models/{model.pk}/approve/", follow=True).content.decode()
        assert "Only a candidate can be approved" in again

    def test_of_another_market_is_not_found(self, as_role, now):
        model = training.publish_card(f.market("RU"), by=None, now=now)
        assert as_role("manager").post(f"/places/models/{model.pk}/approve/").status_code == 404

    def test_is_registered_again_once_a_rate_is_known(self, admin, now):
        russia = f.market("RU")
        training.publish_card(russia, by=None, now=now)
        money.record_rate("USD", "RUB", rate=Decimal(80), date=date.today(), source="test", by=None, now=now)
        admin.post("/places/markets/RU/card/")
        assert russia.models.count() == 2
