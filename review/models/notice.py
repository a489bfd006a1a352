"""Notices: what a person is told inside the product, and by e-mail where they want it. Nothing goes to creators."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review.models.task import ReviewTask


class About(models.TextChoices):
    """What a notice is about; its words are made where it is read."""

    MENTION = "mention", _("You are mentioned")
    QUESTION = "question", _("You are asked")
    ANSWER = "answer", _("Your question is answered")
    APPROVAL = "approval", _("Waits for your approval")
    APPROVED = "approved", _("A manager answered")
    DUE = "due", _("The deadline is near")
    ESCALATED = "escalated", _("Passed to you")
    INVESTIGATION = "investigation", _("Investigation")
    SESSION = "session", _("Strategy session")
    HANDOFF = "handoff", _("Handed to you")
    TAKEN = "taken", _("Taken over from you")
    RELEASE = "release", _("Somebody asks for your card")
    STOP = "stop", _("The AI was stopped")
    RULES = "rules", _("Rules wait for your approval")
    WORK = "work", _("Long work has ended")


class Way(models.TextChoices):
    """How a person wants to be told by e-mail; inside the product they are told anyway."""

    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day")
    NONE = "none", _("No e-mail")


class NoticeChoice(models.Model):
    """How a person is told about one kind of thing, where they chose otherwise than the product would."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notice_choices")
    about = models.CharField(max_length=14, choices=About)
    way = models.CharField(max_length=6, choices=Way)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "about"], name="a_person_chooses_one_way_a_kind")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.about} {self.way}"


class Notice(models.Model):
    """One thing a person is told. numbers: codes and numbers only, and nothing that gives a sealed verdict away."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    about = models.CharField(max_length=14, choices=About)
    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, null=True, related_name="notices")
    url = models.CharField(max_length=200)  # a path of this product, where it is acted on
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    numbers = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # The outbox: a notice with `mail_after` and without `mailed_at` waits for the mail job.
    way = models.CharField(max_length=6, choices=Way, default=Way.NONE)
    mail_after = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)  # set before the sending: a killed worker sends nothing twice
    key = models.CharField(max_length=120)  # the same thing is told a person once

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="a_person_is_told_a_thing_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_of_a_person"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="unread_notices"),
            models.Index(
                fields=["mail_after"],
                condition=Q(mail_after__isnull=False, mailed_at__isnull=True),
                name="notices_to_be_mailed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.about}"
