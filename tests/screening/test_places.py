"""Brands and markets: opened by an admin, put to work by a manager."""

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry
from screening import places
from screening.models import Brand, Market, ModelState
from tests import factories as f

pytestmark = pytest.mark.django_db
GERMANY = {
    "name_en": "Germany", "name_ru": "Германия", "country": "DE", "language": "de", "currency": "eur",
    "time_zone": "Europe/Berlin",
}  # fmt: skip


class TestAddBrand:
    def test_starts_in_shadow_and_in_the_log(self, now):
        admin = f.user("admin")
        made = places.add_brand("Oak & Iron", currency="eur", sensitive_topics=["war "], by=admin, now=now)
        assert (made.slug, made.currency, made.is_shadow, made.sensitive_topics) == ("oak-iron", "EUR", True, ["war"])
        assert AuditEntry.objects.get(kind="brand").actor == f"user:{admin.pk}"

    @pytest.mark.parametrize(
        ("field", "asked"),
        [
            ("name", {"name": "  ", "currency": "USD"}),
            ("slug", {"name": "Дуб", "currency": "USD"}),
            ("slug", {"name": "Acme", "currency": "USD"}),
            ("currency", {"name": "Elm", "currency": "dollars"}),
        ],
    )
    def test_names_the_field_to_correct(self, now, field, asked):
        f.brand("acme")
        with pytest.raises(places.PlaceRefused) as refused:
            places.add_brand(**asked, by=None, now=now)
        assert refused.value.field == field
        assert Brand.objects.count() == 1

    def test_is_for_admins_of_everything(self, now):
        for user in (f.user("manager"), f.user("admin", brand="acme")):
            with pytest.raises(NotAllowed):
                places.add_brand("Elm", currency="USD", by=user, now=now)


class TestOpenMarket:
    def test_brings_its_gates_and_a_card_that_waits_for_a_manager(self, now):
        russia = {"name_en": "Russia", "name_ru": "Россия", "country": "RU", "language": "ru", "currency": "RUB"}
        made = places.open_market("ru", **russia, time_zone="Europe/Moscow", by=f.user("admin"), now=now)
        place = places.markets_of(f.user("manager", market="RU"), on=now.date())[0]
        assert (place.market, place.active, place.may_approve) == (made, None, True)
        assert place.gates > 0
        assert place.candidate.state == ModelState.CANDIDATE

    @pytest.mark.parametrize(("field", "code", "asked"), [
        ("code", "D1", {}), ("code", "US", {}), ("currency", "DE", {"currency": "e"}),
        ("time_zone", "DE", {"time_zone": "Mars/Base"}),
    ])  # fmt: skip
    def test_names_the_field_to_correct(self, now, field, code, asked):
        f.market("US")
        with pytest.raises(places.PlaceRefused) as refused:
            places.open_market(code, **(GERMANY | asked), by=None, now=now)
        assert refused.value.field == field
        assert Market.objects.count() == 1

    def test_offers_no_model_that_is_older_than_the_one_at_work(self, now):
        market = f.market()
        f.model(market, state="candidate", approved_by=None, approved_at=None)
        f.model(market)
        assert places.markets_of(f.user("manager"), on=now.date())[0].candidate is None

    def test_is_seen_by_its_members_alone(self, now):
        places.open_market("DE", **GERMANY, by=None, now=now)
        assert places.markets_of(f.user("manager", market="US"), on=now.date()) == []
