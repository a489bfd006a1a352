"""How long creators are kept: a rule a market, each change a row of its own."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from screening.models.ask import Market


class Retention(models.Model):
    """A rule of a market from a moment on; the newest counts. Rows refuse change; why stands in the payload."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="retentions")
    months = models.PositiveSmallIntegerField(null=True)  # without anything new, then erased; null: never by itself
    is_held = models.BooleanField(default=False)  # a legal hold: nobody of the market is erased
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="retention")

    def __str__(self) -> str:
        return f"{self.market_id} {self.months}"
