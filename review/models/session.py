"""The strategy session: a meeting about one campaign, what was decided there, and what stays to be done."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review.models.task import ReviewTask
from screening.models import Campaign


class Session(models.Model):
    """One meeting. Its minutes stand in the payload of the newest entry that wrote them, see sessions.minutes_of."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    minutes_planned = models.PositiveIntegerField(default=45)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    minutes = models.ForeignKey("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)  # of the minutes

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="sessions_are_numbered_per_campaign"),
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(closed_at__isnull=True), name="one_open_session_a_campaign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} session {self.number}"


class ItemKind(models.TextChoices):
    """What a line of a session is."""

    DECISION = "decision", _("decision")
    ACTION = "action", _("action")


class SessionItem(models.Model):
    """Something that was agreed on; its words stand in the payload of its entry. An open action is carried over."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=8, choices=ItemKind)
    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_date = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    times_carried = models.PositiveIntegerField(default=0)  # sessions that it outlived
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="session_item")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kind="action") | Q(owner__isnull=False), name="an_action_has_an_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.kind}"
