"""What the machine learns from and obeys: outcomes, market norms and events, relations between creators."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from screening.models.ask import Campaign, Market, MarketGate
from screening.models.match import Recommendation
from screening.models.supply import Creator, ImportBatch, Profile


class Outcome(models.Model):
    """What a partnership achieved, beside what was predicted. A correction is a new row that names the old one."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="outcomes")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="outcomes")
    recommendation = models.ForeignKey(
        Recommendation, on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes"
    )
    kpi = models.CharField(max_length=12)  # an Objective
    predicted = models.FloatField(null=True, blank=True)
    predicted_low = models.FloatField(null=True, blank=True)
    predicted_high = models.FloatField(null=True, blank=True)
    target = models.FloatField(null=True, blank=True)
    actual = models.FloatField()
    as_of_date = models.DateField()
    paid_minor = models.BigIntegerField(null=True, blank=True)
    is_success = models.BooleanField()  # met the campaign's goal
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="outcome")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "profile", "kpi", "as_of_date"],
                condition=Q(replaces__isnull=True),
                name="an_outcome_is_recorded_once_a_date",
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.profile_id} {self.kpi}"


class MarketNorm(models.Model):
    """What is normal for a market although peers would say otherwise: scope, author, expiry."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="norms")
    number = models.PositiveIntegerField(default=0)  # in its market: RU-N-07
    flag = models.CharField(max_length=40)  # the flag it answers, feature:side
    scope = models.JSONField(default=dict)  # platform, category, tier
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason_length = models.PositiveIntegerField()
    valid_from_date = models.DateField()
    valid_until_date = models.DateField()
    ended_at = models.DateTimeField(null=True)  # before its date, by a person
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="norm")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["market", "number"], condition=Q(number__gt=0), name="norms_are_numbered_once_a_market"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_by__isnull=False), name="who_ends_a_norm_is_named"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The norm's short name: RU-N-07."""
        return f"{self.market_id}-N-{self.number:02d}"


class MarketEvent(models.Model):
    """A dated event of a market (regulation, platform change) that shifts what can be expected."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="events")
    name = models.CharField(max_length=200)
    platform = models.CharField(max_length=12, default="", blank=True)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="event")

    def __str__(self) -> str:
        return self.name


class RelationKind(models.TextChoices):
    """How somebody stands to a creator."""

    KNOWS = "knows", _("knows")
    WORKED = "worked", _("worked with")
    REFERRED = "referred", _("was referred by")
    MENTIONS = "mentions", _("mentions")
    POSTED = "posted", _("posted together with")


class Relation(models.Model):
    """Who knows, worked with or was referred by whom: a person and a creator, or two creators. by: who said so."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="relations")
    kind = models.CharField(max_length=10, choices=RelationKind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    other = models.ForeignKey(Creator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    brand = models.CharField(max_length=60, default="", blank=True)
    since_date = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80, default="", blank=True)
    trust = models.PositiveSmallIntegerField(null=True)  # of the person in the creator, 1 to 5
    times = models.PositiveSmallIntegerField(null=True)  # how often, between two creators
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, other__isnull=True) | Q(person__isnull=True, other__isnull=False),
                name="a_relation_has_one_other_side",
            ),
            models.CheckConstraint(
                condition=Q(trust__isnull=True) | Q(trust__gte=1, trust__lte=5, person__isnull=False),
                name="trust_in_a_creator_is_a_persons_from_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(times__isnull=True) | Q(times__gte=1, other__isnull=False),
                name="how_often_is_said_of_two_creators",
            ),
            models.UniqueConstraint(
                fields=["creator", "kind", "person", "brand"], condition=Q(person__isnull=False),
                name="a_person_stands_to_a_creator_in_one_way_once",
            ),
            models.UniqueConstraint(
                fields=["creator", "kind", "other", "brand"], condition=Q(other__isnull=False),
                name="two_creators_stand_to_each_other_in_one_way_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.creator_id} {self.kind}"


class CreatorNote(models.Model):
    """What a person noted on a creator's page, for everybody of a brand and market. Its words stand in the payload."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="notes")
    brand = models.CharField(max_length=60)
    market = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    corrected_at = models.DateTimeField(null=True)
    length = models.PositiveIntegerField()  # characters
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="creator_note")

    class Meta:
        indexes = [models.Index(fields=["creator", "-id"], name="notes_on_a_creator")]

    def __str__(self) -> str:
        return f"{self.creator_id} {self.by_id}"


class GateAnswer(models.Model):
    """What a person found out about a profile at a market gate; the newest answer counts. Rows refuse change.

    Where it was looked up (an address, a number in a register) stands in the erasable payload of the audit entry.
    """

    gate = models.ForeignKey(MarketGate, on_delete=models.PROTECT, related_name="answers")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="gate_answers")
    is_passed = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="gate_answer")

    class Meta:
        indexes = [models.Index(fields=["profile", "gate", "-id"], name="gate_answers_of_a_profile")]

    def __str__(self) -> str:
        return f"{self.gate_id} {self.profile_id}"
