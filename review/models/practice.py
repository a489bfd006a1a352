"""Practice: a closed case with a known result, put before a person once more, and what people’s controls came to.

No other table points here and these rows point to no card: whatever counts, pays, trains, tells or waits reads cards
and decisions, and so never meets practice.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review.models.policy import Policy
from screening.models import Outcome, Recommendation


class Practice(models.Model):
    """A practice card: how it was drawn, what the person said before and after the AI spoke, how it ended."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="+")  # the truth as it stood when drawn
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    brand = models.CharField(max_length=60)
    market = models.CharField(max_length=12)
    turn = models.PositiveIntegerField()  # cards the person had been given before; each is drawn for once
    seed = models.BigIntegerField()  # of the draw, under 2^52
    share_u6 = models.PositiveIntegerField()  # chance that this turn was practice, times 10^6
    probability_u6 = models.PositiveIntegerField()  # chance that it was this very case, times 10^6
    ai_was_right = models.BooleanField()
    drawn_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)
    says_yes = models.BooleanField(null=True)  # before the AI spoke
    p_u6 = models.PositiveIntegerField(null=True)  # the person’s own chance, times 10^6
    spoke_at = models.DateTimeField(null=True)
    approves = models.BooleanField(null=True)  # after the AI spoke
    answered_at = models.DateTimeField(null=True)  # the truth is shown from then on
    seconds = models.PositiveIntegerField(null=True)  # from opening to answering
    skipped_at = models.DateTimeField(null=True)
    salt = models.CharField(max_length=64, default="", blank=True)  # of the log’s commitment to the answer
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "turn"], name="practice_is_drawn_once_a_turn"),
            models.UniqueConstraint(fields=["user", "recommendation"], name="nobody_practises_a_case_twice"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(answered_at__isnull=True, skipped_at__isnull=True),
                name="one_practice_card_waits_for_a_person",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True)
                | Q(says_yes__isnull=False, approves__isnull=False, skipped_at__isnull=True),
                name="practice_is_answered_after_a_first_view_and_not_skipped",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, skipped_at__isnull=True) | Q(audit__isnull=False),
                name="practice_that_ended_stands_in_the_log",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["user", "-id"], name="practice_of_a_person")]

    def __str__(self) -> str:
        return f"practice {self.pk}"


class Side(models.TextChoices):
    """What controls can tell of a person."""

    FOLLOWS = "follows", _("follows the AI where it is wrong")
    OPPOSES = "opposes", _("decides against the AI where it is right")


class Alarm(models.Model):
    """Evidence that a person leans to one side, from known-answer controls alone. The next one counts anew."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    hits = models.PositiveIntegerField()  # of n: wrong AI caught, or right AI accepted
    n = models.PositiveIntegerField()
    last = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")  # that it counts up to
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "side", "last"], name="an_alarm_is_raised_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.side} {self.hits}/{self.n}"
