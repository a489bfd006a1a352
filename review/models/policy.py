"""The policy: who decides what, written down, with an owner, in versions, approved by a second person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from screening.models import Brand, Market


class PolicyState(models.TextChoices):
    """Where a version stands."""

    DRAFT = "draft", pgettext_lazy("policy", "draft")
    ACTIVE = "active", pgettext_lazy("policy", "active")
    RETIRED = "retired", pgettext_lazy("policy", "retired")


class FastTrack(models.TextChoices):
    """What fast track leads to."""

    CONFIRM = "confirm", _("one-click confirm")
    STRAIGHT = "straight", _("straight through at low stakes, else one-click confirm")
    OFF = "off", pgettext_lazy("fast track", "off")


class Policy(models.Model):
    """One version of the rules for a brand and a market. A published version's rules refuse update."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="policies")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=PolicyState, default=PolicyState.DRAFT)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_shadow = models.BooleanField(default=True)  # the AI scores, people decide, expired tasks escalate
    # Shares and lines are whole numbers of 10^-6, so that the log can hold them exactly.
    decision_line_u6 = models.PositiveIntegerField(default=500_000)
    unsure_band_u6 = models.PositiveIntegerField(default=45_000)  # half the width of the band around the line
    auto_line_u6 = models.PositiveIntegerField(default=700_000)
    spot_check_share_u6 = models.PositiveIntegerField(default=50_000)
    random_share_u6 = models.PositiveIntegerField(default=100_000)
    review_budget = models.PositiveIntegerField(default=15)  # tasks of one run that people are asked about
    deadline_hours = models.PositiveIntegerField(default=48)
    undo_seconds = models.PositiveIntegerField(default=60)
    medium_fee_minor = models.BigIntegerField()  # from here stakes are medium, in the brand's currency
    high_fee_minor = models.BigIntegerField()  # from here stakes are high
    high_budget_share_u6 = models.PositiveIntegerField(default=400_000)  # from this share of the budget as well
    fast_track = models.CharField(max_length=8, choices=FastTrack, default=FastTrack.CONFIRM)
    results_months = models.PositiveSmallIntegerField(default=24)  # older results prove no partner
    trusts_referrals = models.BooleanField(default=False)
    trusted = models.JSONField(default=list, blank=True)  # whose: "role:expert", "user:5"; none: any colleague's
    auto_undo_hours = models.PositiveIntegerField(default=48)  # the AI's and the clock's decisions can be taken back
    card_minutes = models.PositiveSmallIntegerField(default=10)  # of a person's time for one card
    minute_cost_minor = models.BigIntegerField(null=True, blank=True)  # set: nobody is asked where it costs more
    # What one kind of decision at one stake has of its own: {kind: {stakes: {rule: value}}}, see policies.Right.
    rights = models.JSONField(default=dict)
    blind_share_u6 = models.PositiveIntegerField(default=300_000)  # of cards under high stakes; high ones are all blind
    practice_share_u6 = models.PositiveIntegerField(default=0)  # of a person's cards that are practice
    fresh_sign_in_minor = models.BigIntegerField(null=True, blank=True)  # from here an approval asks for the password
    has_business_hours = models.BooleanField(default=False)  # deadlines count working hours of the market only
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="policy")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "market", "version"], name="policy_versions_are_numbered_once"),
            models.UniqueConstraint(
                fields=["brand", "market"], condition=Q(state="active"), name="one_active_policy_per_brand_and_market"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by")),
                name="a_second_person_approved_the_policy",
            ),
            models.CheckConstraint(condition=Q(auto_line_u6__gte=700_000), name="the_auto_line_is_70_percent_at_least"),
            models.CheckConstraint(
                condition=Q(decision_line_u6__gt=F("unsure_band_u6"))
                & Q(decision_line_u6__lt=1_000_000 - F("unsure_band_u6")),
                name="either_verdict_can_be_said_beyond_unsure",
            ),
            models.CheckConstraint(
                condition=Q(high_fee_minor__gte=F("medium_fee_minor")), name="high_stakes_lie_above_medium"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market_id}-{self.version}"
