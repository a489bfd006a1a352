"""Brands and markets: what an admin opens before the first campaign. A manager then puts the market's card to work."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from screening import gates, learning, lessons, training
from screening.models import Brand, ExchangeRate, Market, ModelState, ScoringModel

CURRENCY = re.compile(r"[A-Z]{3}")
CODE = re.compile(r"[A-Z]{2,12}")
SHOWN_RATES = 8


class PlaceRefused(ValueError):
    """Raised when a brand or a market cannot be as asked; `field` is the one to correct."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def add_brand(
    name: str, *, slug: str = "", currency: str, sensitive_topics: Sequence[str] = (), by: User | None, now: datetime
) -> Brand:
    """Add a brand. It starts in shadow: the AI scores, people decide, until a manager opens its policy.

    slug: its word in addresses and filters, made of the name where left out. Raises NotAllowed and PlaceRefused.
    """
    if by is not None:
        access.require(by, "places")
    name, slug, currency = name.strip(), slugify(slug or name)[:60], currency.strip().upper()
    if not name:
        raise PlaceRefused("name", _("Give the brand a name."))
    if not slug:
        raise PlaceRefused("slug", _("Write a short name in Latin letters: it stands in addresses."))
    _require_currency(currency)
    with _taken("slug", _("There is a brand “%(slug)s” already.") % {"slug": slug}):
        brand = Brand.objects.create(slug=slug, name=name[:120], currency=currency,
                                     sensitive_topics=[topic.strip() for topic in sensitive_topics])  # fmt: skip
        body = {
            "what": "brand",
            "currency": currency,
            "sensitive_topics": brand.sensitive_topics,
            "at": now.isoformat(),
        }
        log.record(Kind.BRAND, stream=f"brand:{slug}", by=by, body=body, brand=slug)
    return brand


def open_market(
    code: str, *, name_en: str, name_ru: str, country: str, language: str, currency: str, time_zone: str,
    by: User | None, now: datetime,
) -> Market:  # fmt: skip
    """Open a market, with the gates that are known of it and the expert card as a candidate for a manager to approve.

    country, language: ISO 3166-1 and 639-1. Raises NotAllowed and PlaceRefused.
    """
    if by is not None:
        access.require(by, "places")
    code, currency = code.strip().upper(), currency.strip().upper()
    if not CODE.fullmatch(code):
        raise PlaceRefused("code", _("A market’s code has two to twelve Latin letters, like US."))
    if time_zone not in available_timezones():
        raise PlaceRefused("time_zone", _("%(zone)s is no time zone we know.") % {"zone": time_zone[:40]})
    _require_currency(currency)
    with _taken("code", _("There is a market %(code)s already.") % {"code": code}):
        market = Market.objects.create(
            code=code, name_en=name_en.strip()[:60], name_ru=name_ru.strip()[:60], country=country, language=language,
            currency=currency, time_zone=time_zone,
        )  # fmt: skip
        body = {"what": "market", "currency": currency, "language": language, "zone": time_zone, "at": now.isoformat()}
        log.record(Kind.BRAND, stream=f"market:{code}", by=by, body=body, market=code)
        gates.install(market, by=by, now=now)
        training.publish_card(market, by=by, now=now)
    return market


@contextmanager
def _taken(field: str, sentence: str) -> Iterator[None]:
    # The database tells, not a look before: two people may ask at once.
    try:
        with transaction.atomic():
            yield
    except IntegrityError as taken:
        raise PlaceRefused(field, sentence) from taken


def _require_currency(currency: str) -> None:
    if not CURRENCY.fullmatch(currency):
        raise PlaceRefused("currency", _("A currency is written in three Latin letters, like USD."))


@dataclass(frozen=True)
class Place:
    """A market at a glance.

    active: the model at work; candidate: the newest that waits for a manager's name; earlier: what was at work before.
    known: results to learn from; last: how the last learning ended.
    """

    market: Market
    gates: int
    active: ScoringModel | None
    candidate: ScoringModel | None
    earlier: ScoringModel | None
    may_approve: bool
    known: lessons.Known
    last: learning.Last | None
    may_learn: bool


def brands_of(user: User) -> list[Brand]:
    """Return the brands a person sees, by name."""
    return list(Brand.objects.filter(access.scope(user).query(brand="pk")).order_by("name"))


def markets_of(user: User, *, on: date) -> list[Place]:
    """Return the markets a person sees, by code, with gates in force on a day, models and results. Six queries."""
    found = list(Market.objects.filter(access.scope(user).query(market="pk")).order_by("code"))
    codes = [market.code for market in found]
    models, asked = defaultdict(list), Counter(gate.market_id for gate in gates.in_force_of(codes, on=on))
    served = training.served(codes)
    known = ScoringModel.objects.filter(market__in=codes).defer("document").select_related("approved_by")
    for one in known.order_by("-version"):
        models[one.market_id].append(one)
    results, last = lessons.known(codes), learning.last(codes)
    return [
        Place(
            market, asked[market.code], *_models(models[market.code]),
            may_approve=training.may_approve(user, market.code, served),
            known=results[market.code], last=last.get(market.code), may_learn=learning.may_start(user, market.code),
        )
        for market in found
    ]  # fmt: skip


def _models(models: Sequence[ScoringModel]) -> tuple[ScoringModel | None, ScoringModel | None, ScoringModel | None]:
    active = next((one for one in models if one.state == ModelState.ACTIVE), None)
    at_work = active.version if active else 0
    newer = (one for one in models if one.state == ModelState.CANDIDATE and one.version > at_work)
    return active, next(newer, None), training.earlier(models)


def rates() -> list[ExchangeRate]:
    """Return the newest exchange rates."""
    return list(ExchangeRate.objects.order_by("-date", "base", "currency")[:SHOWN_RATES])
