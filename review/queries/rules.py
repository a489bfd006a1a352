"""Policies that a person may see."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts import access
from accounts.models import User
from review.models import Policy, PolicyState, Stop
from screening.models import Brand, Market

POLICY = ("brand", "market", "owner", "deputy", "proposed_by", "approved_by", "audit")


def policies_of(user: User) -> list[Policy]:
    """Return the policies in force, and the drafts, of the person's brands and markets."""
    seen = Policy.objects.filter(access.scope(user).query("brand", "market"), state__in=["active", "draft"])
    return list(seen.select_related(*POLICY).order_by("brand__name", "market", "-version"))


def policy(policy_id: int, *, user: User) -> Policy | None:
    """Return one version of the rules that the person may see."""
    return visible_policies(user).filter(pk=policy_id).select_related(*POLICY).first()


def without_rules(user: User) -> list[tuple[Brand, Market]]:
    """Return the pairs of brand and market without rules or a draft, where the person may write some."""
    ruled = set(visible_policies(user).filter(state__in=["active", "draft"]).values_list("brand", "market"))
    scope = access.scope(user)
    brands = Brand.objects.filter(scope.query("pk")).order_by("name")
    markets = list(Market.objects.filter(scope.query(market="pk")).order_by("code"))
    pairs = ((brand, market) for brand in brands for market in markets if (brand.pk, market.pk) not in ruled)
    return [(b, m) for b, m in pairs if access.may(user, "policy", brand=b.pk, market=m.pk)]


def rules_to_start_from(brand: str, market: str, *, user: User) -> Policy | None:
    """Return the last rules of a brand and market, unsaved ones where there never were any; None: not theirs to see."""
    if not access.scope(user).reaches(brand, market):
        return None
    who, where = Brand.objects.filter(pk=brand).first(), Market.objects.filter(pk=market).first()
    if who is None or where is None:
        return None
    last = Policy.objects.filter(brand=who, market=where).select_related(*POLICY).order_by("-version").first()
    return last or Policy(brand=who, market=where, owner=user)


def versions_of(policy: Policy) -> list[Policy]:
    """Return all versions of the rules of a brand and market, newest first."""
    here = Policy.objects.filter(brand=policy.brand_id, market=policy.market_id)
    return list(here.select_related(*POLICY).order_by("-version"))


def in_force_beside(draft: Policy) -> Policy | None:
    """Return the rules that a draft would replace, else the last ones before it."""
    here = Policy.objects.filter(brand=draft.brand_id, market=draft.market_id).exclude(pk=draft.pk)
    ranked = here.exclude(state=PolicyState.DRAFT).select_related(*POLICY).order_by("-version")
    return ranked.filter(state=PolicyState.ACTIVE).first() or ranked.first()


def stops_of(user: User) -> QuerySet[Stop]:
    """Return the stops in force of the person's brands and markets, those of all brands among them."""
    found = visible_stops(user).filter(ended_at__isnull=True)
    return found.select_related("market", "model", "by", "proposed_by", "audit").order_by("market", "pk")


def visible_stops(user: User) -> QuerySet[Stop]:
    """Return the stops of the person's brands and markets, those of all brands there among them, ended ones too."""
    return Stop.objects.filter(access.scope(user).query("brand", "market", is_wide=True))


def visible_policies(user: User) -> QuerySet[Policy]:
    """Return all versions of the rules of the person's brands and markets."""
    return Policy.objects.filter(access.scope(user).query("brand", "market"))


def stop_of(stop_id: int, *, user: User) -> Stop | None:
    """Return a stop that the person may see."""
    found = visible_stops(user).filter(pk=stop_id)
    return found.select_related("market", "model", "by", "proposed_by", "audit").first()


def brand_names(slugs: Iterable[str]) -> dict[str, str]:
    """Return the names of brands by their slugs."""
    return dict(Brand.objects.filter(pk__in=list(slugs)).values_list("pk", "name"))
