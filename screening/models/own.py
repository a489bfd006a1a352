"""Own scores: a person's own reading of the AI's factors, kept by name."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from screening.models.ask import Brand, Market
from screening.models.match import ScreeningRun


class OwnScore(models.Model):
    """A named score of a person, for a brand in a market. content: own_scores.content_of; changed, it is a new row.

    trial: how it ordered past results beside the model then at work, AUCs in millionths; empty until it is compared.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, related_name="+")  # on whose ranking it was made
    name = models.CharField(max_length=60)
    content = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)
    trial = models.JSONField(default=dict)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="own_score")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["by", "brand", "market", "name"], condition=models.Q(removed_at__isnull=True),
                name="own_scores_are_named_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.by_id} {self.name}"
