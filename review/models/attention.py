"""What the workbench keeps for and about whoever works there. None of it is the record: it may change and go."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from review.models.task import ReviewTask


class SavedView(models.Model):
    """A person's own way to look at the queue: a name for a query string."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)  # of the queue's address, without the cursor
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="a_view_is_named_once_a_person")]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What a person has typed on a card and not sent. Only they see it; it goes when the card is decided."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="drafts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    fields = models.JSONField(default=dict)  # name of a field -> what stands in it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "by"], name="a_person_has_one_draft_a_card")]

    def __str__(self) -> str:
        return f"draft on {self.task_id}"


class Attention(models.Model):
    """How a person looked at a card: telemetry, never audit. Without script the seconds stay unknown, never nothing."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="attention")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)  # first opened by this person
    seen_at = models.DateTimeField(default=timezone.now)  # when the page last told something
    active_seconds = models.PositiveIntegerField(null=True)  # visible, and used in the last 30 s; null: unknown
    sections = models.JSONField(default=list)  # codes of what was unfolded, in that order
    place = models.PositiveIntegerField(null=True)  # in the list as it was shown when the card was opened, from 1
    decided_at = models.DateTimeField(null=True)  # when this person first decided it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="attention_is_counted_once_a_card")]
        indexes = [models.Index(fields=["user", "-decided_at"], name="attention_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.task_id}"


class Friction(models.Model):
    """One question before an approval after several quick ones, with what was shown and what was answered."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="friction")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approvals = models.PositiveSmallIntegerField()  # in a row; 0: missed known-answer controls asked for it
    seconds = models.PositiveIntegerField()  # that these took together
    usual_seconds = models.PositiveIntegerField()  # the team's median for one such card
    answered_at = models.DateTimeField(null=True)
    worry = models.JSONField(null=True)  # the AI's uncertainty that was chosen; null with an answer: nothing, I checked

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="friction_asks_once_a_card")]
        indexes = [models.Index(fields=["user", "-id"], name="friction_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.task_id}"
