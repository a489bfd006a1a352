"""When a market works: its days and hours, and the holidays that people entered. None is invented."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from screening.models import Market


class WorkingHours(models.Model):
    """Days and hours of a market, where they are others than Monday to Friday, 9:00 to 18:00 of its own time."""

    market = models.OneToOneField(Market, on_delete=models.PROTECT, related_name="working_hours")
    days = models.CharField(max_length=7, default="01234")  # 0 is Monday
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="a_market_opens_before_it_closes"),
            models.CheckConstraint(condition=~Q(days=""), name="a_market_works_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.days}"


class Holiday(models.Model):
    """A day on which a market does not work. A wrong one is ended, not deleted."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["market", "day"], condition=Q(ended_at__isnull=True), name="a_day_is_one_holiday_of_a_market"
            )
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.day}"
