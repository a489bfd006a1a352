"""The stop button, and what routing knew of a card: both are written once."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from review.models.task import ReviewTask
from screening.models import Market, ScoringModel


class Stop(models.Model):
    """The AI decides nothing here since `at`. Any manager stops it at once; two people start it again.

    Why stands in the erasable payload of the entry; the row keeps its length.
    """

    brand = models.CharField(max_length=60, default="", blank=True)  # "": of all brands
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="stops")
    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, null=True, related_name="stops")  # None: of all
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason_length = models.PositiveIntegerField()
    came_back = models.PositiveIntegerField(default=0)  # decisions without a person that were taken back
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="stop")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, confirmed_by__isnull=True)
                | Q(ended_at__isnull=False, confirmed_by__isnull=False, proposed_by__isnull=False)
                & ~Q(confirmed_by=F("proposed_by")),
                name="two_people_start_the_ai_again",
            ),
            models.CheckConstraint(condition=Q(reason_length__gt=0), name="a_stop_says_why"),
            models.UniqueConstraint(
                fields=["market", "brand"], condition=Q(ended_at__isnull=True, model__isnull=True),
                name="all_models_are_stopped_once",
            ),
            models.UniqueConstraint(
                fields=["market", "brand", "model"], condition=Q(ended_at__isnull=True), name="a_model_is_stopped_once"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["market"], condition=Q(ended_at__isnull=True), name="stops_in_force")]

    def __str__(self) -> str:
        return f"stop {self.market_id}"


class RoutedFacts(models.Model):
    """What routing knew of a card when it was opened: a changed policy is tried on it. Codes and numbers only."""

    task = models.OneToOneField(ReviewTask, on_delete=models.PROTECT, related_name="facts")
    facts = models.JSONField()

    def __str__(self) -> str:
        return f"facts of task {self.task_id}"
