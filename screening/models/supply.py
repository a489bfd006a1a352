"""The supply: creators, their profiles, the figures of a profile over time, and the files they came from."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    """Where a profile lives. Names of platforms are not translated, but for those with a Russian name of their own."""

    INSTAGRAM = "instagram", "Instagram"
    YOUTUBE = "youtube", "YouTube"
    TIKTOK = "tiktok", "TikTok"
    TWITCH = "twitch", "Twitch"
    TELEGRAM = "telegram", "Telegram"
    VK = "vk", _("VK")


class BatchStatus(models.TextChoices):
    """Where an imported file stands. Only a loaded batch is visible."""

    UPLOADED = "uploaded", _("not imported yet")
    LOADING = "loading", _("loading")
    LOADED = "loaded", _("loaded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ImportBatch(models.Model):
    """One file: its hash, how it was read, and records = loaded + merged + refused."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(default=0)  # octets
    path = models.CharField(max_length=400, default="", blank=True)
    source = models.CharField(max_length=80, default="", blank=True)
    platform = models.CharField(max_length=12, choices=Platform, default="", blank=True)
    market = models.CharField(max_length=12, default="", blank=True)
    as_of_date = models.DateField(null=True, blank=True)
    reading = models.JSONField(default=dict)  # encoding, delimiter, header row and whatever else was found
    mapping = models.JSONField(default=dict)  # column -> field
    mapping_by = models.CharField(max_length=10, default="guessed")
    status = models.CharField(max_length=10, choices=BatchStatus, default=BatchStatus.UPLOADED)
    records = models.PositiveIntegerField(default=0)
    loaded = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)  # exact repeats among the merged
    warnings = models.JSONField(default=list)
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="loaded")
                | models.Q(records=models.F("loaded") + models.F("merged") + models.F("refused")),
                name="every_record_is_accounted_for",
            ),
            models.UniqueConstraint(
                fields=["sha256", "platform", "market"],
                condition=models.Q(status="loaded"),
                name="a_file_is_loaded_once",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="batch_by_content")]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """How the columns of a source were mapped last, remembered by the shape of its header."""

    source = models.CharField(max_length=80, default="", blank=True)
    header_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "header_sha256"], name="one_mapping_per_source_and_header")
        ]

    def __str__(self) -> str:
        return self.source or self.header_sha256[:8]


class RowError(models.Model):
    """A refused row: line, column, value and reason code; the words are made at the face."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="row_errors")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=120, default="", blank=True)
    value = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=40)
    row = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["batch", "line"], name="errors_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Creator(models.Model):
    """A person with one or more profiles. `subject` is their only name in the audit log."""

    name = models.CharField(max_length=200)
    subject = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    country = models.CharField(max_length=2, default="", blank=True)  # ISO 3166-1
    language = models.CharField(max_length=8, default="", blank=True)  # ISO 639-1
    gender = models.CharField(max_length=10, default="", blank=True)  # declared by the creator only
    do_not_contact = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Imported(models.QuerySet[Any]):
    """Rows that an import brings: those of a file that has not come in whole are there, and nobody sees them."""

    def visible(self) -> Self:
        """Leave out what an import has not finished."""
        return self.filter(models.Q(batch__isnull=True) | models.Q(batch__status=BatchStatus.LOADED))


class Figures(Imported):
    """Rows of figures: besides, those of a correction that was taken back are there, and nobody sees them."""

    def visible(self) -> Self:
        """Leave out what an import has not finished and what was taken back."""
        gone = Correction.objects.filter(taken_back_at__isnull=False, figures__isnull=False)
        return super().visible().exclude(pk__in=gone.values("figures"))


class Profile(models.Model):
    """An account on one platform: the unit that is scored. What changes over time stands in Metrics."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="profiles")
    platform = models.CharField(max_length=12, choices=Platform)
    handle = models.CharField(max_length=200)
    handle_key = models.CharField(max_length=200)  # normalised for matching
    external_id = models.CharField(max_length=80, default="", blank=True)
    url = models.CharField(max_length=300, default="", blank=True)
    markets = models.JSONField(default=list)  # market codes; a profile can stand in several
    name = models.CharField(max_length=200, default="", blank=True)
    bio = models.TextField(default="", blank=True)
    categories = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    audience_country = models.CharField(max_length=2, default="", blank=True)
    is_verified = models.BooleanField(null=True)
    is_partner = models.BooleanField(null=True)
    is_mature = models.BooleanField(null=True)
    opened_date = models.DateField(null=True)  # when the account was opened
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")

    objects = Imported.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "handle_key"], name="a_handle_is_known_once_per_platform")
        ]
        indexes = [models.Index(fields=["platform", "external_id"], name="profile_by_external_id")]

    def __str__(self) -> str:
        return f"@{self.handle} ({self.platform})"


