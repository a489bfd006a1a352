"""Plain makers of rows with valid defaults; every argument can be given by name."""

import itertools
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from audit import log
from review.judgement.rights import BANDS, Right, right
from review.models import Policy, ReviewTask
from screening import models as s

_count = itertools.count(1)


def user(*roles, brand="", market="", **fields) -> User:
    """A person with these roles for a brand and market (empty: all)."""
    n = next(_count)
    fields = {"email": f"person{n}@example.org", "name": f"Person {n}", **fields}
    made = User.objects.create_user(password="correct horse", **fields)
    for role in roles:
        Membership.objects.create(user=made, role=role, brand=brand, market=market)
    return made


def market(code="US", **fields) -> s.Market:
    """A market; US unless said otherwise."""
    ru = code == "RU"
    defaults = {
        "name_en": "Russia" if ru else "United States", "name_ru": "Россия" if ru else "США", "country": code[:2],
        "language": "ru" if ru else "en", "currency": "RUB" if ru else "USD",
    }  # fmt: skip
    return s.Market.objects.get_or_create(code=code, defaults={**defaults, **fields})[0]


def brand(slug="acme", **fields) -> s.Brand:
    """A brand that is open (not in shadow)."""
    return s.Brand.objects.get_or_create(
        slug=slug, defaults={"name": slug.title(), "currency": "USD", "is_shadow": False, **fields}
    )[0]


def campaign(**fields) -> s.Campaign:
    """A campaign of the default brand in the default market."""
    n = next(_count)
    fields.setdefault("brand", brand() if "brand" not in fields else fields["brand"])
    fields.setdefault("market", market() if "market" not in fields else fields["market"])
    defaults = {
        "slug": f"campaign-{n}", "name": f"Campaign {n}", "budget_minor": 5_000_000, "fee_minor": 50_000,
        "deadline_date": date(2026, 12, 31),
    }  # fmt: skip
    return s.Campaign.objects.create(**{**defaults, **fields})


def brief(campaign, **fields) -> s.Brief:
    """The next version of a campaign's brief; no criteria unless given."""
    version = campaign.briefs.count() + 1
    defaults = {"version": version, "criteria": {}, "preferences": {}}
    return s.Brief.objects.create(campaign=campaign, **{**defaults, **fields})


def profile(platform="instagram", **fields) -> s.Profile:
    """A profile with its creator, visible and in market US."""
    n = next(_count)
    handle = fields.pop("handle", f"creator{n}")
    creator = fields.pop("creator", None) or s.Creator.objects.create(name=f"Creator {n}")
    defaults = {"markets": ["US"], "name": creator.name, "handle_key": handle.casefold()}
    return s.Profile.objects.create(creator=creator, platform=platform, handle=handle, **{**defaults, **fields})


def metrics(profile, **fields) -> s.Metrics:
    """One row of figures of a profile."""
    defaults = {"taken_at": date(2026, 11, 1), "followers": 50_000, "likes_avg": 1_000.0, "comments_avg": 50.0}
    return s.Metrics.objects.create(profile=profile, **{**defaults, **fields})


def model(market, *, document=None, **fields) -> s.ScoringModel:
    """An approved scoring model of a market; pass the document of a real card where it is used."""
    defaults = {
        "version": market.models.count() + 1, "kind": "card", "sha256": "0" * 64, "document": document or {},
        "state": s.ModelState.ACTIVE, "approved_by": user("manager"), "approved_at": timezone.now(),
    }  # fmt: skip
    return s.ScoringModel.objects.create(market=market, **{**defaults, **fields})


def run(campaign, **fields) -> s.ScreeningRun:
    """A completed run of a campaign, without a pool or results behind it."""
    defaults = {
        "number": campaign.runs.count() + 1, "seed": 1, "status": s.RunStatus.COMPLETED,
        "brief": campaign.briefs.first() or brief(campaign), "finished_at": timezone.now(),
        "model": campaign.market.models.filter(state="active").first() or model(campaign.market),
    }  # fmt: skip
    return s.ScreeningRun.objects.create(campaign=campaign, **{**defaults, **fields})


def entry(kind="recommendation", **fields):
    """An audit entry in its own transaction."""
    with transaction.atomic():
        return log.record(kind, **{"stream": "test", "by": None, "body": {}, **fields})


def recommendation(run, **fields) -> s.Recommendation:
    """An answer of a run: Partner at 61 % unless said otherwise."""
    chosen = fields.pop("profile", None) or profile()
    defaults = {
        "rank": run.recommendations.count() + 1, "score_u6": 60_000_000, "p_u6": 610_000, "verdict": "recommend",
        "factors": [["engagement_rate", 10_000_000, 0.02]],
    }  # fmt: skip
    row = {**defaults, **fields}
    said = {name: row[name] for name in ("score_u6", "p_u6", "verdict")}
    row["audit"] = row.get("audit") or entry(body=said)
    return s.Recommendation.objects.create(run=run, profile=chosen, creator=chosen.creator, **row)


def rights(**cells):
    """The rights of partnerships by stakes, with values of their own: `rights(low={"auto_line_u6": 850_000})`."""
    general = Right("person", 500_000, 700_000, 300_000, 50_000, 48, "stands")
    return {band: right("partnership", band, general, cells.get(band, {})) for band in BANDS}


def policy(brand, market, **fields) -> Policy:
    """An active policy, out of shadow, approved by a second person; blind-first on high stakes only."""
    owner = fields.pop("owner", None) or user("manager", brand=brand.slug, market=market.code)
    defaults = {
        "version": Policy.objects.filter(brand=brand, market=market).count() + 1, "state": "active", "owner": owner,
        "is_shadow": False, "blind_share_u6": 0, "medium_fee_minor": 100_000, "high_fee_minor": 1_000_000,
        "proposed_by": owner,
        "approved_by": user("manager"), "approved_at": timezone.now() - timedelta(days=30),
        "audit": entry("policy_change"),
    }  # fmt: skip
    return Policy.objects.create(brand=brand, market=market, **{**defaults, **fields})


_policy = policy


def task(answer=None, *, policy=None, state="open", **fields) -> ReviewTask:
    """A card of low stakes that the AI's verdict decides at the deadline in 48 hours, unless said otherwise."""
    answer = answer or recommendation(run(campaign()))
    campaign_ = answer.run.campaign
    known = Policy.objects.filter(brand=campaign_.brand, market=campaign_.market, state="active").first()
    opened = fields.pop("opened_at", None) or timezone.now()
    defaults = {
        "campaign": campaign_, "brand": campaign_.brand_id, "market": campaign_.market_id, "route": "review",
        "reasons": [["at_cut", {"rank": answer.rank, "wanted": 5}]], "stakes": "low", "fee_minor": 50_000, "value": 1.0,
        "probability_u6": 1_000_000, "on_expiry": "stands", "opened_at": opened, "due_at": opened + timedelta(hours=48),
    }  # fmt: skip
    rules = policy or known or _policy(campaign_.brand, campaign_.market)
    return ReviewTask.objects.create(recommendation=answer, policy=rules, state=state, **{**defaults, **fields})
