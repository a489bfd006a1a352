"""What Together weighs by: fitted from first views and outcomes of a market, as plain JSON."""

from django.db import models
from django.utils import timezone

from screening.models import Market


class Weights(models.Model):
    """A version of a market's weights of Together, with the counts behind them. Rows refuse update and delete."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="weights")
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of the document as canonical JSON
    document = models.JSONField()  # schema 1, see review.together
    at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="weights")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "version"], name="weights_are_numbered_once_a_market"),
        ]

    def __str__(self) -> str:
        return f"{self.market_id} v{self.version}"
