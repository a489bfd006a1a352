"""An installation for the journey in a browser: people, two markets with rules and an approved card, no creators yet.

`python -m tests.browser.house` makes it in the database of the settings.
"""

import django
from django.db import transaction

django.setup()

from jobs import lease  # noqa: E402
from screening import gates, training  # noqa: E402
from tests import factories, template  # noqa: E402

BRANDS = {"US": ("acme", "USD"), "RU": ("sever", "RUB")}
LANGUAGES = {"US": "en", "RU": "ru"}
NAMES = {
    "US": {"strategist": "Daniel Okafor", "manager": "Sofia Bennett", "analyst": "Priya Raman"},
    "RU": {"strategist": "Максим Лебедев", "manager": "Софья Белова", "analyst": "Полина Рамова"},
}


def email(role: str, market: str) -> str:
    """Return somebody's address."""
    return f"{role}.{market.lower()}@example.org"


def make() -> None:
    """Make everything that stands before the first file comes in."""
    template.migrate()
    with transaction.atomic():
        for code, (slug, currency) in BRANDS.items():
            _market(code, slug, currency)


def _market(code: str, slug: str, currency: str) -> None:
    now = lease.now()
    market, brand = factories.market(code, currency=currency), factories.brand(slug, currency=currency)
    people = {
        role: factories.user(role, market=code, email=email(role, code), name=name, language=LANGUAGES[code])
        for role, name in NAMES[code].items()
    }
    gates.install(market, by=None, now=now)
    training.approve(training.publish_card(market, by=None, now=now), by=people["manager"], now=now)
    factories.policy(brand, market, owner=people["manager"])


if __name__ == "__main__":
    make()