class Metrics(models.Model):
    """A profile's figures at one moment, with their source. Append-only: history is kept, never overwritten."""

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="metrics")
    taken_at = models.DateField()
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="metrics")
    source = models.CharField(max_length=80, default="", blank=True)
    is_typed_by_hand = models.BooleanField(default=False)
    # Every figure may be unknown; counts are per post where the name says avg.
    followers = models.BigIntegerField(null=True)
    following = models.BigIntegerField(null=True)
    posts = models.BigIntegerField(null=True)
    likes_avg = models.FloatField(null=True)
    comments_avg = models.FloatField(null=True)
    views_avg = models.FloatField(null=True)
    shares_avg = models.FloatField(null=True)
    engagement_avg = models.FloatField(null=True)  # likes and comments of a post together
    authentic_avg = models.FloatField(null=True)  # the part of it that the source holds authentic
    views_total = models.BigIntegerField(null=True)
    views_30d = models.BigIntegerField(null=True)
    viewers_avg = models.FloatField(null=True)  # live viewers
    viewers_peak = models.FloatField(null=True)
    watch_minutes = models.BigIntegerField(null=True)
    stream_minutes = models.BigIntegerField(null=True)
    followers_gained = models.BigIntegerField(null=True)
    posts_in_period = models.PositiveIntegerField(null=True)  # posts counted in this row's period
    period_days = models.PositiveIntegerField(null=True)  # length of that period
    tags_avg = models.FloatField(null=True)
    mentions_avg = models.FloatField(null=True)
    ads_in_period = models.PositiveIntegerField(null=True)  # of its posts, those that are marked as advertising
    gap_days = models.PositiveIntegerField(null=True)  # longest silence before one of its posts
    said = models.JSONField(null=True)  # words that its posts repeat: [word, posts], most first
    named = models.JSONField(null=True)  # accounts that its posts name: [handle, posts, ads of these], most first
    fee_minor = models.BigIntegerField(null=True)  # price of one post, minor units of `currency`
    currency = models.CharField(max_length=3, default="", blank=True)
    row_sha256 = models.CharField(max_length=64, default="", blank=True)

    objects = Figures.as_manager()

    class Meta:
        constraints = [
            # Once a batch: those of one that may yet be given up do not stand for another's.
            models.UniqueConstraint(
                fields=["profile", "taken_at", "source", "row_sha256", "batch"], name="figures_are_stored_once"
            )
        ]
        indexes = [
            models.Index(fields=["profile", "-taken_at"], name="metrics_by_profile"),
            models.Index(fields=["profile"], condition=models.Q(said__isnull=False), name="metrics_of_read_posts"),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.taken_at}"


class ProfileChange(models.Model):
    """What a file adds to a profile that was known before it: blanks it fills, topics and markets it names.

    Written with the batch, applied when the batch is loaded, kept as the provenance of those words.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="changes")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="changes")
    changes = models.JSONField()  # column of Profile -> new value

    def __str__(self) -> str:
        return f"{self.profile_id} by {self.batch_id}"


class Fact(models.TextChoices):
    """What a person can tell of a creator that no file brings."""

    CITY = "city", _("City")
    AGENT = "agent", _("Agent")


class Corrections(models.QuerySet[Any]):
    """What people corrected."""

    def standing(self) -> Self:
        """Leave out what was taken back."""
        return self.filter(taken_back_at__isnull=True)


class Correction(models.Model):
    """What a person says of one datum of a creator: a figure in the place of a wrong one, or a fact.

    The newest that stands counts. A figure is a row of its own, beside the one that it corrects; the words of a fact,
    and how it is known, stand in the erasable payload of the audit entry. Rows refuse change but for the taking back.
    """

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="corrections")
    field = models.CharField(max_length=20)  # a column of Metrics, or a Fact
    figures = models.OneToOneField(Metrics, on_delete=models.PROTECT, null=True, related_name="correction")
    was = models.ForeignKey(Metrics, on_delete=models.PROTECT, null=True, related_name="corrected")
    since_date = models.DateField(null=True)  # of a fact: since when it holds
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)  # by whoever said it
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="correction")

    objects = Corrections.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(figures__isnull=False, was__isnull=False, since_date__isnull=True)
                | models.Q(figures__isnull=True, was__isnull=True, field__in=["city", "agent"]),
                name="a_correction_is_of_a_figure_or_a_fact",
            ),
            models.UniqueConstraint(
                fields=["was", "field"],
                condition=models.Q(taken_back_at__isnull=True),
                name="a_figure_is_corrected_once",
            ),
        ]
        indexes = [models.Index(fields=["creator", "-id"], name="corrections_of_a_creator")]

    def __str__(self) -> str:
        return f"{self.creator_id} {self.field}"
