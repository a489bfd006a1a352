"""The demo's markets, brands and rules: what a team sets up before its first campaign."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from review import policies
from screening import gates, money, training
from screening.models import Brand, Market

MARKETS = {
    "US": ("United States", "США", "US", "en", "USD", "America/New_York"),
    "RU": ("Russia", "Россия", "RU", "ru", "RUB", "Europe/Moscow"),
}
# slug -> name, still in shadow, topics its experts listed as sensitive
BRANDS = {
    "northleaf": ("Northleaf Skincare", False, ["cosmetic surgery"]),
    "trailpeak": ("Trailpeak Outdoor", True, ["hunting"]),
}
PAIRS = (("northleaf", "US"), ("northleaf", "RU"), ("trailpeak", "US"))
ROUBLES = Decimal("81.50")  # one dollar in the demo, not a rate of any day


def seed(people: dict[str, User], now: datetime) -> tuple[dict[str, Market], dict[str, Brand]]:
    """Make markets with gates, rates and an approved card, and brands with policies that a second person approved."""
    rate(now.date(), now)
    markets = {code: _market(code, people, now) for code in MARKETS}
    brands = {
        slug: Brand.objects.create(slug=slug, name=name, currency="USD", is_shadow=shadow, sensitive_topics=topics)
        for slug, (name, shadow, topics) in BRANDS.items()
    }
    for slug, code in PAIRS:
        _policy(brands[slug], markets[code], people, now)
    return markets, brands


def _market(code: str, people: dict[str, User], now: datetime) -> Market:
    name_en, name_ru, country, language, currency, zone = MARKETS[code]
    market = Market.objects.create(
        code=code, name_en=name_en, name_ru=name_ru, country=country, language=language, currency=currency,
        time_zone=zone,
    )  # fmt: skip
    gates.install(market, by=None, now=now)
    training.approve(training.publish_card(market, by=None, now=now), by=people["marcus"], now=now)
    return market


def _policy(brand: Brand, market: Market, people: dict[str, User], now: datetime) -> None:
    draft = policies.propose(
        brand, market, owner=people["sofia"], deputy=people["marcus"], by=people["sofia"], now=now,
        is_shadow=brand.is_shadow, medium_fee_minor=150_000, high_fee_minor=900_000, practice_share_u6=100_000,
    )  # fmt: skip
    policies.approve(draft, by=people["marcus"], now=now)


def rate(on: date, now: datetime) -> None:
    """Keep the demo's rate of a day, so that prices in roubles can be compared."""
    for back in range(0, 30, 28):
        day = on - timedelta(days=back)
        money.record_rate("USD", "RUB", rate=ROUBLES, date=day, source="demo", by=None, now=now)
