"""The match: frozen pools, models, screening runs, and the answers that people see."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from screening.engine.tables import PROXY
from screening.models.ask import Brief, Campaign, Market
from screening.models.supply import Creator, Profile


class Pool(models.Model):
    """The frozen candidates of a market, named by the hash of their content; the columns stand in the store."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="pools")
    size = models.PositiveIntegerField()  # profiles
    creators = models.PositiveIntegerField()
    newest_date = models.DateField(null=True)  # of the figures
    median_age_days = models.FloatField(null=True)
    frozen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256[:8]


class ModelState(models.TextChoices):
    """Where a model stands: no model decides before a named person approved it."""

    CANDIDATE = "candidate", _("candidate")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


class ScoringModel(models.Model):
    """A model as JSON tables, per market, with its hash and who approved it."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="models")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)  # card: the expert points card; learned: from results; proxy
    sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    facts = models.JSONField(default=dict)  # of a learned one: results it learned from, how it was compared, millionths
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    drifted_at = models.DateTimeField(null=True)  # since when its market is seen to have moved away: the clock's word

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "version"], name="models_are_numbered_per_market"),
            models.UniqueConstraint(
                fields=["market"], condition=models.Q(state="active"), name="one_active_model_a_market"
            ),
            models.CheckConstraint(
                condition=models.Q(state="candidate") | models.Q(approved_by__isnull=False),
                name="a_person_approved_the_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.version}"

    @property
    def is_prior(self) -> bool:
        """True where no result has gone into it: the chance is a stated prior."""
        return self.kind != "learned"

    @property
    def is_proxy(self) -> bool:
        """True where it learned from what is no result of a campaign."""
        return self.kind == PROXY


class Forecaster(models.Model):
    """What forecasts a KPI in a market, as JSON tables with their hash. The newest counts; rows refuse change."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="forecasters")
    kpi = models.CharField(max_length=12)  # an Objective
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.TextField()
    results = models.PositiveIntegerField()  # that it learned from
    creators = models.PositiveIntegerField()  # whose they are
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="forecaster")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["market", "kpi", "version"], name="forecasters_are_numbered_per_market_and_kpi"
            )
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.kpi} {self.version}"


class Lookout(models.Model):
    """What looks at flags tend to find in a market, as a file with its hash. The newest counts; rows refuse change."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="lookouts")
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.TextField()
    looks = models.PositiveIntegerField()  # closed investigations of flags that it learned from
    reasons = models.PositiveIntegerField()  # those that found a reason to hold back
    creators = models.PositiveIntegerField()  # who was looked into
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="lookout")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["market", "version"], name="lookouts_are_numbered_per_market")]

    def __str__(self) -> str:
        return f"{self.market_id} {self.version}"


class RunStatus(models.TextChoices):
    """Where a screening run stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ScreeningRun(models.Model):
    """One execution: brief version x pool x model x norms and events x round x seed, all frozen at the start."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="runs")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, related_name="runs")
    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, related_name="runs")
    norms = models.JSONField(default=list)  # ids of norms and events in force
    round = models.PositiveIntegerField(default=0)
    seed = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, related_name="+")
    funnel = models.JSONField(default=dict)  # counts, see execution.funnel
    result_sha256 = models.CharField(max_length=64, default="", blank=True)
    error = models.TextField(default="", blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cpu_seconds = models.FloatField(null=True)
    audit = models.ForeignKey("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="runs_are_numbered_per_campaign")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} run {self.number}"


class Exposure(models.Model):
    """Who has seen what the AI says of a creator in a campaign. Telemetry: it decides who can still speak first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)  # of the first time

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "campaign", "creator"], name="a_first_sight_is_noted_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.campaign_id} {self.creator_id}"


class Verdict(models.TextChoices):
    """What the AI says; people have no verdict."""

    RECOMMEND = "recommend", _("Partner")
    DECLINE = "decline", _("Do not partner")
    UNSURE = "unsure", _("Unsure")


class Recommendation(models.Model):
    """The frozen answer for one profile in one run: codes and numbers, never words. Rows refuse update and delete."""

    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, related_name="recommendations")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="recommendations")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="recommendations")
    rank = models.PositiveIntegerField()
    score_u6 = models.BigIntegerField()  # points times 10^6
    p_u6 = models.PositiveIntegerField()  # chance that it works out, times 10^6
    verdict = models.CharField(max_length=10, choices=Verdict)
    factors = models.JSONField()  # [[feature, contribution_u6, value or null], ...] largest first, all of them
    missing = models.PositiveSmallIntegerField(default=0)
    flags = models.JSONField(default=list)
    knowledge = models.JSONField(default=dict)  # know, uncertain, no_data, question: codes with numbers
    figures_date = models.DateField(null=True)  # as-of date of the newest figures
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="recommendation")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "profile"], name="one_answer_per_profile_and_run")]
        indexes = [models.Index(fields=["run", "rank"], name="recommendations_by_rank")]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.rank}"

    @property
    def score(self) -> float:
        """Score in points; 50 is the market's average, 20 points double the odds."""
        return self.score_u6 / 1e6

    @property
    def p(self) -> float:
        """Chance that the partnership meets the campaign's goal."""
        return self.p_u6 / 1e6

    @property
    def confidence(self) -> float | None:
        """Chance that the verdict proves right; None for Unsure, which shows a chance instead."""
        if self.verdict == Verdict.UNSURE:
            return None
        return self.p if self.verdict == Verdict.RECOMMEND else 1 - self.p
