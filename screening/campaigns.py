"""Campaigns: one ask of a brand in a market."""

from datetime import date, datetime
from itertools import chain, count

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from screening.models import Brand, Campaign, Market, Objective


class CampaignRefused(ValueError):
    """Raised when a campaign cannot be as asked; `field` is the one to correct."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CampaignClosed(Exception):
    """Raised when work is asked of a campaign that has ended."""


def create(
    *,
    brand: Brand,
    market: Market,
    name: str,
    objective: str = Objective.ENGAGEMENT,
    budget_minor: int,
    fee_minor: int,
    wanted: int = 5,
    deadline_date: date,
    by: User | None,
    now: datetime,
) -> Campaign:
    """Create a campaign. Amounts are minor units of the brand's currency. Raises NotAllowed and CampaignRefused."""
    if by is not None:
        access.require(by, "brief", brand=brand.slug, market=market.code)
    _check(
        name,
        objective,
        budget_minor=budget_minor,
        fee_minor=fee_minor,
        wanted=wanted,
        deadline_date=deadline_date,
        now=now,
    )
    with transaction.atomic():
        campaign = Campaign.objects.create(
            slug=_free_slug(name, brand), brand=brand, market=market, name=name.strip(), objective=objective,
            budget_minor=budget_minor, fee_minor=fee_minor, wanted=wanted, deadline_date=deadline_date,
            created_by=by, created_at=now,
        )  # fmt: skip
        body = {
            "campaign": campaign.pk, "objective": campaign.objective, "budget_minor": budget_minor,
            "fee_minor": fee_minor, "currency": brand.currency, "wanted": wanted, "deadline": deadline_date.isoformat(),
        }  # fmt: skip
        log.record(
            Kind.CAMPAIGN, stream=f"campaign:{campaign.pk}", by=by, body=body, brand=brand.slug, market=market.code
        )
    return campaign


def _check(
    name: str, objective: str, *, budget_minor: int, fee_minor: int, wanted: int, deadline_date: date, now: datetime
) -> None:
    problems = {
        "name": (not name.strip(), _("Give the campaign a name.")),
        "objective": (objective not in Objective.values, _("Choose what the campaign is to achieve.")),
        "budget": (budget_minor <= 0, _("The budget is more than zero.")),
        "fee": (
            not 0 < fee_minor <= budget_minor,
            _("The fee for one creator is more than zero and not above the budget."),
        ),
        "wanted": (not 1 <= wanted <= 500, _("Between 1 and 500 creators can be selected.")),
        "deadline": (deadline_date < now.date(), _("The deadline has passed. Choose a later date.")),
    }
    for field, (is_wrong, sentence) in problems.items():
        if is_wrong:
            raise CampaignRefused(field, sentence)


def _free_slug(name: str, brand: Brand) -> str:
    # Names in Cyrillic leave nothing in an ASCII address, so the brand's own slug stands in.
    base = slugify(name)[:70] or f"{brand.slug}"[:70]
    # "new" is the address of the form that makes campaigns.
    taken = {"new", *Campaign.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return next(slug for slug in chain([base], (f"{base}-{n}" for n in count(2))) if slug not in taken)


def close(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    """End a campaign: no new briefs and runs. Raises NotAllowed and CampaignClosed."""
    access.require(by, "brief", brand=campaign.brand_id, market=campaign.market_id)
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, closed_at__isnull=True).update(closed_at=now):
            raise CampaignClosed(_("This campaign was closed before."))
        campaign.closed_at = now
        log.record(
            Kind.CAMPAIGN_CLOSED, stream=f"campaign:{campaign.pk}", by=by, body={"campaign": campaign.pk},
            brand=campaign.brand_id, market=campaign.market_id,
        )  # fmt: skip
    return campaign


def require_open(campaign: Campaign) -> None:
    """Refuse with a sentence when the campaign has ended. Raises CampaignClosed."""
    if campaign.closed_at is not None:
        raise CampaignClosed(_("This campaign is closed: its briefs and runs can be read, not changed."))
