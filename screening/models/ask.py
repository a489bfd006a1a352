"""The ask: markets and their gates, brands, campaigns, and briefs in versions."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Market(models.Model):
    """Country and language in which a campaign runs; has its own model, peers, norms and experts."""

    code = models.CharField(max_length=12, primary_key=True)  # US, RU
    name_en = models.CharField(max_length=60)
    name_ru = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40, default="UTC")

    def __str__(self) -> str:
        return self.code


class MarketGate(models.Model):
    """A dated legal rule of a market, checked before money is spoken of; kept as data with its evidence."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="gates")
    code = models.SlugField(max_length=40)
    name_en = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200)
    rule = models.CharField(max_length=20)  # how it is checked: followers_over, platform_banned, before_live, list
    params = models.JSONField(default=dict)
    valid_from_date = models.DateField()
    valid_until_date = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=300)  # where the rule stands written
    checked_on_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "code", "valid_from_date"], name="a_gate_has_one_row_a_date")
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.code}"


class ExchangeRate(models.Model):
    """How much of `currency` one unit of `base` bought on a date. A missing rate is asked for, never guessed."""

    base = models.CharField(max_length=3)
    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["base", "currency", "date"], name="one_rate_a_day")]

    def __str__(self) -> str:
        return f"{self.base}/{self.currency} {self.date}"


class Brand(models.Model):
    """Who pays."""

    slug = models.SlugField(max_length=60, primary_key=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    is_shadow = models.BooleanField(default=True)  # the AI scores, people decide, until a manager opens the policy
    sensitive_topics = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class Objective(models.TextChoices):
    """What a campaign is to achieve; an outcome says in its units whether it did."""

    REACH = "reach", _("reach")
    ENGAGEMENT = "engagement", _("engagement")
    ORDERS = "orders", _("orders")


class Campaign(models.Model):
    """One ask of a brand in one or more markets."""

    slug = models.SlugField(max_length=80, unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="campaigns")
    objective = models.CharField(max_length=12, choices=Objective, default=Objective.ENGAGEMENT)
    budget_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()  # offered to one creator, unless the creator names a price
    wanted = models.PositiveSmallIntegerField(default=5)  # creators to select
    deadline_date = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(budget_minor__gt=0, fee_minor__gt=0), name="money_is_positive")
        ]

    def __str__(self) -> str:
        return self.name


class Brief(models.Model):
    """One version of what a campaign asks for. Rows refuse update: editing makes a new version."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="briefs")
    version = models.PositiveIntegerField()
    criteria = models.JSONField()  # hard criteria, the fields of engine.types.Criteria
    preferences = models.JSONField()  # soft preferences with weights, the fields of engine.types.Preferences
    note = models.CharField(max_length=300, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "version"], name="brief_versions_are_numbered_once")]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.version}"
